import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CancelledError, type UnfinishedTokenError } from "../../provider/errors.ts";
import { perform } from "../../provider/operation.ts";
import { resources } from "../../provider/resources/index.ts";
import { quick } from "../support/quick.ts";
import { autoNamed, LostReplies, named } from "../support/safe-create.ts";

const { create } = resources.ApiToken;

describe("the record of a token whose reply was lost", () => {
  const run = new LostReplies();

  it("is kept by refresh, without a request", async () => {
    const token = await run.pending();
    const { outputs } = token;
    await run.jenkins.close();
    assert.equal(await token.refresh(), true);
    assert.deepEqual(token.outputs, outputs);
  });

  it("is replaced by the next up, which then revokes the first token", async () => {
    const token = await run.pending(autoNamed);
    const attempted = run.asked()[0] as string;
    run.later(token, 0);
    run.jenkins.generate("alice", attempted); // Jenkins creates the token after all.
    assert.equal(await token.up(autoNamed), "replace");
    assert.deepEqual([run.names(), token.toDelete], [[token.outputs["tokenName"]], []]);
    assert.notEqual(token.outputs["tokenName"], attempted);
  });

  it("stays while Jenkins may still create the token, and the error says when it can be settled", async () => {
    const token = await run.pending();
    run.later(token, 240_000);
    await assert.rejects(token.up(named), (error: Error) => {
      assert.match(
        error.message,
        /^Looking for what an unfinished attempt may have left under the name "ci \(pulumi \w{16}\)" with alice failed: http:\S+: nothing is there yet, but the attempt is not five minutes old and may still be carried out\. Run again at (\S+) or later\.$/,
      );
      const [, at = ""] = /Run again at (\S+)/.exec(error.message) ?? [];
      assert.ok(Math.abs(Date.parse(at) - (Date.now() + 300_000)) < 60_000);
      return true;
    });
    assert.deepEqual([run.names(), token.toDelete.length], [["ci"], 1]);
    run.later(token, 61_000);
    assert.equal(await token.up(named), "same");
    assert.deepEqual([run.names(), token.toDelete], [["ci"], []]);
  });

  it("is settled by destroy, at once if the token exists, otherwise after five minutes", async () => {
    const found = await run.pending();
    run.jenkins.generate("alice", String(run.asked()[0]));
    run.later(found, 0);
    await found.destroy();
    assert.deepEqual(run.names(), []);
    const token = await run.pending();
    run.later(token, 240_000);
    await assert.rejects(token.destroy(), { code: "ERR_JENKINS_REJECTED" });
    run.later(token, 70_000);
    await token.destroy();
  });

  it("is waited for if it can be settled soon", async () => {
    const token = await run.pending();
    run.later(token, 0);
    token.context = { ...run.context, limits: { ...quick, settledAfterMs: 1_500, worthWaitingMs: 5_000 } };
    let looks = 0;
    run.jenkins.intercept = ({ path }) => {
      if (path.includes("/security/") && ++looks === 2) run.jenkins.generate("alice", String(run.asked()[0])); // In time.
      return undefined;
    };
    await token.destroy();
    assert.deepEqual([looks, run.names()], [2, []]);
  });

  it("does not hinder a create in the run that settles it", async () => {
    const token = await run.pending();
    run.jenkins.generate("alice", String(run.asked()[0]));
    await token.destroy();
    assert.equal(await token.up(named), "create");
  });

  it("is settled if its user is gone", async () => {
    const token = await run.pending();
    run.later(token, 0);
    run.jenkins.removeUser("alice");
    const environment = { JENKINS_URL: run.jenkins.url, JENKINS_USER_ID: "admin", JENKINS_PASSWORD: "admin-password" };
    token.context = { ...run.context, environment };
    await token.destroy();
  });

  it("contains credentials from the arguments, so that it can be settled without others", async () => {
    const connection = { url: run.jenkins.url, username: "alice", password: "alice-password" };
    run.context = { ...run.context, environment: {} };
    const token = await run.pending({ ...named, connection });
    run.later(token, 400_000);
    await token.destroy();
    assert.deepEqual(token.recorded, undefined);
  });
});

describe("a second call of create in the same run, as by a hook, after a lost reply", () => {
  const run = new LostReplies();
  const again = () => create({ ...named, __provider: "text" }, run.context);

  it("first revokes the token of the first call", async () => {
    await run.pending();
    run.jenkins.generate("alice", String(run.asked()[0]));
    run.jenkins.intercept = undefined;
    await again();
    assert.deepEqual(run.names(), ["ci"]);
  });

  it("returns the same record while the first call is not settled", async () => {
    const { id, outputs } = await run.pending();
    run.jenkins.intercept = undefined;
    await assert.rejects(again(), (error: UnfinishedTokenError) => {
      assert.deepEqual([error.id, error.properties["pending"]], [id, outputs["pending"]]);
      return true;
    });
    assert.equal(run.asked().length, 1);
    run.aheadMs += 310_000;
    await assert.rejects(again(), { code: "ERR_JENKINS_UNFINISHED" }); // This call learns the time.
    await again();
    assert.deepEqual(run.names(), ["ci"]);
  });

  it("revokes the token of a first call whose rename failed", async () => {
    run.answer("rename", ...Array(9).fill({ kind: "reply", status: 501 }));
    await assert.rejects(again(), { code: "ERR_JENKINS_UNFINISHED", message: /could not be given its name/ });
    const [first] = run.jenkins.tokens("alice");
    run.jenkins.intercept = undefined;
    const { id } = await again();
    assert.deepEqual(run.names(), ["ci"]);
    assert.notEqual(id, first?.tokenUuid);
  });

  it("returns the records of two simultaneous first calls again, in any order", async () => {
    const bothFail = () => Promise.all([again(), again()].map((call) => call.catch(({ id }) => id)));
    run.answer("generateNewToken", { kind: "drop", when: "before" }, { kind: "drop", when: "before" });
    const records = await bothFail();
    assert.deepEqual(new Set(await bothFail()), new Set(records));
    assert.equal(new Set(records).size, 2);
  });

  it("returns the same record if the result cannot be checked", async () => {
    const { id } = await run.pending();
    run.answer("security", ...Array(9).fill({ kind: "reply", status: 501 }));
    await assert.rejects(again(), { code: "ERR_JENKINS_UNFINISHED", id });
  });

  it("returns the same record if Pulumi was interrupted in the meantime", async () => {
    const { id } = await run.pending();
    const signal = AbortSignal.abort(new CancelledError({ tried: "Pulumi was interrupted" }));
    await assert.rejects(perform({ signal }, again), { code: "ERR_JENKINS_UNFINISHED", id });
  });
});
