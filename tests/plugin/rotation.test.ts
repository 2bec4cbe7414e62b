import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import type { RotatedToken } from "../../provider/properties.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf, type Properties, secretsIn, UNKNOWN } from "../support/host.ts";
import { hold, onAnswer } from "../support/plugin-held.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const DAY_MS = 24 * 3_600_000;
const OF_IT = { urn: "urn:pulumi:dev::shop::jenkins:index:RotatingApiToken::nightly" };
const SAME = { changes: "none", replaces: [], detailed: {} };
const monthly = { rotateEveryDays: 30, triggers: { kept: "1" } };
const leaked = { ...monthly, triggers: { kept: "1", leak: "1" } };

/** A rotating token in the engine's state. */
interface Kept {
  id: string;
  outs: Properties;
}

describe("A rotating token of the native plugin", () => {
  let jenkins: Jenkins;
  let plugin: PluginProcess;
  let environment: Record<string, string>;
  let aheadMs = 0;

  before(async () => {
    jenkins = await startJenkins({ now: () => new Date(Date.now() + aheadMs) });
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: tokenValue };
    plugin = await startPlugin({ environment });
  });

  after(async () => {
    await plugin.end();
    await jenkins.close();
  });

  afterEach(() => {
    jenkins.intercept = undefined;
    for (const uuid of uuids()) jenkins.revoke("alice", uuid);
  });

  const uuids = () =>
    jenkins
      .tokens("alice")
      .filter(({ tokenName }) => tokenName !== "of the provider")
      .map(({ tokenUuid }) => tokenUuid);
  const tokensIn = (outs: Properties) =>
    [outs["previous"], outs["current"]].filter((token) => token !== undefined) as RotatedToken[];
  const uuidsIn = (outs: Properties) => tokensIn(outs).map(({ tokenUuid }) => tokenUuid);

  /** A token that was created and rotated once, `daysAgo` days ago. */
  async function rotated(daysAgo = 0): Promise<Kept> {
    aheadMs = -daysAgo * DAY_MS;
    const { inputs } = await plugin.check({}, monthly, OF_IT);
    const { id, outs } = await plugin.create({ ...inputs, triggers: {} }, OF_IT);
    const state = await plugin.update(id, outs, inputs, OF_IT);
    aheadMs = 0;
    return { id, outs: state };
  }

  const named = (program: Properties) => ({ tokenName: "shop/dev/nightly", ...program });

  it("has its resource's name as an input, without random digits", async () => {
    const { inputs, failures } = await plugin.check({}, monthly, OF_IT);
    assert.deepEqual([inputs, failures], [named(monthly), []]);
    assert.deepEqual((await plugin.check({}, { ...monthly, expiresInDays: 59 }, OF_IT)).failures, [
      { property: "expiresInDays", reason: "must be at least twice rotateEveryDays: a token is used for two periods" },
    ]);
  });

  describe("shows in its detailed diff", () => {
    const table: [what: string, program: Properties, replaces: string[], detailed: Record<string, string>][] = [
      ["an added trigger", leaked, [], { 'triggers["leak"]': "add" }],
      ["another name", { ...monthly, tokenName: "deploy" }, [], { tokenName: "update" }],
      ["an expiry", { ...monthly, expiresInDays: 60 }, [], { expiresInDays: "add" }],
      ["another user", { ...monthly, user: "bob" }, ["user"], { user: "add-replace" }],
      [
        "another Jenkins",
        { ...monthly, connection: { url: "https://jenkins.example.com", username: "a", apiToken: "b" } },
        ["connection"],
        { connection: "add-replace" },
      ],
    ];
    for (const [what, program, replaces, detailed] of table) {
      it(what, async () => {
        const { id, outs } = await rotated();
        const difference = await plugin.difference(id, outs, named(program), OF_IT.urn);
        assert.deepEqual(difference, { changes: "some", replaces, detailed });
      });
    }

    it("a rotation that is due, and nothing before", async () => {
      const [early, due] = [await rotated(29), await rotated(30)];
      assert.deepEqual(await plugin.difference(early.id, early.outs, named(monthly), OF_IT.urn), SAME);
      const difference = await plugin.difference(due.id, due.outs, named(monthly), OF_IT.urn);
      assert.deepEqual(difference, { changes: "some", replaces: [], detailed: { current: "update" } });
    });
  });

  describe("sends no request in a preview, which shows", () => {
    const unknown = { tokenUuid: UNKNOWN, tokenName: UNKNOWN, tokenValue: UNKNOWN, createdAt: UNKNOWN };

    it("the declared inputs of a first token, and no previous token", async () => {
      const asked = jenkins.log.length;
      const inputs = named({ ...monthly, expiresInDays: 60 });
      const { id, outs } = await plugin.create(inputs, { ...OF_IT, preview: true });
      const current = { ...unknown, expiresOn: UNKNOWN };
      assert.equal(id, "");
      assert.deepEqual(outs, { ...inputs, userId: UNKNOWN, jenkinsUrl: jenkins.url, current, previous: null });
      assert.equal(jenkins.log.length, asked);
    });

    for (const [what, daysAgo, program] of [
      ["that is due", 30, monthly],
      ["by a trigger", 0, leaked],
    ] as const) {
      it(`the token that stays in a rotation ${what}`, async () => {
        const { id, outs } = await rotated(daysAgo);
        const asked = jenkins.log.length;
        const previewed = await plugin.update(id, outs, named(program), { ...OF_IT, preview: true });
        assert.deepEqual(previewed, { ...outs, ...program, current: unknown, previous: outs["current"] });
        assert.equal(jenkins.log.length, asked);
        const state = await plugin.update(id, outs, named(program), OF_IT);
        assert.deepEqual(state["previous"], previewed["previous"]);
        assert.deepEqual(uuids(), uuidsIn(state));
      });
    }

    it("both values in a rename, and unknown names", async () => {
      const { id, outs } = await rotated();
      const program = { ...monthly, tokenName: "deploy" };
      const previewed = await plugin.update(id, outs, program, { ...OF_IT, preview: true });
      const state = await plugin.update(id, outs, program, OF_IT);
      const before = tokensIn(previewed).map((token) => ({ ...token, tokenName: "" }));
      assert.deepEqual(tokensIn(previewed).map(({ tokenName }) => tokenName), [UNKNOWN, UNKNOWN]); // biome-ignore format: one
      assert.deepEqual(tokensIn(state).map((token) => ({ ...token, tokenName: "" })), before); // biome-ignore format: one
    });
  });

  it("has its tokens as secrets in every answer, unless there is no previous token", async () => {
    const { inputs } = await plugin.check({}, monthly, OF_IT);
    const first = await plugin.create(inputs, OF_IT);
    const previewed = await plugin.create(inputs, { ...OF_IT, preview: true });
    for (const outs of [first.outs, previewed.outs]) assert.deepEqual(secretsIn(outs), ["current"]);
    const state = await plugin.update(first.id, first.outs, named(leaked), OF_IT);
    const rotation = await plugin.update(first.id, first.outs, named(leaked), { ...OF_IT, preview: true });
    const read = await plugin.read(first.id, state, { ...OF_IT, inputs });
    for (const outs of [state, rotation, read.outs]) assert.deepEqual(secretsIn(outs), ["current", "previous"]);
  });

  describe("is read", () => {
    it("without a token that was revoked by hand, and the next up only creates a missing current token", async () => {
      const { id, outs } = await rotated();
      const [previous, current] = tokensIn(outs);
      jenkins.revoke("alice", previous?.tokenUuid ?? "");
      const one = await plugin.read(id, outs, OF_IT);
      assert.deepEqual(tokensIn(one.outs), [current]);
      assert.deepEqual(await plugin.difference(id, one.outs, named(monthly), OF_IT.urn), SAME);

      const again = await plugin.update(id, one.outs, named(leaked), OF_IT);
      jenkins.revoke("alice", uuidsIn(again)[1] ?? "");
      const other = await plugin.read(id, again, OF_IT);
      assert.deepEqual(tokensIn(other.outs), [current]);
      const { detailed } = await plugin.difference(id, other.outs, named(leaked), OF_IT.urn);
      assert.deepEqual(detailed, { current: "update" });
      const whole = await plugin.update(id, other.outs, named(leaked), OF_IT);
      assert.deepEqual(uuids(), uuidsIn(whole));
      assert.deepEqual(whole["previous"], current);
    });

    it("as gone if both tokens are gone, and can still be deleted", async () => {
      const { id, outs } = await rotated();
      for (const uuid of uuids()) jenkins.revoke("alice", uuid);
      assert.equal((await plugin.read(id, outs, OF_IT)).id, "");
      await plugin.delete(id, outs, OF_IT);
    });

    it("by no import, which fails with the reason", async () => {
      const { tokenUuid } = jenkins.generate("alice", "by hand");
      const { message } = await failureOf(plugin.read(`alice/${tokenUuid}`, {}, OF_IT));
      const why = "can't be imported: a rotating token makes its own tokens. Declare it, and revoke the old one.";
      assert.equal(message, `alice/${tokenUuid} ${why}`);
    });
  });

  it("is deleted with both tokens", async () => {
    const { id, outs } = await rotated();
    assert.equal(uuids().length, 2);
    await plugin.delete(id, outs, OF_IT);
    assert.deepEqual(uuids(), []);
  });

  describe("that is interrupted", () => {
    afterEach(() => plugin.configure({}));

    it("during a generate keeps its two tokens, and no third one, even if Jenkins creates it afterwards", async () => {
      const { id, outs } = await rotated();
      const generate = hold(jenkins, "/generateNewToken");
      const updated = failureOf(plugin.update(id, outs, named(leaked), OF_IT));
      await generate.arrived;
      onAnswer(jenkins, "/security/", () => generate.open());
      await plugin.cancel();
      const { message, kept } = await updated;
      assert.match(message, /Pulumi was interrupted\..* Nothing of it is left on Jenkins\./);
      assert.equal(kept, undefined);
      await generate.carriedOut;
      assert.deepEqual(uuids(), uuidsIn(outs));
    });

    it("during the revoke of the oldest token has the two new ones, and the next run revokes the oldest", async () => {
      const { id, outs } = await rotated();
      const revoke = hold(jenkins, "/revoke");
      const updated = failureOf(plugin.update(id, outs, named(leaked), OF_IT));
      await revoke.arrived;
      await plugin.cancel();
      const { message, kept } = await updated;
      jenkins.intercept = undefined; // The request is never carried out.
      assert.match(message, /is not done yet: .*Pulumi was interrupted/);
      assert.ok(kept);
      assert.deepEqual(kept.properties["previous"], outs["current"]);
      assert.deepEqual(kept.properties["unrevoked"], uuidsIn(outs).slice(0, 1));
      assert.deepEqual(secretsIn(kept.properties), ["current", "previous"]);

      await plugin.configure({});
      const { detailed } = await plugin.difference(id, kept.properties, named(leaked), OF_IT.urn);
      assert.deepEqual(detailed, { unrevoked: "delete" });
      const state = await plugin.update(id, kept.properties, named(leaked), OF_IT);
      assert.deepEqual(uuids(), uuidsIn(state));
      assert.deepEqual(tokensIn(state), tokensIn(kept.properties));
    });
  });

  it("keeps both tokens in the record of a rotation with a lost reply, and is rotated by the next run", async () => {
    const { id, outs } = await rotated();
    jenkins.intercept = ({ path }) => {
      if (path.endsWith("/generateNewToken")) return { kind: "drop", when: "after" };
      return path.endsWith("/security/") ? { kind: "reply", status: 404 } : undefined;
    };
    const { message, kept } = await failureOf(plugin.update(id, outs, named(leaked), OF_IT));
    jenkins.intercept = undefined;
    assert.match(message, /^Rotating the API token "shop\/dev\/nightly" of alice could not be finished: /);
    assert.deepEqual([kept?.id, kept?.reasons], [id, [message]]);
    const { pending, ...rest } = kept?.properties ?? {};
    assert.deepEqual(rest, outs);
    assert.equal(uuids().length, 3);

    const next = await startPlugin({ environment });
    const { detailed } = await next.difference(id, { ...rest, pending }, named(leaked), OF_IT.urn);
    assert.deepEqual(detailed, { 'triggers["leak"]': "add", pending: "delete" });
    const state = await next.update(id, { ...rest, pending }, named(leaked), OF_IT);
    await next.end();
    assert.deepEqual(state["previous"], outs["current"]);
    assert.deepEqual(uuids(), uuidsIn(state));
    assert.deepEqual(new Set(Object.keys(state)), new Set(Object.keys(outs)));
  });
});
