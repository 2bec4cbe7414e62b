import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { UNKNOWN } from "../../provider/properties.ts";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { memory } from "../support/process.ts";

const { check } = resources.ApiToken;
const login = { JENKINS_URL: "https://ci.example.com", JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: "secret-token" };
const context: Context = { config: undefined, memory: memory(), environment: login };
const autoName = "project/stack/ci";

describe("check", () => {
  it("returns the same inputs each time, without a random name, so that a saved plan stays valid", () => {
    assert.deepEqual(check({}, { autoName }, context), { inputs: { autoName }, failures: [] });
    assert.deepEqual(check({ autoName }, { autoName }, context).inputs, { autoName });
  });

  it("keeps a random name from the check of 0.1.0, even if the resource is renamed with an alias", () => {
    const old = { autoName, tokenName: "project/stack/ci-0a1b2c3d" };
    assert.deepEqual(check(old, { autoName }, context).inputs, old);
    const renamed = check(old, { autoName: "project/stack/other" }, context).inputs;
    assert.deepEqual(renamed, { autoName: "project/stack/other", tokenName: old.tokenName });
  });

  it("adds nothing if a name is declared", () => {
    assert.deepEqual(check({}, { autoName, tokenName: "mine" }, context).inputs, { tokenName: "mine" });
    assert.deepEqual(check({}, { autoName, tokenName: UNKNOWN }, context).inputs, { tokenName: UNKNOWN });
  });

  it("does not keep a name that is no longer declared", () => {
    assert.deepEqual(check({ tokenName: "mine" }, { autoName }, context).inputs, { autoName });
  });

  it("refuses an empty name", () => {
    const { failures } = check({}, { autoName, tokenName: "" }, context);
    assert.deepEqual(failures, [{ property: "tokenName", reason: "must not be empty" }]);
  });

  it("refuses a lookup's inputs, which have no name, as inputs of a resource", () => {
    const reason = "tokenName: must be given if there is no autoName";
    assert.deepEqual(check({}, {}, context).failures, [{ property: "", reason }]);
  });

  it("refuses refreshBeforeUpdate in the dynamic host, which cannot request a refresh", () => {
    const inputs = { autoName, refreshBeforeUpdate: true };
    const reason = "is for the native plugin alone: use `pulumi-jenkins/native`, or leave it out";
    assert.deepEqual(check({}, inputs, context).failures, [{ property: "refreshBeforeUpdate", reason }]);
    const urn = "urn:pulumi:stack::project::jenkins:index:ApiToken::ci";
    assert.deepEqual(check({}, inputs, { ...context, urn }).failures, []);
  });

  it("returns Pulumi's own property unchanged", () => {
    const inputs = { tokenName: "ci", __provider: "text" };
    assert.deepEqual(check({}, inputs, context), { inputs, failures: [] });
  });

  const connections: [what: string, connection: unknown, environment: Record<string, string>, reason: RegExp][] = [
    ["a missing url", undefined, { ...login, JENKINS_URL: "" }, /^the url of Jenkins is missing: set JENKINS_URL/],
    [
      "a missing login",
      undefined,
      { JENKINS_URL: "https://ci" },
      /a login is missing\. Set JENKINS_USER_ID and JENKINS_API_TOKEN/,
    ],
    ["a malformed url", { url: "ci" }, login, /the url from the connection is not a url/],
    ["a url with a password", { url: "https://a:hunter2@ci" }, login, /must not contain a user name or a password/],
    [
      "two secrets",
      { username: "a", apiToken: "hunter2", password: "hunter2" },
      login,
      /both an API token and a password/,
    ],
    [
      "a colon in the user id",
      { username: "a:b", apiToken: "hunter2" },
      login,
      /a user id with a colon can't log in: Basic authentication allows no colon in it$/,
    ],
  ];
  for (const [what, connection, environment, reason] of connections) {
    it(`names the setting if the connection has ${what}`, () => {
      const { failures } = check(
        {},
        { tokenName: "ci", connection },
        { config: undefined, memory: memory(), environment },
      );
      assert.equal(failures.length, 1);
      assert.equal(failures[0]?.property, ""); // Pulumi prints {<nil>} for any part of the connection.
      assert.match(String(failures[0]?.reason), reason);
      assert.doesNotMatch(JSON.stringify(failures), /hunter2|secret-token/);
    });
  }

  it("names only the key of a wrong setting in the stack config", () => {
    const keys: Record<string, string> = {
      insecureSkipTlsVerify: "jenkins:insecureSkipTlsVerify must be true or false",
      requestTimeoutSeconds: "jenkins:requestTimeoutSeconds must be a number of seconds above 0 and up to 3600",
      waitForReadySeconds: "jenkins:waitForReadySeconds must be a number of seconds up to 3600",
    };
    for (const [key, reason] of Object.entries(keys)) {
      const config = { get: (name: string) => (name === `jenkins:${key}` ? "hunter2" : undefined) };
      const { failures } = check({}, { tokenName: "ci" }, { config, environment: login, memory: memory() });
      assert.deepEqual(failures, [{ property: "", reason }]);
    }
  });

  it("accepts a connection that is unknown, as a whole or in parts", () => {
    for (const connection of [
      UNKNOWN,
      { url: UNKNOWN },
      { username: UNKNOWN, apiToken: UNKNOWN },
      { caCert: UNKNOWN },
    ]) {
      assert.deepEqual(check({}, { tokenName: "ci", connection }, context).failures, []);
    }
    const nowhere = { config: undefined, memory: memory(), environment: {} };
    assert.deepEqual(check({}, { tokenName: "ci", connection: UNKNOWN }, nowhere).failures, []);
  });
});
