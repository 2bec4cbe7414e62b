import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { after, afterEach, beforeEach, describe, it } from "mocha";
import { JenkinsError } from "../../provider/errors.ts";
import { openClient } from "../../provider/jenkins/client.ts";
import type { Reply, Request } from "../../provider/jenkins/http.ts";
import { jsonOf, successOf } from "../../provider/jenkins/replies.ts";
import { perform, tell } from "../../provider/operation.ts";
import {
  forgetSecrets,
  inOneLine,
  keepLogin,
  keepSecret,
  presentable,
  redact,
  shortened,
  visible,
} from "../../provider/redaction.ts";
import * as z from "../../provider/zod.ts";
import { byPassword, byToken, printed } from "../support/quick.ts";

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

  it("masks any secret of 8 characters and more, whatever it consists of, in each of its forms", () => {
    const secrets = fc
      .string({ unit: "binary", minLength: 8, maxLength: 30 })
      .filter((text) => /\d|[^\p{L} _.'-]/u.test(text));
    fc.assert(
      fc.property(secrets, (known) => {
        forgetSecrets();
        keepSecret(known);
        const json = JSON.stringify(known).slice(1, -1);
        const base64 = Buffer.from(known).toString("base64url");
        for (const text of [known, json, base64, ...(/\p{Cs}/u.test(known) ? [] : [encodeURIComponent(known)])]) {
          assert.ok(redact(`"${text}"`).startsWith('"[secret]'), redact(`"${text}"`));
        }
      }),
      { numRuns: 500, seed: 1 },
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

  it("masks the secret of a login in base64 where it is too short to be masked by itself", () => {
    keepLogin("alice", "pw1");
    assert.equal(redact(`sent ${Buffer.from("alice:pw1").toString("base64")}`), "sent [secret]");
  });

  const shapes: [what: string, text: string, clean: string][] = [
    ["an API token nobody has told of", `"tokenValue":"${token}"`, '"tokenValue":"[secret]"'],
    ["an API token in capitals", token.toUpperCase(), "[secret]"],
    ["an API token after a letter", `x${token}`, "x[secret]"],
    ["an API token after a hexadecimal digit", `%22${token}%22`, "%22[secret]%22"],
    ["an API token after an underscore", `token_${token} _${token}_`, "token_[secret] _[secret]_"],
    ["an API token before a letter", `${token}z`, "[secret]z"],
    ["an API token after the digits 11", `11${token}`, "[secret]"],
    ["half of the value of a token", '{"tokenValue":"11abcdef', '{"tokenValue":"[secret]'],
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

  it("masks the longer of two secrets of which one begins with the other", () => {
    for (const one of ["correct-horse", "correct-horse-battery", "correct-horse-battery-staple"]) keepSecret(one);
    assert.equal(redact("correct-horse-battery-staple, correct-horse-battery"), "[secret], [secret]");
  });

  it("does not mask what is too short to be told from words", () => {
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

  it("masks no mask", () => {
    keepSecret("secret");
    assert.equal(redact(redact("a secret")), "a [secret]");
  });

  it("stays quick with the tokens of thousands of logins", function () {
    this.timeout(20_000);
    for (let index = 0; index < 2_000; index++) {
      keepLogin("alice", `11${index.toString(16).padStart(32, "0")}`);
      assert.equal(redact(`line ${index}`), `line ${index}`);
    }
  });
});

describe("A password that is a word", () => {
  beforeEach(() => keepLogin("alice", "admin"));
  afterEach(() => forgetSecrets());

  const table: [text: string, clean: string][] = [
    ["wrong password admin.", "wrong password [secret]."],
    ["administrators, sysadmin, adminCanGenerateNewTokens", "administrators, sysadmin, adminCanGenerateNewTokens"],
    ["admin1 1admin ädmin admin", "admin1 1admin ädmin [secret]"],
    ["admin_x=admin&y='admin'", "[secret]_x=[secret]&y='[secret]'"],
    ["a%20admin%20b a%2fadmin", "a%20[secret]%20b a%2f[secret]"],
    ["bad login\\nadmin", "bad login\\n[secret]"],
    ["[secret] admin", "[secret] [secret]"],
    [`in base64 ${Buffer.from("admin").toString("base64")}`, "in base64 [secret]"],
  ];
  for (const [text, clean] of table) {
    it(`is masked in ${text} as a whole word only`, () => {
      assert.equal(redact(text), clean);
    });
  }

  it("is masked as a whole word where it is long, too", () => {
    keepSecret("administrator");
    assert.equal(redact("administrator administrators"), "[secret] administrators");
  });

  it("is masked in each of its forms where it has a quote or a bracket in it", () => {
    keepSecret('p"w<1');
    assert.equal(
      redact('p"w<1 p\\"w&lt;1 p&quot;w&#60;1 p%22w%3c1 xp"w<1 p"w<12'),
      '[secret] [secret] [secret] [secret] xp"w<1 p"w<12',
    );
  });

  it("is not masked in a sentence of ours, except in double quotes", () => {
    assert.equal(
      presentable('As admin on https://admin.example.com: "admin of ci" and `via: "admin"`'),
      'As admin on https://admin.example.com: "[secret] of ci" and `via: "admin"`',
    );
  });

  it("leaves user ids alone, even those that it is a part of", () => {
    keepLogin("svc-admin", "summer-4711");
    assert.equal(redact("svc-admin is not admin, nor is alice"), "svc-admin is not [secret], nor is alice");
  });
});

describe("A password that is the user name", () => {
  afterEach(() => forgetSecrets());

  for (const [userId, password] of [
    ["admin", "admin"],
    ["Admin", "admin"],
    ["service-account-4711", "service-account-4711"],
  ] as const) {
    it(`leaves ${userId} as it is, and is masked in base64`, () => {
      keepLogin(userId, password);
      assert.equal(redact(`${userId} lacks a permission`), `${userId} lacks a permission`);
      assert.equal(presentable(`Reading "${userId}"`), `Reading "${userId}"`);
      assert.equal(redact(Buffer.from(`${userId}:${password}`).toString("base64")), "[secret]");
    });
  }

  it("is warned of once, without being named", async () => {
    const open = (userId: string, password: string, url = "https://ci.example.com") =>
      openClient(url, byPassword(userId, password), {});
    const lines = await printed(async () => {
      open("kim", "kim");
      open("kim", "kim", "https://other.example.com");
      open("lou", "kim");
    });
    assert.deepEqual(lines, [
      "The password is the same as the user name, which messages show. Choose another password in Jenkins.",
    ]);
  });
});

describe("What a server answers", () => {
  const known = 'se"cr<e{t4711';
  const request: Request = { tried: "Reading x", method: "GET", url: "https://ci/x", headers: {} };
  const login = byToken("alice", "x");

  beforeEach(() => keepSecret(known));
  afterEach(() => forgetSecrets());

  function message(reply: Partial<Reply>): string {
    const whole = { status: 400, headers: {}, setCookies: [], body: "", ...reply };
    try {
      jsonOf(request, successOf(request, whole, login), z.object({}));
    } catch (error) {
      assert.ok(error instanceof JenkinsError);
      return error.message;
    }
    return assert.fail("it was taken");
  }

  const bodies: [status: number, body: string, said: string][] = [
    [400, `<h2 class="a">no ${known} here</h2>`, "no [secret] here"],
    [400, `<title>no ${known} here</title>`, "no [secret] here"],
    [400, `{"message":"no ${known} here"}`, "no [secret] here"],
    [400, `{"message":"no ${JSON.stringify(known).slice(1, -1)} \\"here\\""}`, 'no [secret] \\"here\\"'],
    [400, `no ${known} here`, "no [secret] here"],
    [400, `${"x".repeat(296)}${known}`, `${"x".repeat(296)}[sec…`],
    [200, `no ${known} here`, "no [secret] here"],
    [200, `${"x".repeat(195)}${known}`, `${"x".repeat(195)}[secr`],
    [200, `<title>no ${known} here</title>`, "no [secret] here"],
    [302, "", "a redirect to nowhere"],
  ];
  for (const [status, body, said] of bodies) {
    it(`is masked before it is cut: ${status} ${body.replace(/x{9,}/, "x…")}`, () => {
      assert.ok(message({ status, body }).includes(`: ${said}`), message({ status, body }));
    });
  }

  it("is masked in the address of a redirect before that is cut, and so are a session and a cookie", () => {
    keepSecret("se?cr#et;4711");
    for (const [location, shown] of [
      ["https://sso/se?cr#et;4711/x?y", "https://sso/[secret]/x"],
      ["https://sso/x;jsessionid=node0abc", "https://sso/x"],
      ["https://sso/node0abc4711/x", "https://sso/[secret]/x"],
      ["https://sso/caf%C3%A9/node0%2fabc4711/x", "https://sso/caf%C3%A9/[secret]/x"],
    ] as const) {
      const setCookies = ["a=node0abc4711; Path=/", "b=node0/abc4711", "c=", "d"];
      const said = message({ status: 302, headers: { location }, setCookies });
      assert.ok(said.includes(`a redirect to ${shown}. `), said);
    }
  });

  it("shows no cookie that it sets, in whatever it says", () => {
    const setCookies = ['session=abc"def<4711; Path=/; HttpOnly'];
    for (const status of [200, 400, 500]) {
      for (const body of ['<h2>abc"def<4711</h2>', '{"message":"x abc\\"def&lt;4711"', 'abc"def<4711 {']) {
        const said = message({ status, body, setCookies });
        assert.doesNotMatch(said, /abc|def|4711/);
        assert.match(said, status === 200 ? /\[secret\]|broken JSON/ : /\[secret\]/);
      }
    }
  });
});

describe("inOneLine", () => {
  const table: [what: string, words: string, line: string][] = [
    ["drops markup", "<p>Not <b>Found</b></p>", "Not Found"],
    ["drops scripts, styles and heads with their content", "<head><title>t</title></head>a<script>b()</script>", "a"],
    ["drops a script that is cut off", "a<script>b()", "a"],
    ["keeps what is no markup", "1 < 2", "1 < 2"],
    ["makes one blank of lines, tabs and control characters", " a\r\n\tb\u0007\u001b[31mc\u0085d ", "a b [31mc d"],
    ["keeps 300 characters", "x".repeat(300), "x".repeat(300)],
    ["cuts off what is longer", "x".repeat(301), `${"x".repeat(300)}…`],
  ];
  for (const [what, words, line] of table) {
    it(what, () => {
      assert.equal(inOneLine(words), line);
    });
  }

  it("masks before it drops markup", () => {
    keepSecret("a<b>c4711");
    assert.equal(inOneLine("x a<b>c4711 y"), "x [secret] y");
    forgetSecrets();
  });
});

describe("Control characters", () => {
  const bad = [
    "\u0000",
    "\u001b",
    "\u007f",
    "\u0080",
    "\u009b",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2069",
    "\u200b",
    "\u00ad",
    "\ufeff",
    "\udc00",
    "\ud800",
    "\n",
  ];

  it("are escaped one by one, and only they", () => {
    for (const char of bad) {
      assert.equal(visible(`a${char}b`), `a\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}b`);
    }
    assert.equal(visible("\u{e0001}"), "\\udb40\\udc01");
    assert.equal(visible("ü 雪 👩 \\u0041"), "ü 雪 👩 \\u0041");
  });

  it("reach nobody who is told something, nor does a secret", async () => {
    keepSecret("sesame-4711");
    const told: string[] = [];
    const text = `API token "a${bad.join("")}z" sesame-4711 is gone`;
    perform({ tell: (_, line) => void told.push(line) }, () => tell("info", text));
    told.push(...(await printed(async () => tell("warning", text))));
    assert.equal(told.length, 2);
    for (const line of told) assert.match(line, /^API token "a\\u0000[\x20-\x7e]*z" \[secret\] is gone$/);
    forgetSecrets();
  });

  it("don't come from a character that is cut in half", () => {
    assert.equal(shortened("a👩b", 2), "a…");
  });
});

describe("redact, of a secret that is broken up,", () => {
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
    "in capitals": value.toUpperCase(),
  };
  for (const [how, text] of Object.entries(brokenUp)) {
    it(`${how}, shows nothing of the text`, () => {
      forgetSecrets();
      keepSecret(value);
      assert.doesNotMatch(redact(`No: ${text}.`).replace(/[^0-9a-z]/gi, ""), /8be744|da248c|38003|31313/i);
    });
  }
});

describe("A text of a megabyte", () => {
  const times = (piece: string) => piece.repeat(1_000_000 / piece.length);
  const texts: Record<string, string> = {
    "letters without ://": times("a"),
    "white space": times(" "),
    "an unfinished message after white space": `"message"${times(" ")}`,
    "a token page's end and white space": `</html>${times("\n")}x`,
    "scripts within scripts": times("<script") + times("</script"),
    ...Object.fromEntries(
      [
        ...[
          "<",
          "<h2",
          "<h2 ",
          "<title>",
          "<script",
          "<script>",
          "<style><head>",
          "<p class=",
          '"message":"',
          '"message":"\\',
          '"message" : ',
        ],
        ...[
          "11",
          "Basic ",
          "Basic YWxp",
          "Bearer ",
          "://",
          "://a@",
          "a://",
          "@",
          "jsessionid",
          "cookie: a",
          "cookie:",
          'tokenValue"',
          "crumb=",
          "Jenkins-Crumb: ",
        ],
        ...[
          ". ",
          "\\",
          "\\\\u0022",
          "&amp;",
          "&",
          "&#0",
          "%25",
          "%",
          '"',
          ' "',
          "`",
          '`"',
          "-0123456",
          " (pulumi ",
          "::",
          "\u001b",
          "\ud800",
          "\u00ad",
          "[",
          "{",
          "\n",
        ],
      ].map((piece) => [JSON.stringify(piece), times(piece)]),
    ),
  };

  let reader: Worker | undefined;

  afterEach(async function () {
    if (this.currentTest?.isPassed()) return;
    await reader?.terminate(); // Nothing else ends a pattern that takes for ever.
    reader = undefined;
  });

  after(async () => void (await reader?.terminate()));

  for (const [what, text] of Object.entries(texts)) {
    it(`of ${what} is read by everything within seconds`, async function () {
      this.timeout(10_000);
      reader ??= new Worker(new URL("../support/hostile-texts.ts", import.meta.url));
      reader.postMessage(text);
      const [read] = await once(reader, "message");
      assert.equal(read, text.length);
    });
  }
});
