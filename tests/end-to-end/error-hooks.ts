import assert from "node:assert/strict";
import { type CustomResourceOptions, ErrorHook } from "@pulumi/pulumi";
import { JenkinsApiToken, type JenkinsApiTokenArgs, RotatingJenkinsApiToken } from "../../sdk/index.ts";
import type { Interception, Jenkins } from "../jenkins/server.ts";
import { Automated } from "./automated.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const lostReply: Interception = { kind: "drop", when: "after" };
const lostRequest: Interception = { kind: "drop", when: "before" };
const refused: Interception = { kind: "reply", status: 404, headers: { "X-Content-Type-Options": "nosniff" } };

/** Hooks that retry a failed operation. The engine then drops the record of the first call. */
export const errorHooks: Claims = {
  "a hook that retries a create after a lost reply gets a token, and the first token is revoked": async (story) => {
    const { stack, asked } = await retried(story);
    meet(story.jenkins, { generateNewToken: [lostReply], security: [refused] });
    await stack.up();
    assert.deepEqual(asked, ["create"]);
    assert.deepEqual(story.newChanges(), ["POST generateNewToken", "POST revoke", "POST generateNewToken"]);
    await isInOrder(story, stack);
  },

  "a hook whose retry of a create with a lost reply also fails leaves the record, and the next up settles the record":
    async (story) => {
      const { stack, asked } = await retried(story);
      meet(story.jenkins, { generateNewToken: [lostReply], security: [refused, refused] });
      await assert.rejects(stack.up(), /could not be finished/);
      assert.deepEqual(asked, ["create", "create"]);
      assert.equal(story.tokens().length, 1);
      await stack.up();
      await isInOrder(story, stack);
    },

  "a hook that retries a create that Jenkins may still carry out gets no second token, and the next up settles it":
    async (story) => {
      const { stack } = await retried(story);
      meet(story.jenkins, { generateNewToken: [lostRequest], security: [refused] });
      await assert.rejects(stack.up(), /could not be finished/);
      const [{ form: { newTokenName = "" } = {} } = {}, ...others] = story.jenkins.requests("POST", "generateNewToken");
      assert.deepEqual(others, []);
      story.jenkins.generate("alice", newTokenName);
      await stack.up();
      await isInOrder(story, stack);
    },

  "a hook that retries a create after a failed rename gets a token with the name, and the first is revoked": async (
    story,
  ) => {
    const { stack, asked } = await retried(story, tokenOf({ tokenName: "mine" }));
    meet(story.jenkins, { rename: [refused] });
    await stack.up();
    assert.deepEqual(asked, ["create"]);
    assert.deepEqual(story.tokenNames(), ["mine"]);
    await isInOrder(story, stack);
  },

  "a hook whose retry after a failed rename also fails leaves the first token in the state, and the next up renames it":
    async (story) => {
      const { stack } = await retried(story, tokenOf({ tokenName: "mine" }));
      meet(story.jenkins, { rename: [refused], revoke: [refused] });
      await assert.rejects(stack.up(), /could not be given its name/);
      assert.deepEqual(
        await stack.ids(),
        story.tokens().map(({ tokenUuid }) => tokenUuid),
      );
      await stack.up();
      assert.deepEqual(story.tokenNames(), ["mine"]);
      await isInOrder(story, stack);
    },

  "a hook that retries a rename, and the revoke of a replaced token, completes both": async (story) => {
    const args: JenkinsApiTokenArgs = { tokenName: "one", triggers: { month: "november" } };
    const { stack, asked } = await retried(story, tokenOf(args));
    await stack.up();
    args.tokenName = "two";
    meet(story.jenkins, { rename: [refused] });
    await stack.up();
    assert.deepEqual(story.tokenNames(), ["two"]);
    args.triggers = { month: "december" };
    meet(story.jenkins, { revoke: [refused] });
    await stack.up();
    assert.deepEqual(asked, ["update", "delete"]);
    await isInOrder(story, stack);
  },

  "a hook that retries the rotation of a rotating token completes it, and no token is left over": async (story) => {
    const args = { rotateEveryDays: 30, triggers: { turn: "1" } };
    const { stack, asked } = await retried(story, (options) => {
      const { current, previous } = new RotatingJenkinsApiToken("ci", args, options);
      return { current: current.tokenValue, previous: previous.apply((one) => one?.tokenValue) };
    });
    await stack.up();
    args.triggers = { turn: "2" };
    meet(story.jenkins, { generateNewToken: [lostReply], security: [refused] });
    const { current: second } = await stack.up();
    args.triggers = { turn: "3" };
    meet(story.jenkins, { revoke: [refused] });
    const { current, previous } = await stack.up();
    assert.deepEqual(asked, ["update", "update"]);
    assert.equal(previous?.value, second?.value);
    assert.deepEqual([await story.statusFor(current?.value), await story.statusFor(previous?.value)], [200, 200]);
    assert.equal(story.tokens().length, 2);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },
};

const tokenOf =
  (args: JenkinsApiTokenArgs) =>
  (options: CustomResourceOptions): Record<string, unknown> => {
    const { tokenValue } = new JenkinsApiToken("ci", args, options);
    return { tokenValue };
  };

/** A stack with one token, whose hook retries one failed operation per run. `asked` has the failed operations. */
async function retried(story: Story, declare = tokenOf({})): Promise<{ stack: Automated; asked: string[] }> {
  const asked: string[] = [];
  const stack = await Automated.open(story, async () => {
    let tries = 1;
    const onceMore = new ErrorHook("once more", ({ failedOperation }) => {
      asked.push(failedOperation);
      return tries++ < 2;
    });
    return declare({ hooks: { onError: [onceMore] } });
  });
  return { stack, asked };
}

/** Applies these interceptions to the first requests to each endpoint. */
function meet(jenkins: Jenkins, interceptions: Record<string, Interception[]>): void {
  jenkins.intercept = ({ path }) => interceptions[path.split("/").filter(Boolean).at(-1) ?? ""]?.shift();
}

/** Asserts that the only token is in the state, logs in, and is revoked by destroy. */
async function isInOrder(story: Story, stack: Automated): Promise<void> {
  assert.deepEqual(
    await stack.ids(),
    story.tokens().map(({ tokenUuid }) => tokenUuid),
  );
  const { tokenValue } = await stack.up();
  assert.equal(await story.statusFor(tokenValue?.value), 200);
  await stack.destroy();
  assert.deepEqual(story.tokenNames(), []);
}
