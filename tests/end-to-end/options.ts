import assert from "node:assert/strict";
import { JenkinsApiToken } from "../../sdk/index.ts";
import { Automated } from "./automated.ts";
import type { Claims } from "./side-by-side.ts";

/** Tokens with Pulumi's own options and commands. */
export const options: Claims = {
  "get finds a token that was created by hand, and destroy keeps it": async (story) => {
    const { tokenUuid, tokenValue } = story.jenkins.generate("alice", "by hand");
    story.workshop.secrets.addLogin("alice", "a token made by hand", tokenValue);
    const stack = await story.stack(
      `export const { tokenName, userId, jenkinsUrl } = JenkinsApiToken.get("found", "${tokenUuid}");`,
    );
    await stack.up();
    const found = { tokenName: "by hand", userId: "alice", jenkinsUrl: story.jenkins.url };
    assert.deepEqual(await stack.outputs(), found);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(story.newChanges(), []);
    assert.deepEqual(story.tokenNames(), ["by hand"]);
  },

  "get fails for a token that does not exist": async (story) => {
    const stack = await story.stack(`JenkinsApiToken.get("found", "00000000-0000-4000-8000-000000000000");`);
    assert.match(
      await stack.failing("up"),
      /00000000-0000-4000-8000-000000000000 of alice failed: .*: there is no such token/,
    );
  },

  "ignoreChanges keeps the present name of the token": async (story) => {
    const stack = await story.stack(`new JenkinsApiToken("ci", { tokenName: "one" });`);
    await stack.up();
    story.newRequests();
    stack.write(`new JenkinsApiToken("ci", { tokenName: "two" }, { ignoreChanges: ["tokenName"] });`);
    await stack.up("--expect-no-changes");
    assert.deepEqual(story.newRequests(), []);
    assert.deepEqual(story.tokenNames(), ["one"]);
  },

  "retainOnDelete leaves the token on Jenkins": async (story) => {
    const stack = await story.stack(`new JenkinsApiToken("ci", { tokenName: "kept" }, { retainOnDelete: true });`);
    await stack.up();
    story.newRequests();
    await stack.destroy();
    assert.deepEqual(story.newRequests(), []);
    assert.deepEqual(story.tokenNames(), ["kept"]);
  },

  "protect keeps the token when it is removed from the program": async (story) => {
    const stack = await story.stack(`new JenkinsApiToken("ci", { tokenName: "kept" }, { protect: true });`);
    await stack.up();
    story.newRequests();
    stack.write("");
    assert.match(await stack.failing("up"), /protected/);
    assert.deepEqual(story.newRequests(), []);
    assert.deepEqual(story.tokenNames(), ["kept"]);
    assert.ok(stack.resource("ci"));
  },

  "--target creates and revokes only one of several tokens": async (story) => {
    const stack = await story.stack(
      `for (const name of ["a", "b", "c"]) new JenkinsApiToken(name, { tokenName: name });`,
    );
    await stack.up("--target", "**::b");
    assert.deepEqual(story.tokenNames(), ["b"]);
    await stack.up();
    assert.deepEqual(story.tokenNames().sort(), ["a", "b", "c"]);
    await stack.destroy("--target", "**::b");
    assert.deepEqual(story.tokenNames().sort(), ["a", "c"]);
  },

  "a resource that is renamed with an alias keeps its token, uuid and name": async (story) => {
    const stack = await story.stack(`new JenkinsApiToken("ci");`);
    await stack.up();
    const before = stack.resource("ci");
    story.newRequests();
    stack.write(`new JenkinsApiToken("builds", {}, { aliases: [{ name: "ci" }] });`);
    await stack.up();
    assert.deepEqual(story.newRequests(), []);
    const { id, outputs } = stack.resource("builds");
    assert.equal(id, before.id);
    assert.equal(outputs["tokenName"], before.outputs["tokenName"]);
  },

  "a dependent with replaceOnChanges is replaced together with the token, before the old token is revoked": async (
    story,
  ) => {
    const program = (month: string) => `
      const token = new JenkinsApiToken("ci", { triggers: { month: "${month}" } });
      const provider = { create: async (inputs) => ({ id: "made in ${month}", outs: inputs }) };
      class Dependent extends pulumi.dynamic.Resource {}
      new Dependent(provider, "dependent", { value: token.tokenValue }, { replaceOnChanges: ["value"] });`;
    const stack = await story.stack(program("november"));
    await stack.up();
    story.newRequests();
    stack.write(program("december"));
    const output = await stack.up("--show-replacement-steps");
    assert.equal(stack.resource("dependent").id, "made in december");
    assert.deepEqual(story.newChanges(), ["POST generateNewToken", "POST revoke"]);
    const steps = output.split("\n").filter((line) => /(created|deleted) .*\(/.test(line));
    const order = steps.map((line) => /(ci|dependent) (created|deleted)/.exec(line)?.[0]);
    assert.deepEqual(order, ["ci created", "dependent created", "dependent deleted", "ci deleted"]);
  },

  "the program's own additionalSecretOutputs are kept beside tokenValue": async (story) => {
    const stack = await story.stack(
      `const token = new JenkinsApiToken("ci", {}, { additionalSecretOutputs: ["userId"] });
      export const { userId, tokenName, tokenValue } = token;`,
    );
    await stack.up();
    const { additionalSecretOutputs } = stack.resource("ci");
    assert.deepEqual(new Set(additionalSecretOutputs), new Set(["tokenValue", "fixedValue", "userId"]));
    const { userId, tokenValue, tokenName } = await stack.shownOutputs();
    assert.deepEqual([userId, tokenValue], ["[secret]", "[secret]"]);
    assert.match(tokenName ?? "", /^program\/dev\/ci-[0-9a-f]{8}$/);
  },

  "an inline program of the Automation API creates and revokes a token": async (story) => {
    const stack = await Automated.open(story, async () => {
      const { tokenValue, userId } = new JenkinsApiToken("inline");
      return { tokenValue, userId };
    });
    const outputs = await stack.up();
    assert.equal(outputs["tokenValue"]?.secret, true);
    assert.equal(outputs["userId"]?.value, "alice");
    assert.equal(await story.statusFor(outputs["tokenValue"]?.value), 200);
    await stack.destroy();
    assert.equal(await story.statusFor(outputs["tokenValue"]?.value), 401);
  },
};
