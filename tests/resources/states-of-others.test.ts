import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { memory, newProcess } from "../support/process.ts";

type Properties = Record<string, unknown>;

/** Changes of a state by a newer version or by hand. */
const others: [what: string, changed: Properties][] = [
  ["an unknown property", { later: { deep: [1] } }],
  ["an unknown setting of the connection", { connection: { gateway: { deep: 1 } } }],
  ["an unknown via", { via: "graphql" }],
  ["a connection that is a string", { connection: "https://ci" }],
  [
    "a connection with settings of other types",
    { connection: { url: 1, username: {}, caCert: false, waitForReadySeconds: "9" } },
  ],
  ["limits that are out of range", { connection: { requestTimeoutSeconds: 1e12, waitForReadySeconds: -1 } }],
  ["a flag that is a string", { connection: { insecureSkipTlsVerify: "true" } }],
  ["numbers that are strings", { expiresInDays: "30", renewBeforeDays: "x", rotateEveryDays: "30" }],
  ["numbers that are out of range", { expiresInDays: -3, renewBeforeDays: 1.5, rotateEveryDays: 0.1 }],
  ["a user that is a number", { user: 7 }],
  ["a name that is a number", { tokenName: 7, autoName: 7 }],
  ["no name", { tokenName: undefined }],
  ["triggers that are a list", { triggers: ["x"] }],
  ["triggers that are numbers", { triggers: { a: 1 } }],
  ["times that are not strings", { createdAt: 1, expiresOn: false }],
  ["malformed times", { createdAt: "soon", expiresOn: "later" }],
  ["a url with a slash and a newline at its end", { jenkinsUrl: "/\n" }],
];

describe("A state that was written by a newer version or by hand", () => {
  let jenkins: Jenkins;
  let context: Context;

  before(async () => {
    newProcess();
    jenkins = await startJenkins();
    const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    context = { config: undefined, environment: login, memory: memory(), limits: { secondLookMs: 1 } };
  });
  after(() => jenkins.close());

  for (const type of ["ApiToken", "RotatingApiToken"] as const) {
    const resource = resources[type];
    for (const [what, changed] of others) {
      it(`can be compared, read and deleted: ${type} with ${what}`, async () => {
        const declared = type === "ApiToken" ? { tokenName: "ci" } : { tokenName: "ci", rotateEveryDays: 30 };
        const { id, outs } = await resource.create(declared, context);
        const { jenkinsUrl = "", ...rest } = changed;
        const state = { ...outs, ...rest, jenkinsUrl: `${outs["jenkinsUrl"]}${jenkinsUrl}` };
        assert.doesNotThrow(() => resource.diff(id, state, declared, context));
        assert.doesNotThrow(() => resource.diff(id, state, { ...declared, ...rest }, context)); // Like a refresh.
        const read = await resource.read(id, state, context);
        assert.equal(read.id, id);
        const { tokenName, ...kept } = rest;
        for (const [name, value] of Object.entries(kept)) assert.deepEqual(read.props[name], value);
        await resource.remove(id, state, context);
        assert.deepEqual(jenkins.tokens("alice"), []);
      });
    }
  }

  it("can be deleted if it has only the properties that identify the token", async () => {
    const { id, outs } = await resources.ApiToken.create({ tokenName: "ci" }, context);
    const { tokenUuid, userId, jenkinsUrl } = outs;
    await resources.ApiToken.remove(id, { tokenUuid, userId, jenkinsUrl }, context);
    assert.deepEqual(jenkins.tokens("alice"), []);
  });

  it("can be deleted if its pending record has unknown properties", async () => {
    const pending = { name: "ci (pulumi 00)", startedAt: "2020-01-01T00:00:00.000Z", recordedAt: 7, later: 1 };
    const record = { tokenName: "ci", userId: "alice", jenkinsUrl: jenkins.url, pending, via: "graphql" };
    await resources.ApiToken.remove(`pending-${"0".repeat(16)}`, record, context);
    const { outs } = await resources.RotatingApiToken.create({ tokenName: "ci", rotateEveryDays: 30 }, context);
    await resources.RotatingApiToken.remove("rotating-0", { ...outs, pending: [pending] }, context);
    assert.deepEqual(jenkins.tokens("alice"), []);
  });

  const broken: [lacks: string, type: keyof typeof resources, state: Properties][] = [
    ["jenkinsUrl", "ApiToken", { tokenUuid: "u", userId: "alice" }],
    ["userId", "ApiToken", { tokenUuid: "u", userId: 7, jenkinsUrl: "https://ci" }],
    ["userId", "ApiToken", { tokenUuid: "u", userId: "", jenkinsUrl: "https://ci" }],
    ["userId", "ApiToken", { tokenUuid: "u", userId: "..", jenkinsUrl: "https://ci" }],
    ["pending.name", "RotatingApiToken", { userId: "alice", jenkinsUrl: "https://ci", pending: { name: 7 } }],
    [
      "current.tokenUuid",
      "RotatingApiToken",
      { userId: "alice", jenkinsUrl: "https://ci", current: { tokenName: "x" } },
    ],
  ];
  for (const [lacks, type, state] of broken) {
    it(`is refused by delete, with an error that names the missing property: ${lacks}`, async () => {
      const removed = resources[type].remove(type === "ApiToken" ? "u" : "rotating-0", state, context);
      const { message } = await removed.then(
        () => assert.fail("it was deleted"),
        (error: Error) => error,
      );
      assert.match(message, new RegExp(`no usable ${lacks.replace("pending.name", "pending")}.*pulumi state delete`));
    });
  }

  it("is refused by delete, with a time to run again, if its pending record has a start beyond all dates", async () => {
    const pending = { name: "ci (pulumi 0123456789abcdef)", startedAt: "+275760-09-13T00:00:00.000Z" };
    const record = { tokenName: "ci", userId: "alice", jenkinsUrl: jenkins.url, pending };
    const removed = resources.ApiToken.remove("pending-0123456789abcdef", record, context);
    await assert.rejects(removed, { code: "ERR_JENKINS_REJECTED", message: /Run again at \d{4}-/ });
  });

  it("is refused with an error about its jenkinsUrl if that is no url, with a token and with a password", async () => {
    for (const jenkinsUrl of ["ci.example.com", "//ci.example.com", "ci.example.com:8080", "ftp://ci.example.com"]) {
      for (const secret of [{ password: "alice-password" }, { apiToken: "a-token" }]) {
        const state = { tokenUuid: "u", userId: "alice", jenkinsUrl, connection: { username: "alice", ...secret } };
        for (const operation of [
          resources.ApiToken.read("u", state, context),
          resources.ApiToken.remove("u", state, context),
        ])
          await assert.rejects(operation, { code: "ERR_JENKINS_UNREACHABLE", message: /`jenkinsUrl` of a state/ });
      }
    }
  });

  it("is settled by its other time if a time of its pending record is malformed", async () => {
    const pending = { name: "ci (pulumi 0123456789abcdef)", startedAt: "soon", recordedAt: new Date().toISOString() };
    const record = { tokenName: "ci", userId: "alice", jenkinsUrl: jenkins.url, pending };
    const removed = resources.ApiToken.remove("pending-0123456789abcdef", record, context);
    await assert.rejects(removed, { code: "ERR_JENKINS_REJECTED", message: /Run again at \d{4}-/ });
  });

  it("can be read and deleted although its own credentials cannot log in", async () => {
    const { tokenUuid } = jenkins.generate("alice", "with a login");
    const connection = { username: "ali:ce", apiToken: "a\nb" };
    const state = { tokenUuid, tokenName: "with a login", userId: "alice", jenkinsUrl: jenkins.url, connection };
    assert.equal((await resources.ApiToken.read(tokenUuid, state, context)).id, tokenUuid);
    await resources.ApiToken.remove(tokenUuid, state, context);
    assert.ok(!jenkins.tokens("alice").some((token) => token.tokenUuid === tokenUuid));
  });
});
