import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { startJenkins } from "../jenkins/server.ts";
import { enabled, legacy, legacyTokens, shown, users, value } from "../support/legacy-token.ts";
import { newProcess } from "../support/process.ts";
import { printed } from "../support/quick.ts";

describe("a legacy token that others have changed, or that moves,", () => {
  const setting = legacyTokens();
  const { start, later, signsIn, changes } = setting;

  it("is gone after refresh if it was revoked, and the next up creates another", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    for (const { tokenUuid } of [...setting.jenkins.tokens("alice")]) setting.jenkins.revoke("alice", tokenUuid);
    later(token);
    assert.deepEqual([await token.refresh(), await token.up(legacy)], [false, "create"]);
    assert.equal(value(token), setting.jenkins.legacyToken("alice"));
  });

  it("is gone after refresh if it was revoked and users may not create one any more", async () => {
    const token = await start({ users });
    await token.up(legacy);
    for (const { tokenUuid } of [...setting.jenkins.tokens("alice")]) setting.jenkins.revoke("alice", tokenUuid);
    later(token);
    assert.equal(await token.refresh(), false);
  });

  for (const id of ["admin", "bob"]) {
    it(`reads itself if ${id} logs in, who may not see it`, async () => {
      const token = await start({ users });
      await token.up(legacy);
      const { outputs } = token;
      later(token, id);
      assert.deepEqual([await token.refresh(), token.outputs], [true, outputs]);
    });

    it(`never counts as gone if ${id} logs in and its value has changed`, async () => {
      const token = await start({ users });
      await token.up(legacy);
      setting.jenkins.changeLegacyToken("alice");
      later(token, id);
      const { recorded } = token;
      await assert.rejects(token.refresh(), { code: "ERR_JENKINS_FORBIDDEN", message: /can't be told/ });
      assert.equal(token.recorded, recorded);
    });

    it(`makes itself invalid in destroy if ${id} logs in, who may not see it`, async () => {
      const token = await start(enabled);
      await token.up(legacy);
      const last = value(token);
      later(token, id);
      await token.destroy();
      assert.deepEqual([await signsIn(last), changes()], [false, 1]);
    });
  }

  it("is gone, and counts as destroyed, if its user is gone", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const { recorded } = token;
    setting.jenkins.removeUser("alice");
    later(token, "admin");
    assert.equal(await token.refresh(), false);
    token.recorded = recorded;
    later(token, "admin");
    await token.destroy();
    assert.equal(changes(), 0);
  });

  it("is kept by destroy if others have changed it since", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const byHand = setting.jenkins.changeLegacyToken("alice");
    later(token);
    await token.destroy();
    assert.deepEqual([await signsIn(byHand), changes()], [true, 0]);
  });

  it("is kept by destroy if others have changed it and a refresh has stored their value", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const byHand = setting.jenkins.changeLegacyToken("alice");
    later(token);
    assert.deepEqual([await token.refresh(), value(token)], [true, byHand]);
    later(token);
    const lines = await printed(() => token.destroy());
    assert.deepEqual([lines.length, await signsIn(byHand), changes()], [1, true, 0]);
  });

  it("stays valid when a resource is deleted that another resource has replaced", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const old = { id: token.id, outputs: token.outputs };
    later(token);
    const replacement = new Engine(token.context);
    await replacement.up(legacy);
    const removed = new Engine(token.context);
    removed.recorded = old;
    await removed.destroy();
    assert.deepEqual([await signsIn(value(replacement)), changes()], [true, 0]);
  });

  it("is replaced by a token with a name, and vice versa", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const last = value(token);
    later(token);
    assert.equal(await token.up({ tokenName: "ci" }), "replace");
    assert.match(String(value(token)), /^11[0-9a-f]{32}$/);
    assert.deepEqual([await signsIn(last), await signsIn(value(token))], [false, true]);
    later(token);
    const named = value(token);
    assert.equal(await token.up(legacy), "replace");
    assert.deepEqual([await signsIn(named), value(token)], [false, setting.jenkins.legacyToken("alice")]);
    assert.equal("tokenName" in (token.inputs ?? {}), false);
  });

  it("is replaced if its connection changes to another Jenkins, and becomes invalid on the old one", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const last = value(token);
    const other = await startJenkins({ version: "2.72", users });
    try {
      newProcess();
      const connection = { url: other.url, username: "alice", password: "alice-password" };
      const told = { ...legacy, connection };
      assert.equal(await token.up(told), "replace");
      assert.deepEqual([value(token), await signsIn(last)], [shown, false]);
    } finally {
      await other.close();
    }
  });
});
