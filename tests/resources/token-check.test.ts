import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { UNKNOWN } from "../../provider/settings/schema.ts";
import { memory } from "../support/process.ts";

const { check } = resources.ApiToken;
const login = { JENKINS_URL: "https://ci.example.com", JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: "secret-token" };
const context: Context = { config: undefined, memory: memory(), environment: login };
const autoName = "project/stack/ci";

describe("check", () => {
  it("makes a name of project, stack, resource and 8 hexadecimal digits", () => {
    const { inputs, failures } = check({}, { autoName }, context);
    assert.deepEqual(failures, []);
    assert.match(String(inputs["tokenName"]), /^project\/stack\/ci-[0-9a-f]{8}$/);
    assert.equal(inputs["autoName"], autoName);
  });

  it("makes another name for every resource, so also for the one that replaces it", () => {
    const names = Array.from({ length: 20 }, () => check({}, { autoName }, context).inputs["tokenName"]);
    assert.equal(new Set(names).size, 20);
  });

  it("keeps the name it made", () => {
    const first = check({}, { autoName }, context).inputs;
    assert.deepEqual(check(first, { autoName }, context).inputs, first);
    assert.deepEqual(check(first, { autoName, triggers: { a: "1" } }, context).inputs["tokenName"], first["tokenName"]);
  });

  it("keeps the name it made when the resource gets another name by an alias", () => {
    const first = check({}, { autoName }, context).inputs;
    const renamed = check(first, { autoName: "project/stack/other" }, context).inputs;
    assert.deepEqual(renamed, { autoName: "project/stack/other", tokenName: first["tokenName"] });
  });

  it("makes no name where one is given", () => {
    assert.deepEqual(check({}, { autoName, tokenName: "mine" }, context).inputs, { tokenName: "mine" });
    assert.deepEqual(check({}, { autoName, tokenName: UNKNOWN }, context).inputs, { tokenName: UNKNOWN });
  });

  it("makes a name where one is given no more", () => {
    const { inputs } = check({ tokenName: "mine" }, { autoName }, context);
    assert.match(String(inputs["tokenName"]), /^project\/stack\/ci-[0-9a-f]{8}$/);
  });

  it("replaces no empty name by a made one", () => {
    const { failures } = check({}, { autoName, tokenName: "" }, context);
    assert.deepEqual(failures, [{ property: "tokenName", reason: "must not be empty" }]);
  });

  it("refuses a lookup's inputs, which have no name, as inputs of a resource", () => {
    const reason = "must be given where there is no autoName";
    assert.deepEqual(check({}, {}, context).failures, [{ property: "tokenName", reason }]);
  });

  it("returns Pulumi's own property as it came", () => {
    const inputs = { tokenName: "ci", __provider: "text" };
    assert.deepEqual(check({}, inputs, context), { inputs, failures: [] });
  });

  const connections: [
    what: string,
    connection: unknown,
    environment: Record<string, string>,
    property: string,
    reason: RegExp,
  ][] = [
    [
      "a missing url",
      undefined,
      { ...login, JENKINS_URL: "" },
      "connection.url",
      /^connection\.url: the url of Jenkins is missing: set JENKINS_URL/,
    ],
    [
      "a missing login",
      undefined,
      { JENKINS_URL: "https://ci" },
      "connection.username",
      /a login is missing\. Set JENKINS_USER_ID and JENKINS_API_TOKEN/,
    ],
    ["a url that is none", { url: "ci" }, login, "connection.url", /the url from the connection is not a URL/],
    [
      "a url with a password",
      { url: "https://a:hunter2@ci" },
      login,
      "connection.url",
      /must not carry a user name or a password/,
    ],
    [
      "two secrets",
      { username: "a", apiToken: "hunter2", password: "hunter2" },
      login,
      "connection.apiToken",
      /both an API token and a password/,
    ],
    [
      "a colon in the user id",
      { username: "a:b", apiToken: "hunter2" },
      login,
      "connection.username",
      /a user id with a colon can't sign in: Basic authentication has no way to say it$/,
    ],
  ];
  for (const [what, connection, environment, property, reason] of connections) {
    it(`names the setting where the connection has ${what}`, () => {
      const { failures } = check(
        {},
        { tokenName: "ci", connection },
        { config: undefined, memory: memory(), environment },
      );
      assert.equal(failures.length, 1);
      assert.equal(failures[0]?.property, property);
      assert.match(String(failures[0]?.reason), reason);
      assert.doesNotMatch(JSON.stringify(failures), /hunter2|secret-token/);
    });
  }

  it("names a setting of the stack config that is not what it should be by its key alone", () => {
    const keys: Record<string, string> = {
      insecureSkipTlsVerify: "connection: jenkins:insecureSkipTlsVerify must be true or false",
      requestTimeoutSeconds:
        "connection: jenkins:requestTimeoutSeconds must be a number of seconds above 0 and up to 3600",
      waitForReadySeconds: "connection: jenkins:waitForReadySeconds must be a number of seconds up to 3600",
    };
    for (const [key, reason] of Object.entries(keys)) {
      const config = { get: (name: string) => (name === `jenkins:${key}` ? "hunter2" : undefined) };
      const { failures } = check({}, { tokenName: "ci" }, { config, environment: login, memory: memory() });
      assert.deepEqual(failures, [{ property: "", reason }]);
    }
  });

  it("passes a connection that is not known yet, as a whole or in parts", () => {
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
