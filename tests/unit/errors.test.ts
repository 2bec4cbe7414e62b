import assert from "node:assert/strict";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, it } from "mocha";
import {
  ForbiddenError,
  JenkinsError,
  RejectedError,
  reportable,
  SettingsError,
  UnexpectedResponseError,
  UnfinishedTokenError,
  UnreachableError,
} from "../../provider/errors.ts";
import { keepSecret } from "../../provider/redaction.ts";
import { forgetSecrets } from "../support/secrets.ts";

const asked = { tried: "Revoking API token 4f1c of alice", method: "POST", url: "https://ci.example.com/user/alice/x" };
const began = "Revoking API token 4f1c of alice failed: POST https://ci.example.com/user/alice/x";

describe("errors", () => {
  beforeEach(forgetSecrets); // Otherwise long texts would also be searched for the secrets of earlier tests.

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
    it(`${error.name} has the code ${code} and all details in its message`, () => {
      assert.equal(error.code, code);
      assert.equal(error.message, message);
      assert.equal(error.name, error.constructor.name);
      assert.ok(error instanceof JenkinsError && error instanceof Error);
    });
  }

  it("each class has a text as its code, and only UnfinishedTokenError has an id", () => {
    for (const [error] of table) {
      assert.equal(typeof error.code, "string");
      assert.equal("id" in error, error instanceof UnfinishedTokenError);
    }
  });

  it("UnfinishedTokenError has the token's state, has its message as the reason, and prints no state", () => {
    const error = new UnfinishedTokenError("uuid", { tokenValue: "value-of-the-state" }, { tried: "Creating x" });
    assert.deepEqual(error.properties, { tokenValue: "value-of-the-state" });
    assert.deepEqual(error.reasons, [error.message]);
    assert.doesNotMatch(inspect(error), /value-of-the-state/);
  });

  it("an error without a request has only its sentence as the message", () => {
    assert.equal(new RejectedError({ tried: "Waiting was in vain", words: "why" }).message, "Waiting was in vain why.");
  });

  it("a failed GET has no effect, even if another effect is given", () => {
    assert.equal(new UnreachableError({ ...asked, method: "GET", effect: "possible" }).effect, "none");
    assert.equal(new UnreachableError({ ...asked, effect: "possible" }).effect, "possible");
  });

  it("show no secret in the message, the cause, the stack trace or the printed error", () => {
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

    it("keep the words of the provider, even if the password is one of them", () => {
      const circumstances = { ...asked, words: "there is no such token", remedy: "Revoke the token by hand." };
      assert.equal(
        new RejectedError({ ...circumstances, url: "https://token.example.com" }).message,
        "Revoking API token 4f1c of alice failed: POST https://token.example.com: there is no such token. Revoke the token by hand.",
      );
      assert.match(new SettingsError("connection", 'leave out `via: "token"`').message, /^leave out `via: "token"`\.$/);
    });

    it("mask the password within double quotes and in the cause", () => {
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

    it("keep their message if it becomes a part of another error's message", () => {
      keepSecret("secret");
      const inner = new RejectedError({ tried: 'Creating "my token"' });
      assert.equal(
        new RejectedError({ tried: `It failed: ${inner.message}` }).message,
        'It failed: Creating "my [secret]".',
      );
    });
  });

  it("contain no control characters in any part", () => {
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

  it("shorten each long text from outside, so that the remedy is still visible", () => {
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

  it("of the provider itself show the stack trace, and no secret", () => {
    keepSecret("correct-horse-battery-staple");
    const mistake = new TypeError("no\nsuch correct-horse-battery-staple");
    const [first, second] = reportable(mistake).message.split("\n");
    assert.equal(first, "pulumi-jenkins met an error of its own, please report it: TypeError: no such [secret]");
    assert.match(second ?? "", /^ {4}at .*errors\.test\.ts/);
  });

  it("have no cause if the given one is not an Error", () => {
    assert.equal(new RejectedError({ ...asked, cause: "text" }).cause, undefined);
  });
});
