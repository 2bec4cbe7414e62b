import assert from "node:assert/strict";
import { join } from "node:path";
import type { Claims } from "./side-by-side.ts";

/** The examples, run as their READMEs say. */
export const examples: Claims = {
  "examples/wiring: another resource and another stack sign in with the token, before and after its rotation": async (
    story,
  ) => {
    const producer = await story.example("wiring");
    await producer.up();
    assert.equal((await producer.outputs())["signedInAs"], "alice");

    const consumer = await story.stackIn(join(producer.folder, "consumer"), {});
    await consumer.configure("producer", "organization/jenkins-token-wiring/dev");
    await consumer.up();
    assert.deepEqual(await consumer.shownOutputs(), { signedInAs: "alice" });

    story.newRequests();
    await producer.configure("rotated", "2026-11");
    await producer.up();
    const rotation = ["GET whoAmI", "POST generateNewToken", "GET whoAmI", "POST revoke"];
    assert.deepEqual(story.newRequests(), rotation);
    await consumer.up();
    await producer.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "examples/bootstrap: a password makes the first token, which makes the others and outlives them": async (story) => {
    const stack = await story.example("bootstrap", story.passwordLogin);
    await stack.up();
    const generated = story.jenkins.requests("POST", "generateNewToken");
    assert.deepEqual(
      generated.map(({ login }) => login),
      ["password", "token", "token"],
    );
    const { backupToken, monitoringToken } = await stack.outputs();
    for (const value of [backupToken, monitoringToken]) assert.equal(await story.statusFor(value), 200);
    await stack.up("--expect-no-changes");

    for (const name of ["JENKINS_URL", "JENKINS_USER_ID", "JENKINS_PASSWORD"]) delete stack.environment[name];
    const first = stack.resource("first").id;
    await stack.destroy(); // Without any login: each token may revoke itself.
    const revoked = story.jenkins.requests("POST", "revoke").map(({ form }) => form["tokenUuid"]);
    assert.equal(revoked.length, 3);
    assert.equal(revoked.at(-1), first);
    assert.deepEqual(story.tokenNames(), []);
  },
};
