import assert from "node:assert/strict";
import { inspect } from "node:util";
import { beforeEach, describe, it } from "mocha";
import {
  ForbiddenError,
  JenkinsError,
  keepSecret,
  RejectedError,
  redact,
  SettingsError,
  UnexpectedResponseError,
  UnfinishedTokenError,
  UnreachableError,
} from "../provider/errors.ts";
import { inOneLine } from "../provider/redaction.ts";

const asked = { tried: "Revoking API token 4f1c of alice", method: "POST", url: "https://ci.example.com/user/alice/x" };
const began = "Revoking API token 4f1c of alice failed: POST https://ci.example.com/user/alice/x";

describe("errors", () => {
  const table: [error: JenkinsError, code: string, message: string][] = [
    [new SettingsError("connection.url", "the url is missing"), "ERR_JENKINS_SETTINGS", "the url is missing."],
    [
      new UnreachableError({ ...asked, words: "the connection was refused", remedy: "Is Jenkins running?" }),
      "ERR_JENKINS_UNREACHABLE",
      `${began}: the connection was refused. Is Jenkins running?`,
    ],
    [
      new ForbiddenError({ ...asked, status: 401, remedy: "It may be wrong." }),
      "ERR_JENKINS_FORBIDDEN",
      `${began} answered 401. It may be wrong.`,
    ],
    [
      new RejectedError({ ...asked, status: 400, words: "<h1>Bad</h1>\n name" }),
      "ERR_JENKINS_REJECTED",
      `${began} answered 400: Bad name.`,
    ],
    [
      new UnexpectedResponseError({ ...asked, status: 502, words: "Bad Gateway", remedy: "Try again." }),
      "ERR_JENKINS_UNEXPECTED",
      `${began} answered 502: Bad Gateway. Try again.`,
    ],
    [
      new UnfinishedTokenError("pending-1", {}, { tried: "Creating x could not be finished: why" }),
      "ERR_JENKINS_UNFINISHED",
      "Creating x could not be finished: why.",
    ],
  ];

  for (const [error, code, message] of table) {
    it(`${error.name} has the code ${code} and tells all in one sentence`, () => {
      assert.equal(error.code, code);
      assert.equal(error.message, message);
      assert.equal(error.name, error.constructor.name);
      assert.ok(error instanceof JenkinsError && error instanceof Error);
    });
  }

  it("no class has a numeric code, and only the unfinished one has an id", () => {
    for (const [error] of table) {
      assert.equal(typeof error.code, "string");
      assert.equal("id" in error, error instanceof UnfinishedTokenError);
    }
  });

  it("an unfinished token's error carries its state, gives its message as the reason, and prints no state", () => {
    const error = new UnfinishedTokenError("uuid", { tokenValue: "value-of-the-state" }, { tried: "Creating x" });
    assert.deepEqual(error.properties, { tokenValue: "value-of-the-state" });
    assert.deepEqual(error.reasons, [error.message]);
    assert.doesNotMatch(inspect(error), /value-of-the-state/);
  });

  it("a message without a request is the sentence alone", () => {
    assert.equal(new RejectedError({ tried: "Waiting was in vain", words: "why" }).message, "Waiting was in vain why.");
  });

  it("a failed GET has changed nothing, whatever it says", () => {
    assert.equal(new UnreachableError({ ...asked, method: "GET", effect: "possible" }).effect, "none");
    assert.equal(new UnreachableError({ ...asked, effect: "possible" }).effect, "possible");
  });

  it("what is no Error is no cause", () => {
    assert.equal(new RejectedError({ ...asked, cause: "text" }).cause, undefined);
  });
});

describe("redact", () => {
  const secret = 'pass wörd+/="&%<x>\\';
  beforeEach(() => keepSecret(secret));

  const forms: Record<string, string> = {
    plain: secret,
    "percent-encoded": encodeURIComponent(secret),
    "form-encoded": new URLSearchParams([["", secret]]).toString().slice(1),
    "JSON-escaped": JSON.stringify(secret),
    base64: Buffer.from(secret).toString("base64"),
  };
  for (const [form, text] of Object.entries(forms)) {
    it(`masks a known secret in its ${form} form`, () => {
      const clean = redact(`before ${text} after`);
      assert.match(clean, /^before "?\[secret\]"? after$/);
    });
  }

  const token = `11${"0123456789abcdef".repeat(2)}`;
  const shapes: [what: string, text: string, clean: string][] = [
    ["an API token nobody has told of", `"tokenValue":"${token}"`, '"tokenValue":"[secret]"'],
    ["an API token in capitals", token.toUpperCase(), "[secret]"],
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
      "Basic authentication: 04da6b54-80e4-46f7-96ec-b56ff0331ba9 of alice@example.com on https://ci.example.com/user/a@b/";
    assert.equal(redact(text), text);
  });

  it("masks the longer of two secrets of which one begins with the other", () => {
    keepSecret("correct-horse");
    keepSecret("correct-horse-battery");
    assert.equal(redact("correct-horse-battery"), "[secret]");
  });

  it("does not mask what is too short to be told from words", () => {
    keepSecret("abc");
    assert.equal(redact("abcdef"), "abcdef");
  });

  it("is done in every message and in every cause", () => {
    const cause = new TypeError(`fetch of https://alice:${secret}@ci failed`);
    const error = new UnreachableError({ ...asked, words: `said ${secret}`, remedy: `not ${secret}`, cause });
    for (const text of [error.message, String(error.cause), inspect(error), JSON.stringify(error), error.stack ?? ""]) {
      assert.doesNotMatch(text, /wörd/);
    }
    assert.match(String(error.cause), /^TypeError: fetch of/);
  });
});

describe("inOneLine", () => {
  const table: [what: string, words: string, line: string][] = [
    ["drops markup", "<p>Not <b>Found</b></p>", "Not Found"],
    ["drops scripts, styles and heads with their content", "<head><title>t</title></head>a<script>b()</script>", "a"],
    ["makes one blank of lines, tabs and control characters", " a\r\n\tb\u0007\u001b[31mc\u0085d ", "a b [31mc d"],
    ["keeps 300 characters", "x".repeat(300), "x".repeat(300)],
    ["cuts off what is longer", "x".repeat(301), `${"x".repeat(300)}…`],
  ];
  for (const [what, words, line] of table) {
    it(what, () => {
      assert.equal(inOneLine(words), line);
    });
  }
});
