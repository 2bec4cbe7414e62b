import assert from "node:assert/strict";
import type { Claims } from "./side-by-side.ts";
import type { Stack } from "./stack.ts";
import type { Story } from "./story.ts";

const DAY_MS = 86_400_000;

/** Time is played by tokens that are made as if long ago. */
async function lagsBehind(story: Story, stack: Stack): Promise<void> {
  story.clock.aheadMs = -61 * DAY_MS;
  await stack.up();
  const { tokenValue: copied } = await stack.outputs();
  story.clock.aheadMs = -31 * DAY_MS;
  await stack.up();
  const { tokenValue: second } = await stack.outputs();
  assert.notEqual(second, copied);
  assert.deepEqual([await story.statusFor(copied), await story.statusFor(second)], [200, 200]);

  story.clock.aheadMs = 0;
  await stack.up();
  const { tokenValue: third } = await stack.outputs();
  assert.deepEqual(await Promise.all([copied, second, third].map((value) => story.statusFor(value))), [401, 200, 200]);
  await stack.up("--expect-no-changes");
  await stack.refresh("--expect-no-changes");
  await stack.destroy();
  assert.deepEqual(story.tokenNames(), []);
}

/** A new token in the place of an old one: when somebody wants it, and when its time is over. */
export const rotation: Claims = {
  "examples/rotation: a consumer that lags behind has one period, and no more": async (story) => {
    const stack = await story.example("rotation");
    await lagsBehind(story, stack);
  },

  "the same by the native provider, which knows in the preview what stays": async (story) => {
    const source = `
      const token = new RotatingJenkinsApiToken("nightly", { rotateEveryDays: 30, expiresInDays: 75 });
      export const tokenValue = token.current.tokenValue;`;
    const stack = await story.stack(source, story.tokenLogin, "native");
    await lagsBehind(story, stack);
  },

  "replacementTrigger, --replace and state taint make a new token each, and then revoke the old one": async (story) => {
    const program = (turn: number) => `
      const token = new JenkinsApiToken("ci", {}, { replacementTrigger: ${turn} });
      export const value = token.tokenValue;`;
    const stack = await story.stack(program(1));
    await stack.up();
    await isRotated(story, stack, async () => {
      stack.write(program(2));
      await stack.up();
    });
    await isRotated(story, stack, async () => void (await stack.up("--replace", stack.resource("ci").urn)));
    await isRotated(story, stack, async () => {
      await stack.state("taint", stack.resource("ci").urn);
      await stack.up();
    });
    await stack.up("--expect-no-changes");
  },

  "a token with an expiry stays as it is, also after a refresh, until it is near its end or expired": async (story) => {
    const program = (args: string) => `
      const token = new JenkinsApiToken("ci", { expiresInDays: 3${args} });
      export const value = token.tokenValue;
      export const { expiresOn } = token;`;
    const stack = await story.stack(program(", renewBeforeDays: 1"));
    await stack.up();
    await stack.up("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
    await stack.up("--expect-no-changes");
    assert.match((await stack.outputs())["expiresOn"] ?? "", /^\d{4}-\d\d-\d\d$/);

    story.clock.aheadMs = -10 * DAY_MS; // The next one is made as if ten days ago.
    await isRotated(story, stack, async () => {
      stack.write(program(""));
      await stack.up("--replace", stack.resource("ci").urn);
    });
    story.clock.aheadMs = 0;
    await isRotated(story, stack, async () => void (await stack.up()));
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },
};

/** `rotate` leads to one token more and one less, in this order, and to a value that signs in. */
async function isRotated(story: Story, stack: Stack, rotate: () => Promise<void>): Promise<void> {
  const before = stack.resource("ci").id;
  story.newRequests();
  await rotate();
  assert.deepEqual(story.newChanges(), ["POST generateNewToken", "POST revoke"]);
  assert.notEqual(stack.resource("ci").id, before);
  assert.equal(story.tokenNames().length, 1);
  const isOfToday = story.clock.aheadMs === 0; // An expired one does not sign in.
  if (isOfToday) assert.equal(await story.statusFor((await stack.outputs())["value"]), 200);
}
