import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SettingsError } from "../../provider/errors.ts";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { UNKNOWN } from "../../provider/settings/schema.ts";
import { memory } from "../support/process.ts";

/** The answer that Pulumi's dynamic host gets. */
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
    ["nothing where nothing has changed", {}, {}, false, []],
    ["nothing where Pulumi's own property has", { __provider: "old" }, { __provider: "new" }, false, []],
    ["nothing where an alias has made the auto-name another one", {}, { autoName: "p/s/other" }, false, []],
    ["a change where the name is another one", {}, { tokenName: "mine", autoName: undefined }, true, []],
    ["a change where the name has drifted on the server", { tokenName: "renamed by hand" }, {}, true, []],
    ["a change where the name is not known yet", {}, { tokenName: UNKNOWN }, true, []],
    ["a change where it is to be refreshed before updates", {}, { refreshBeforeUpdate: true }, true, []],
    ["a change where it is not any more", { refreshBeforeUpdate: true }, {}, true, []],
    ["nothing where it is not to be refreshed, as before", {}, { refreshBeforeUpdate: false }, false, []],
    [
      "a replacement where the url in arguments is another one",
      {},
      { connection: { url: B, username: "alice", apiToken: "t" } },
      true,
      ["connection"],
    ],
    [
      "a replacement where the url in stack config is another one",
      {},
      {},
      true,
      ["connection"],
      ambient({ config: stackConfig({ "jenkins:url": B }) }),
    ],
    [
      "nothing where the url is declared that the environment named",
      {},
      { connection: { url: "HTTPS://a.example.com:443/" } },
      false,
      [],
    ],
    ["nothing where the url is not known yet", {}, { connection: { url: UNKNOWN } }, false, []],
    ["nothing where the connection is not known yet", {}, { connection: UNKNOWN }, false, []],
    ["a replacement where the user is another one", {}, { user: "bob" }, true, ["user"]],
    ["nothing where the user is written in other letters", { user: "alice" }, { user: "ALICE" }, false, []],
    ["nothing where the user is given who it was anyway", {}, { user: "alice" }, false, []],
    ["nothing where the user is dropped and signs in himself", { user: "alice" }, {}, false, []],
    [
      "a replacement where the user is dropped and somebody else signs in",
      { user: "bob", userId: "bob" },
      {},
      true,
      ["user"],
    ],
    [
      "nothing where the user is dropped and the connection is not known yet",
      { user: "bob", userId: "bob" },
      { connection: UNKNOWN },
      false,
      [],
    ],
    ["nothing where somebody else signs in for the same declaration", { userId: "carol" }, {}, false, []],
    ["a replacement where a trigger is added", {}, { triggers: { a: "1" } }, true, ["triggers"]],
    [
      "a replacement where a trigger has changed",
      { triggers: { a: "1" } },
      { triggers: { a: "2" } },
      true,
      ["triggers"],
    ],
    [
      "a replacement where a trigger is gone",
      { triggers: { a: "1", b: "1" } },
      { triggers: { b: "1" } },
      true,
      ["triggers"],
    ],
    [
      "a replacement where a trigger is not known yet",
      { triggers: { a: "1" } },
      { triggers: { a: UNKNOWN } },
      true,
      ["triggers"],
    ],
    [
      "nothing where triggers have another order",
      { triggers: { a: "1", b: "2" } },
      { triggers: { b: "2", a: "1" } },
      false,
      [],
    ],
    ["nothing between no triggers and none", {}, { triggers: {} }, false, []],
    ["a change where a limit is another one", {}, { connection: { requestTimeoutSeconds: 5 } }, true, []],
    [
      "a change where TLS is another one",
      { connection: { caCert: "/a.pem" } },
      { connection: { caCert: "/b.pem" } },
      true,
      [],
    ],
    [
      "nothing where the login is another one",
      { connection: { url: A, username: "alice" } },
      { connection: { ...bySource, username: "bob", apiToken: "u" } },
      false,
      [],
    ],
    [
      "nothing where the login's secret is another one",
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

  it("replaces the record of an unfinished attempt, whatever the inputs are", () => {
    const pending = { name: "x", startedAt: "2026-11-22T12:00:00.000Z" };
    const record = { ...autoNamed, userId: "alice", jenkinsUrl: A, pending };
    assert.deepEqual(diff("pending-0123456789abcdef", record, autoNamed, ambient()), {
      changes: true,
      replaces: ["pending"],
    });
  });

  it("fails, naming both, where JENKINS_URL is another Jenkins than the token's", () => {
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

  it("heeds no JENKINS_URL where the url is declared", () => {
    const build = ambient({ environment: { ...environment, JENKINS_URL: B } });
    const login = { url: A, username: "alice", apiToken: "t" };
    assert.deepEqual(diff(uuid, state, { ...autoNamed, connection: login }, build), { changes: false, replaces: [] });
  });

  it("needs no login: refresh asks for a diff too, and the token may have read itself", () => {
    for (const surroundings of [{}, { JENKINS_URL: A }, { JENKINS_USER_ID: "alice" }]) {
      const found = diff(uuid, state, autoNamed, ambient({ environment: surroundings }));
      assert.deepEqual(found, { changes: false, replaces: [] });
    }
  });
});
