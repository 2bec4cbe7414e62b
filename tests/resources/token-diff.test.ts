import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SettingsError } from "../../provider/errors.ts";
import { UNKNOWN } from "../../provider/properties.ts";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { memory } from "../support/process.ts";

/** The part of a diff that Pulumi's dynamic host gets. */
function diff(...asked: Parameters<typeof resources.ApiToken.diff>) {
  const { changes, replaces } = resources.ApiToken.diff(...asked);
  return { changes, replaces };
}
type Properties = Record<string, unknown>;

const A = "https://a.example.com";
const B = "https://b.example.com";
const uuid = "4f1c0000-0000-4000-8000-000000000000";
const environment = { JENKINS_URL: A, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: "secret-token" };
const autoNamed = { autoName: "p/s/ci", tokenName: "p/s/ci-0a1b2c3d" };
const state = { ...autoNamed, tokenUuid: uuid, tokenValue: "v", userId: "Alice", jenkinsUrl: A, createdAt: "2026" };

function ambient(more: Partial<Context> = {}): Context {
  return { config: undefined, memory: memory(), environment, ...more };
}

function stackConfig(texts: Record<string, string>): Context["config"] {
  return { get: (key) => texts[key] };
}

describe("diff", () => {
  type Row = [
    what: string,
    olds: Properties,
    news: Properties,
    changes: boolean,
    replaces: string[],
    context?: Context,
  ];
  const bySource: Properties = { url: A, username: "alice", apiToken: "t" };
  const table: Row[] = [
    ["nothing if nothing has changed", {}, {}, false, []],
    ["nothing if Pulumi's own property has changed", { __provider: "old" }, { __provider: "new" }, false, []],
    ["nothing if an alias has changed the auto-name", {}, { autoName: "p/s/other" }, false, []],
    ["a change if the name has changed", {}, { tokenName: "mine", autoName: undefined }, true, []],
    ["a change if the name has drifted on the server", { tokenName: "renamed by hand" }, {}, true, []],
    ["a change if the name is unknown", {}, { tokenName: UNKNOWN }, true, []],
    ["a change if refreshBeforeUpdate is added", {}, { refreshBeforeUpdate: true }, true, []],
    ["a change if refreshBeforeUpdate is removed", { refreshBeforeUpdate: true }, {}, true, []],
    ["nothing if refreshBeforeUpdate is false, like by default", {}, { refreshBeforeUpdate: false }, false, []],
    [
      "a replacement if the url in arguments has changed",
      {},
      { connection: { url: B, username: "alice", apiToken: "t" } },
      true,
      ["connection"],
    ],
    [
      "a replacement if the url in the stack config has changed",
      {},
      {},
      true,
      ["connection"],
      ambient({ config: stackConfig({ "jenkins:url": B }) }),
    ],
    [
      "nothing if the url of the environment is declared",
      {},
      { connection: { url: "HTTPS://a.example.com:443/" } },
      false,
      [],
    ],
    ["nothing if the url is unknown", {}, { connection: { url: UNKNOWN } }, false, []],
    ["nothing if the connection is unknown", {}, { connection: UNKNOWN }, false, []],
    ["a replacement if the user has changed", {}, { user: "bob" }, true, ["user"]],
    ["nothing if the user differs only in case", { user: "alice" }, { user: "ALICE" }, false, []],
    ["nothing if the present user is declared", {}, { user: "alice" }, false, []],
    ["nothing if the user is removed and logs in himself", { user: "alice" }, {}, false, []],
    [
      "a replacement if the user is removed and another user logs in",
      { user: "bob", userId: "bob" },
      {},
      true,
      ["user"],
    ],
    [
      "nothing if the user is removed and the connection is unknown",
      { user: "bob", userId: "bob" },
      { connection: UNKNOWN },
      false,
      [],
    ],
    ["nothing if another user logs in for the same declaration", { userId: "carol" }, {}, false, []],
    ["a replacement if a trigger is added", {}, { triggers: { a: "1" } }, true, ["triggers"]],
    [
      "a replacement if a trigger has another value",
      { triggers: { a: "1" } },
      { triggers: { a: "2" } },
      true,
      ["triggers"],
    ],
    [
      "a replacement if a trigger is removed",
      { triggers: { a: "1", b: "1" } },
      { triggers: { b: "1" } },
      true,
      ["triggers"],
    ],
    [
      "a replacement if a trigger is unknown",
      { triggers: { a: "1" } },
      { triggers: { a: UNKNOWN } },
      true,
      ["triggers"],
    ],
    [
      "nothing if triggers have another order",
      { triggers: { a: "1", b: "2" } },
      { triggers: { b: "2", a: "1" } },
      false,
      [],
    ],
    ["nothing between absent and empty triggers", {}, { triggers: {} }, false, []],
    ["a change if a limit has changed", {}, { connection: { requestTimeoutSeconds: 5 } }, true, []],
    [
      "a change if a TLS setting has changed",
      { connection: { caCert: "/a.pem" } },
      { connection: { caCert: "/b.pem" } },
      true,
      [],
    ],
    [
      "nothing if the login has changed",
      { connection: { url: A, username: "alice" } },
      { connection: { ...bySource, username: "bob", apiToken: "u" } },
      false,
      [],
    ],
    [
      "nothing if the login's secret has changed",
      { connection: { url: A, username: "alice" } },
      { connection: { ...bySource, password: "p", apiToken: undefined } },
      false,
      [],
    ],
    [
      "all at once",
      {},
      { connection: { ...bySource, url: B }, user: "bob", triggers: { a: "1" }, tokenName: "x" },
      true,
      ["connection", "user", "triggers"],
    ],
  ];
  for (const [what, olds, news, changes, replaces, context] of table) {
    it(`finds ${what}`, () => {
      const found = diff(uuid, { ...state, ...olds }, { ...autoNamed, ...news }, context ?? ambient());
      assert.deepEqual(found, { changes, replaces });
    });
  }

  it("replaces a pending record, whatever the inputs are", () => {
    const pending = { name: "x", startedAt: "2026-11-22T12:00:00.000Z" };
    const record = { ...autoNamed, userId: "alice", jenkinsUrl: A, pending };
    assert.deepEqual(diff("pending-0123456789abcdef", record, autoNamed, ambient()), {
      changes: true,
      replaces: ["pending"],
    });
  });

  it("fails, naming both urls, if JENKINS_URL is another Jenkins than the token's", () => {
    const build = ambient({ environment: { ...environment, JENKINS_URL: B } });
    assert.throws(
      () => diff(uuid, state, autoNamed, build),
      (error: unknown) => {
        assert.ok(error instanceof SettingsError);
        assert.match(error.message, /lives on https:\/\/a\.example\.com, but JENKINS_URL is https:\/\/b\.example\.com/);
        return true;
      },
    );
  });

  it("ignores JENKINS_URL if the url is declared", () => {
    const build = ambient({ environment: { ...environment, JENKINS_URL: B } });
    const login = { url: A, username: "alice", apiToken: "t" };
    assert.deepEqual(diff(uuid, state, { ...autoNamed, connection: login }, build), { changes: false, replaces: [] });
  });

  it("needs no login, because refresh also calls diff, and the token may have read itself", () => {
    for (const surroundings of [{}, { JENKINS_URL: A }, { JENKINS_USER_ID: "alice" }]) {
      const found = diff(uuid, state, autoNamed, ambient({ environment: surroundings }));
      assert.deepEqual(found, { changes: false, replaces: [] });
    }
  });
});
