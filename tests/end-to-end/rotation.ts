import assert from "node:assert/strict";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Claims } from "./side-by-side.ts";
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
      export const { tokenValue } = token;`;
    const stack = await story.stack(program(1));
    await stack.up();
    await isRotated(story, stack, async () => {
      stack.write(program(2));
      await stack.up();
    });
    await isRotated(story, stack, () => stack.up("--replace", stack.resource("ci").urn));
    await isRotated(story, stack, async () => {
      await stack.state("taint", stack.resource("ci").urn);
      await stack.up();
    });
    await stack.up("--expect-no-changes");
  },

  "examples/expiry: a weekly run renews the token in its last ten days, and one that nobody renewed is made anew":
    async (story) => {
      const stack = await story.example("expiry");
      const upDaysAgo = async (days: number, ...flags: string[]) => {
        story.clock.aheadMs = -days * DAY_MS;
        await stack.up(...flags);
        story.clock.aheadMs = 0;
        return await stack.outputs();
      };
      await upDaysAgo(14);
      await stack.up("--expect-no-changes");
      await stack.refresh("--expect-no-changes");
      await stack.up("--expect-no-changes");

      const replace = ["--replace", stack.resource("nightly").urn];
      const { tokenValue: nearItsEnd } = await upDaysAgo(21, ...replace);
      assert.equal(await story.statusFor(nearItsEnd), 200);
      await isRotated(story, stack, () => stack.up());

      const { tokenValue: ended, expiresOn = "" } = await upDaysAgo(32, ...replace);
      assert.ok(Date.parse(expiresOn) < Date.now());
      assert.equal(await story.statusFor(ended), 401);
      await isRotated(story, stack, () => stack.up());
      await stack.up("--expect-no-changes");
      await stack.destroy();
      assert.deepEqual(story.tokenNames(), []);
    },
};

/** `rotate` leads to one token more and one less, in this order, and to a value that signs in. */
async function isRotated(story: Story, stack: Stack, rotate: () => Promise<unknown>): Promise<void> {
  const [before] = stack.resources();
  story.newRequests();
  await rotate();
  assert.deepEqual(story.newChanges(), ["POST generateNewToken", "POST revoke"]);
  assert.notEqual(stack.resources()[0]?.id, before?.id);
  assert.equal(story.tokenNames().length, 1);
  assert.equal(await story.statusFor((await stack.outputs())["tokenValue"]), 200);
}
