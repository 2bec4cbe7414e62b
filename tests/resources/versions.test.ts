import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import type { Login } from "../../provider/jenkins/auth.ts";
import type { Client } from "../../provider/jenkins/client.ts";
import { changeLegacyValue } from "../../provider/jenkins/legacy.ts";
import { Tokens } from "../../provider/jenkins/tokens.ts";
import { UNKNOWN } from "../../provider/properties.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { profileOf, versions } from "../jenkins/profiles.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Column, columns } from "../support/compatibility.ts";
import { memory, newProcess } from "../support/process.ts";
import { byPassword, byToken, clientOf, quick } from "../support/quick.ts";

const nobodys = "00000000-0000-4000-8000-000000000000";
const tooOld = { code: "ERR_JENKINS_REJECTED", message: /: API tokens with a name need 2\.129 or later\.$/ };
const hasLegacyAlone = {
  code: "ERR_JENKINS_REJECTED",
  message: /before 2\.129 Jenkins has one token .* declare that one token with `via: "legacy"`\.$/,
};
const neverExpires = {
  code: "ERR_JENKINS_REJECTED",
  message: /Expiry needs Jenkins 2\.548, LTS 2\.555\.1: upgrade it, or leave out expiresInDays\.$/,
};
const choosesValues = {
  code: "ERR_JENKINS_REJECTED",
  message: /A fixedValue needs Jenkins 2\.260, LTS 2\.263\.1: upgrade it, or leave out fixedValue\.$/,
};
const isSwitchedOff = {
  code: "ERR_JENKINS_REJECTED",
  message: /Allow legacy API tokens in Jenkins' security settings, or leave out `via`\.$/,
};

for (const version of versions) {
  const profile = profileOf(version);
  const works = (column: Column) => columns[column](profile) === "yes";
  const hasTokens = works("tokens with names: create, refresh, rename, revoke");

  describe(`Jenkins ${version}`, () => {
    let jenkins: Jenkins;
    let tokens: Tokens;

    before(async () => {
      jenkins = await startJenkins({ version });
    });

    after(() => jenkins.close());

    beforeEach(() => {
      newProcess();
      jenkins.log.length = 0;
      if (hasTokens) for (const id of ["admin", "alice"]) jenkins.tokens(id).length = 0;
      tokens = new Tokens(as(byPassword("alice")), "alice");
    });

    const as = (login: Login): Client => clientOf(jenkins.url, login);
    const names = () => jenkins.tokens("alice").map(({ tokenName }) => tokenName);
    const uuidMadeByHand = () => (hasTokens ? jenkins.generate("alice", "by hand").tokenUuid : nobodys);
    const signsIn = (value: unknown, of = jenkins) =>
      clientOf(of.url, byToken("alice", String(value)))
        .whoAmI()
        .then(
          (name) => name === "alice",
          () => false,
        );
    const engine = (id: string, of = jenkins, now = () => new Date()) => {
      const environment = { JENKINS_URL: of.url, JENKINS_USER_ID: id, JENKINS_PASSWORD: `${id}-password` };
      return new Engine({ config: undefined, memory: memory(), environment, limits: quick, now });
    };

    describe(hasTokens ? "has named tokens:" : "has no named tokens, and the errors say so:", () => {
      it("generate", async () => {
        if (!hasTokens) return await assert.rejects(tokens.generate({ tokenName: "ci" }), tooOld);
        const { tokenValue } = await tokens.generate({ tokenName: "ci" });
        assert.deepEqual([names(), await signsIn(tokenValue)], [["ci"], true]);
      });

      it("rename", async () => {
        const renaming = tokens.rename(uuidMadeByHand(), "ci");
        if (!hasTokens) return await assert.rejects(renaming, tooOld);
        await renaming;
        assert.deepEqual(names(), ["ci"]);
      });

      it("revoke, and revoke again", async () => {
        const tokenUuid = uuidMadeByHand();
        for (const revoking of [tokens.revoke(tokenUuid), tokens.revoke(tokenUuid)]) {
          if (hasTokens) await revoking;
          else await assert.rejects(revoking, tooOld);
        }
        if (hasTokens) assert.deepEqual(names(), []);
      });

      it("list", async () => {
        const tokenUuid = uuidMadeByHand();
        const message = /only a legacy token\. This Jenkins seems to be older than 2\.129/;
        if (!hasTokens) return await assert.rejects(tokens.list(), { code: "ERR_JENKINS_UNEXPECTED", message });
        const [listed, ...others] = await tokens.list();
        assert.deepEqual([listed?.tokenUuid, listed?.tokenName, listed?.isLegacy], [tokenUuid, "by hand", false]);
        assert.equal(others.length, 0);
      });

      it("drift is found", async () => {
        const token = engine("alice");
        if (!hasTokens) return await assert.rejects(token.up({ tokenName: "ci" }), hasLegacyAlone);
        await token.up({ tokenName: "ci" });
        jenkins.rename("alice", token.id, "by hand");
        assert.deepEqual([await token.refresh(), token.outputs["tokenName"]], [true, "by hand"]);
        jenkins.revoke("alice", token.id);
        newProcess();
        assert.equal(await token.refresh(), false);
      });

      it("a refresh of many reads one page", async () => {
        const many = Array.from({ length: 10 }, () => engine("alice"));
        const made = await Promise.allSettled(many.map((token) => token.up({ autoName: "ci" })));
        if (!hasTokens) return assert.ok(made.every(({ status }) => status === "rejected"));
        newProcess();
        jenkins.log.length = 0;
        assert.deepEqual(new Set(await Promise.all(many.map((token) => token.refresh()))), new Set([true]));
        assert.equal(jenkins.requests("GET", profile.tokenPage.path).length, 1);
      });
    });

    it(works("`expiresInDays`") ? "expiry" : "expiry is refused, and leaves nothing behind", async () => {
      const token = engine("alice");
      const making = token.up({ tokenName: "ci", expiresInDays: 30 });
      if (works("`expiresInDays`")) {
        await making;
        const expected = new Date(Date.parse(String(token.outputs["createdAt"])) + 30 * 86_400_000)
          .toISOString()
          .slice(0, 10);
        assert.deepEqual([token.outputs["expiresOn"], jenkins.tokens("alice")[0]?.expiresOn], [expected, expected]);
      } else {
        await assert.rejects(making, hasTokens ? neverExpires : hasLegacyAlone);
        assert.deepEqual([token.recorded, names().includes("ci")], [undefined, false]);
      }
    });

    it(works("`fixedValue`") ? "a declared value" : "a declared value is refused, and leaves nothing", async () => {
      const token = engine("alice");
      const fixedValue = `11${"0f".repeat(16)}`;
      const making = token.up({ tokenName: "ci", fixedValue });
      if (works("`fixedValue`")) {
        await making;
        assert.deepEqual([token.outputs["tokenValue"], await signsIn(fixedValue)], [fixedValue, true]);
      } else {
        await assert.rejects(making, hasTokens ? choosesValues : hasLegacyAlone);
        assert.deepEqual([token.recorded, names().includes("ci")], [undefined, false]);
      }
    });

    it("a password logs in, with one crumb for all changes", async () => {
      const alice = as(byPassword("alice"));
      if (hasTokens) jenkins.changeLegacyToken("alice"); // Now alice may change it.
      const values = [await changeLegacyValue(alice, "alice"), await changeLegacyValue(alice, "alice")];
      assert.equal(await signsIn(values[1]), true);
      assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, 1);
    });

    it(`an API token logs in, with ${profile.tokenNeedsCrumb ? "a" : "no"} crumb`, async () => {
      const value = jenkins.changeLegacyToken("alice");
      const alice = as(byToken("alice", value));
      assert.equal(await alice.whoAmI(), "alice");
      const changed = await changeLegacyValue(alice, "alice");
      assert.deepEqual([await signsIn(value), await signsIn(changed)], [false, true]);
      assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, profile.tokenNeedsCrumb ? 1 : 0);
    });

    it("a token reads and revokes itself if there is no login", async () => {
      const token = engine("alice");
      await token.up(hasTokens ? { tokenName: "ci" } : { via: "legacy" });
      const { tokenValue } = token.outputs;
      newProcess();
      token.context = { ...token.context, environment: {} };
      assert.equal(await token.refresh(), true);
      await token.destroy();
      assert.equal(await signsIn(tokenValue), !hasTokens); // An existing legacy token stays valid.
    });

    it(works('`via: "scriptConsole"`') ? "the script console" : "the script console is refused", async () => {
      const token = engine("admin");
      const program = { user: "alice", via: "scriptConsole", tokenName: "ci" };
      if (!works('`via: "scriptConsole"`')) return await assert.rejects(token.up(program), hasLegacyAlone);
      await token.up(program);
      assert.deepEqual([names(), await signsIn(token.outputs["tokenValue"])], [["ci"], true]);
      await token.up({ ...program, tokenName: "renamed" });
      newProcess();
      assert.deepEqual([names(), await token.refresh()], [["renamed"], true]);
      await token.destroy();
      assert.deepEqual(names(), []);
      const verbs = new Set(jenkins.scripts.map(({ verb }) => verb));
      assert.deepEqual(verbs, new Set(["generate", "rename", "list", "revoke"]));
    });

    it(works('`via: "legacy"`') ? "the legacy token" : "the legacy token is refused unless it is allowed", async () => {
      const token = engine("alice");
      if (works('`via: "legacy"`')) {
        await token.up({ via: "legacy" });
        assert.equal(token.outputs["tokenValue"], jenkins.legacyToken("alice"));
        await token.up({ via: "legacy", triggers: { round: "2" } });
      } else {
        await assert.rejects(token.up({ via: "legacy" }), isSwitchedOff);
        assert.deepEqual([token.recorded, names()], [undefined, []]);
        const allowing = await startJenkins({ version, creationOfLegacyTokenEnabled: true });
        const allowed = engine("alice", allowing);
        await allowed.up({ via: "legacy" });
        const { tokenValue } = allowed.outputs;
        assert.equal(tokenValue, allowing.legacyToken("alice"));
        assert.equal(await signsIn(tokenValue, allowing), true);
        await allowing.close();
      }
    });

    const expiring = works("`expiresInDays`") ? { expiresInDays: 30, renewBeforeDays: 7 } : {};
    const program = hasTokens ? { autoName: "p/s/ci", triggers: { round: "1" }, ...expiring } : { via: "legacy" };
    for (const timeZone of ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      it(`nothing changes without a reason before the day of renewal, in ${timeZone}`, async () => {
        let days = 0;
        const now = () => new Date(Date.now() + days * 86_400_000);
        const there = await startJenkins({ version, now, timeZone });
        try {
          const token = engine("alice", there, now);
          await token.up(program);
          const { id } = token;
          for (days of [0, 1, 2, 21]) {
            newProcess();
            assert.deepEqual([token.preview(program), await token.up(program)], ["same", "same"]);
            assert.equal(token.preview({ ...program, connection: UNKNOWN }), "same");
            assert.deepEqual([await token.refresh(), token.preview(program), token.id], [true, "same", id]);
          }
          days = 25;
          const step = works("`expiresInDays`") ? "replace" : "same";
          assert.deepEqual([token.preview(program), await token.up(program)], [step, step]);
          assert.deepEqual([token.preview(program), there.tokens("alice").length], ["same", 1]);
        } finally {
          await there.close();
        }
      });
    }
  });
}
