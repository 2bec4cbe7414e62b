import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/access.ts";
import { create, forgetProcess } from "../../provider/resources/token.ts";
import { Engine } from "../acceptance/engine.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { printed, quick } from "../support/quick.ts";

const legacy = { via: "legacy", autoName: "p/s/ci" };
const VALUE = /^[0-9a-f]{32}$/;
const enabled = { creationOfLegacyTokenEnabled: true };
const shown = "0123456789abcdef0123456789abcdef";
const users = [
  { id: "admin", password: "admin-password", administrator: true },
  { id: "alice", password: "alice-password", legacyToken: shown },
  { id: "bob", password: "bob-password" },
];

describe("lifecycle of a legacy token", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions, id: string | undefined = "alice"): Promise<Engine> {
    forgetProcess();
    jenkins = await startJenkins(options);
    return new Engine(as(id));
  }

  function as(id?: string, secret: Record<string, string> = { JENKINS_PASSWORD: `${id}-password` }): Context {
    const environment = id ? { JENKINS_URL: jenkins.url, JENKINS_USER_ID: id, ...secret } : {};
    return { config: undefined, environment, limits: quick };
  }

  /** Another process, in which somebody else may sign in. */
  function later(token: Engine, id: string | undefined = "alice"): void {
    forgetProcess();
    token.context = as(id);
    jenkins.log.length = 0;
  }

  async function signsIn(value: unknown, id = "alice"): Promise<boolean> {
    const authorization = `Basic ${Buffer.from(`${id}:${value}`).toString("base64")}`;
    return (await fetch(`${jenkins.url}/whoAmI/api/json`, { headers: { authorization } })).status === 200;
  }

  const changes = () => jenkins.requests("POST", "changeToken").length;
  const value = (token: Engine) => token.outputs["tokenValue"];

  const there: Record<string, JenkinsOptions> = {
    "Jenkins 2.72": { version: "2.72", users },
    "Jenkins 2.169": { version: "2.169", users },
    "Jenkins 2.568.1": { users },
    "Jenkins 2.568.1 that lets users make one": { users, ...enabled },
  };
  for (const [where, options] of Object.entries(there)) {
    describe(`that is there already, on ${where},`, () => {
      it("is shown by create, and left by destroy, which says so", async () => {
        const token = await start(options);
        await token.up(legacy);
        assert.deepEqual([token.id, value(token), changes()], ["legacy:alice", shown, 0]);
        const { userId, tokenName, tokenUuid, jenkinsUrl, ...rest } = token.outputs;
        assert.deepEqual([userId, tokenName, tokenUuid], ["alice", "Legacy Token", "legacy:alice"]);
        assert.equal(jenkinsUrl, jenkins.url);
        assert.deepEqual(["createdAt" in rest, "expiresOn" in rest, "autoName" in rest], [false, false, false]);
        assert.deepEqual([await token.up(legacy), await token.refresh()], ["same", true]);

        later(token);
        const lines = await printed(() => token.destroy());
        assert.deepEqual(lines, [
          `The legacy API token of alice on ${jenkins.url} was there before, and is left as it is.`,
        ]);
        assert.deepEqual([await signsIn(shown), changes()], [true, 0]);
      });

      it("is changed in its place by a trigger, and then ended by destroy", async () => {
        const token = await start(options);
        await token.up(legacy);
        later(token);
        assert.equal(await token.up({ ...legacy, triggers: { round: "2" } }), "update");
        assert.match(String(value(token)), VALUE);
        assert.equal(value(token), jenkins.legacyToken("alice"));
        assert.deepEqual([await signsIn(shown), await signsIn(value(token)), changes()], [false, true, 1]);
        assert.deepEqual([token.id, await token.up({ ...legacy, triggers: { round: "2" } })], ["legacy:alice", "same"]);

        later(token);
        const last = value(token);
        assert.deepEqual([await printed(() => token.destroy()), await signsIn(last)], [[], false]);
      });

      it("is taken over by refresh with a value changed by hand", async () => {
        const token = await start(options);
        await token.up(legacy);
        const byHand = jenkins.changeLegacyToken("alice");
        later(token);
        assert.deepEqual([await token.refresh(), value(token)], [true, byHand]);
        later(token);
        await printed(() => token.destroy());
        assert.equal(await signsIn(byHand), true);
      });
    });
  }

  for (const version of ["2.499", "2.568.1"]) {
    it(`is made by create where there is none and users may, and ended by destroy, on Jenkins ${version}`, async () => {
      const token = await start({ version, ...enabled });
      await token.up(legacy);
      assert.deepEqual([changes(), value(token)], [1, jenkins.legacyToken("alice")]);
      assert.ok(Math.abs(Date.parse(String(token.outputs["createdAt"])) - Date.now()) < 3_000);
      later(token);
      assert.deepEqual([await token.refresh(), await token.up(legacy)], [true, "same"]);
      later(token);
      const last = value(token);
      assert.deepEqual([await printed(() => token.destroy()), await signsIn(last)], [[], false]);
    });
  }

  it("is refused, in Jenkins' own words, where there is none and nobody may make one", async () => {
    const token = await start({});
    await assert.rejects(token.up(legacy), {
      code: "ERR_JENKINS_REJECTED",
      message:
        /^Changing the legacy API token of alice failed: .*: Capability to generate a legacy token .* disabled .*\. Allow legacy API tokens in Jenkins' security settings, or leave out `via`\.$/,
    });
    assert.equal(token.recorded, undefined);
  });

  it("is one per user: another resource is refused, whichever comes first", async () => {
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

  it("is one per user also where the first has to be made: no value that was given is ended", async () => {
    const token = await start(enabled);
    const engines = [token, new Engine(token.context), new Engine(token.context)];
    await Promise.allSettled(engines.map((engine) => engine.up(legacy)));
    const given = engines.filter(({ recorded }) => recorded);
    assert.deepEqual(given.map(value), [jenkins.legacyToken("alice")]);
  });

  for (const version of ["2.72", "2.568.1"]) {
    it(`of another user is refused, to an administrator too, on Jenkins ${version}`, async () => {
      const token = await start({ version, users }, "admin");
      await assert.rejects(token.up({ ...legacy, user: "alice" }), {
        code: "ERR_JENKINS_FORBIDDEN",
        message:
          /^Creating the legacy API token of alice failed: .*admin is signed in\. Jenkins shows a legacy token to the user alone: sign in as that user\.$/,
      });
      assert.deepEqual([token.recorded, await signsIn(shown), changes()], [undefined, true, 0]);
    });
  }

  it("is gone after refresh where it was revoked, and the next up makes another", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    for (const { tokenUuid } of [...jenkins.tokens("alice")]) jenkins.revoke("alice", tokenUuid);
    later(token);
    assert.deepEqual([await token.refresh(), await token.up(legacy)], [false, "create"]);
    assert.equal(value(token), jenkins.legacyToken("alice"));
  });

  it("is gone after refresh where it was revoked and nobody may make one any more", async () => {
    const token = await start({ users });
    await token.up(legacy);
    for (const { tokenUuid } of [...jenkins.tokens("alice")]) jenkins.revoke("alice", tokenUuid);
    later(token);
    assert.equal(await token.refresh(), false);
  });

  for (const id of ["admin", "bob"]) {
    it(`is read by itself where ${id} signs in, who is not shown it`, async () => {
      const token = await start({ users });
      await token.up(legacy);
      const { outputs } = token;
      later(token, id);
      assert.deepEqual([await token.refresh(), token.outputs], [true, outputs]);
    });

    it(`is never taken for gone where ${id} signs in and its value is another one now`, async () => {
      const token = await start({ users });
      await token.up(legacy);
      jenkins.changeLegacyToken("alice");
      later(token, id);
      const { recorded } = token;
      await assert.rejects(token.refresh(), { code: "ERR_JENKINS_FORBIDDEN", message: /can't be told/ });
      assert.equal(token.recorded, recorded);
    });

    it(`is ended by itself at destroy where ${id} signs in, who is not shown it`, async () => {
      const token = await start(enabled);
      await token.up(legacy);
      const last = value(token);
      later(token, id);
      await token.destroy();
      assert.deepEqual([await signsIn(last), changes()], [false, 1]);
    });
  }

  it("is gone, and counts as ended, where its user is gone", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const { recorded } = token;
    jenkins.removeUser("alice");
    later(token, "admin");
    assert.equal(await token.refresh(), false);
    token.recorded = recorded;
    later(token, "admin");
    await token.destroy();
    assert.equal(changes(), 0);
  });

  it("is left by destroy where others have changed it since", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const byHand = jenkins.changeLegacyToken("alice");
    later(token);
    await token.destroy();
    assert.deepEqual([await signsIn(byHand), changes()], [true, 0]);
  });

  it("is left by destroy where a refresh has taken over what others have made of it", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const byHand = jenkins.changeLegacyToken("alice");
    later(token);
    assert.deepEqual([await token.refresh(), value(token)], [true, byHand]);
    later(token);
    const lines = await printed(() => token.destroy());
    assert.deepEqual([lines.length, await signsIn(byHand), changes()], [1, true, 0]);
  });

  it("is not ended by the removal of the resource whose place another one has taken", async () => {
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

  it("is replaced by a token with a name, and the other way round", async () => {
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
    assert.deepEqual([await signsIn(named), value(token)], [false, jenkins.legacyToken("alice")]);
    assert.equal("tokenName" in (token.inputs ?? {}), false);
  });

  it("moves with its connection only by a replacement, and ends at the old place what it had made there", async () => {
    const token = await start(enabled);
    await token.up(legacy);
    const last = value(token);
    const other = await startJenkins({ version: "2.72", users });
    try {
      forgetProcess();
      const connection = { url: other.url, username: "alice", password: "alice-password" };
      const told = { ...legacy, connection };
      assert.equal(await token.up(told), "replace");
      assert.deepEqual([value(token), await signsIn(last)], [shown, false]);
    } finally {
      await other.close();
    }
  });

  describe("on Jenkins 2.72, whose tokens need a crumb,", () => {
    it("is changed by a login with its own value, which is dead then", async () => {
      const token = await start({ version: "2.72", users });
      token.context = as("alice", { JENKINS_API_TOKEN: shown });
      await token.up(legacy);
      assert.equal(await token.up({ ...legacy, triggers: { round: "2" } }), "update");
      const [post] = jenkins.requests("POST", "changeToken");
      assert.match(String(post?.headers["jenkins-crumb"]), /^[0-9a-f]{32}$/);
      assert.deepEqual([value(token), await signsIn(shown)], [jenkins.legacyToken("alice"), false]);
    });

    it("signs itself in where nobody else does: it is read, changed and ended", async () => {
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

    it("is what there is: a token with a name is refused, with the way to it", async () => {
      await start({ version: "2.72", users });
      await assert.rejects(create({ tokenName: "ci" }, as("alice")), {
        code: "ERR_JENKINS_REJECTED",
        message: /before 2\.129 Jenkins has one token per user.*declare that one token with `via: "legacy"`\.$/,
      });
    });
  });
});
