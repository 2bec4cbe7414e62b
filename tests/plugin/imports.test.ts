import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf, type Properties } from "../support/host.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const NOT_THERE = "4f1c0000-0000-4000-8000-000000000000";
const SAME = { changes: "none", replaces: [], detailed: {} };

describe("A token that the native plugin did not create", () => {
  let jenkins: Jenkins;
  let plugin: PluginProcess;
  let asAdmin: { url: string; username: string; password: string };

  before(async () => {
    jenkins = await startJenkins();
    asAdmin = { url: jenkins.url, username: "admin", password: "admin-password" };
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    plugin = await startPlugin({ config: { url: jenkins.url, username: "alice", apiToken: tokenValue } });
  });

  after(async () => {
    await plugin.end();
    await jenkins.close();
  });

  const nameInJenkins = (id: string) => jenkins.tokens("alice").find(({ tokenUuid }) => tokenUuid === id)?.tokenName;
  const madeByHand = (tokenName: string, expiresOn?: string) => jenkins.generate("alice", tokenName, expiresOn);

  describe("is imported as <user>/<uuid>:", () => {
    it("it has all outputs except its value, and its inputs are a program that changes nothing", async () => {
      const { tokenUuid } = madeByHand("by hand", "2999-12-31");
      const { id, outs, inputs } = await plugin.read(`alice/${tokenUuid}`);
      const owner = { tokenUuid, userId: "alice", jenkinsUrl: jenkins.url };
      assert.equal(id, tokenUuid);
      assert.deepEqual(outs, { ...owner, tokenName: "by hand", expiresOn: "2999-12-31" });
      assert.deepEqual(inputs, { tokenName: "by hand" });
      await assertUnchanged(id, outs, inputs);
    });

    it("its inputs contain the user if another user logs in", async () => {
      const other = await startPlugin({ config: asAdmin });
      const { tokenUuid } = madeByHand("of alice");
      const { id, outs, inputs } = await other.read(`alice/${tokenUuid}`);
      assert.deepEqual([id, inputs], [tokenUuid, { user: "alice", tokenName: "of alice" }]);
      assert.equal(outs["user"], "alice");
      await assertUnchanged(id, outs, inputs, other);
      await other.end();
    });

    it("an id without a user means a token of the signed-in user", async () => {
      const { tokenUuid } = madeByHand("own");
      assert.deepEqual((await plugin.read(tokenUuid)).inputs, { tokenName: "own" });
    });

    it("it is renamed, read and revoked like any other", async () => {
      const { tokenUuid } = madeByHand("imported");
      const { id, outs } = await plugin.read(`alice/${tokenUuid}`);
      const state = await plugin.update(id, outs, { tokenName: "renamed" });
      assert.equal(nameInJenkins(id), "renamed");
      assert.deepEqual((await plugin.read(id, state, { inputs: { tokenName: "renamed" } })).outs, state);
      await plugin.delete(id, state);
      assert.equal(nameInJenkins(id), undefined);
    });

    const wrong: [what: string, id: string, message: RegExp][] = [
      [
        "an unknown uuid",
        `alice/${NOT_THERE}`,
        new RegExp(
          `^Looking up API token ${NOT_THERE} of alice failed: http.*: there is no such token\\. \`npx pulumi-jenkins list\``,
        ),
      ],
      ["an unknown user", `nobody/${NOT_THERE}`, /^Looking for the user nobody .*There is no such user on this/],
      ["a user whom the login may not see", `bob/${NOT_THERE}`, /alice lacks the permission/],
    ];
    for (const [what, id, message] of wrong) {
      it(`${what} is reported as such`, async () => {
        assert.match((await failureOf(plugin.read(id))).message, message);
      });
    }
  });

  describe("is looked up", () => {
    it("by its uuid, with the connection and the user in the program", async () => {
      const { tokenUuid } = madeByHand("looked up");
      const given = { connection: asAdmin, user: "alice" };
      const { id, outs, inputs } = await plugin.read(tokenUuid, given);
      const { password, ...connection } = asAdmin;
      const known = { tokenUuid, tokenName: "looked up", userId: "alice", jenkinsUrl: jenkins.url };
      assert.equal(id, tokenUuid);
      assert.deepEqual(outs, { connection, user: "alice", ...known });
      assert.deepEqual(inputs, { ...given, tokenName: "looked up" });
    });

    it("with an error if it does not exist, because a resource needs outputs", async () => {
      const { message } = await failureOf(plugin.read(NOT_THERE, { connection: asAdmin, user: "alice" }));
      assert.match(message, /there is no such token/);
    });
  });

  describe("is refreshed", () => {
    it("with unchanged value and inputs, and with a name that was changed by hand in the outputs", async () => {
      const inputs = { tokenName: "declared", triggers: { release: "1" } };
      const { id, outs } = await plugin.create(inputs);
      assert.deepEqual(await plugin.read(id, outs, { inputs }), { id, outs, inputs });
      jenkins.rename("alice", id, "by hand");
      await plugin.delete(NOT_THERE, { ...outs, tokenUuid: NOT_THERE }); // A change, so that the list is read again.
      const drifted = await plugin.read(id, outs, { inputs });
      assert.deepEqual(drifted, { id, outs: { ...outs, tokenName: "by hand" }, inputs });
      assert.deepEqual((await plugin.difference(id, drifted.outs, inputs)).detailed, { tokenName: "update" });
    });

    it("and removed from the state if it is gone", async () => {
      const { id, outs } = await plugin.create({ tokenName: "gone" });
      await plugin.delete(id, outs);
      assert.deepEqual(await plugin.read(id, outs, { inputs: { tokenName: "gone" } }), {
        id: "",
        outs: {},
        inputs: {},
      });
    });
  });

  describe("with its value in the program:", () => {
    async function imported(): Promise<{ id: string; outs: Properties; inputs: Properties; tokenValue: string }> {
      const { tokenUuid, tokenValue } = madeByHand("adopted");
      return { ...(await plugin.read(`alice/${tokenUuid}`)), tokenValue };
    }

    it("the value is adopted after it has logged in, and later changes of it are ignored", async () => {
      const { id, outs, inputs, tokenValue } = await imported();
      const declared = { ...inputs, tokenValue };
      assert.deepEqual((await plugin.check(inputs, declared)).failures, []);
      const adding = { changes: "some", replaces: [], detailed: { tokenValue: "add" } };
      assert.deepEqual(await plugin.difference(id, outs, declared), adding);
      assert.equal((await plugin.update(id, outs, declared, { preview: true }))["tokenValue"], tokenValue);
      assert.equal(usesOf(id), 0);

      const state = await plugin.update(id, outs, declared);
      assert.deepEqual(state, { ...outs, tokenValue });
      assert.equal(usesOf(id), 1);
      for (const program of [declared, inputs, { ...inputs, tokenValue: `11${"0".repeat(32)}` }]) {
        assert.deepEqual(await plugin.difference(id, state, program), SAME);
        assert.deepEqual(await plugin.update(id, state, program), state);
      }
      assert.equal(usesOf(id), 1);
    });

    it("a value that Jenkins does not accept is refused, and not shown", async () => {
      const { id, outs, inputs } = await imported();
      const tokenValue = `11${"0e".repeat(16)}`;
      const { message, kept } = await failureOf(plugin.update(id, outs, { ...inputs, tokenValue }));
      assert.match(message, /^Adopting the tokenValue .* of alice failed: http.*: Jenkins does not accept it\. Give/);
      assert.ok(!message.includes(tokenValue));
      assert.equal(kept, undefined);
    });

    it("the value is ignored in a create, because Jenkins chooses another", async () => {
      const { tokenValue } = madeByHand("another");
      const { outs } = await plugin.create({ tokenName: "made", tokenValue });
      assert.match(String(outs["tokenValue"]), /^11[0-9a-f]{32}$/);
      assert.notEqual(outs["tokenValue"], tokenValue);
    });

    const usesOf = (id: string) => jenkins.tokens("alice").find(({ tokenUuid }) => tokenUuid === id)?.useCount;
  });

  /** Asserts that the program of an import changes nothing. */
  async function assertUnchanged(id: string, outs: Properties, inputs: Properties, by = plugin): Promise<void> {
    assert.deepEqual(await by.check(inputs, inputs), { inputs, failures: [] });
    assert.deepEqual(await by.difference(id, outs, inputs), SAME);
  }
});
