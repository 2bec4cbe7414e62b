import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { startJenkins } from "../jenkins/server.ts";
import { newProcess } from "../support/process.ts";
import { current, monthly, previous, rotating, wanted } from "../support/rotating.ts";

const rotation = resources.RotatingApiToken;
describe("A rotating token", () => {
  const setting = rotating();
  const { context, environment, later, made, names, posts, signsIn, uuids } = setting;

  it("is one token at first, created with one POST and named after the resource", async () => {
    const token = await made();
    assert.deepEqual(posts(), ["generateNewToken"]);
    assert.match(token.id, /^rotating-[0-9a-f]{16}$/);
    assert.match(current(token).tokenName, /^shop\/dev\/ci-[0-9a-f]{8}$/);
    assert.deepEqual(uuids(), [current(token).tokenUuid]);
    assert.equal(previous(token), undefined);
    assert.ok(await signsIn(current(token).tokenValue));
  });

  it("does not change before its rotation is due, and sends no request", async () => {
    const token = await made();
    setting.jenkins.log.length = 0;
    later(29.4);
    assert.equal(await token.up(monthly), "same");
    assert.deepEqual(setting.jenkins.log, []);
  });

  it("is rotated when it is due, and its previous value works for a period minus 12 hours", async () => {
    const token = await made();
    const first = current(token);
    const { id } = token;
    later(30);
    assert.equal(await token.up(monthly), "update");
    const second = current(token);
    assert.deepEqual(previous(token), first);
    assert.equal(token.id, id);
    assert.deepEqual(uuids(), [first.tokenUuid, second.tokenUuid]);
    assert.equal(await token.up(monthly), "same");

    later(29.4);
    assert.equal(await token.up(monthly), "same");
    assert.ok(await signsIn(first.tokenValue));
    later(0.6);
    await token.up(monthly);
    assert.deepEqual(uuids(), [second.tokenUuid, current(token).tokenUuid]);
    assert.equal(await signsIn(first.tokenValue), false);
  });

  it("is rotated once after many missed periods", async () => {
    const token = await made();
    const first = current(token);
    later(1000);
    await token.up(monthly);
    assert.equal(await token.up(monthly), "same");
    assert.deepEqual(previous(token), first);
  });

  for (const [what, change] of Object.entries(wanted)) {
    it(`is rotated at once by ${what}`, async () => {
      const token = await made();
      const first = current(token);
      assert.equal(await token.up({ ...monthly, ...change }), "update");
      assert.notEqual(current(token).tokenUuid, first.tokenUuid);
      assert.deepEqual(previous(token), first);
      assert.equal(await token.up({ ...monthly, ...change }), "same");
    });
  }

  it("has two tokens that expire if nobody rotates any more", async () => {
    const token = await made({ ...monthly, expiresInDays: 60 });
    assert.equal(current(token).expiresOn, "2026-04-21");
    later(30);
    await token.up({ ...monthly, expiresInDays: 60 });
    const [last, one] = [current(token), previous(token)];
    later(62);
    assert.deepEqual([await signsIn(last.tokenValue), one && (await signsIn(one.tokenValue))], [false, false]);
    await token.destroy();
    assert.deepEqual(uuids(), []);
  });

  it("has both tokens renamed in place", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    const values = [current(token).tokenValue, previous(token)?.tokenValue];
    await token.up({ ...monthly, tokenName: "deploy" });
    for (const name of names().slice(1)) assert.match(name, /^deploy-[0-9a-f]{8}$/);
    assert.deepEqual([current(token).tokenValue, previous(token)?.tokenValue], values);
    assert.equal(await token.up({ ...monthly, tokenName: "deploy" }), "same");
  });

  it("gets back a name that was changed by hand", async () => {
    const token = await made();
    setting.jenkins.rename("alice", current(token).tokenUuid, "by hand");
    await token.refresh();
    assert.equal(current(token).tokenName, "by hand");
    assert.equal(await token.up(monthly), "update");
    assert.match(names()[1] ?? "", /^shop\/dev\/ci-[0-9a-f]{8}$/);
  });

  it("gets another current token if that was revoked by hand, and keeps the previous one", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    const before = previous(token);
    setting.jenkins.revoke("alice", current(token).tokenUuid);
    assert.ok(await token.refresh());
    assert.equal(current(token), undefined);
    await token.up(monthly);
    assert.ok(await signsIn(current(token).tokenValue));
    assert.deepEqual(previous(token), before);
  });

  it("is gone when both tokens are gone", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    for (const uuid of uuids()) setting.jenkins.revoke("alice", uuid);
    assert.equal(await token.refresh(), false);
  });

  it("is destroyed with both tokens, by itself if there is no login any more", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    newProcess();
    token.context = { ...context(), environment: {} };
    await token.destroy();
    assert.deepEqual(uuids(), []);
  });

  it("is replaced for another user", async () => {
    setting.login = setting.jenkins.generate("admin", "login").tokenValue;
    const asAdmin = () => ({ ...context(), environment: { ...environment(), JENKINS_USER_ID: "admin" } });
    const token = new Engine(asAdmin(), rotation);
    await token.up({ ...monthly, user: "alice", via: "scriptConsole" });
    assert.equal(uuids().length, 1);
    assert.equal(await token.up({ ...monthly, user: "bob", via: "scriptConsole" }), "replace");
    assert.deepEqual([uuids().length, setting.jenkins.tokens("bob").length], [0, 1]);
    await token.destroy();
  });

  it("with an expiry is refused on a Jenkins without expiry, and leaves no token", async () => {
    await setting.jenkins.close();
    setting.jenkins = await startJenkins({ version: "2.516.2" });
    setting.login = setting.jenkins.generate("alice", "login").tokenValue;
    const token = new Engine(context(), rotation);
    await assert.rejects(token.up({ ...monthly, expiresInDays: 60 }), { code: "ERR_JENKINS_REJECTED" });
    assert.deepEqual(uuids(), []);
  });
});
