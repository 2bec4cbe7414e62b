import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { delimiter, join } from "node:path";
import { startJenkins } from "../jenkins/server.ts";
import { Docker, SLOWLY } from "./docker.ts";
import type { Claims } from "./side-by-side.ts";

/** The examples, run like their READMEs say. */
export const examples: Claims = {
  "examples/wiring: another resource and another stack log in with the token, even after its replacement": async (
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

  "examples/bootstrap: the password creates a token, which creates the others and is revoked last": async (story) => {
    const stack = await story.example("bootstrap", story.passwordLogin);
    await stack.up();
    const generated = story.jenkins.requests("POST", "generateNewToken");
    assert.deepEqual(
      generated.map(({ login }) => login),
      ["session", "token", "token"],
    );
    const { backupToken, monitoringToken } = await stack.outputs();
    for (const value of [backupToken, monitoringToken]) assert.equal(await story.statusFor(value), 200);
    await stack.up("--expect-no-changes");

    for (const name of ["JENKINS_URL", "JENKINS_USER_ID", "JENKINS_PASSWORD"]) delete stack.environment[name];
    const first = stack.resource("first").id;
    await stack.destroy(); // Without credentials. Each token can revoke itself.
    const revoked = story.jenkins.requests("POST", "revoke").map(({ form }) => form["tokenUuid"]);
    assert.equal(revoked.length, 3);
    assert.equal(revoked.at(-1), first);
    assert.deepEqual(story.tokenNames(), []);
  },

  "examples/service-account: an administrator creates a token for a service user, which logs in with it": async (
    story,
  ) => {
    story.jenkins.addUser({ id: "root", administrator: true });
    story.jenkins.addUser({ id: "deploy-bot" });
    const JENKINS_API_TOKEN = story.jenkins.generate("root", "by hand").tokenValue;
    const login = { ...story.tokenLogin, JENKINS_USER_ID: "root", JENKINS_API_TOKEN };
    const stack = await story.example("service-account", login);
    await stack.up();
    const makers = story.jenkins.log.filter(({ method }) => method === "POST").map(({ signedInAs }) => signedInAs);
    assert.deepEqual(story.newChanges(), ["POST scriptText", "POST generateNewToken"]);
    assert.deepEqual(makers, ["root", "deploy-bot"]);
    const { userId, tokenValue } = await stack.outputs();
    assert.equal(userId, "deploy-bot");
    assert.equal(await story.statusFor(tokenValue, "deploy-bot"), 200);
    assert.equal(story.jenkins.tokens("deploy-bot").length, 2);

    await stack.destroy();
    assert.deepEqual(story.newChanges(), ["POST revoke", "POST scriptText"]);
    assert.deepEqual(story.jenkins.tokens("deploy-bot"), []);
  },

  "examples/many-controllers: an added controller gets a token, a removed one loses its token, others keep theirs":
    async (story) => {
      const tokyo = await startJenkins({ users: [{ id: "alice" }] });
      try {
        const stack = await story.example("many-controllers", {});
        const declare = async (name: string, url: string, apiToken: string) => {
          await stack.configure(`controllers.${name}`, url);
          await stack.configureSecret(`apiTokens.${name}`, apiToken);
        };
        await stack.configure("username", "alice");
        await declare("berlin", story.jenkins.url, story.loginToken);
        await stack.up();
        const [berlin] = story.tokens();
        await declare("tokyo", tokyo.url, tokyo.generate("alice", "by hand").tokenValue);
        await stack.up();
        assert.deepEqual(story.tokens(), [berlin]);

        assert.deepEqual(await stack.shownOutputs(), { tokenValues: "[secret]" });
        const values = (await stack.outputs())["tokenValues"] as unknown as Record<string, string>;
        for (const jenkins of [story.jenkins, tokyo]) {
          assert.equal(await story.statusFor(values[jenkins.url], "alice", jenkins), 200);
        }
        for (const key of ["controllers.tokyo", "apiTokens.tokyo"]) await stack.unconfigure(key);
        await stack.up();
        assert.deepEqual(tokyo.tokens("alice").length, 1); // The token that logs in.
        assert.equal(await story.statusFor(values[story.jenkins.url]), 200);
      } finally {
        await tokyo.close();
      }
    },

  "examples/rebuilt-controller: the value logs in again after Jenkins has lost the user and all tokens": async (
    story,
  ) => {
    const value = `11${randomBytes(16).toString("hex")}`;
    story.workshop.secrets.addLogin("alice", "the declared value", value);
    const stack = await story.example("rebuilt-controller", story.passwordLogin);
    await stack.configureSecret("value", value);
    await stack.up();
    const outputs = await stack.outputs();
    assert.deepEqual([outputs["tokenValue"], await story.statusFor(value)], [value, 200]);

    story.jenkins.removeUser("alice");
    story.jenkins.addUser({ id: "alice", password: story.password });
    assert.equal(await story.statusFor(value), 401);
    await stack.up("--refresh");
    assert.equal(await story.statusFor(value), 200);
    assert.deepEqual([await stack.outputs(), story.tokenNames().length], [outputs, 1]);
    await stack.destroy();
    assert.deepEqual([await story.statusFor(value), story.tokenNames()], [401, []]);
  },

  "examples/fresh-jenkins: the first token waits for a Jenkins that the same run starts": async (story) => {
    const docker = await Docker.open(SLOWLY);
    try {
      story.workshop.secrets.addLogin("admin", "the first login", docker.adminToken);
      const stack = await story.example("fresh-jenkins", {});
      stack.environment["PATH"] = docker.bin + delimiter + stack.environment["PATH"];
      await stack.configureSecret("adminToken", docker.adminToken);
      assert.match(await stack.preview(), /3 to create/);
      assert.deepEqual([docker.commands, docker.jenkins.log], [[], []]);

      assert.match(
        await stack.up(),
        /Waiting up to 300 seconds for http:\/\/\S+, which (can't be reached yet|says that it is getting ready)\./,
      );
      const { jenkinsUrl, userId, tokenValue } = await stack.outputs();
      assert.deepEqual([jenkinsUrl, userId], [docker.jenkins.url, "admin"]);
      assert.equal(await story.statusFor(tokenValue, "admin", docker.jenkins), 200);
      await stack.up("--expect-no-changes");

      await stack.destroy();
      assert.deepEqual(docker.commands, ["run", "port", "rm"]);
      assert.deepEqual(docker.jenkins.requests("POST", "revoke"), []); // The token is gone with its Jenkins.
    } finally {
      await docker.close();
    }
  },
};
