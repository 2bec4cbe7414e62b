import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import type { JenkinsOptions } from "../jenkins/server.ts";
import { enabled, legacy, legacyTokens, shown, users, value } from "../support/legacy-token.ts";
import { printed } from "../support/quick.ts";

const { create } = resources.ApiToken;

const VALUE = /^[0-9a-f]{32}$/;

describe("a legacy token", () => {
  const setting = legacyTokens();
  const { start, as, later, signsIn, changes } = setting;

  const there: Record<string, JenkinsOptions> = {
    "Jenkins 2.72": { version: "2.72", users },
    "Jenkins 2.169": { version: "2.169", users },
    "Jenkins 2.568.1": { users },
    "Jenkins 2.568.1 that lets users create one": { users, ...enabled },
  };
  for (const [where, options] of Object.entries(there)) {
    describe(`that already exists, on ${where},`, () => {
      it("is read by create, and kept by destroy, with a message", async () => {
        const token = await start(options);
        await token.up(legacy);
        assert.deepEqual([token.id, value(token), changes()], ["legacy:alice", shown, 0]);
        const { userId, tokenName, tokenUuid, jenkinsUrl, ...rest } = token.outputs;
        assert.deepEqual([userId, tokenName, tokenUuid], ["alice", "Legacy Token", "legacy:alice"]);
        assert.equal(jenkinsUrl, setting.jenkins.url);
        assert.deepEqual(["createdAt" in rest, "expiresOn" in rest, "autoName" in rest], [false, false, false]);
        assert.deepEqual([await token.up(legacy), await token.refresh()], ["same", true]);

        later(token);
        const lines = await printed(() => token.destroy());
        assert.deepEqual(lines, [
          `The legacy API token of alice on ${setting.jenkins.url} was there before, and is left as it is.`,
        ]);
        assert.deepEqual([await signsIn(shown), changes()], [true, 0]);
      });

      it("gets a new value from a trigger, which destroy then makes invalid", async () => {
        const token = await start(options);
        await token.up(legacy);
        later(token);
        assert.equal(await token.up({ ...legacy, triggers: { round: "2" } }), "update");
        assert.match(String(value(token)), VALUE);
        assert.equal(value(token), setting.jenkins.legacyToken("alice"));
        assert.deepEqual([await signsIn(shown), await signsIn(value(token)), changes()], [false, true, 1]);
        assert.deepEqual([token.id, await token.up({ ...legacy, triggers: { round: "2" } })], ["legacy:alice", "same"]);

        later(token);
        const last = value(token);
        assert.deepEqual([await printed(() => token.destroy()), await signsIn(last)], [[], false]);
      });

      it("is stored by refresh with a value that was changed by hand", async () => {
        const token = await start(options);
        await token.up(legacy);
        const byHand = setting.jenkins.changeLegacyToken("alice");
        later(token);
        assert.deepEqual([await token.refresh(), value(token)], [true, byHand]);
        later(token);
        await printed(() => token.destroy());
        assert.equal(await signsIn(byHand), true);
      });
    });
  }

  for (const version of ["2.499", "2.568.1"]) {
    it(`is created if there is none and users may, and made invalid by destroy, on Jenkins ${version}`, async () => {
      const token = await start({ version, ...enabled });
      await token.up(legacy);
      assert.deepEqual([changes(), value(token)], [1, setting.jenkins.legacyToken("alice")]);
      assert.ok(Math.abs(Date.parse(String(token.outputs["createdAt"])) - Date.now()) < 30_000);
      later(token);
      assert.deepEqual([await token.refresh(), await token.up(legacy)], [true, "same"]);
      later(token);
      const last = value(token);
      assert.deepEqual([await printed(() => token.destroy()), await signsIn(last)], [[], false]);
    });
  }

  it("is refused, with Jenkins' message, if there is none and users may not create one", async () => {
    const token = await start({});
    await assert.rejects(token.up(legacy), {
      code: "ERR_JENKINS_REJECTED",
      message:
        /^Changing the legacy API token of alice failed: .*: Capability to generate a legacy token .* disabled .*\. Allow legacy API tokens in Jenkins' security settings, or leave out `via`\.$/,
    });
    assert.equal(token.recorded, undefined);
  });

  it("can belong to one resource per user: a second resource is refused, whichever comes first", async () => {
    const token = await start({ version: "2.72", users });
    const other = new Engine(token.context);
    const done = await Promise.allSettled([token.up(legacy), other.up({ ...legacy, autoName: "p/s/other" })]);
    assert.deepEqual(
      done.map(({ status }) => status).sort((a, b) => (a < b ? -1 : 1)),
      ["fulfilled", "rejected"],
    );
    const [refused] = done.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    assert.match(
      refused.message,
      /legacy API token of alice .*: a user has only one, and another resource has it already/,
    );
    const bob = new Engine(as("bob"));
    await bob.up(legacy);
    assert.equal(bob.id, "legacy:bob");
  });

  it("can belong to one resource per user even if it has to be created, and that value stays valid", async () => {
    const token = await start(enabled);
    const engines = [token, new Engine(token.context), new Engine(token.context)];
    await Promise.allSettled(engines.map((engine) => engine.up(legacy)));
    const given = engines.filter(({ recorded }) => recorded);
    assert.deepEqual(given.map(value), [setting.jenkins.legacyToken("alice")]);
  });

  for (const version of ["2.72", "2.568.1"]) {
    it(`of another user is refused, even for an administrator, on Jenkins ${version}`, async () => {
      const token = await start({ version, users }, "admin");
      await assert.rejects(token.up({ ...legacy, user: "alice" }), {
        code: "ERR_JENKINS_FORBIDDEN",
        message:
          /^Creating the legacy API token of alice failed: .*admin is logged in\. Jenkins shows a legacy token only to its own user: log in as that user\.$/,
      });
      assert.deepEqual([token.recorded, await signsIn(shown), changes()], [undefined, true, 0]);
    });
  }

  describe("on Jenkins 2.72, whose tokens need a crumb,", () => {
    it("is changed by a login with its own value, which is invalid afterwards", async () => {
      const token = await start({ version: "2.72", users });
      token.context = as("alice", { JENKINS_API_TOKEN: shown });
      await token.up(legacy);
      assert.equal(await token.up({ ...legacy, triggers: { round: "2" } }), "update");
      const [post] = setting.jenkins.requests("POST", "changeToken");
      assert.match(String(post?.headers["jenkins-crumb"]), /^[0-9a-f]{32}$/);
      assert.deepEqual([value(token), await signsIn(shown)], [setting.jenkins.legacyToken("alice"), false]);
    });

    it("is read, changed and made invalid by its own value if no other login works", async () => {
      const token = await start({ version: "2.72", users });
      await token.up(legacy);
      later(token, "nobody");
      assert.equal(await token.refresh(), true);
      assert.equal(await token.up({ ...legacy, triggers: { round: "2" } }), "update");
      later(token, "nobody");
      const last = value(token);
      await token.destroy();
      assert.equal(await signsIn(last), false);
    });

    it("is the only kind of token: a token with a name is refused, with this advice", async () => {
      await start({ version: "2.72", users });
      await assert.rejects(create({ tokenName: "ci" }, as("alice")), {
        code: "ERR_JENKINS_REJECTED",
        message: /before 2\.129 Jenkins has one token per user.*declare that one token with `via: "legacy"`\.$/,
      });
    });
  });
});
