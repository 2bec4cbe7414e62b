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

/** The policy pack of the examples, which the CLI runs. */
export const policy: Claims = {
  "examples/policy refuses tokens in the preview, before Jenkins is asked": (story) =>
    refusesInPreview(story, "dynamic"),
  "the same with the native provider": (story) => refusesInPreview(story, "native"),

  "examples/policy finds the token of an administrator who signed in, once it exists": (story) =>
    findsOwner(story, "dynamic"),
  "the same of the native provider": (story) => findsOwner(story, "native"),

  "examples/policy takes other limits, administrators and levels from a file": async (story) => {
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
 * The flags with which the CLI uses the pack. The language host of a release starts a pack from its folder. The host that is built from Go's
 * modules can't, so the CLI gets a program here, which starts the same runner.
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

/** What the pack does not allow: "token-expires: eternal". */
function violationsIn(output: string): Set<string> {
  const found = output.matchAll(/^ +- \[mandatory\] {2}(\S+) {2}\(\S+: ([\w-]+)\)$/gm);
  return new Set([...found].map(([, name, resource]) => `${name}: ${resource}`));
}
