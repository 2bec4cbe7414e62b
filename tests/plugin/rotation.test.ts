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

/** A rotating token as the engine keeps it. */
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

  /** Made, and rotated once, so and so many days ago. */
  async function rotated(daysAgo = 0): Promise<Kept> {
    aheadMs = -daysAgo * DAY_MS;
    const { inputs } = await plugin.check({}, monthly, OF_IT);
    const { id, outs } = await plugin.create({ ...inputs, triggers: {} }, OF_IT);
    const state = await plugin.update(id, outs, inputs, OF_IT);
    aheadMs = 0;
    return { id, outs: state };
  }

  const named = (program: Properties) => ({ tokenName: "shop/dev/nightly", ...program });

  it("is named after its resource, and nothing of the name is random before there is a token", async () => {
    const { inputs, failures } = await plugin.check({}, monthly, OF_IT);
    assert.deepEqual([inputs, failures], [named(monthly), []]);
    assert.deepEqual((await plugin.check({}, { ...monthly, expiresInDays: 59 }, OF_IT)).failures, [
      { property: "expiresInDays", reason: "must be at least twice rotateEveryDays: a token is used for two periods" },
    ]);
  });

  describe("shows a difference where it is:", () => {
    const table: [what: string, program: Properties, replaces: string[], detailed: Record<string, string>][] = [
      ["a trigger that comes", leaked, [], { 'triggers["leak"]': "add" }],
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

    it("its time, and nothing before", async () => {
      const [early, due] = [await rotated(29), await rotated(30)];
      assert.deepEqual(await plugin.difference(early.id, early.outs, named(monthly), OF_IT.urn), SAME);
      const difference = await plugin.difference(due.id, due.outs, named(monthly), OF_IT.urn);
      assert.deepEqual(difference, { changes: "some", replaces: [], detailed: { current: "update" } });
    });
  });

  describe("asks Jenkins nothing in a preview, which knows", () => {
    const unknown = { tokenUuid: UNKNOWN, tokenName: UNKNOWN, tokenValue: UNKNOWN, createdAt: UNKNOWN };

    it("of the first token what is declared, and that there is none before it", async () => {
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
      ["that a trigger wants", 0, leaked],
    ] as const) {
      it(`of a rotation ${what} the token that stays`, async () => {
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

    it("of a rename both values, and that the names will be others", async () => {
      const { id, outs } = await rotated();
      const program = { ...monthly, tokenName: "deploy" };
      const previewed = await plugin.update(id, outs, program, { ...OF_IT, preview: true });
      const state = await plugin.update(id, outs, program, OF_IT);
      const before = tokensIn(previewed).map((token) => ({ ...token, tokenName: "" }));
      assert.deepEqual(tokensIn(previewed).map(({ tokenName }) => tokenName), [UNKNOWN, UNKNOWN]); // biome-ignore format: one
      assert.deepEqual(tokensIn(state).map((token) => ({ ...token, tokenName: "" })), before); // biome-ignore format: one
    });
  });

  it("is secret whole in every answer, but for what says that there is none", async () => {
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
    it("with what of it was revoked by hand missing, and the next up makes no more than the present one anew", async () => {
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

    it("as gone when both are, and deleted all the same", async () => {
      const { id, outs } = await rotated();
      for (const uuid of uuids()) jenkins.revoke("alice", uuid);
      assert.equal((await plugin.read(id, outs, OF_IT)).id, "");
      await plugin.delete(id, outs, OF_IT);
    });

    it("for an import not at all, and says why", async () => {
      const { tokenUuid } = jenkins.generate("alice", "by hand");
      const { message } = await failureOf(plugin.read(`alice/${tokenUuid}`, {}, OF_IT));
      const why = "can't be imported: a rotating token makes its own tokens. Declare it, and revoke the old one.";
      assert.equal(message, `alice/${tokenUuid} ${why}`);
    });
  });

  it("is deleted with both its tokens", async () => {
    const { id, outs } = await rotated();
    assert.equal(uuids().length, 2);
    await plugin.delete(id, outs, OF_IT);
    assert.deepEqual(uuids(), []);
  });

  describe("that is interrupted", () => {
    afterEach(() => plugin.configure({}));

    it("while another token is made has what it had, and no third one, though Jenkins makes it after the fact", async () => {
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

    it("while the token before the previous one is revoked has the new ones, and the next run revokes it", async () => {
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

  it("whose rotation got no answer is recorded with both tokens it has, and rotated by the next run", async () => {
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
