import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Claims } from "./side-by-side.ts";

/** A rebuilt controller, with the native provider. */
export const rebuilt: Claims = {
  "a refresh brings a declared value back to a controller that has lost its tokens, without a change of its consumer":
    async (story) => {
      const value = `11${randomBytes(16).toString("hex")}`;
      story.workshop.secrets.addLogin("alice", "the declared value", value);
      const source = `
      const fixedValue = new pulumi.Config().requireSecret("value");
      export const { tokenUuid, tokenValue } = new JenkinsApiToken("deploy", { tokenName: "deploy", fixedValue });
      const consumer = {
        create: async (inputs) => ({ id: "made", outs: inputs }),
        update: async () => { throw new Error("The consumer has noticed.") },
      };
      class Consumer extends pulumi.dynamic.Resource {}
      new Consumer(consumer, "consumer", { tokenValue });`;
      const stack = await story.stack(source, story.passwordLogin, "native");
      await stack.configureSecret("value", value);
      await stack.up();
      const before = await stack.outputs();
      assert.deepEqual([before["tokenValue"], await story.statusFor(value)], [value, 200]);

      story.jenkins.removeUser("alice");
      story.jenkins.addUser({ id: "alice", password: story.password });
      assert.equal(await story.statusFor(value), 401);
      assert.match(await stack.up("--refresh"), /API token "deploy" \(\S+\) of alice is not on \S+ any more/);
      const after = await stack.outputs();
      assert.deepEqual([after["tokenValue"], await story.statusFor(value)], [value, 200]);
      assert.notEqual(after["tokenUuid"], before["tokenUuid"]);
      assert.deepEqual([story.tokenNames(), stack.resource("consumer").id], [["deploy"], "made"]);
      await stack.destroy();
      assert.deepEqual([story.tokenNames(), await story.statusFor(value)], [[], 401]);
    },
};
