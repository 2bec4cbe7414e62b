import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import type { Interception } from "../jenkins/server.ts";
import { newProcess } from "../support/process.ts";
import { current, monthly, previous, rotating, wanted } from "../support/rotating.ts";

const rotation = resources.RotatingApiToken;
describe("A rotating token", () => {
  const setting = rotating();
  const { answer, context, later, made, signsIn, uuids } = setting;

  describe("after a lost reply", () => {
    const never: Interception = { kind: "abandon", ms: 2_000, answer: "reset" };

    it("to its first generate has a record, and the next up creates a token and revokes the lost one", async () => {
      answer("generateNewToken", never);
      const token = new Engine(context(), rotation);
      await assert.rejects(token.up(monthly), { code: "ERR_JENKINS_UNFINISHED", message: /the next `pulumi up`/ });
      assert.match(token.id, /^rotating-/);
      assert.ok(await token.refresh());
      await until(() => uuids().length === 1);
      later(1);
      assert.equal(await token.up(monthly), "update");
      assert.deepEqual(uuids(), [current(token).tokenUuid]);
      await token.destroy();
      assert.deepEqual(uuids(), []);
    });

    it("to a rotation keeps its tokens until the result is known, and then goes on", async () => {
      const token = await made();
      const first = current(token);
      later(30);
      answer("generateNewToken", never);
      await assert.rejects(token.up(monthly), { code: "ERR_JENKINS_UNFINISHED" });
      assert.deepEqual(current(token), first);
      await until(() => uuids().length === 2);
      later(1);
      await token.up(monthly);
      assert.deepEqual(uuids(), [first.tokenUuid, current(token).tokenUuid]);
      assert.equal(await token.up(monthly), "same");
    });

    for (const [what, change] of Object.entries(wanted)) {
      it(`to a rotation by ${what} is still rotated by the next up`, async () => {
        const token = await made();
        const first = current(token);
        answer("generateNewToken", never);
        await assert.rejects(token.up({ ...monthly, ...change }), { code: "ERR_JENKINS_UNFINISHED" });
        await until(() => uuids().length === 2);
        newProcess();
        assert.equal(await token.up({ ...monthly, ...change }), "update");
        assert.notEqual(current(token).tokenUuid, first.tokenUuid);
        assert.deepEqual(previous(token), first);
        assert.deepEqual(uuids(), [first.tokenUuid, current(token).tokenUuid]);
        assert.equal(await token.up({ ...monthly, ...change }), "same");
      });
    }

    it("to a rotation is destroyed by its own token alone, which is revoked last", async () => {
      const token = await made();
      later(30);
      await token.up(monthly);
      later(30);
      answer("generateNewToken", { kind: "reply", status: 502 }); // From a proxy, so the result is unknown.
      await assert.rejects(token.up(monthly), { code: "ERR_JENKINS_UNFINISHED" });
      token.context = { ...context(), environment: {} };
      newProcess();
      await assert.rejects(token.destroy(), { message: /all are revoked but the one that logs in .*Run again at/ });
      assert.deepEqual(uuids(), [current(token).tokenUuid]);
      later(1);
      await token.destroy();
      assert.deepEqual(uuids(), []);
    });

    it("to its first generate is destroyed by another login if the declared one is invalid", async () => {
      const { tokenUuid, tokenValue } = setting.jenkins.generate("alice", "of the program");
      answer("generateNewToken", never);
      const token = new Engine(context(), rotation);
      const connection = { url: setting.jenkins.url, username: "alice", apiToken: tokenValue };
      await assert.rejects(token.up({ ...monthly, connection }), { code: "ERR_JENKINS_UNFINISHED" });
      await until(() => uuids().length === 2);
      setting.jenkins.revoke("alice", tokenUuid);
      later(1);
      await token.destroy();
      assert.deepEqual(uuids(), []);
    });

    it("to its first generate leaves nothing after a destroy", async () => {
      answer("generateNewToken", never);
      const token = new Engine(context(), rotation);
      await assert.rejects(token.up(monthly));
      await until(() => uuids().length === 1);
      later(1);
      await token.destroy();
      assert.deepEqual(uuids(), []);
    });
  });

  it("keeps its oldest token in the state if that cannot be revoked yet, and the next up revokes it", async () => {
    const token = await made();
    const first = current(token);
    later(30);
    await token.up(monthly);
    later(30);
    setting.jenkins.intercept = ({ path }) =>
      path.endsWith("/revoke")
        ? { kind: "reply", status: 403, headers: { "X-You-Are-Authenticated-As": "alice" }, body: "no" }
        : undefined;
    await assert.rejects(token.up(monthly), { code: "ERR_JENKINS_UNFINISHED", message: /is not done yet/ });
    assert.equal(uuids().length, 3);
    assert.ok(await signsIn(current(token).tokenValue));
    setting.jenkins.intercept = undefined;
    newProcess();
    assert.equal(await token.up(monthly), "update");
    assert.deepEqual(uuids(), [previous(token)?.tokenUuid, current(token).tokenUuid]);
    assert.equal(await signsIn(first.tokenValue), false);
    assert.equal(await token.up(monthly), "same");
  });

  describe("whose update a hook calls again, without the record of the first call,", () => {
    const faults: Record<string, Record<string, Interception>> = {
      "was not revoked yet": { "/revoke": { kind: "reply", status: 404 } },
      "had a lost reply": {
        "/generateNewToken": { kind: "drop", when: "after" },
        "/security/": { kind: "reply", status: 404 },
      },
    };
    const triggered = { ...monthly, triggers: { leak: "2026-02-20" } };

    for (const [what, fault] of Object.entries(faults)) {
      it(`has two tokens, without the one that ${what}`, async () => {
        const token = await made();
        later(30);
        await token.up(monthly);
        const { id, outputs } = token;
        const { inputs } = rotation.check({}, triggered, context());
        const update = () => rotation.update(id, outputs, inputs, context());
        setting.jenkins.intercept = ({ path }) => Object.entries(fault).find(([end]) => path.includes(end))?.[1];
        for (let times = 1; times <= 2; times++) await assert.rejects(update(), { code: "ERR_JENKINS_UNFINISHED" });
        assert.ok(uuids().length > 2);
        setting.jenkins.intercept = () => ({ kind: "reply", status: 404 });
        await assert.rejects(update(), { code: "ERR_JENKINS_UNFINISHED" }); // Nothing can be settled now.

        setting.jenkins.intercept = undefined;
        const { outs } = await update();
        const { current, previous } = outs as Record<string, { tokenUuid: string }>;
        assert.deepEqual(uuids(), [previous?.tokenUuid, current?.tokenUuid]);
        assert.deepEqual(previous, outputs["current"]);
      });
    }
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
