import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Around, begin, commandAtTerminal, loginOf } from "../support/command.ts";

const SIGNALS = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGABRT"] as const;

/** A command that prints `word`, and, on a signal, "got". It is no shell: dash misses a signal that comes while it starts a program. */
function programThat(word: string, signal: NodeJS.Signals, then: string, first = ""): string[] {
  const answers = `process.on("${signal}", () => { console.log("got"); ${then} });`;
  return [process.execPath, "--eval", `${answers} console.log("${word}"); ${first}; setTimeout(() => {}, 60_000);`];
}

describe("pulumi-jenkins exec, on a signal:", () => {
  let jenkins: Jenkins;
  let around: Around;

  before(function () {
    if (process.platform === "win32") this.skip(); // On Windows, a console sends signals to all its processes.
  });

  beforeEach(async () => {
    jenkins = await startJenkins();
    around = { environment: loginOf(jenkins.url, "alice") };
  });

  afterEach(() => jenkins.close());

  /** Runs a command, and sends the signal as soon as the command has printed "ready". */
  async function sendTo(line: string[], signal: NodeJS.Signals) {
    const { child, ended } = begin(["exec", "--", ...line], around);
    child.stdout?.on("data", (chunk: Buffer) => chunk.includes("ready") && child.kill(signal));
    return await ended;
  }

  for (const signal of SIGNALS) {
    const code = 128 + constants.signals[signal];

    it(`revokes the token, and exits with ${code}, if ${signal} ends the command`, async () => {
      const { said, aside, ...ended } = await sendTo(["sh", "-c", "echo ready; exec sleep 60"], signal);
      assert.deepEqual([ended.code, said, aside, jenkins.tokens("alice")], [code, "ready\n", "", []]);
    });

    it(`waits for the command, and exits with its code, if the command handles ${signal}`, async () => {
      const { code, said } = await sendTo(programThat("ready", signal, "process.exit(3)"), signal);
      assert.deepEqual([code, said, jenkins.tokens("alice")], [3, "ready\ngot\n", []]);
    });
  }

  it("passes Ctrl-C at a terminal to the command once", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip(); // Only this program can open a terminal here.
    // A second signal would come within this second.
    const line = programThat("[y/N]", "SIGINT", "setTimeout(() => process.exit(5), 1_000)");
    const { code, said } = await commandAtTerminal(["exec", "--", ...line], "\u0003", around);
    assert.deepEqual([code, said.match(/got/g)?.length, jenkins.tokens("alice")], [5, 1, []]);
  });

  it("revokes the token, and exits with 130, if Ctrl-C at a terminal ends the command", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
    const waits = ["--eval", "console.log('[y/N]'); setTimeout(() => {}, 60_000)"];
    const { code } = await commandAtTerminal(["exec", "--", process.execPath, ...waits], "\u0003", around);
    assert.deepEqual([code, jenkins.tokens("alice")], [130, []]);
  });

  it("passes on SIGHUP at a terminal", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
    const line = programThat("ready", "SIGHUP", "process.exit(4)", "process.kill(process.ppid, 'SIGHUP')");
    const { code, said } = await commandAtTerminal(["exec", "--", ...line], "", around);
    assert.deepEqual([code, said.match(/\w+/g), jenkins.tokens("alice")], [4, ["ready", "got"], []]);
  });

  /** Sends SIGTERM when the first request to `endpoint` arrives, and applies `meet` to this request. */
  async function sendAt(endpoint: string, meet: (sent: Promise<void>) => Interception | undefined) {
    const { child, ended } = begin(["exec", "--", "echo", "ran"], around);
    jenkins.intercept = ({ path }) => {
      if (!path.includes(`/${endpoint}`)) return undefined;
      jenkins.intercept = undefined;
      child.kill("SIGTERM");
      return meet(new Promise((resolve) => setTimeout(resolve, 2_000)));
    };
    return await ended;
  }

  it("creates no token, and does not start the command, if SIGTERM comes before the token is requested", async () => {
    const { code, said, aside } = await sendAt("whoAmI", (until) => ({ kind: "wait", until }));
    assert.deepEqual([code, said, jenkins.requests("POST", "generateNewToken").length], [143, "", 0]);
    assert.match(aside, /A SIGTERM has ended pulumi-jenkins exec/);
  });

  it("revokes the token, and does not start the command, if SIGTERM comes while Jenkins creates it", async () => {
    const { code, said, aside } = await sendAt("generateNewToken", () => ({ kind: "delay", when: "after", ms: 2_000 }));
    assert.deepEqual([code, said, jenkins.tokens("alice")], [143, "", []]);
    assert.match(aside, /Nothing of it is left on Jenkins\.\n$/);
  });

  it("completes the revoke, and exits with the command's code, if SIGTERM comes during the revoke", async () => {
    const { code, said, aside } = await sendAt("revoke", (until) => ({ kind: "wait", until }));
    assert.deepEqual([code, said, jenkins.tokens("alice")], [0, "ran\n", []]);
    assert.equal(aside, "The API token is being revoked. Please wait.\n");
  });

  it("still waits for the command and revokes the token after an internal error", async () => {
    const breaks = 'process.on("SIGWINCH", () => { throw new Error("broken"); })';
    const environment = { ...around.environment, NODE_OPTIONS: `--import=data:text/javascript,${encodeURI(breaks)}` };
    const line = programThat("ready", "SIGTERM", "process.exit(6)");
    const { child, ended } = begin(["exec", "--", ...line], { environment });
    child.stdout?.once("data", () => child.kill("SIGWINCH"));
    child.stderr?.once("data", () => child.kill("SIGTERM"));
    const { code, aside } = await ended;
    assert.deepEqual([code, jenkins.tokens("alice")], [6, []]);
    assert.match(aside, /^pulumi-jenkins met an error of its own, please report it: Error: broken/);
  });

  it("revokes the token even if nobody reads its outputs any more", async () => {
    const { child, ended } = begin(["exec", "--", "sh", "-c", "echo ready; exec sleep 60"], around);
    const isOver = new Promise((resolve) => child.once("exit", resolve));
    ended.catch(() => undefined);
    child.stdout?.once("data", () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.kill("SIGHUP");
    });
    jenkins.intercept = ({ path }) => {
      if (!path.endsWith("/revoke")) return undefined;
      child.kill("SIGHUP"); // Makes it write to the closed output.
      return { kind: "delay", when: "before", ms: 2_000 };
    };
    await isOver;
    assert.deepEqual([child.exitCode, jenkins.tokens("alice")], [129, []]);
  });
});
