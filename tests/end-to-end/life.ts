import assert from "node:assert/strict";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const CI = `const token = new JenkinsApiToken("ci");
export const { tokenUuid, tokenName, tokenValue } = token;`;

/** The life of a token: created, kept, renamed, replaced and revoked. */
export const life: Claims = {
  "examples/basic sends one generate request, none if nothing changes, and one revoke request": async (story) => {
    const stack = await story.example("basic");
    await stack.up();
    assert.deepEqual(story.newRequests(), ["GET whoAmI", "POST generateNewToken"]);
    const { tokenValue, userId } = await stack.outputs();
    assert.equal(userId, "alice");
    assert.equal(await story.statusFor(tokenValue), 200);

    await stack.up("--expect-no-changes");
    assert.deepEqual(story.newRequests(), []);

    await stack.destroy();
    assert.deepEqual(story.newRequests(), ["GET whoAmI", "POST revoke"]);
    assert.equal(await story.statusFor(tokenValue), 401);
  },

  "a preview sends no request to Jenkins": async (story) => {
    const stack = await story.stack(CI);
    const output = await stack.preview();
    assert.match(output, /2 to create/);
    assert.deepEqual(story.newRequests(), []);
  },

  "a password logs in once per process, with one crumb for all tokens": async (story) => {
    const stack = await story.stack(
      `for (const name of ["a", "b", "c"]) new JenkinsApiToken(name);`,
      story.passwordLogin,
    );
    await stack.up();
    const form = "POST j_spring_security_check";
    const once = ["GET crumbIssuer", "GET login", "GET whoAmI"];
    const three = (change: string) => [change, change, change];
    assert.deepEqual(story.newRequests().sort(), [...once, ...three("POST generateNewToken"), form]);
    assert.equal(story.jenkins.passwordChecks, 1);
    await stack.destroy();
    assert.deepEqual(story.newRequests().sort(), [...once, form, ...three("POST revoke")]);
    assert.equal(story.jenkins.passwordChecks, 2);
    assert.deepEqual(story.tokenNames(), []);
  },

  "a refresh reads the list once for all tokens, and changes nothing": async (story) => {
    const stack = await story.stack(`for (const name of ["a", "b", "c"]) new JenkinsApiToken(name);`);
    await stack.up();
    story.newRequests();
    await stack.refresh("--expect-no-changes");
    assert.deepEqual(story.newRequests(), ["GET whoAmI", "GET security"]);
  },

  "a refresh removes a token that was revoked by hand, and the next up creates another": async (story) => {
    const stack = await story.stack(CI);
    await stack.up();
    const { tokenUuid } = await stack.outputs();
    story.jenkins.revoke("alice", tokenUuid ?? "");
    await stack.refresh();
    assert.deepEqual(stack.resources(), []);
    await stack.up();
    assert.equal(story.tokenNames().length, 1);
  },

  "a change of tokenName renames the token in place: uuid and value stay": async (story) => {
    const named = (name: string) => CI.replace(`"ci"`, `"ci", { tokenName: "${name}" }`);
    const stack = await story.stack(named("one"));
    await stack.up();
    const before = await stack.outputs();
    story.newRequests();
    stack.write(named("two"));
    await stack.up();
    assert.deepEqual(story.newChanges(), ["POST rename"]);
    const after = await stack.outputs();
    assert.equal(after["tokenUuid"], before["tokenUuid"]);
    assert.ok(after["tokenValue"] === before["tokenValue"], "the value has changed"); // Prints no value.
    assert.equal(await story.statusFor(before["tokenValue"]), 200);
    assert.deepEqual(story.tokenNames(), ["two"]);
  },

  "a change of triggers creates the new token before it revokes the old one": async (story) => {
    const triggered = (month: string) => CI.replace(`"ci"`, `"ci", { triggers: { month: "${month}" } }`);
    const stack = await story.stack(triggered("2026-11"));
    await stack.up();
    const before = await stack.outputs();
    story.newRequests();
    stack.write(triggered("2026-12"));
    await stack.up();
    assert.deepEqual(story.newChanges(), ["POST generateNewToken", "POST revoke"]);
    const { tokenValue } = await stack.outputs();
    assert.equal(await story.statusFor(tokenValue), 200);
    assert.equal(await story.statusFor(before["tokenValue"]), 401);
  },

  "the state holds neither the token nor a login from the environment in the clear": async (story) => {
    const stack = await story.stack(CI, story.passwordLogin);
    await stack.up();
    await assertStateIsSealed(story, await stack.exported(), await stack.outputs());
    await stack.destroy();
  },

  "the state holds neither the token nor a login from the stack config in the clear": async (story) => {
    const stack = await story.stack(CI, {});
    await stack.configure("jenkins:url", story.jenkins.url);
    await stack.configure("jenkins:username", "alice");
    await stack.configureSecret("jenkins:password", story.password);
    await stack.up();
    await assertStateIsSealed(story, await stack.exported(), await stack.outputs());
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "the state holds neither the token nor a login from the `connection` argument in the clear": async (story) => {
    const connection = { url: story.jenkins.url, username: "alice", password: "" };
    const stack = await story.stack(
      `const connection = { ...${JSON.stringify(connection)}, password: process.env.PASSWORD };
      export const { tokenValue } = new JenkinsApiToken("ci", { connection });`,
      { PASSWORD: story.password },
    );
    await stack.up();
    await assertStateIsSealed(story, await stack.exported(), await stack.outputs());
    assert.deepEqual(stack.resource("ci").outputs["connection"], { url: story.jenkins.url, username: "alice" });
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },
};

async function assertStateIsSealed(story: Story, state: string, { tokenValue }: Record<string, string>): Promise<void> {
  assert.equal(await story.statusFor(tokenValue), 200);
  assert.match(state, /"ciphertext"/);
  assert.deepEqual(story.workshop.secrets.findIn(state), []);
}
