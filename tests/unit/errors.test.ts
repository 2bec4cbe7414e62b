import assert from "node:assert/strict";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, it } from "mocha";
import {
  ForbiddenError,
  JenkinsError,
  keepSecret,
  RejectedError,
  reportable,
  SettingsError,
  UnexpectedResponseError,
  UnfinishedTokenError,
  UnreachableError,
} from "../../provider/errors.ts";
import { forgetSecrets } from "../support/secrets.ts";

const asked = { tried: "Revoking API token 4f1c of alice", method: "POST", url: "https://ci.example.com/user/alice/x" };
const began = "Revoking API token 4f1c of alice failed: POST https://ci.example.com/user/alice/x";

describe("errors", () => {
  beforeEach(forgetSecrets); // Each secret of the tests before would be looked for in long texts.

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

  it("shows no secret in a message, a cause, a stack or a print", () => {
    const secret = 'pass wörd+/="&%<x>\\';
    keepSecret(secret);
    const cause = new TypeError(`fetch of https://alice:${secret}@ci failed`);
    const error = new UnreachableError({ ...asked, words: `said ${secret}`, remedy: `not ${secret}`, cause });
    for (const text of [error.message, String(error.cause), inspect(error), JSON.stringify(error), error.stack ?? ""]) {
      assert.doesNotMatch(text, /wörd/);
    }
    assert.match(String(error.cause), /^TypeError: fetch of/);
  });

  describe("of a login whose password is a word", () => {
    beforeEach(() => keepSecret("token"));
    afterEach(() => forgetSecrets());

    it("keep our own words, even where the password is one of them", () => {
      const circumstances = { ...asked, words: "there is no such token", remedy: "Revoke the token by hand." };
      assert.equal(
        new RejectedError({ ...circumstances, url: "https://token.example.com" }).message,
        "Revoking API token 4f1c of alice failed: POST https://token.example.com: there is no such token. Revoke the token by hand.",
      );
      assert.match(new SettingsError("connection", 'leave out `via: "token"`').message, /^leave out `via: "token"`\.$/);
    });

    it("mask the password in a name within double quotes and in a cause", () => {
      const error = new RejectedError({
        tried: 'Creating the API token "my token" for alice',
        remedy: 'Rename "token \u001b", a token of others.',
        cause: new Error("a token is wrong"),
      });
      assert.equal(
        error.message,
        'Creating the API token "my [secret]" for alice. Rename "[secret] \\u001b", a token of others.',
      );
      assert.equal(error.cause, "Error: a [secret] is wrong");
    });

    it("stay the same when one becomes a part of another", () => {
      keepSecret("secret");
      const inner = new RejectedError({ tried: 'Creating "my token"' });
      assert.equal(
        new RejectedError({ tried: `It failed: ${inner.message}` }).message,
        'It failed: Creating "my [secret]".',
      );
    });
  });

  it("hold no control characters from any part", () => {
    const bad =
      "a\u001b[31m\u0000\u0007\u007f\u0085\u009b\u2028\u2029\u202e\u2066\u200b\u00ad\ufeff\ud800 \udb40\udc41\nz";
    const error = new RejectedError({
      tried: `Revoking ${bad} "${bad}"`,
      method: "POST",
      url: `https://ci/${bad}`,
      words: bad,
      remedy: `Ask ${bad}.`,
      cause: new Error(bad),
    });
    for (const text of [error.message, String(error.cause), reportable(new Error(bad)).message.split("\n")[0] ?? ""]) {
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      assert.match(text, /a.*\[31m.*z/);
    }
    assert.match(error.message, /^Revoking a\\u001b\[31m\\u0000.*\\udb40\\udc41\\u000az "a\\u001b/);
  });

  it("bound each text from outside, so that the advice is still read", () => {
    const name = "n".repeat(20_000);
    const error = new RejectedError({
      tried: `Renaming ${name} to "${"n n ".repeat(5_000)}"`,
      url: `https://ci/${name}`,
      words: name,
      remedy: `Ask ${name} for help.`,
      cause: new Error(name),
    });
    assert.ok(error.message.length < 1_700, String(error.message.length));
    assert.ok(String(error.cause).length < 400);
    assert.match(error.message, /for help\.$/);
    const many = new RejectedError({ tried: "word ".repeat(100_000), remedy: "Word ".repeat(100_000) });
    assert.ok(many.message.length < 10_000);
  });

  it("of our own show where it went wrong, line by line, and no secret", () => {
    keepSecret("correct-horse-battery-staple");
    const mistake = new TypeError("no\nsuch correct-horse-battery-staple");
    const [first, second] = reportable(mistake).message.split("\n");
    assert.equal(first, "pulumi-jenkins met an error of its own, please report it: TypeError: no such [secret]");
    assert.match(second ?? "", /^ {4}at .*errors\.test\.ts/);
  });

  it("what is no Error is no cause", () => {
    assert.equal(new RejectedError({ ...asked, cause: "text" }).cause, undefined);
  });
});
