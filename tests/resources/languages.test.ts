import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { getApiTokens } from "../../provider/resources/get-tokens.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command, loginOf } from "../support/command.ts";
import { contextOf } from "../support/front-door.ts";
import { newProcess } from "../support/process.ts";

/** The text for a token that never expires, by language. A proxy or a plugin may change the language. */
const languages = {
  "de-DE": "Dieses Token läuft nicht ab",
  "ja-JP": "このトークンは期限切れになりません",
  "ar-EG": "لا تنتهي صلاحية هذا الرمز في 100 عام",
};

describe("A last day that Jenkins does not write in the requested language, but in", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
    jenkins.generate("alice", "mortal", "2040-12-31");
    jenkins.generate("alice", "immortal");
  });

  afterEach(() => jenkins.close());

  function speak(language: string, never: string): void {
    jenkins.intercept = ({ headers }) => {
      headers["accept-language"] = language;
      return {
        kind: "alter",
        alter: (reply) => ({ ...reply, body: reply.body.replaceAll("This token does not expire", never) }),
      };
    };
  }

  for (const [language, never] of Object.entries(languages)) {
    it(`${language}, is unknown, and a token that never expires is still recognised`, async () => {
      speak(language, never);
      const environment = loginOf(jenkins.url, "alice");
      const { said } = await command(["list"], { environment });
      assert.match(said, /^alice +mortal .* \?$/m);
      assert.match(said, /^alice +immortal .* never$/m);
      const { tokens: listed } = JSON.parse((await command(["list", "--json"], { environment })).said);
      const { tokens } = await getApiTokens({}, contextOf(jenkins.url, "alice"));
      for (const found of [listed as typeof tokens, tokens]) {
        const days = Object.fromEntries(found.map(({ tokenName, expiresOn }) => [tokenName, expiresOn]));
        assert.deepEqual(days, { mortal: "unknown", immortal: undefined });
      }
    });
  }
});
