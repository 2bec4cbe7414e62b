import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { UNKNOWN } from "../../provider/properties.ts";
import { resources } from "../../provider/resources/index.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { autoNamed, LostReplies } from "../support/safe-create.ts";

describe("A name that pulumi:autonaming proposes", () => {
  const run = new LostReplies();
  const propose = (proposedName: string) => {
    run.context = { ...run.context, autonaming: { proposedName } };
  };

  beforeEach(() => propose("ci-20261129"));

  it("becomes the token's name by two POSTs, because another token may already have it", async () => {
    const token = new Engine(run.context);
    await token.up(autoNamed);
    assert.deepEqual([run.names(), token.outputs["tokenName"]], [["ci-20261129"], "ci-20261129"]);
    assert.match(run.asked()[0] ?? "", /^ci-20261129 \(pulumi [0-9a-f]{16}\)$/);
    assert.equal(await token.up(autoNamed), "same");
  });

  it("never leads to a revoke of another token with this name when the reply to create is lost", async () => {
    const { tokenUuid } = run.jenkins.generate("alice", "ci-20261129");
    run.answer("generateNewToken", { kind: "drop", when: "after" });
    const token = new Engine(run.context);
    await token.up(autoNamed);
    const uuids = run.jenkins.tokens("alice").map((one) => one.tokenUuid);
    assert.deepEqual(new Set(uuids), new Set([tokenUuid, token.id]));
  });

  it("stays when another name is proposed, and is restored after a rename in Jenkins", async () => {
    const token = new Engine(run.context);
    await token.up(autoNamed);
    propose("other");
    token.context = run.context;
    assert.equal(await token.up(autoNamed), "same");
    run.jenkins.rename("alice", token.id, "by hand");
    await token.refresh();
    assert.equal(await token.up(autoNamed), "update");
    assert.deepEqual(run.names(), ["ci-20261129"]);
  });

  it("does not rename a token with a default name until the token is replaced", async () => {
    const token = new Engine({ ...run.context, autonaming: undefined });
    await token.up(autoNamed);
    token.context = run.context;
    assert.equal(await token.up(autoNamed), "same");
    assert.equal(await token.up({ ...autoNamed, triggers: { turn: "2" } }), "replace");
    assert.deepEqual(run.names(), ["ci-20261129"]);
  });

  it("renames a token whose declared name is removed, but no preview shows it, because it may be random", async () => {
    const token = new Engine(run.context);
    await token.up({ ...autoNamed, tokenName: "declared" });
    const news = { ...autoNamed, tokenName: "ci-20261129" };
    const { ApiToken } = resources;
    assert.equal(ApiToken.previewUpdate(token.id, token.outputs, news, run.context)["tokenName"], UNKNOWN);
    assert.equal(ApiToken.previewCreate(news, run.context)["tokenName"], UNKNOWN);
    assert.equal(await token.up(autoNamed), "update");
    assert.deepEqual(run.names(), ["ci-20261129"]);
  });

  it("is the beginning of a rotating token's names, and stays", async () => {
    const token = new Engine(run.context, resources.RotatingApiToken);
    await token.up({ ...autoNamed, rotateEveryDays: 30 });
    propose("other");
    token.context = run.context;
    assert.equal(await token.up({ ...autoNamed, rotateEveryDays: 30 }), "same");
    assert.match(run.names().join(), /^ci-20261129-[0-9a-f]{8}$/);
  });

  it("is missing if autonaming is disabled, so that tokens without a name need a declared one", async () => {
    const token = new Engine({ ...run.context, autonaming: undefined });
    await token.up(autoNamed);
    propose("");
    token.context = run.context;
    assert.equal(await token.up(autoNamed), "same");
    const reason = "tokenName: must be given, because pulumi:autonaming is disabled";
    for (const [type, more] of [
      ["ApiToken", {}],
      ["RotatingApiToken", { rotateEveryDays: 30 }],
    ] as const) {
      const { failures } = resources[type].check({}, { ...autoNamed, ...more }, run.context);
      assert.deepEqual(failures, [{ property: "", reason }]);
      const declared = resources[type].check({}, { ...autoNamed, ...more, tokenName: "mine" }, run.context);
      assert.deepEqual(declared.failures, []);
    }
  });
});
