import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { inOneLine } from "../../provider/errors.ts";
import { perform, tell } from "../../provider/operation.ts";
import { keepSecret, shortened, visible } from "../../provider/redaction.ts";
import { printed } from "../support/quick.ts";
import { forgetSecrets } from "../support/secrets.ts";

describe("inOneLine", () => {
  const table: [what: string, words: string, line: string][] = [
    ["drops markup", "<p>Not <b>Found</b></p>", "Not Found"],
    ["drops scripts, styles and heads with their content", "<head><title>t</title></head>a<script>b()</script>", "a"],
    ["drops a script that is cut off", "a<script>b()", "a"],
    ["keeps what is not markup", "1 < 2", "1 < 2"],
    ["turns lines, tabs and control characters into one blank", " a\r\n\tb\u0007\u001b[31mc\u0085d ", "a b [31mc d"],
    ["keeps 300 characters", "x".repeat(300), "x".repeat(300)],
    ["cuts off the characters after them", "x".repeat(301), `${"x".repeat(300)}…`],
  ];
  for (const [what, words, line] of table) {
    it(what, () => {
      assert.equal(inOneLine(words), line);
    });
  }

  it("masks secrets before it drops markup", () => {
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

  it("are escaped one by one, and no other characters are", () => {
    for (const char of bad) {
      assert.equal(visible(`a${char}b`), `a\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}b`);
    }
    assert.equal(visible("\u{e0001}"), "\\udb40\\udc01");
    assert.equal(visible("ü 雪 👩 \\u0041"), "ü 雪 👩 \\u0041");
  });

  it("are escaped in the messages of an operation, and secrets are masked there", async () => {
    keepSecret("sesame-4711");
    const told: string[] = [];
    const text = `API token "a${bad.join("")}z" sesame-4711 is gone`;
    perform({ tell: (_, line) => void told.push(line) }, () => tell("info", text));
    told.push(...(await printed(async () => tell("warning", text))));
    assert.equal(told.length, 2);
    for (const line of told) assert.match(line, /^API token "a\\u0000[\x20-\x7e]*z" \[secret\] is gone$/);
    forgetSecrets();
  });

  it("are not created by cutting a character in half", () => {
    assert.equal(shortened("a👩b", 2), "a…");
  });
});
