import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { JenkinsError } from "../../provider/errors.ts";
import type { Reply, Request } from "../../provider/jenkins/http.ts";
import { jsonOf, refusalOf } from "../../provider/jenkins/replies.ts";
import { keepSecret } from "../../provider/redaction.ts";
import * as z from "../../provider/zod.ts";
import { byToken } from "../support/quick.ts";
import { forgetSecrets } from "../support/secrets.ts";

describe("A secret in a server's reply", () => {
  const known = 'se"cr<e{t4711';
  const request: Request = { tried: "Reading x", method: "GET", url: "https://ci/x", headers: {} };
  const login = byToken("alice", "x");

  beforeEach(() => keepSecret(known));
  afterEach(() => forgetSecrets());

  function message(reply: Partial<Reply>): string {
    const whole = { status: 400, headers: {}, setCookies: [], body: "", ...reply };
    if (whole.status !== 200) return refusalOf(request, whole, login).message;
    try {
      jsonOf(request, whole, z.object({}));
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

  it("is masked in a redirect's address before that is cut, also if it is a session id or a cookie", () => {
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

  it("is masked if it is a cookie that the reply sets", () => {
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
