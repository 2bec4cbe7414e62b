import assert from "node:assert/strict";
import fc from "fast-check";
import { afterEach, describe, it } from "mocha";
import { keepLogin, keepSecret, redact } from "../../provider/redaction.ts";
import { anyCharacter } from "../support/characters.ts";
import { forgetSecrets } from "../support/secrets.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** The forms of a secret in texts that keep some of its letters and digits in a row. */
function formsOf(secret: string): string[] {
  const form = new URLSearchParams([["", secret]]).toString().slice(1);
  const html = [...secret].map((char) => (/[a-z\d]/i.test(char) ? char : `&#${char.codePointAt(0)};`)).join("");
  const pieces = [...secret].join("<b></b>");
  const encoded = [encodeURIComponent(secret), form, JSON.stringify(secret).slice(1, -1), html];
  const within = ["", "a", "ab", "abc"].map((before) => base64(`${before}${secret}xyz`));
  return [secret, ...encoded, base64(secret), ...within, base64(`alice:${secret}`), pieces].map((one) => `a ${one} z`);
}

function withDecoys(): void {
  for (let index = 0; index < 60; index++) keepLogin(`u${index}`, `decoy-${index * 7919}-Of-a-fleet`);
}

describe("With the secrets of many controllers, redact", () => {
  afterEach(() => forgetSecrets());

  it("masks every form of a secret that it masks with this secret alone", () => {
    const secrets = fc.oneof(
      fc.string({ unit: anyCharacter, minLength: 8, maxLength: 30 }).filter((text) => !/\p{Cs}/u.test(text)),
      fc.stringMatching(/^[A-Za-z0-9+/=_.:-]{4,40}$/),
      fc.stringMatching(/^11[0-9a-f]{32}$/),
      fc.string({ unit: "grapheme", minLength: 1001, maxLength: 1010 }).filter((text) => !/\p{Cs}/u.test(text)),
    );
    fc.assert(
      fc.property(fc.array(secrets, { minLength: 10, maxLength: 10 }), (list) => {
        const masked = list.map((secret) => {
          forgetSecrets();
          keepSecret(secret);
          return formsOf(secret).map((text) => redact(text));
        });
        forgetSecrets();
        withDecoys();
        for (const [index, secret] of list.entries()) {
          const own = masked[index] ?? [];
          keepSecret(secret);
          for (const [place, text] of formsOf(secret).entries()) {
            if (own[place] !== text) assert.notEqual(redact(text), text, `form ${place} of ${JSON.stringify(secret)}`);
            if (!own[place]?.includes(secret)) assert.ok(!redact(text).includes(secret));
          }
        }
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  it("leaves texts without a secret as they are", () => {
    withDecoys();
    for (const text of [
      "deploy 42",
      "decoy",
      "https://ci-7.example.com/user/u3",
      "6fa1b7a9-7d1e-4a8c-9c1e-0d6f4e8a2b10",
    ]) {
      assert.equal(redact(text), text);
    }
    assert.equal(redact("x decoy-7919-Of-a-fleet y"), "x [secret] y");
  });
});

describe("With more user ids or larger secrets than a pattern can hold, redact", () => {
  afterEach(() => forgetSecrets());

  it("masks a password that is like a word, and keeps the user ids", () => {
    for (let index = 0; index < 2_000; index++) keepLogin(`svc-jenkins-${index}@example.com`, "hunter");
    assert.equal(redact("no, hunter is wrong"), "no, [secret] is wrong");
    assert.equal(redact("svc-jenkins-7@example.com"), "svc-jenkins-7@example.com");
  });

  it("keeps the password within a user id", () => {
    keepLogin("hunter-7@example.com", "hunter");
    assert.equal(redact("hunter-7@example.com has hunter"), "hunter-7@example.com has [secret]");
  });

  it("masks the whole text if the pattern of a secret is too large", () => {
    const secret = "\uffff".repeat(1_000);
    keepSecret(secret);
    assert.equal(redact(`no ${secret} no`), "[secret]");
  });
});
