import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { execName } from "../../provider/command/leftovers.ts";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Around, begin, command, loginOf, made } from "../support/command.ts";
import { takeDown } from "../support/held-port.ts";

const DAY_MS = 86_400_000;
const UNTIL_ORPHANED = `
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || process.exit(), 50);
  console.log("ready");`;
/** What Linux says of a process, from its state on. */
const statOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "");

/** A command that waits for signals, and ends with `exec`. It is no shell: dash misses a signal that comes while it starts a program. */
const WAITS = ["--", process.execPath, "--eval", UNTIL_ORPHANED];

describe("pulumi-jenkins exec", () => {
  let jenkins: Jenkins;
  let around: Around;

  beforeEach(async () => {
    jenkins = await startJenkins();
    around = { environment: loginOf(jenkins.url, "alice") };
  });

  afterEach(() => jenkins.close());

  const names = (id = "alice") => jenkins.tokens(id).map(({ tokenName }) => tokenName);
  const exec = (...line: string[]) => command(["exec", "--timeout", "5s", "--", ...line], around);
  const leftover = (...args: string[]) => command(["revoke", "--leftover", "--yes", ...args], around);

  /** Applies these interceptions to the first requests to `endpoint`. */
  function answer(endpoint: string, ...answers: Interception[]): void {
    jenkins.intercept = ({ path }) => (path.includes(`/${endpoint}`) ? answers.shift() : undefined);
  }

  /** The arguments of the command that the output advises to run. */
  function advised(aside: string): string[] {
    const [, line = ""] = /: pulumi-jenkins (.*)$/m.exec(aside) ?? [];
    return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
  }

  /** Begins a run, and calls `act` as soon as its command runs. */
  async function during(act: (kill: (signal: NodeJS.Signals) => void) => unknown, ...options: string[]) {
    const { child, ended } = begin(["exec", "--timeout", "5s", ...options, ...WAITS], around);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    await act((signal) => child.kill(signal));
    return await ended;
  }

  describe("when a request or a reply goes wrong,", () => {
    it("revokes the token whose reply was lost, and runs the command with another one", async () => {
      answer("generateNewToken", { kind: "drop", when: "after" });
      const ended = await exec("true");
      assert.deepEqual([ended, names()], [{ code: 0, said: "", aside: "" }, []]);
      assert.equal(jenkins.requests("POST", "generateNewToken").length, 2);
    });

    it("runs the command, and adds nothing to its output, although the list reports a starting Jenkins", async () => {
      const starting: Interception = { kind: "reply", status: 503, body: "Jenkins is getting ready to work" };
      jenkins.intercept = ({ path }) => (path.includes("/security/") ? starting : undefined);
      const { code, said } = await exec("echo", "ran");
      assert.deepEqual([code, said], [0, "ran\n"]);
    });

    it("revokes the second token if a proxy has sent the request twice", async () => {
      answer("generateNewToken", { kind: "twice", passed: 0 });
      const ended = await exec("true");
      assert.deepEqual([ended, names()], [{ code: 0, said: "", aside: "" }, []]);
    });

    it("names a token that Jenkins may still create, and does not start the command", async () => {
      let carryOut = () => {};
      jenkins.intercept = ({ path, form: { newTokenName = "" } }) => {
        if (!path.endsWith("/generateNewToken")) return undefined;
        carryOut = () => void jenkins.generate("alice", newTokenName);
        return { kind: "drop", when: "before" };
      };
      const { code, said, aside } = await exec("echo", "ran");
      assert.deepEqual([code, said, names()], [1, "", []]);
      assert.match(aside, /connection broke .*\nIt is unknown whether Jenkins .*\nThe command was not started\./);
      carryOut();
      assert.equal((await command([...advised(aside), "--yes"], around)).code, 0);
      assert.deepEqual(names(), []);
    });

    it("names the token, and does not start the command, if the list cannot be read", async () => {
      jenkins.intercept = ({ path }) => {
        if (path.endsWith("/generateNewToken")) return { kind: "drop", when: "after" };
        const isAsked = jenkins.requests("POST", "generateNewToken").length > 0;
        return path.includes("/security/") && isAsked ? { kind: "reply", status: 404, body: "not here" } : undefined;
      };
      const { code, said, aside } = await exec("echo", "ran");
      assert.deepEqual([code, said, names().length], [1, "", 1]);
      jenkins.intercept = undefined;
      assert.deepEqual(advised(aside), ["revoke", "--name", names()[0]]);
      assert.equal((await leftover()).code, 0);
      assert.deepEqual(names(), []);
    });

    it("repeats a revoke", async () => {
      for (const when of ["before", "after"] as const) {
        answer("revoke", { kind: "drop", when });
        const ended = await command(["exec", "--", "true"], around); // A short --timeout leaves a busy machine no time to repeat.
        assert.deepEqual([ended, names()], [{ code: 0, said: "", aside: "" }, []]);
      }
    });
  });

  describe("when the token cannot be revoked,", () => {
    for (const [line, code] of [
      ["exit 0", 1],
      ["exit 7", 7],
    ] as const) {
      it(`names the token, and exits with ${code} after the command "${line}"`, async () => {
        jenkins.intercept = ({ path }) => (path.endsWith("/revoke") ? { kind: "reply", status: 503 } : undefined);
        const ended = await exec("sh", "-c", line);
        const [token] = jenkins.tokens("alice");
        assert.equal(ended.code, code);
        assert.ok(ended.aside.includes(`"${token?.tokenName}" of alice on ${jenkins.url} may still be valid.`));
        assert.deepEqual(advised(ended.aside), ["revoke", token?.tokenUuid]);
        jenkins.intercept = undefined;
        assert.equal((await command([...advised(ended.aside), "--yes"], around)).code, 0);
        assert.deepEqual(names(), []);
      });
    }

    it("names the token if Jenkins is down when the command ends", async () => {
      const { code, aside } = await during(async (kill) => {
        await takeDown(jenkins);
        kill("SIGTERM");
      });
      assert.equal(code, 143);
      assert.match(aside, /refused[\s\S]* may still be valid\.\nRevoke it: pulumi-jenkins revoke [0-9a-f-]{36}\n$/);
      assert.doesNotMatch(aside, /11[0-9a-f]{32}|alice-password/);
    });

    it("advises a command with the given --user and --url", async () => {
      around = { environment: loginOf("http://127.0.0.1:1", "admin") };
      const refuse = { kind: "reply", status: 503 } as const;
      const { aside } = await during(
        (kill) => {
          jenkins.intercept = () => refuse;
          kill("SIGTERM");
        },
        ...["--url", jenkins.url, "--user", "bob"],
      );
      jenkins.intercept = undefined;
      const { tokenUuid } = jenkins.tokens("bob")[0] ?? {};
      assert.deepEqual(advised(aside), ["revoke", tokenUuid, "--user", "bob", "--url", jenkins.url]);
      assert.equal((await command([...advised(aside), "--yes"], around)).code, 0);
      assert.deepEqual(names("bob"), []);
    });

    it("lets the token revoke itself if the login is refused by then", async () => {
      const { code, aside } = await during((kill) => {
        jenkins.setPassword("alice", "another-one");
        jenkins.restart();
        kill("SIGTERM");
      });
      assert.deepEqual([code, aside, names()], [143, "", []]);
    });
  });

  describe("after a killed run,", () => {
    it("reports the token that was left, and revoke --leftover revokes it", async () => {
      assert.equal((await during((kill) => kill("SIGKILL"))).code, null);
      const left = names();
      assert.equal(left.length, 1);
      const { code, aside } = await exec("true");
      const said = `Earlier runs of pulumi-jenkins exec have left API tokens of alice on ${jenkins.url}: 1, still valid: 1.`;
      assert.deepEqual([code, aside], [0, `${said} Revoke them: pulumi-jenkins revoke --leftover\n`]);
      made(jenkins, "alice", "by hand");
      assert.deepEqual([(await leftover()).code, names()], [0, ["by hand"]]);
      assert.equal((await exec("true")).aside, "");
    });

    it("list marks the token as left over", async () => {
      await during((kill) => kill("SIGKILL"));
      const { said } = await command(["list"], around);
      assert.match(said, /^alice +pulumi-jenkins exec .* LEFT OVER$/m);
    });

    it("advises options with which revoke finds another user's token", async () => {
      around = { environment: loginOf(jenkins.url, "admin") };
      await during((kill) => kill("SIGKILL"), "--user", "bob");
      const { aside } = await command(["exec", "--user", "bob", "--", "true"], around);
      assert.deepEqual(advised(aside), ["revoke", "--leftover", "--user", "bob"]);
      assert.equal((await command([...advised(aside), "--yes"], around)).code, 0);
      assert.deepEqual(names("bob"), []);
    });

    it("revoke --leftover keeps, and names, the token of a run that is still running", async () => {
      const { code } = await during(async (kill) => {
        const [token] = jenkins.tokens("alice");
        const kept = await leftover();
        const { tokenUuid = "", tokenName = "" } = token ?? {};
        const line = `Kept ${tokenUuid} ${tokenName} of alice on ${jenkins.url}: `;
        assert.deepEqual([kept.code, names()], [0, [token?.tokenName]]);
        assert.equal(
          kept.aside,
          `${line}a run of exec may still use it. To revoke it nevertheless, give its uuid, its user with --user, and one --url.\n`,
        );
        assert.equal((await exec("true")).aside, "");
        const document = JSON.parse((await leftover("--json")).said);
        assert.equal(document.tokens[0].keptBecause, "running");
        kill("SIGTERM");
      });
      assert.deepEqual([code, names()], [143, []]);
    });

    it("counts a run as ended if its parent has not asked for its exit code", async function () {
      if (process.platform !== "linux") this.skip(); // Only Linux shows this state.
      const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
      try {
        const pid = Number(await once(parent.stdout, "data"));
        while (readFileSync(`/proc/${parent.pid}/comm`, "utf8") !== "sleep\n") await setTimeout(10); // A shell would ask for the exit code.
        process.kill(pid, "SIGKILL");
        while (!statOf(pid).startsWith("Z ")) await setTimeout(10);
        const start = statOf(pid).split(" ")[19];
        const own = new RegExp(` ${process.pid} ([0-9a-f]{8})-\\d+-`);
        made(jenkins, "alice", execName(new Date()).replace(own, ` ${pid} $1-${start}-`));
        assert.equal((await leftover()).code, 0);
        assert.deepEqual(names(), []);
      } finally {
        parent.kill();
      }
    });

    it("counts a run as ended if its process id belongs to another process now", async function () {
      if (process.platform !== "linux") this.skip(); // Only Linux tells when another process has started.
      const ours = execName(new Date());
      const another = ours.replace(/-(\d+)-(?=[0-9a-f]{16}$)/, (_, ticks: string) => `-${Number(ticks) + 1}-`);
      const withoutStart = ours.replace(/-\d+-(?=[0-9a-f]{16}$)/, "-");
      assert.equal(new Set([ours, another, withoutStart]).size, 3);
      for (const name of [ours, another, withoutStart]) made(jenkins, "alice", name);
      assert.equal((await leftover()).code, 0);
      assert.deepEqual(names(), [ours, withoutStart]);
    });

    it("counts a run on another machine as ended after a day, or when its token has expired", async () => {
      const startedAgo = (ms: number) => new Date(Date.now() - ms).toISOString().replace(/\.\d+/, "");
      const nameOf = (ms: number, digits: string) =>
        `pulumi-jenkins exec ${startedAgo(ms)} build-7 42 0badcafe-${digits.repeat(16)}`;
      made(jenkins, "alice", nameOf(DAY_MS - 60_000, "1"));
      made(jenkins, "alice", nameOf(DAY_MS + 60_000, "2"));
      made(jenkins, "alice", `${nameOf(DAY_MS + 60_000, "3")} (pulumi ${"3".repeat(16)})`);
      made(jenkins, "alice", nameOf(60_000, "4"), 0, undefined, "2025-01-01");
      made(jenkins, "alice", `my ${nameOf(DAY_MS * 9, "5")}`);
      const listed = await command(["list", "--leftover", "--json"], around);
      const digits = listed.said.match(/(?<=0badcafe-)\d/g);
      assert.deepEqual(digits?.sort(), ["2", "3", "4"]);
      assert.match((await exec("true")).aside, /: 3, still valid: 2\./);
      const { code, aside } = await leftover();
      assert.deepEqual([code, aside.split("\n").length, names().length], [0, 2, 2]);
    });
  });
});
