import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Effect, JenkinsError } from "../../../provider/errors.ts";
import type { Request } from "../../../provider/jenkins/http.ts";
import { mayPass, refusalOf } from "../../../provider/jenkins/replies.ts";
import {
  accessDeniedPage,
  authenticationRequiredPage,
  noValidCrumbPage,
  oopsPage,
  restartingPage,
  startingPage,
  startingPostPage,
  unauthorizedPage,
} from "../../jenkins/pages.ts";
import { byPassword, byToken } from "../../support/quick.ts";
import { layout, nginx, type Page, permission, reply } from "../../support/replies.ts";

const login = byToken("alice", `11${"5ec7e7".repeat(5)}a1`);
const revoke: Request = { tried: "Revoking x", method: "POST", url: "https://ci/user/alice/d/revoke", headers: {} };
const generate: Request = { ...revoke, tried: "Creating x", url: "https://ci/me/d/generateNewToken" };

function refusal(page: Page, request = revoke, by = login): JenkinsError {
  return refusalOf(request, reply(page), by);
}

describe("replies", () => {
  for (const status of [201, 202, 204, 206]) {
    it(`a ${status} is an unexpected response, because Jenkins never gives it`, () => {
      const { code, effect, message } = refusal({ status });
      assert.deepEqual([code, effect], ["ERR_JENKINS_UNEXPECTED", "possible"]);
      assert.match(message, /something in front of it has answered in its place\.$/);
    });
  }

  type Row = [what: string, page: Page, code: string, effect: Effect, mayPass: boolean, words: string];
  const table: Row[] = [
    [
      "a 302",
      { status: 302, headers: { Location: "https://a:hunter2@x/user/?t=hunter2#hunter2" } },
      "UNEXPECTED",
      "possible",
      false,
      ": a redirect to https://[secret]@x/user/. Use the url that Jenkins itself shows as its address (scheme, host, port and path).",
    ],
    [
      "a 302 to single sign-on",
      { status: 302, headers: { Location: "https://sso.example.com/login?from=hunter2" } },
      "UNEXPECTED",
      "possible",
      false,
      ": a redirect to https://sso.example.com/login. Something before Jenkins requires its own login: configure it to let API clients through to Jenkins.",
    ],
    [
      "a 307 without a target",
      { status: 307 },
      "UNEXPECTED",
      "possible",
      false,
      ": a redirect to nowhere. Use the url that Jenkins itself shows as its address (scheme, host, port and path).",
    ],
    [
      "a 400 of Jetty",
      { status: 400, body: "<h2>HTTP ERROR 400 The tokenUuid cannot be empty</h2>" },
      "REJECTED",
      "possible",
      false,
      ": The tokenUuid cannot be empty. Jenkins did not write this answer: something in front of it refuses the request.",
    ],
    [
      "a 400 of Jetty in JSON",
      { status: 400, body: `{\n"servlet":"Stapler",\n"message":"Ambiguous URI path separator"}` },
      "REJECTED",
      "none",
      false,
      ": Ambiguous URI path separator.",
    ],
    [
      "a 401",
      unauthorizedPage(),
      "FORBIDDEN",
      "none",
      false,
      ". Jenkins does not accept the API token of alice (from: environment). It may be wrong, revoked or expired.",
    ],
    [
      "a 403 of a proxy",
      { status: 403, body: nginx("403 Forbidden") },
      "FORBIDDEN",
      "possible",
      false,
      ": Forbidden. Jenkins did not write this answer: something in front of it refuses the request. If it wants headers of its own, name them with `connection.headers`.",
    ],
    [
      "a 403 for a missing permission",
      accessDeniedPage(layout, "alice", permission),
      "FORBIDDEN",
      "none",
      false,
      ": alice lacks the permission Overall/Administer: only the user and administrators may see or change a user's tokens.",
    ],
    [
      "a 403 for an anonymous user",
      authenticationRequiredPage(layout, "/x", permission),
      "FORBIDDEN",
      "none",
      false,
      "Jenkins saw no login in the request: does a proxy on the way drop the Authorization header?",
    ],
    [
      "a 403 for a crumb",
      noValidCrumbPage(),
      "FORBIDDEN",
      "none",
      false,
      "Jenkins saw no API token: does a proxy on the way drop the Authorization header?",
    ],
    [
      "a 407",
      { status: 407, body: nginx("407") },
      "REJECTED",
      "possible",
      false,
      ". Jenkins did not write this answer: something in front of it refuses the request.",
    ],
    [
      "a 408",
      { status: 408 },
      "UNEXPECTED",
      "possible",
      true,
      ". A proxy before Jenkins failed, or Jenkins is overloaded: try again later.",
    ],
    [
      "a 413",
      { status: 413, body: nginx("413 Request Entity Too Large") },
      "REJECTED",
      "possible",
      false,
      ": Request Entity Too Large. Jenkins did not write this answer: something in front of it refuses the request.",
    ],
    [
      "a 429",
      { status: 429, body: "slow down" },
      "UNEXPECTED",
      "possible",
      true,
      ": slow down. A proxy before Jenkins failed, or Jenkins is overloaded: try again later.",
    ],
    [
      "Jenkins' own 500",
      oopsPage(),
      "UNEXPECTED",
      "ended",
      true,
      ": A problem occurred while processing the request. Jenkins' own log says what broke, under the time of this request.",
    ],
    [
      "a 500 of a Jenkins that starts",
      startingPostPage(),
      "UNEXPECTED",
      "ended",
      true,
      "Jenkins' own log says what broke, under the time of this request.",
    ],
    [
      "a 500 of a proxy",
      { status: 500, body: nginx("500 Internal Server Error") },
      "UNEXPECTED",
      "possible",
      true,
      ": Internal Server Error. The answer does not show whether Jenkins or a proxy wrote it: look into the logs of both.",
    ],
    [
      "a 501",
      { status: 501 },
      "UNEXPECTED",
      "possible",
      false,
      ". A proxy before Jenkins failed, or Jenkins is overloaded: try again later.",
    ],
    [
      "a 502",
      { status: 502, body: nginx("502 Bad Gateway") },
      "UNEXPECTED",
      "possible",
      true,
      ": Bad Gateway. A proxy before Jenkins failed, or Jenkins is overloaded: try again later.",
    ],
    [
      "a 503 of a proxy",
      { status: 503, body: nginx("503 Service Temporarily Unavailable") },
      "UNEXPECTED",
      "possible",
      true,
      ": Service Temporarily Unavailable. A proxy before Jenkins failed, or Jenkins is overloaded: try again later.",
    ],
    [
      "the 503 of a Jenkins that starts",
      startingPage(),
      "UNEXPECTED",
      "none",
      false,
      ": Starting Jenkins. Run again when it is up, or give it more time with `connection.waitForReadySeconds`.",
    ],
    [
      "the 503 of a Jenkins that restarts",
      restartingPage(),
      "UNEXPECTED",
      "none",
      false,
      ": Restarting Jenkins. Run again when it is up, or give it more time with `connection.waitForReadySeconds`.",
    ],
    [
      "a 504",
      { status: 504, body: nginx("504 Gateway Time-out") },
      "UNEXPECTED",
      "possible",
      true,
      ": Gateway Time-out. A proxy before Jenkins failed, or Jenkins is overloaded: try again later.",
    ],
  ];
  for (const [what, page, code, effect, passes, words] of table) {
    it(`${what} becomes an error with the request, the status, the reply's words and the effect`, () => {
      const error = refusal(page);
      assert.equal(error.code, `ERR_JENKINS_${code}`);
      assert.equal(error.status, page.status);
      assert.deepEqual([error.effect, error.mayPass, mayPass(reply(page))], [effect, passes, passes]);
      assert.ok(
        error.message.startsWith(`Revoking x failed: POST https://ci/user/alice/d/revoke answered ${page.status}`),
      );
      assert.ok(error.message.endsWith(words), error.message);
      assert.doesNotMatch(error.message, /hunter2|\n/);
    });
  }

  it("an empty 403 becomes an error with the remedy that its request has for it", () => {
    const { message } = refusal({ status: 403 }, { ...generate, whenForbidden: "Log in as that user." });
    assert.match(message, /answered 403\. Log in as that user\.$/);
  });

  it("a refused password is called a password in the error", () => {
    const { message } = refusal(unauthorizedPage(), revoke, byPassword("alice"));
    assert.match(
      message,
      /does not accept the password of alice \(from: environment\): set the right one there\. With single sign-on, Jenkins accepts only API tokens\.$/,
    );
  });

  it("a remedy of the request is shown if the request is refused", () => {
    assert.match(refusal({ status: 400 }, { ...revoke, remedy: "Refresh." }).message, /answered 400\. Refresh\.$/);
  });

  it("Retry-After sets how long to wait, in seconds or until a date", () => {
    const waitMs = (after: string) => refusal({ status: 503, headers: { "Retry-After": after } }).retryAfterMs;
    assert.equal(waitMs("7"), 7_000);
    assert.ok(Number(waitMs(new Date(Date.now() + 60_000).toUTCString())) > 50_000);
    for (const after of ["", "0", "soon", new Date(0).toUTCString()]) assert.equal(waitMs(after), undefined);
  });
});
