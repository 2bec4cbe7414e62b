/** Runs the samples of Pulumi's registry, from examples/registry/, in a stack of any language. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Story } from "../end-to-end/story.ts";

const DAY_MS = 86_400_000;
const UNUSED = "nobody uses this";

export function sampleOf(name: string, ending: string): string {
  return fileURLToPath(new URL(`../../examples/registry/${name}.${ending}`, import.meta.url));
}

/** @param use replaces the stack's program by the sample of a resource or function. */
export async function runsSamples(story: Story, stack: Stack, use: (name: string) => void): Promise<void> {
  for (const name of ["ApiToken", "RotatingApiToken"]) {
    use(name);
    await stack.up();
    const { userId, tokenValue } = await stack.outputs();
    assert.deepEqual([userId, await story.statusFor(tokenValue)], ["alice", 200], name);
    assert.equal((await stack.shownOutputs())["tokenValue"], "[secret]", name);
    await stack.destroy();
    assert.equal(await story.statusFor(tokenValue), 401, name);
  }
  await listsUnused(story, stack, () => use("getApiTokens"));
}

async function listsUnused(story: Story, stack: Stack, use: () => void): Promise<void> {
  const admin = "samples-admin";
  story.jenkins.addUser({ id: admin, administrator: true });
  const login = story.jenkins.generate(admin, "login").tokenValue;
  story.workshop.secrets.addLogin(admin, "the administrator's token", login);
  const { tokenUuid } = story.jenkins.generate(admin, UNUSED);
  const unused = story.jenkins.tokens(admin).find((token) => token.tokenUuid === tokenUuid);
  assert.ok(unused);
  unused.createdAt = new Date(Date.now() - 100 * DAY_MS);
  Object.assign(stack.environment, { JENKINS_USER_ID: admin, JENKINS_API_TOKEN: login });
  use();
  await stack.up();
  const { userId, unusedTokens } = await stack.outputs();
  assert.equal(userId, admin);
  assert.match(JSON.stringify(unusedTokens), new RegExp(UNUSED));
  assert.doesNotMatch(JSON.stringify(unusedTokens), /login/);
  await stack.destroy();
}
