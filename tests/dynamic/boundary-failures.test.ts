import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf, type Host, PROVIDER, startHost } from "../support/host.ts";

/** The gRPC code for errors that the engine does not treat specially. */
const UNKNOWN_STATUS = 2;

describe("In Pulumi's dynamic host, a token whose create failed", () => {
  let jenkins: Jenkins;
  let host: Host;
  let login: { username: string; apiToken: string };

  before(async () => {
    jenkins = await startJenkins();
    login = { username: "alice", apiToken: jenkins.generate("alice", "of the provider").tokenValue };
    host = await startHost({ JENKINS_URL: jenkins.url });
  });

  after(async () => {
    await host.end();
    await jenkins.close();
  });

  afterEach(() => {
    jenkins.intercept = undefined;
  });

  it("in the rename is recorded with all properties and its own id, and renamed later", async () => {
    jenkins.intercept = ({ path }) => (path.endsWith("/rename") ? { kind: "reply", status: 400 } : undefined);
    const inputs = { tokenName: "deploy", triggers: { release: "1" }, connection: login, __provider: PROVIDER };
    const { kept, message } = await failureOf(host.create(inputs));
    assert.ok(kept);
    assert.deepEqual(kept.reasons, [message]);
    const temporary = nameInJenkins(kept.id) ?? "";
    assert.match(temporary, /^deploy \(pulumi [0-9a-f]{16}\)$/);
    const { createdAt, tokenValue, ...rest } = kept.properties;
    assert.match(String(tokenValue), /^11[0-9a-f]{32}$/);
    assert.ok(createdAt);
    assert.deepEqual(rest, {
      ...inputs,
      connection: { username: "alice" },
      tokenName: temporary,
      tokenUuid: kept.id,
      userId: "alice",
      jenkinsUrl: jenkins.url,
    });

    jenkins.intercept = undefined;
    assert.deepEqual(await host.diff(kept.id, kept.properties, inputs), { changes: "some", replaces: [] });
    const state = await host.update(kept.id, kept.properties, inputs);
    assert.equal(nameInJenkins(kept.id), "deploy");
    assert.deepEqual(state, { ...kept.properties, tokenName: "deploy" });
  });

  it("without a reply is recorded as pending, replaced, and revoked when its record is deleted", async () => {
    jenkins.intercept = ({ method, path }) => {
      if (path.endsWith("/generateNewToken")) return { kind: "drop", when: "after" };
      return method === "GET" && path.endsWith("/security/") ? { kind: "reply", status: 404 } : undefined;
    };
    const inputs = { autoName: "shop/dev/lost", connection: login, __provider: PROVIDER };
    const { kept, message } = await failureOf(host.create(inputs));
    assert.ok(kept);
    assert.match(kept.id, /^pending-[0-9a-f]{16}$/);
    assert.deepEqual(kept.reasons, [message]);
    const { pending, ...rest } = kept.properties as { pending: { name: string; startedAt: string } };
    assert.deepEqual(rest, { ...inputs, userId: "alice", jenkinsUrl: jenkins.url });
    assert.match(pending.name, /^shop\/dev\/lost-[0-9a-f]{8}$/);
    assert.ok(Math.abs(Date.parse(pending.startedAt) - Date.now()) < 60_000);

    jenkins.intercept = undefined;
    const asked = jenkins.log.length;
    assert.equal((await host.diff(kept.id, kept.properties, inputs)).replaces.length, 1);
    assert.deepEqual(await host.read(kept.id, kept.properties), { id: kept.id, outs: kept.properties });
    assert.equal(jenkins.log.length, asked);

    assert.ok(jenkins.tokens("alice").some(({ tokenName }) => tokenName === pending.name));
    await host.delete(kept.id, kept.properties);
    assert.ok(!jenkins.tokens("alice").some(({ tokenName }) => tokenName === pending.name));
  });

  function nameInJenkins(id: string): string | undefined {
    return jenkins.tokens("alice").find(({ tokenUuid }) => tokenUuid === id)?.tokenName;
  }
});

describe("The error of a failed operation in Pulumi's dynamic host", () => {
  const PASSWORD = "a wrong / password";
  const VALUE = `11${"0f".repeat(16)}`;
  let jenkins: Jenkins;
  let host: Host;

  before(async () => {
    jenkins = await startJenkins();
    host = await startHost();
  });

  after(async () => {
    await host.end();
    await jenkins.close();
  });

  afterEach(() => {
    jenkins.intercept = undefined;
  });

  const unusable: [situation: string, url: () => string][] = [
    ["if Jenkins is unreachable", () => "http://127.0.0.1:1"],
    ["if Jenkins refuses the password", () => jenkins.url],
  ];
  for (const [situation, url] of unusable) {
    it(`is one line with the URL and a remedy, and without secrets, ${situation}`, async () => {
      const connection = { url: url(), username: "alice", password: PASSWORD };
      const inputs = { tokenName: "a", connection, __provider: PROVIDER };
      const owner = { userId: "alice", jenkinsUrl: url() };
      const kept = { ...inputs, connection: { url: url(), username: "alice" } };
      const state = { ...kept, tokenUuid: "u", tokenValue: VALUE, ...owner };
      const pending = { ...inputs, ...owner, pending: { name: "a", startedAt: new Date().toISOString() } };
      const failures = await Promise.all([
        failureOf(host.create(inputs)),
        failureOf(host.read("u", state)),
        failureOf(host.read("0f8fad5b-d9cb-469f-a165-70867728950e", { connection, __provider: PROVIDER })),
        failureOf(host.update("u", state, { ...inputs, tokenName: "b" })),
        failureOf(host.delete("u", state)),
        failureOf(host.delete(`pending-${"0".repeat(16)}`, pending)),
      ]);
      for (const { code, message, kept } of failures) {
        assert.equal(code, UNKNOWN_STATUS);
        assert.match(message, /^[A-Z][^\n]{40,1500}[.?]$/);
        assert.ok(message.includes(url()));
        assert.equal(kept, undefined);
      }
      assertShowsNone([PASSWORD, VALUE], failures.map(({ message }) => message).join("\n") + host.printed);
      assert.doesNotMatch(host.printed, /^\s+at /m);
    });
  }

  it("shows no part of the value if a proxy adds text to Jenkins' reply", async () => {
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    const connection = { url: jenkins.url, username: "alice", apiToken: tokenValue };
    const answer = JSON.stringify({ status: "ok", data: { tokenName: "a", tokenUuid: "u", tokenValue: VALUE } });
    for (const length of [0, 90, 110, 200, 210, 240]) {
      const body = `${"x".repeat(length)}${answer}`;
      jenkins.intercept = ({ path }) =>
        path.endsWith("/generateNewToken") ? { kind: "replace", status: 200, body } : undefined;
      const { message } = await failureOf(host.create({ tokenName: "a", connection, __provider: PROVIDER }));
      assertShowsNone([tokenValue, VALUE], message + host.printed);
    }
  });

  /** Asserts that the text contains neither the beginning of a secret nor its Basic header. */
  function assertShowsNone(secrets: string[], text: string): void {
    for (const secret of secrets) {
      const basic = Buffer.from(`alice:${secret}`).toString("base64");
      for (const shown of [secret.slice(0, 8), basic]) assert.ok(!text.includes(shown), `${shown} stands in ${text}`);
    }
  }
});
