import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import type { Face, Stack } from "../../scripts/pulumi-cli/stack.ts";
import { timeoutSeconds } from "./faults.ts";
import { Injection } from "./injection.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const PRESENT = fileURLToPath(new URL("../../node_modules", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../fixtures/packages/pulumi-jenkins-0.1.0.tgz", import.meta.url));
const PULUMI = "@pulumi/pulumi@3.259.0";

const UNCOVERED = { ...process.env, NODE_V8_COVERAGE: "" };

type Outputs = Record<string, string>;

/** @param plugins the part with the path of the native provider. */
const settings = (plugins: string) => `name: upgrade
runtime: { name: nodejs, options: { typescript: false } }
main: index.mjs
${plugins}
`;

/** The path after `npm install`, as in the README. */
const IN_BIN = "plugins: { providers: [{ name: jenkins, path: node_modules/.bin }] }";

describe("A stack that was created by 0.1.0, after the upgrade,", function () {
  this.timeout("10m");
  const old = mkdtempSync(join(realpathSync(tmpdir()), "pulumi-jenkins-0.1.0-"));

  before(async () => {
    writeFileSync(join(old, "package.json"), `{ "private": true }`);
    const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    await promisify(execFile)("npm", ["install", ...flags, `file:${PACKAGE}`, PULUMI], { cwd: old, env: UNCOVERED });
  });

  const shared = sideBySide({
    "changes only its pending tokens, which the next up settles, and is destroyed: dynamic class": (story) =>
      isUpgraded(story, "dynamic"),
    "changes only its pending tokens, which the next up settles, and is destroyed: native plugin": (story) =>
      isUpgraded(story, "native"),
    "is destroyed together with its pending records: dynamic class": (story) => isDestroyed(story, "dynamic"),
    "is destroyed together with its pending records: native plugin": (story) => isDestroyed(story, "native"),
  });

  it("prints and writes no secret in the clear, with both packages", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });

  after(() => rmSync(old, { recursive: true, force: true }));

  async function isUpgraded(story: Story, face: Face): Promise<void> {
    const { stack, before } = await madeBy(old, story, face);
    upgrade(stack);
    story.newRequests();

    const preview = await stack.preview();
    assert.match(preview, /Token +t0 +replace/);
    assert.match(preview, /Token +t1 +update/);
    assert.match(preview, /~ 1 to update\n +\+-1 to replace\n +2 changes\. \d unchanged/);
    assert.deepEqual(story.newRequests(), []);

    await stack.up();
    const now = await stack.outputs();
    const { t0Value, t1Value, ...kept } = now;
    const { t1Value: previous, ...keptBefore } = before;
    assert.deepEqual(kept, keptBefore);
    assert.notEqual(t1Value, previous);
    for (const value of [...Object.values(now), previous]) assert.equal(await story.statusFor(value), 200);
    assert.equal(story.tokens().length, stack.resources().length + 1); // The rotating token has two tokens.

    await stack.up("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  }

  async function isDestroyed(story: Story, face: Face): Promise<void> {
    const { stack } = await madeBy(old, story, face);
    upgrade(stack);
    await stack.destroy();
    assert.deepEqual(stack.resources(), []);
    assert.deepEqual(story.tokenNames(), []);
  }
});

/** A stack of the package in `old` after a run with two lost replies: to the create of t0, and to the rotation of t1. */
async function madeBy(old: string, story: Story, face: Face): Promise<{ stack: Stack; before: Outputs }> {
  const folder = mkdtempSync(join(story.workshop.folder, "upgrade-"));
  symlinkSync(join(old, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), `{ "type": "module", "main": "index.mjs" }`);
  writeFileSync(join(folder, "Pulumi.yaml"), settings(IN_BIN));
  const byHand = story.jenkins.generate("alice", "by hand");
  const stack = await story.stackIn(folder, { ...story.tokenLogin, BY_HAND: byHand.tokenValue });
  await stack.configure("jenkins:requestTimeoutSeconds", String(timeoutSeconds));
  const isNative = face === "native"; // Only the native class has the input tokenValue.
  const made = DECLARED + (isNative ? imported(byHand.tokenUuid) : "");
  stack.write(made, face);
  await stack.up();
  const before = await stack.outputs();
  if (isNative) assert.equal(before["byHandValue"], byHand.tokenValue);
  else story.jenkins.revoke("alice", byHand.tokenUuid);

  stack.write(made.replace(`turn: "1"`, `turn: "2"`) + lost(isNative ? "{ tokenValue: value }" : "{}"), face);
  const fault = { at: "generateNewToken", fault: "504 of a proxy, carried out after the run" } as const;
  const injection = new Injection(story.jenkins, "alice", [fault, fault]);
  injection.beginRun();
  const { code } = await stack.attempt("up");
  await injection.endRun();
  injection.heal();
  assert.notEqual(code, 0);
  assert.deepEqual(injection.left, []);
  assert.match(stack.resource("t0").id ?? "", /^pending-/);
  assert.ok(stack.resource("t1").outputs["pending"]);
  return { stack, before };
}

const DECLARED = `
  const login = { url: process.env.JENKINS_URL, username: "alice", apiToken: process.env.JENKINS_API_TOKEN };
  const auto = new JenkinsApiToken("auto");
  const named = new JenkinsApiToken("named", { tokenName: "mine", user: "alice", triggers: { month: "11" }, connection: login });
  const ending = new JenkinsApiToken("ending", { expiresInDays: 90, renewBeforeDays: 14 });
  const t1 = new RotatingJenkinsApiToken("t1", { rotateEveryDays: 30, triggers: { turn: "1" } });
  export const autoValue = auto.tokenValue, namedValue = named.tokenValue, endingValue = ending.tokenValue;
  export const t1Value = t1.current.tokenValue;`;

/** Imports a token that was created by hand, with its value. */
const imported = (uuid: string) => `
  const value = pulumi.secret(process.env.BY_HAND);
  const byHand = new JenkinsApiToken("byHand", { tokenName: "by hand", tokenValue: value }, { import: "${uuid}" });
  export const byHandValue = byHand.tokenValue;`;

const lost = (inputs: string) => `
  const t0 = new JenkinsApiToken("t0", ${inputs});
  export const t0Value = t0.tokenValue;`;

/** Replaces the package and its plugin, like npm. */
function upgrade({ folder, plugins }: Stack): void {
  unlinkSync(join(folder, "node_modules"));
  symlinkSync(PRESENT, join(folder, "node_modules"));
  writeFileSync(join(folder, "Pulumi.yaml"), settings(plugins));
}
