import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "./story.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGE = "pulumi-jenkins";
/** Long enough for the other resource's change to arrive in the meantime, if it did not wait. */
const SLOW_MS = 400;

/** Two resources of one user, without a dependency between them, so that Pulumi processes both at once. */
const program = (triggers: string, tokenName: string) => `
new JenkinsApiToken("ci", { tokenName: "${tokenName}", triggers: { turn: "${triggers}" } });
new RotatingJenkinsApiToken("nightly", { tokenName: "nightly ${tokenName}", rotateEveryDays: 30, triggers: { turn: "${triggers}" } });
`;

describe("A token and a rotating token of one user, served by the packed package in one process,", function () {
  this.timeout("15m"); // Includes the build of the Pulumi CLI on a machine without it.

  let workshop: Workshop;
  let story: Story;
  let stack: Stack;
  /** The maximum number of simultaneous changes of alice's tokens. */
  let mostAtOnce = 0;

  before(async () => {
    workshop = await Workshop.open();
    story = await Story.begin(workshop);
    const folder = join(workshop.folder, "packed");
    await installPacked(folder);
    stack = await story.stackIn(folder, story.passwordLogin);
    slowChanges();
  });

  after(async () => {
    await story.end();
    workshop.close();
  });

  /** The requests during `run`, and the maximum number of simultaneous changes. */
  async function requestsOf(run: () => Promise<unknown>): Promise<{ atOnce: number; requests: string[] }> {
    story.newRequests();
    mostAtOnce = 0;
    await run();
    return { atOnce: mostAtOnce, requests: story.newRequests() };
  }

  function slowChanges(): void {
    let underWay = 0;
    story.jenkins.intercept = ({ method, path }) => {
      if (method !== "POST" || !path.includes("ApiTokenProperty/")) return undefined;
      underWay++;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      const until = sleep(SLOW_MS).then(() => underWay--);
      return { kind: "wait", until };
    };
  }

  it("are created one after the other, with one login, one crumb and one whoAmI request", async () => {
    stack.write(program("1", "first"));
    const { atOnce, requests } = await requestsOf(() => stack.up());
    assert.equal(atOnce, 1);
    assert.equal(countOf(requests, "generateNewToken"), 2);
    for (const once of ["j_spring_security_check", "whoAmI", "crumbIssuer"])
      assert.equal(countOf(requests, once), 1, once);
  });

  it("are replaced and rotated one after the other", async () => {
    stack.write(program("2", "first"));
    const { atOnce, requests } = await requestsOf(() => stack.up());
    assert.deepEqual([atOnce, countOf(requests, "generateNewToken"), countOf(requests, "revoke")], [1, 2, 1]);
  });

  it("are renamed one after the other", async () => {
    stack.write(program("2", "second"));
    const { atOnce, requests } = await requestsOf(() => stack.up());
    assert.deepEqual([atOnce, countOf(requests, "rename")], [1, 3]);
  });

  it("are revoked one after the other", async () => {
    const { atOnce, requests } = await requestsOf(() => stack.destroy());
    assert.deepEqual([atOnce, countOf(requests, "revoke"), story.tokenNames()], [1, 3, []]);
  });
});

/** Installs the packed package, beside all other packages of this checkout. */
async function installPacked(folder: string): Promise<void> {
  const installed = join(folder, "node_modules");
  mkdirSync(join(installed, PACKAGE), { recursive: true });
  const others = readdirSync(join(ROOT, "node_modules")).filter((name) => name !== PACKAGE && !name.startsWith("."));
  for (const name of others) symlinkSync(join(ROOT, "node_modules", name), join(installed, name));
  // Without scripts, because prepack deletes and rebuilds dist, which other tests use at the same time.
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", pack, { cwd: ROOT });
  const tarball = join(folder, stdout.trim());
  await promisify(execFile)("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(installed, PACKAGE)]);
  writeFileSync(join(folder, "package.json"), `{ "type": "module", "main": "index.mjs" }`);
  const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
  writeFileSync(join(folder, "Pulumi.yaml"), `name: packed\n${runtime}\nmain: index.mjs\n`);
}

function countOf(requests: string[], endpoint: string): number {
  return requests.filter((request) => request.endsWith(` ${endpoint}`)).length;
}
