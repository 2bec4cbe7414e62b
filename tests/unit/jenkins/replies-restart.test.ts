import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { isDoubtful, isGettingReady } from "../../../provider/jenkins/replies.ts";
import {
  accessDeniedPage,
  authenticationRequiredPage,
  noValidCrumbPage,
  restartingPage,
  startingPage,
  unauthorizedPage,
} from "../../jenkins/pages.ts";
import { layout, nginx, type Page, permission, reply } from "../../support/replies.ts";

describe("replies of a Jenkins that restarts", () => {
  const doubtful: [what: string, page: Page, isDoubtful: boolean][] = [
    ["401", unauthorizedPage(), true],
    ["403 for a crumb", noValidCrumbPage(), true],
    ["403 for an anonymous user", authenticationRequiredPage(layout, "/x", permission), true],
    ["403 for a known user", accessDeniedPage(layout, "alice", permission), false],
    ["403 without a body", { status: 403 }, false],
    ["404", { status: 404, body: "x" }, false],
    ["200", { status: 200, body: "x" }, false],
  ];
  for (const [what, page, expected] of doubtful) {
    it(`a ${what} ${expected ? "may" : "can't"} be the reply of a restarting Jenkins to a right login`, () => {
      assert.equal(isDoubtful(reply(page)), expected);
    });
  }

  it("only Jenkins' own 503 means that Jenkins is getting ready", () => {
    for (const page of [startingPage(), restartingPage()]) {
      assert.equal(isGettingReady(reply(page)), true);
      assert.equal(isGettingReady(reply({ ...page, status: 500 })), false);
    }
    const olderWords = "<title>Jenkins</title>Please wait while Jenkins is getting ready to work";
    assert.equal(isGettingReady(reply({ status: 503, body: olderWords })), true);
    assert.equal(isGettingReady(reply({ status: 503, body: nginx("503 Service Unavailable") })), false);
  });
});
