import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf, type Properties } from "../support/host.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const NOT_THERE = "4f1c0000-0000-4000-8000-000000000000";
const SAME = { changes: "none", replaces: [], detailed: {} };

describe("A token that the native plugin has not made", () => {
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
    it("everything but its value is known, and its inputs are a program that changes nothing", async () => {
      const { tokenUuid } = madeByHand("by hand", "2999-12-31");
      const { id, outs, inputs } = await plugin.read(`alice/${tokenUuid}`);
      const owner = { tokenUuid, userId: "alice", jenkinsUrl: jenkins.url };
      assert.equal(id, tokenUuid);
      assert.deepEqual(outs, { ...owner, tokenName: "by hand", expiresOn: "2999-12-31" });
      assert.deepEqual(inputs, { tokenName: "by hand" });
      await assertUnchanged(id, outs, inputs);
    });

    it("its user is among the inputs where somebody else signs in", async () => {
      const other = await startPlugin({ config: asAdmin });
      const { tokenUuid } = madeByHand("of alice");
      const { id, outs, inputs } = await other.read(`alice/${tokenUuid}`);
      assert.deepEqual([id, inputs], [tokenUuid, { user: "alice", tokenName: "of alice" }]);
      assert.equal(outs["user"], "alice");
      await assertUnchanged(id, outs, inputs, other);
      await other.end();
    });

    it("by its uuid alone it is one of the signed-in user", async () => {
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
        "a uuid that isn't there",
        `alice/${NOT_THERE}`,
        new RegExp(
          `^Looking up API token ${NOT_THERE} of alice failed: http.*: there is no such token\\. \`npx pulumi-jenkins list\``,
        ),
      ],
      ["a user who isn't there", `nobody/${NOT_THERE}`, /^Looking for the user nobody .*There is no such user on this/],
      ["a user whom one may not see", `bob/${NOT_THERE}`, /alice lacks the permission/],
    ];
    for (const [what, id, message] of wrong) {
      it(`${what} is told as what it is`, async () => {
        assert.match((await failureOf(plugin.read(id))).message, message);
      });
    }
  });

  describe("is looked up", () => {
    it("by its uuid, with the connection and the user that the program gives", async () => {
      const { tokenUuid } = madeByHand("looked up");
      const given = { connection: asAdmin, user: "alice" };
      const { id, outs, inputs } = await plugin.read(tokenUuid, given);
      const { password, ...connection } = asAdmin;
      const known = { tokenUuid, tokenName: "looked up", userId: "alice", jenkinsUrl: jenkins.url };
      assert.equal(id, tokenUuid);
      assert.deepEqual(outs, { connection, user: "alice", ...known });
      assert.deepEqual(inputs, { ...given, tokenName: "looked up" });
    });

    it("in vain where it isn't: there is no resource without outputs", async () => {
      const { message } = await failureOf(plugin.read(NOT_THERE, { connection: asAdmin, user: "alice" }));
      assert.match(message, /there is no such token/);
    });
  });

  describe("is refreshed", () => {
    it("with its value and its inputs as they are; a name given by hand shows in the outputs", async () => {
      const inputs = { tokenName: "declared", triggers: { release: "1" } };
      const { id, outs } = await plugin.create(inputs);
      assert.deepEqual(await plugin.read(id, outs, { inputs }), { id, outs, inputs });
      jenkins.rename("alice", id, "by hand");
      await plugin.delete(NOT_THERE, { ...outs, tokenUuid: NOT_THERE }); // A change, after which the list is read anew.
      const drifted = await plugin.read(id, outs, { inputs });
      assert.deepEqual(drifted, { id, outs: { ...outs, tokenName: "by hand" }, inputs });
      assert.deepEqual((await plugin.difference(id, drifted.outs, inputs)).detailed, { tokenName: "update" });
    });

    it("to nothing where it is gone", async () => {
      const { id, outs } = await plugin.create({ tokenName: "gone" });
      await plugin.delete(id, outs);
      assert.deepEqual(await plugin.read(id, outs, { inputs: { tokenName: "gone" } }), {
        id: "",
        outs: {},
        inputs: {},
      });
    });
  });

  describe("and its value in the program:", () => {
    async function imported(): Promise<{ id: string; outs: Properties; inputs: Properties; tokenValue: string }> {
      const { tokenUuid, tokenValue } = madeByHand("adopted");
      return { ...(await plugin.read(`alice/${tokenUuid}`)), tokenValue };
    }

    it("it is adopted once it has signed in, kept when it is taken out, and then no news", async () => {
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

    it("one that Jenkins doesn't accept is refused, and not told", async () => {
      const { id, outs, inputs } = await imported();
      const tokenValue = `11${"0e".repeat(16)}`;
      const { message, kept } = await failureOf(plugin.update(id, outs, { ...inputs, tokenValue }));
      assert.match(message, /^Adopting the tokenValue .* of alice failed: http.*: Jenkins does not accept it\. Give/);
      assert.ok(!message.includes(tokenValue));
      assert.equal(kept, undefined);
    });

    it("of a token that is made it is ignored: Jenkins chooses another", async () => {
      const { tokenValue } = madeByHand("another");
      const { outs } = await plugin.create({ tokenName: "made", tokenValue });
      assert.match(String(outs["tokenValue"]), /^11[0-9a-f]{32}$/);
      assert.notEqual(outs["tokenValue"], tokenValue);
    });

    const usesOf = (id: string) => jenkins.tokens("alice").find(({ tokenUuid }) => tokenUuid === id)?.useCount;
  });

  /** The program that an import writes has nothing to do. */
  async function assertUnchanged(id: string, outs: Properties, inputs: Properties, by = plugin): Promise<void> {
    assert.deepEqual(await by.check(inputs, inputs), { inputs, failures: [] });
    assert.deepEqual(await by.difference(id, outs, inputs), SAME);
  }
});
