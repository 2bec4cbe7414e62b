import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Host, PROVIDER, type Properties, startHost, UNKNOWN } from "../support/host.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const FIXED = `11${"0f".repeat(16)}`;
const SAME = { changes: "none", replaces: [], detailed: {} };

describe("With the native plugin,", () => {
  let jenkins: Jenkins;
  let plugin: PluginProcess;
  let dynamic: Host;
  let apiToken: string;

  before(async () => {
    jenkins = await startJenkins();
    apiToken = jenkins.generate("alice", "of the provider").tokenValue;
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: apiToken };
    plugin = await startPlugin({ environment });
    dynamic = await startHost(environment);
  });

  after(async () => {
    await Promise.all([plugin.end(), dynamic.end()]);
    await jenkins.close();
  });

  describe("all results in a token's life equal those of the dynamic resource,", () => {
    const declared: Record<string, () => Properties> = {
      "for a token without a name": () => ({}),
      "for a token with a name": () => ({ tokenName: "ci" }),
      "for a token with a declared value": () => ({ tokenName: "fixed", fixedValue: FIXED }),
      "for a token with all inputs": () => ({
        tokenName: "all",
        user: "alice",
        triggers: { release: "1" },
        expiresInDays: 30,
        renewBeforeDays: 7,
        via: "rest",
        connection: { url: jenkins.url, username: "alice", apiToken, requestTimeoutSeconds: 20 },
      }),
    };
    for (const [what, inputs] of Object.entries(declared)) {
      it(what, async () => {
        assert.deepEqual(await lifeOf(plugin, inputs()), await lifeOf(dynamic, inputs(), { __provider: PROVIDER }));
      });
    }

    /** All results in a life, with fixed texts for values that differ between tokens. */
    async function lifeOf(host: Host, program: Properties, classes: Properties = {}): Promise<unknown[]> {
      const declared = { ...program, ...classes };
      const hasName = "tokenName" in program;
      const autoName = "__provider" in classes && !hasName ? { autoName: "shop/dev/ci" } : {};
      const { inputs, failures } = await host.check({}, { ...declared, ...autoName });
      const { id, outs } = await host.create(inputs);
      const unchanged = await host.diff(id, outs, inputs);
      const { outs: refreshed } = await host.read(id, outs);
      const renaming = { ...inputs, tokenName: "renamed" };
      const rename = await host.diff(id, outs, renaming);
      const renamed = await host.update(id, outs, renaming);
      assert.equal(nameInJenkins(id), "renamed");
      const afterwards = await host.diff(id, renamed, renaming);
      await host.delete(id, renamed);
      assert.equal(nameInJenkins(id), undefined);
      const gone = await host.read(id, renamed);
      await host.delete(id, renamed);
      const answers = [inputs, failures, id, outs, unchanged, refreshed, rename, renamed, afterwards, gone.id];
      return JSON.parse(JSON.stringify(answers), (key, value) => {
        if (key === "__provider") return undefined;
        if (key === "createdAt" && !Number.isNaN(Date.parse(value))) return "a time";
        if (value === id) return "the uuid";
        if (value === outs["tokenValue"]) return "the value";
        return typeof value === "string" ? value.replace(/(?<=^shop\/dev\/ci)-[0-9a-f]{8}$/, "-8 hex") : value;
      });
    }
  });

  describe("the default name", () => {
    const urns: Record<string, string> = {
      "of a resource": "urn:pulumi:dev::shop::jenkins:index:ApiToken::ci",
      "of a resource in a component": "urn:pulumi:dev::shop::my:Component$jenkins:index:ApiToken::ci",
    };
    for (const [what, urn] of Object.entries(urns)) {
      it(`${what} consists of project, stack and name, and of random digits from create`, async () => {
        const { inputs } = await plugin.check({}, {}, { urn });
        assert.deepEqual(inputs, { autoName: "shop/dev/ci" });
        const [one, other] = [await plugin.create(inputs, { urn }), await plugin.create(inputs, { urn })];
        for (const { outs } of [one, other]) assert.match(String(outs["tokenName"]), /^shop\/dev\/ci-[0-9a-f]{8}$/);
        assert.notEqual(one.outs["tokenName"], other.outs["tokenName"]);
        await plugin.delete(one.id, one.outs);
        await plugin.delete(other.id, other.outs);
      });
    }

    it("replaces a declared name that is removed, and is replaced by a declared name", async () => {
      assert.deepEqual((await plugin.check({ tokenName: "own" }, {})).inputs, { autoName: "shop/dev/ci" });
      assert.deepEqual((await plugin.check({ autoName: "shop/dev/ci" }, { tokenName: "own" })).inputs, {
        tokenName: "own",
      });
    });

    it("is shown as a change if it was changed in Jenkins", async () => {
      const { inputs } = await plugin.check({}, {});
      const { id, outs } = await plugin.create(inputs);
      const changed = { ...outs, tokenName: "by hand" };
      assert.deepEqual((await plugin.difference(id, changed, inputs)).detailed, { tokenName: "update" });
      assert.equal((await plugin.update(id, changed, inputs, { preview: true }))["tokenName"], outs["tokenName"]);
      await plugin.delete(id, outs);
    });
  });

  describe("the detailed diff shows", () => {
    const state = {
      tokenName: "ci",
      user: "alice",
      triggers: { rotated: "1", kept: "1" },
      connection: { requestTimeoutSeconds: 20 },
      tokenUuid: "u",
      userId: "alice",
      tokenValue: `11${"0".repeat(32)}`,
    };
    const { tokenName, user, triggers, connection } = state;
    const declared = { tokenName, user, triggers, connection };
    const login = { username: "alice", apiToken: "token-of-alice" };
    const table: [what: string, changed: Properties, replaces: string[], detailed: Record<string, string>][] = [
      ["another name", { tokenName: "deploy" }, [], { tokenName: "update" }],
      [
        "a changed trigger",
        { triggers: { rotated: "2", kept: "1" } },
        ["triggers"],
        { 'triggers["rotated"]': "update-replace" },
      ],
      [
        "added and removed triggers",
        { triggers: { kept: "1", "a.b": "1" } },
        ["triggers"],
        { 'triggers["rotated"]': "delete-replace", 'triggers["a.b"]': "add-replace" },
      ],
      ["removed triggers", { triggers: undefined }, ["triggers"], { triggers: "delete-replace" }],
      ["another user", { user: "bob" }, ["user"], { user: "update-replace" }],
      ["an expiry", { expiresInDays: 30 }, ["expiresInDays"], { expiresInDays: "add-replace" }],
      [
        "a name and a trigger",
        { tokenName: "deploy", triggers: { rotated: "2", kept: "1" } },
        ["triggers"],
        { tokenName: "update", 'triggers["rotated"]': "update-replace" },
      ],
      [
        "other limits, and credentials that the state does not have",
        { connection: { waitForReadySeconds: 7, ...login } },
        [],
        {
          'connection["requestTimeoutSeconds"]': "delete",
          'connection["waitForReadySeconds"]': "add",
          'connection["username"]': "add",
        },
      ],
    ];
    for (const [what, changed, replaces, detailed] of table) {
      it(what, async () => {
        const olds = { ...state, jenkinsUrl: jenkins.url };
        const news = JSON.parse(JSON.stringify({ ...declared, ...changed }));
        assert.deepEqual(await plugin.difference("u", olds, news), { changes: "some", replaces, detailed });
      });
    }

    it("the new last day of an expired token", async () => {
      const [inputs, olds] = [
        { ...declared, expiresInDays: 3 },
        { ...state, expiresInDays: 3, expiresOn: "2020-01-01" },
      ];
      const shown = { changes: "some", replaces: ["expiresOn"], detailed: { expiresOn: "update-replace" } };
      assert.deepEqual(await plugin.difference("u", { ...olds, jenkinsUrl: jenkins.url }, inputs), shown);
    });

    it("nothing for an unchanged token, whatever the credentials", async () => {
      const olds = { ...state, jenkinsUrl: jenkins.url };
      assert.deepEqual(await plugin.difference("u", olds, declared), SAME);
      assert.deepEqual(
        await plugin.difference("u", olds, { ...declared, connection: { ...connection, ...login } }),
        SAME,
      );
    });
  });

  describe("a preview sends no request, and shows", () => {
    const unknown = { tokenUuid: UNKNOWN, tokenValue: UNKNOWN, userId: UNKNOWN, createdAt: UNKNOWN };
    const creates: [what: string, inputs: () => Properties, outs: () => Properties][] = [
      [
        "the url and the declared name of a new token",
        () => ({ tokenName: "ci", triggers: { release: "1" } }),
        () => ({ tokenName: "ci", triggers: { release: "1" }, jenkinsUrl: jenkins.url }),
      ],
      [
        "a default name as unknown, because it has random digits",
        () => ({ autoName: "shop/dev/ci" }),
        () => ({ autoName: "shop/dev/ci", tokenName: UNKNOWN, jenkinsUrl: jenkins.url }),
      ],
      [
        "an unknown connection, and the last day of an expiry, as unknown",
        () => ({ tokenName: UNKNOWN, connection: UNKNOWN, expiresInDays: 30 }),
        () => ({
          tokenName: UNKNOWN,
          connection: UNKNOWN,
          expiresInDays: 30,
          expiresOn: UNKNOWN,
          jenkinsUrl: UNKNOWN,
        }),
      ],
      [
        "the url of a connection with an unknown secret",
        () => ({
          tokenName: "ci",
          connection: { url: `${jenkins.url}/`, username: "alice", apiToken: UNKNOWN },
        }),
        () => ({
          tokenName: "ci",
          connection: { url: `${jenkins.url}/`, username: "alice" },
          jenkinsUrl: jenkins.url,
        }),
      ],
    ];
    for (const [what, inputs, outs] of creates) {
      it(what, async () => {
        const asked = jenkins.log.length;
        const known = { expiresOn: null, ...outs(), ...unknown }; // A missing property is unknown in a preview.
        assert.deepEqual(await plugin.create(inputs(), { preview: true }), { id: "", outs: known });
        assert.equal(jenkins.log.length, asked);
      });
    }

    it("all outputs of a token with a new name", async () => {
      const { id, outs } = await plugin.create({ tokenName: "before" });
      const asked = jenkins.log.length;
      const previewed = await plugin.update(id, outs, { tokenName: "after" }, { preview: true });
      assert.equal(jenkins.log.length, asked);
      assert.equal(nameInJenkins(id), "before");
      const renamed = await plugin.update(id, outs, { tokenName: "after" });
      assert.deepEqual(previewed, { ...renamed, expiresOn: null });
    });

    it("an unknown value for a legacy token whose trigger has changed, or whose value was lost", async () => {
      const inputs = { via: "legacy", triggers: { rotated: "1" } };
      const owner = { tokenUuid: "legacy:alice", tokenName: "Legacy Token", userId: "alice", jenkinsUrl: jenkins.url };
      const state = { ...inputs, ...owner, tokenValue: "0".repeat(32) };
      const { tokenValue, ...lost } = state;
      const news = { ...inputs, triggers: { rotated: "2" } };
      const preview = async (olds: Properties, declared: Properties) =>
        (await plugin.update("legacy:alice", olds, declared, { preview: true }))["tokenValue"];
      assert.equal(await preview(state, news), UNKNOWN);
      assert.equal(await preview(lost, inputs), UNKNOWN);
      assert.equal(await preview(state, inputs), tokenValue);
    });
  });

  it("a token of the dynamic class is adopted: it is unchanged, and then read, renamed and revoked", async () => {
    const { inputs } = await dynamic.check({}, { autoName: "shop/dev/old", __provider: PROVIDER });
    const { id, outs } = await dynamic.create(inputs);
    const urn = "urn:pulumi:dev::shop::jenkins:index:ApiToken::old";
    const taken = await plugin.check(inputs, {}, { urn });
    assert.deepEqual(await plugin.difference(id, outs, taken.inputs), SAME);
    assert.deepEqual(await plugin.read(id, outs, { inputs }), { id, outs, inputs });

    const state = await plugin.update(id, outs, { tokenName: "taken over" });
    assert.equal(nameInJenkins(id), "taken over");
    assert.equal(state["tokenValue"], outs["tokenValue"]);
    await plugin.delete(id, state);
    assert.equal(nameInJenkins(id), undefined);
  });

  function nameInJenkins(id: string): string | undefined {
    return jenkins.tokens("alice").find(({ tokenUuid }) => tokenUuid === id)?.tokenName;
  }
});
