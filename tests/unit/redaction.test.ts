import assert from "node:assert/strict";
import fc from "fast-check";
import { afterEach, describe, it } from "mocha";
import { keepLogin, keepSecret, presentable, redact } from "../../provider/redaction.ts";
import { anyCharacter } from "../support/characters.ts";
import { forgetSecrets } from "../support/secrets.ts";

const token = `11${"0123456789abcdef".repeat(2)}`;

describe("redact", () => {
  afterEach(() => forgetSecrets());

  const secret = "pass wörd+/=\"&%<x>\\'{9";
  const html = (escapes: Record<string, string>) => secret.replace(/[&<>"']/g, (char) => escapes[char] ?? char);
  const named = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const all = (encode: (code: number) => string) =>
    [...secret].map((char) => (/\w/.test(char) ? char : encode(char.charCodeAt(0)))).join("");
  const form = new URLSearchParams([["", secret]]).toString().slice(1);
  const lowered = (text: string) => text.replace(/%../g, (encoded) => encoded.toLowerCase());
  const forms: Record<string, string> = {
    plain: secret,
    percent: encodeURIComponent(secret),
    "lower-case percent": lowered(encodeURIComponent(secret)),
    "twice percent": encodeURIComponent(encodeURIComponent(secret)),
    "Latin-1 percent": encodeURIComponent(secret).replace("%C3%B6", "%F6"),
    form,
    "lower-case form": lowered(form),
    JSON: JSON.stringify(secret).slice(1, -1),
    "JSON in JSON": JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    "JSON with \\u": all((code) => `\\u${code.toString(16).padStart(4, "0")}`),
    "HTML with &#39;": html({ ...named, "'": "&#39;" }),
    "HTML with &#x27;": html({ ...named, "'": "&#x27;" }),
    "HTML with &#039; and &#034;": html({ ...named, '"': "&#034;", "'": "&#039;" }),
    "HTML that keeps quotes": html({ "&": "&amp;", "<": "&lt;", ">": "&gt;" }),
    "HTML with &ouml;": html(named).replace("ö", "&ouml;"),
    "twice HTML": html(named).replaceAll("&", "&amp;"),
    "decimal HTML": all((code) => `&#${code};`),
    "capital hexadecimal HTML": all((code) => `&#X${code.toString(16).toUpperCase()};`),
    base64: Buffer.from(secret).toString("base64"),
    "unpadded base64": Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    base64url: Buffer.from(secret).toString("base64url"),
    "percent base64": encodeURIComponent(Buffer.from(secret).toString("base64")),
  };
  for (const [name, text] of Object.entries(forms)) {
    it(`masks a known secret in its ${name} form`, () => {
      keepSecret(secret);
      assert.equal(redact(`before ${text} after`), "before [secret] after");
      assert.equal(presentable(`before ${text} after`), "before [secret] after");
    });

    it(`masks a known secret that is not a word in its ${name} form within other text`, () => {
      keepSecret(secret);
      assert.doesNotMatch(redact(`x${text}x`), /wör|w%|w&|w\\u|B3w7Z|d8O2c/i);
    });
  }

  it("masks any secret of 8 characters and more in each of its forms", () => {
    const secrets = fc
      .string({ unit: anyCharacter, minLength: 8, maxLength: 30 })
      .filter((text) => /\d|[^\p{L} _.'-]/u.test(text));
    fc.assert(
      fc.property(secrets, (known) => {
        forgetSecrets();
        keepSecret(known);
        const json = JSON.stringify(known).slice(1, -1);
        const base64 = Buffer.from(known).toString("base64url");
        for (const text of [known, json, base64, ...(/\p{Cs}/u.test(known) ? [] : [encodeURIComponent(known)])]) {
          const clean = redact(`"${text}"`);
          assert.ok(clean.startsWith('"[secret]'), clean);
        }
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it("masks a secret of many thousands of characters", () => {
    const long = "%\\a\u{1f600}".repeat(20_000);
    keepSecret(long);
    assert.equal(redact(`a ${long} b`), "a [secret] b");
  });

  it("masks the secret of a login in base64 as in an Authorization header", () => {
    keepLogin("alice", "secret/word?4711>>>");
    for (const user of ["alice", "Alice", "anna", "bob"]) {
      for (const encoding of ["base64", "base64url"] as const) {
        const digits = Buffer.from(`${user}:secret/word?4711>>>`).toString(encoding);
        for (const text of [digits, digits.replace(/=+$/, ""), encodeURIComponent(digits)]) {
          const clean = redact(`sent ${text}.`);
          assert.match(clean, /^sent \w{0,8}\[secret\]\.$/);
          assert.ok(user !== "alice" || clean === "sent [secret].", clean);
        }
      }
    }
  });

  it("masks the secret of a login in base64 even if it is too short to be masked by itself", () => {
    keepLogin("alice", "pw1");
    assert.equal(redact(`sent ${Buffer.from("alice:pw1").toString("base64")}`), "sent [secret]");
  });

  const shapes: [what: string, text: string, clean: string][] = [
    ["an API token that is not a known secret", `"tokenValue":"${token}"`, '"tokenValue":"[secret]"'],
    ["an API token in capitals", token.toUpperCase(), "[secret]"],
    ["an API token after a letter", `x${token}`, "x[secret]"],
    ["an API token after a hexadecimal digit", `%22${token}%22`, "%22[secret]%22"],
    ["an API token after an underscore", `token_${token} _${token}_`, "token_[secret] _[secret]_"],
    ["an API token before a letter", `${token}z`, "[secret]z"],
    ["an API token after the digits 11", `11${token}`, "[secret]"],
    ["a token's value that is cut off", '{"tokenValue":"11abcdef', '{"tokenValue":"[secret]'],
    ["a crumb in JSON", '{"crumb":"c0ffee","crumbRequestField":"x"}', '{"crumb":"[secret]","crumbRequestField":"x"}'],
    ["a crumb in escaped JSON", '{\\"crumb\\": \\"c0ffee\\"}', '{\\"crumb\\": \\"[secret]\\"}'],
    ["a crumb in XML", "<crumb>c0ffee</crumb>", "<crumb>[secret]</crumb>"],
    ["a crumb in a header", "Jenkins-Crumb: c0ffee", "Jenkins-Crumb: [secret]"],
    ["a crumb in a form", ".crumb=c0ffee&x=1", ".crumb=[secret]&x=1"],
    ["a session in a cookie", "JSESSIONID.12ab=node0abc.node0; Path=/", "JSESSIONID.12ab=[secret]; Path=/"],
    ["a session in a URL", "https://ci/x;jsessionid=node0abc?a", "https://ci/x;jsessionid=[secret]"],
    ["all cookies of a header", "Cookie: a=b; c=d\r\nHost: ci", "Cookie: [secret]\r\nHost: ci"],
    ["a Basic header", "authorization: Basic YWxpY2U6c2VjcmV0", "authorization: Basic [secret]"],
    ["a Bearer header", "Bearer abc.def-ghi_jkl", "Bearer [secret]"],
    ["the userinfo of a URL", "GET https://alice:pw@ci.example.com/x", "GET https://[secret]@ci.example.com/x"],
    ["a user name alone in a URL", "http://alice@ci/", "http://[secret]@ci/"],
    ["a userinfo with another @ in it", "https://alice:p@w@ci.example.com/", "https://[secret]@ci.example.com/"],
  ];
  for (const [what, text, clean] of shapes) {
    it(`masks ${what}`, () => {
      assert.equal(redact(text), clean);
    });
  }

  it("leaves words, uuids, addresses and the name of a scheme alone", () => {
    const text =
      "Basic authentication: No valid crumb, 04da6b54-80e4-46f7-96ec-b56ff0331ba9 of alice@example.com on https://ci.example.com/user/a@b/, cookie: off";
    assert.equal(redact(text), text);
  });

  it("masks the longer of two secrets if one begins with the other", () => {
    for (const one of ["correct-horse", "correct-horse-battery", "correct-horse-battery-staple"]) keepSecret(one);
    assert.equal(redact("correct-horse-battery-staple, correct-horse-battery"), "[secret], [secret]");
  });

  it("does not mask a secret of three characters, which may be part of a word", () => {
    keepSecret("abc");
    assert.equal(redact("abc abcdef"), "abc abcdef");
  });

  it("never ends in half a secret, wherever a long text is cut", () => {
    const known = `k"${"n".repeat(60)}&9`;
    keepSecret(known);
    for (let before = 65_536 - 400; before < 65_536 + 2_000; before += 7) {
      for (const text of [known, encodeURIComponent(known)]) {
        const clean = redact(`${" ".repeat(before)}${text}${" ".repeat(70_000)}`);
        assert.ok(clean.length <= 65_536 + 400 && !/nn/.test(clean));
      }
    }
  });

  it("never ends in half a secret, however much shorter masking makes a long text", () => {
    const known = `k"${"n".repeat(60)}&9`;
    keepSecret(known);
    assert.match(redact(`${known} `.repeat(3_000)), /^(\[secret\] )+[[\]secrt]*$/);
  });

  it("does not mask its own mask", () => {
    keepSecret("secret");
    assert.equal(redact(redact("a secret")), "a [secret]");
  });

  it("stays quick with the tokens of a thousand logins", () => {
    for (let index = 0; index < 1_000; index++) {
      keepLogin("alice", `11${index.toString(16).padStart(32, "0")}`);
      assert.equal(redact(`line ${index}`), `line ${index}`);
    }
  });
});

describe("redact, for a secret that is changed", () => {
  const value = "118be744485da248cde9d6def7c1cc9f47";
  const brokenUp: Record<string, string> = {
    "by markup": `${value.slice(0, 9)}<b>${value.slice(9)}</b>`,
    "by a comment": `${value.slice(0, 3)}<!---->${value.slice(3)}`,
    "by a place to wrap": value.replace(/(.{8})/g, "$1<wbr>"),
    "by a line's end": `${value.slice(0, 20)}\n${value.slice(20)}`,
    "by blanks": [...value].join(" "),
    "by NUL": `${value.slice(0, 5)}\0${value.slice(5)}`,
    "by escapes": [...value].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
    "by entities": [...value].map((char) => `&#x${char.charCodeAt(0).toString(16)};`).join(""),
    "to capitals": value.toUpperCase(),
  };
  for (const [how, text] of Object.entries(brokenUp)) {
    it(`${how}, shows no part of it`, () => {
      forgetSecrets();
      keepSecret(value);
      assert.doesNotMatch(redact(`No: ${text}.`).replace(/[^0-9a-z]/gi, ""), /8be744|da248c|38003|31313/i);
    });
  }
});
