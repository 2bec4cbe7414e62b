import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { after, afterEach, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { plainEnvironment } from "../support/environment.ts";
import { failureOf, serving } from "../support/host.ts";
import { PLUGIN, PluginProcess, startPlugin } from "../support/plugin-process.ts";

const UNIMPLEMENTED = 12;

describe("The process of the native plugin", () => {
  let jenkins: Jenkins;
  let config: Record<string, string>;

  before(async () => {
    jenkins = await startJenkins();
    config = { url: jenkins.url, username: "alice", apiToken: jenkins.generate("alice", "of the provider").tokenValue };
  });

  after(() => jenkins.close());

  afterEach(() => {
    jenkins.intercept = undefined;
  });

  describe("when it is called,", () => {
    let plugin: PluginProcess;

    before(async () => {
      plugin = await startPlugin({ config });
    });

    after(() => plugin.end());

    it("returns the package's schema and version", async () => {
      const schema = JSON.parse(readFileSync(new URL("../../schema.json", import.meta.url), "utf8"));
      assert.deepEqual(await plugin.schema(), schema);
      assert.equal(await plugin.version(), schema.version);
    });

    it("returns an error for an unknown function", async () => {
      const { message } = await failureOf(plugin.invoke("jenkins:index:getToken", { name: "ci" }));
      assert.match(message, /^unknown function jenkins:index:getToken\b/);
    });

    it("returns UNIMPLEMENTED for calls that it does not support", async () => {
      for (const call of [plugin.call("jenkins:index:do"), plugin.construct("jenkins:index:Component")]) {
        assert.equal((await failureOf(call)).code, UNIMPLEMENTED);
      }
    });

    it("executes many calls at once, and prints nothing", async () => {
      const names = Array.from({ length: 24 }, (_, index) => `at once ${index}`);
      const made = await Promise.all(names.map((tokenName) => plugin.create({ tokenName }, { timeout: 60 })));
      await Promise.all(made.map(({ id, outs }) => plugin.read(id, outs)));
      await Promise.all(made.map(({ id, outs }) => plugin.delete(id, outs)));
      assert.deepEqual(tokens(), []);
      assert.equal(plugin.printed, "");
    });
  });

  it("prints only one line, with its port", async () => {
    const [program = "", ...args] = PLUGIN;
    const child = spawn(program, args, { env: plainEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(child.stdout, "data");
    child.kill();
    const rest: Buffer[] = [];
    child.stdout.on("data", (text) => rest.push(text));
    await once(child, "close");
    assert.match(Buffer.concat([line, ...rest]).toString(), /^[1-9]\d+\n$/);
  });

  describe("on SIGTERM or SIGINT,", () => {
    it("ends at once if no call is running, although its engine stays connected", async () => {
      await Promise.all(
        (["SIGTERM", "SIGINT"] as const).map(async (signal) => {
          const plugin = await startPlugin({ config });
          const ended = plugin.ended();
          plugin.signal(signal);
          assert.deepEqual([await ended, plugin.printed], [{ code: 0, signal: null }, ""]);
        }),
      );
    });

    it("during a create, first revokes the token, and answers the call", async () => {
      const plugin = await startPlugin({ config });
      assert.match(await revokedAfter(plugin, () => plugin.signal("SIGTERM")), /Pulumi was interrupted/);
    });

    it("during a create with an unknown result, first answers with its record", async () => {
      const plugin = await startPlugin({ config });
      jenkins.intercept = ({ path }) => {
        if (path.endsWith("/security/")) return { kind: "reply", status: 404 };
        if (!path.endsWith("/generateNewToken")) return undefined;
        plugin.signal("SIGINT");
        return { kind: "wait", until: new Promise(() => {}) };
      };
      const ended = plugin.ended();
      const { kept } = await failureOf(plugin.create({ tokenName: "recorded" }));
      assert.match(kept?.id ?? "", /^pending-[0-9a-f]{16}$/);
      assert.deepEqual([await ended, plugin.printed], [{ code: 0, signal: null }, ""]);
    });
  });

  describe("when its parent is killed,", () => {
    it("ends by itself", async () => {
      const { child } = await orphan();
      const ended = once(child, "close"); // When all processes that inherited its outputs have ended.
      child.kill("SIGKILL");
      await ended;
    });

    it("ends by itself, even if it has no port yet", async () => {
      const untilOrphaned = `
        const { ppid } = process, { write } = process.stdout;
        process.stdout.write = (...args) => {
          process.kill(ppid, "SIGKILL");
          while (process.ppid === ppid);
          process.stdout.write = write;
          return process.stdout.write(...args);
        };`;
      const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-orphan-"));
      const script = join(folder, "until-orphaned.cjs"); // The executable accepts only CommonJS here.
      writeFileSync(script, untilOrphaned);
      const { child } = await orphan(`--require=${script}`);
      await finished(child.stdout);
      rmSync(folder, { recursive: true });
    });

    it("during a create, first revokes the token", async () => {
      const { child, plugin } = await orphan();
      await plugin.configure(config);
      const ending = new AbortController();
      const end = () => {
        child.kill("SIGKILL");
        ending.abort();
      };
      assert.match(await revokedAfter(plugin, end, ending.signal), /^Cancelled/);
    });

    /** A plugin whose parent is not this process, but a process that only waits. */
    async function orphan(nodeOptions = "") {
      const parent = `
        const [, NODE_OPTIONS, program, ...args] = process.argv;
        const env = { ...process.env, NODE_OPTIONS };
        require("node:child_process").spawn(program, args, { stdio: "inherit", env });
        setInterval(() => {}, 1000);`;
      const started = await serving([process.execPath, "--eval", parent, "--", nodeOptions, ...PLUGIN], {});
      return { ...started, plugin: new PluginProcess(started) };
    }
  });

  /**
   * Ends the plugin while it waits for the reply to a generate. Jenkins creates the token only after the plugin has searched it.
   *
   * @returns the error of the create.
   */
  async function revokedAfter(plugin: PluginProcess, end: () => void, hangUp?: AbortSignal): Promise<string> {
    const ended = plugin.ended();
    let carryOut = () => {};
    const lookedFor = new Promise<void>((resolve) => {
      carryOut = resolve;
    });
    const alter = <T>(reply: T): T => {
      carryOut();
      return reply;
    };
    jenkins.intercept = ({ path }) => {
      if (path.endsWith("/security/")) return { kind: "alter", alter };
      if (!path.endsWith("/generateNewToken")) return undefined;
      end();
      return { kind: "wait", until: lookedFor };
    };
    const { message, kept } = await failureOf(plugin.create({ tokenName: "late" }, { ...(hangUp && { hangUp }) }));
    await ended;
    assert.equal(jenkins.requests("POST", "revoke").at(-1)?.status, 200);
    assert.deepEqual([kept, tokens(), plugin.printed], [undefined, [], ""]);
    return message;
  }

  function tokens(): string[] {
    const all = jenkins.tokens("alice").map(({ tokenName }) => tokenName);
    return all.filter((tokenName) => tokenName !== "of the provider");
  }
});
