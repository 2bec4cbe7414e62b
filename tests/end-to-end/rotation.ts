import assert from "node:assert/strict";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const DAY_MS = 86_400_000;

/** A consumer uses a previous value for one period. The clock of Jenkins makes the first tokens look old. */
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

/** Replacements and rotations, on demand and after a time. */
export const rotation: Claims = {
  "examples/rotation: a consumer can use the previous value for one period": async (story) => {
    const stack = await story.example("rotation");
    await lagsBehind(story, stack);
  },

  "a rotating token of the native provider: a consumer can use the previous value for one period": async (story) => {
    const source = `
      const token = new RotatingJenkinsApiToken("nightly", { rotateEveryDays: 30, expiresInDays: 75 });
      export const tokenValue = token.current.tokenValue;`;
    const stack = await story.stack(source, story.tokenLogin, "native");
    await lagsBehind(story, stack);
  },

  "a trigger keeps a leaked current value as previous, and after its revoke only up --refresh creates a new one":
    async (story) => {
      const program = (turn: number) => `
      const token = new RotatingJenkinsApiToken("nightly", { rotateEveryDays: 30, triggers: { turn: "${turn}" } });
      export const tokenValue = token.current.tokenValue, tokenUuid = token.current.tokenUuid;`;
      const stack = await story.stack(program(1));
      await stack.up();
      const { tokenValue: old } = await stack.outputs();
      stack.write(program(2));
      await stack.up();
      assert.equal(await story.statusFor(old), 200);

      const { tokenValue: leaked, tokenUuid = "" } = await stack.outputs();
      story.jenkins.revoke("alice", tokenUuid);
      await stack.up("--expect-no-changes");
      assert.equal(await story.statusFor(leaked), 401);
      await stack.up("--refresh");
      const { tokenValue } = await stack.outputs();
      assert.deepEqual([await story.statusFor(old), await story.statusFor(tokenValue)], [200, 200]);

      story.jenkins.revoke("alice", story.tokens()[0]?.tokenUuid ?? "");
      await stack.up("--refresh");
      assert.deepEqual([await story.statusFor(old), await story.statusFor(tokenValue)], [401, 200]);
      assert.equal(story.tokens().length, 1);
      for (const turn of [3, 4]) {
        stack.write(program(turn));
        await stack.up();
      }
      assert.equal(await story.statusFor(tokenValue), 401);
    },

  "replacementTrigger, --replace and state taint each create a token, and then revoke the old one": async (story) => {
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

  "examples/expiry: a weekly run replaces the token in its last ten days, and also a token that has already expired":
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

/** Asserts that `rotate` creates a token, then revokes the old one, and that the new value logs in. */
async function isRotated(story: Story, stack: Stack, rotate: () => Promise<unknown>): Promise<void> {
  const [before] = stack.resources();
  story.newRequests();
  await rotate();
  assert.deepEqual(story.newChanges(), ["POST generateNewToken", "POST revoke"]);
  assert.notEqual(stack.resources()[0]?.id, before?.id);
  assert.equal(story.tokenNames().length, 1);
  assert.equal(await story.statusFor((await stack.outputs())["tokenValue"]), 200);
}
