import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import { UNKNOWN } from "../../provider/settings/schema.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { newProcess } from "../support/process.ts";
import { autoNamed, LostReplies } from "../support/safe-create.ts";

const DEFAULT_NAME = /^project\/stack\/ci-[0-9a-f]{8}$/;

describe("A default name", () => {
  const run = new LostReplies();

  async function created(program: Properties = autoNamed): Promise<Engine> {
    const token = new Engine(run.context);
    await token.up(program);
    return token;
  }

  it("is drawn by create, and is no input", async () => {
    const token = await created();
    assert.match(String(token.outputs["tokenName"]), DEFAULT_NAME);
    assert.deepEqual(run.names(), [token.outputs["tokenName"]]);
    assert.equal("tokenName" in (token.inputs ?? {}), false);
  });

  it("is another one for each generation of a resource", async () => {
    const token = await created();
    for (let turn = 1; turn <= 10; turn++) await token.up({ ...autoNamed, triggers: { turn: `${turn}` } });
    const asked = run.asked();
    assert.deepEqual([asked.length, new Set(asked).size], [11, 11]);
  });

  it("stays over an unchanged up, another trigger that is only stored, and an alias", async () => {
    const token = await created();
    const { tokenName } = token.outputs;
    assert.equal(await token.up({ ...autoNamed, renewBeforeDays: undefined }), "same");
    assert.equal(await token.up({ ...autoNamed, connection: { waitForReadySeconds: 7 } }), "update");
    assert.equal(await token.up({ autoName: "project/stack/alias", connection: { waitForReadySeconds: 7 } }), "same");
    assert.deepEqual([run.names(), token.outputs["tokenName"]], [[tokenName], tokenName]);
  });

  it("is given back to a token that was renamed in Jenkins", async () => {
    const token = await created();
    const { tokenName, tokenValue } = token.outputs;
    run.jenkins.rename("alice", token.id, "by hand");
    assert.equal(await token.refresh(), true);
    assert.equal(token.outputs["tokenName"], "by hand");
    assert.equal(await token.up(autoNamed), "update");
    assert.deepEqual([run.names(), token.outputs["tokenName"]], [[tokenName], tokenName]);
    assert.equal(token.outputs["tokenValue"], tokenValue);
    assert.equal(await token.up(autoNamed), "same");
  });

  it("comes back to no token that was declared another name: a new one is drawn, in place", async () => {
    const token = await created();
    const { tokenName: first, tokenValue } = token.outputs;
    await token.up({ ...autoNamed, tokenName: "declared" });
    assert.equal("defaultName" in token.outputs, false);
    assert.equal(await token.up(autoNamed), "update");
    const { tokenName: second } = token.outputs;
    assert.match(String(second), DEFAULT_NAME);
    assert.notEqual(second, first);
    assert.deepEqual([run.names(), token.outputs["tokenValue"]], [[second], tokenValue]);
    assert.equal(await token.up(autoNamed), "same");
  });

  it("is given by the next up to a token that create could not rename", async () => {
    const token = new Engine(run.context);
    let generated = 0;
    run.jenkins.intercept = ({ path }) => {
      if (path.endsWith("/generateNewToken") && ++generated === 1) return { kind: "drop", when: "after" };
      return path.endsWith("/rename") ? { kind: "reply", status: 403 } : undefined;
    };
    await assert.rejects(token.up(autoNamed), { code: "ERR_JENKINS_UNFINISHED" });
    const [, second] = run.asked();
    assert.deepEqual([run.names(), token.outputs["tokenName"]], [[second], second]);
    run.later(token, 0);
    assert.equal(await token.up(autoNamed), "update");
    assert.equal(run.names()[0], run.asked()[0]);
    assert.equal(await token.up(autoNamed), "same");
  });

  describe("that the check of 0.1.0 has drawn", () => {
    /** As 0.1.0 has recorded it: the name is an input, and the outputs have it once. */
    async function ofOld(): Promise<Engine> {
      const token = await created();
      const { defaultName, ...outputs } = token.outputs;
      token.recorded = { id: token.id, outputs };
      token.inputs = { ...token.inputs, tokenName: defaultName };
      newProcess();
      return token;
    }

    it("means no change", async () => {
      const token = await ofOld();
      assert.equal(await token.up(autoNamed), "same");
      assert.equal(await token.refresh(), true);
      assert.equal(await token.up(autoNamed), "same");
    });

    it("is given back to a token that was renamed in Jenkins", async () => {
      const token = await ofOld();
      const { tokenName } = token.outputs;
      run.jenkins.rename("alice", token.id, "by hand");
      await token.refresh();
      assert.equal(await token.up(autoNamed), "update");
      assert.deepEqual(run.names(), [tokenName]);
      assert.equal(await token.up(autoNamed), "same");
    });

    it("is not that of the token that replaces it, which is drawn by create", async () => {
      const token = await ofOld();
      const { tokenName } = token.outputs;
      assert.equal(await token.up({ ...autoNamed, triggers: { turn: "2" } }), "replace");
      assert.match(String(token.outputs["tokenName"]), DEFAULT_NAME);
      assert.notEqual(token.outputs["tokenName"], tokenName);
      assert.equal("tokenName" in (token.inputs ?? {}), false);
    });
  });

  it("is unknown in each preview of it", () => {
    const { ApiToken } = resources;
    const { tokenName } = ApiToken.previewCreate(autoNamed, run.context);
    const state = { tokenUuid: "u", userId: "alice", jenkinsUrl: run.jenkins.url, tokenName: "declared" };
    const renamed = ApiToken.previewUpdate("u", state, autoNamed, run.context);
    assert.deepEqual([tokenName, renamed["tokenName"]], [UNKNOWN, UNKNOWN]);
  });
});
