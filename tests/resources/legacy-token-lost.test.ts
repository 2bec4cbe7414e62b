import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import type { Interception } from "../jenkins/server.ts";
import { legacy, legacyTokens, value } from "../support/legacy-token.ts";

const { update } = resources.ApiToken;

describe("a legacy token whose replies are lost", () => {
  const setting = legacyTokens();
  const { start, later, signsIn, changes, answer } = setting;

  const lost: Record<string, Interception> = {
    "no reply": { kind: "drop", when: "after" },
    "half a reply": { kind: "cut", after: 10 },
    "a 500 of Jenkins": { kind: "replace", status: 500, headers: { "X-Jenkins": "2.568.1" } },
    "a proxy's 502": { kind: "replace", status: 502 },
  };
  for (const [what, interception] of Object.entries(lost)) {
    it(`has a record after ${what} to its create, and is changed once more by the next up`, async () => {
      const token = await start();
      answer("/changeToken", interception);
      await assert.rejects(token.up(legacy), {
        code: "ERR_JENKINS_UNFINISHED",
        message: /could not be finished: .*`pulumi up` changes it once more; `pulumi destroy` ends it\.$/,
      });
      assert.deepEqual([token.id, "tokenValue" in token.outputs, changes()], ["legacy:alice", false, 1]);
      const unknown = setting.jenkins.legacyToken("alice");
      later(token);
      // Pulumi calls update for a resource whose create failed, whatever diff says.
      const { outs } = await update(token.id, token.outputs, legacy, token.context);
      assert.equal(outs["tokenValue"], setting.jenkins.legacyToken("alice"));
      assert.deepEqual([await signsIn(unknown), await signsIn(outs["tokenValue"])], [false, true]);
    });

    it(`keeps its state after ${what} to its change, and is changed once more by the next up`, async () => {
      const token = await start();
      await token.up(legacy);
      const { recorded } = token;
      const program = { ...legacy, triggers: { round: "2" } };
      answer("/changeToken", interception);
      later(token);
      await assert.rejects(token.up(program), /^\w*Error: Changing the legacy API token of alice failed/);
      assert.deepEqual([token.recorded, changes()], [recorded, 1]);
      later(token);
      assert.deepEqual([await token.up(program), value(token)], ["update", setting.jenkins.legacyToken("alice")]);
    });

    it(`is invalid after ${what} to its destroy, and the next destroy finds that`, async () => {
      const token = await start();
      await token.up(legacy);
      const last = value(token);
      answer("/changeToken", interception);
      later(token);
      await assert.rejects(token.destroy(), /^\w*Error: Changing the legacy API token of alice failed/);
      later(token);
      await token.destroy();
      assert.deepEqual([await signsIn(last), changes(), token.recorded], [false, 0, undefined]);
    });
  }

  it("has no record if Jenkins refuses to create it", async () => {
    const token = await start();
    answer("/changeToken", { kind: "reply", status: 400, headers: { "X-Content-Type-Options": "nosniff" } });
    await assert.rejects(token.up(legacy), { code: "ERR_JENKINS_REJECTED" });
    assert.equal(token.recorded, undefined);
    await token.up(legacy); // Like a hook may call it again.
    assert.equal(value(token), setting.jenkins.legacyToken("alice"));
  });

  for (const [way, when] of [
    ["destroy", "after"],
    ["refresh and destroy", "after"],
    ["destroy", "before"],
    ["refresh", "before"],
  ] as const) {
    it(`is settled by ${way} if the connection broke ${when} it was created`, async () => {
      const token = await start();
      answer("/changeToken", { kind: "drop", when });
      await assert.rejects(token.up(legacy), { code: "ERR_JENKINS_UNFINISHED" });
      const unknown = setting.jenkins.legacyToken("alice");
      later(token);
      if (way !== "destroy") assert.equal(await token.refresh(), when === "after");
      if (way !== "destroy" && when === "after") assert.equal(value(token), unknown);
      if (way !== "refresh") await token.destroy();
      if (when === "before") assert.deepEqual([setting.jenkins.tokens("alice"), changes()], [[], 0]);
      else assert.equal(await signsIn(unknown), false);
    });
  }

  it("is neither present nor gone if a proxy answers with its own page", async () => {
    const token = await start();
    await token.up(legacy);
    later(token);
    answer("/security/", { kind: "reply", status: 200, body: "<html>Sign in</html>" });
    await assert.rejects(token.refresh(), { code: "ERR_JENKINS_UNEXPECTED" });
    answer("/security/", { kind: "reply", status: 200, body: "<html>Sign in</html>" });
    await assert.rejects(token.destroy(), { code: "ERR_JENKINS_UNEXPECTED" });
    assert.ok(token.recorded);
  });
});
