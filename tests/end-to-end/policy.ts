import assert from "node:assert/strict";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Face } from "../../scripts/pulumi-cli/stack.ts";
import type { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const PACK = fileURLToPath(new URL("../../examples/policy", import.meta.url));
const RUNNER = fileURLToPath(import.meta.resolve("@pulumi/pulumi/cmd/run-policy-pack"));

const AS_ADMIN = `connection: { url: process.env.JENKINS_URL, username: "Admin", apiToken: process.env.JENKINS_API_TOKEN }`;
const PROGRAM = `
  new JenkinsApiToken("eternal");
  new JenkinsApiToken("long", { expiresInDays: 91 });
  new JenkinsApiToken("of-admin", { expiresInDays: 90, user: "admin" });
  new RotatingJenkinsApiToken("rotating-long", { rotateEveryDays: 45, expiresInDays: 91 });
  new RotatingJenkinsApiToken("rotating-eternal", { rotateEveryDays: 30 });
  new RotatingJenkinsApiToken("rotating-by-admin", { rotateEveryDays: 30, expiresInDays: 75, ${AS_ADMIN} });
  new RotatingJenkinsApiToken("fine", { rotateEveryDays: 30, expiresInDays: 90 });`;
const VIOLATIONS = new Set([
  "token-expires: eternal",
  "token-expires: long",
  "token-expires: rotating-eternal",
  "token-expires: rotating-long",
  "token-of-no-administrator: of-admin",
  "token-of-no-administrator: rotating-by-admin",
  "token-rotates-with-overlap: eternal",
  "token-rotates-with-overlap: long",
  "token-rotates-with-overlap: of-admin",
]);
const FINE = `new RotatingJenkinsApiToken("fine", { rotateEveryDays: 30, expiresInDays: 75 });`;

/** The policy pack in examples/policy, run by the CLI. */
export const policy: Claims = {
  "examples/policy rejects tokens in the preview, without a request to Jenkins": (story) =>
    refusesInPreview(story, "dynamic"),
  "examples/policy rejects tokens of the native provider in the preview": (story) => refusesInPreview(story, "native"),

  "examples/policy rejects a token of an administrator after its create": (story) => findsOwner(story, "dynamic"),
  "examples/policy rejects a native token of an administrator": (story) => findsOwner(story, "native"),

  "examples/policy reads limits, administrators and enforcement levels from a file": async (story) => {
    const stack = await story.stack(`new JenkinsApiToken("ci", { expiresInDays: 91 });`);
    const limits = { "token-expires": { maximumDays: 91 }, "token-rotates-with-overlap": "advisory" };
    const output = await stack.up(...packOf(story.workshop, limits));
    assert.match(output, /\[advisory\] {2}token-rotates-with-overlap /);
    const owners = { "token-made-for-no-administrator": { administrators: ["ALICE"] } };
    assert.match(await stack.failing("up", ...packOf(story.workshop, { ...limits, ...owners })), /administrator alice/);
  },
};

async function refusesInPreview(story: Story, face: Face): Promise<void> {
  const stack = await story.stack(PROGRAM, story.tokenLogin, face);
  assert.deepEqual(violationsIn(await stack.failing("preview", ...packOf(story.workshop))), VIOLATIONS);
  assert.deepEqual(story.newRequests(), []);
}

async function findsOwner(story: Story, face: Face): Promise<void> {
  story.jenkins.addUser({ id: "admin", administrator: true });
  const JENKINS_API_TOKEN = story.jenkins.generate("admin", "by hand").tokenValue;
  const stack = await story.stack(FINE, { ...story.tokenLogin, JENKINS_USER_ID: "admin", JENKINS_API_TOKEN }, face);
  await stack.preview(...packOf(story.workshop));
  const output = await stack.failing("up", ...packOf(story.workshop));
  assert.deepEqual(violationsIn(output), new Set(["token-made-for-no-administrator: fine"]));
  assert.equal(story.jenkins.tokens("admin").length, 2);
}

/**
 * The CLI flags for the pack. Released language hosts start a pack from its folder. The host that is built from Go modules
 * cannot, so the CLI gets a program that starts the same runner.
 */
function packOf(workshop: Workshop, config: object = {}): string[] {
  const folder = mkdtempSync(join(workshop.folder, "policy-"));
  cpSync(join(PACK, "PulumiPolicy.yaml"), join(folder, "PulumiPolicy.yaml"));
  const script = join(folder, "pulumi-analyzer-tokens");
  writeFileSync(script, `#!/bin/sh\ncd "${PACK}" && exec node "${RUNNER}" "$1" .\n`, { mode: 0o755 });
  const settings = join(folder, "config.json");
  writeFileSync(settings, JSON.stringify(config));
  return ["--policy-pack", script, "--policy-pack-config", settings];
}

/** The violations that the CLI reports, such as "token-expires: eternal". */
function violationsIn(output: string): Set<string> {
  const found = output.matchAll(/^ +- \[mandatory\] {2}(\S+) {2}\(\S+: ([\w-]+)\)$/gm);
  return new Set([...found].map(([, name, resource]) => `${name}: ${resource}`));
}
