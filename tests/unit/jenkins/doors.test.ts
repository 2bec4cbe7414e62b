import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { authorOf, doorOf, wordsOfDoor } from "../../../provider/jenkins/doors.ts";
import { isLoginRefusal, refusalOf } from "../../../provider/jenkins/replies.ts";
import { accessDeniedPage, oopsPage, startingPage, unauthorizedPage } from "../../jenkins/pages.ts";
import { byToken } from "../../support/quick.ts";
import { layout, type Page, permission, reply } from "../../support/replies.ts";

const APACHE = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>401 Unauthorized</title>
</head><body>
<h1>Unauthorized</h1>
</body></html>`;

describe("The product before Jenkins", () => {
  const passedOn: [server: Record<string, string>, door: string | undefined][] = [
    [{ Server: "Apache/2.4.71 (Debian)" }, "Apache httpd"],
    [{ Server: "nginx/1.22.1" }, "nginx"],
    [{ Server: "openresty" }, "nginx"],
    [{ Via: "1.1 proxy.example.com (squid/5.7)" }, "Squid"],
    [{ Via: "1.1 Caddy" }, "Caddy"],
    [{ Server: "istio-envoy" }, "Envoy"],
    [{ Server: "cloudflare" }, "Cloudflare"],
    [{ Server: "awselb/2.0" }, "AWS ELB"],
    [{ Server: "Microsoft-IIS/10.0" }, "IIS"],
    [{ Server: "Jetty(12.1.8)" }, undefined],
    [{ Server: "Apache-Coyote/1.1" }, undefined],
    [{ Server: "Apache Tomcat/9" }, undefined],
    [{ Server: "hunter2" }, undefined],
    [{}, undefined],
  ];
  for (const [headers, door] of passedOn) {
    it(`is ${door ?? "unknown"} with ${JSON.stringify(headers)}, which does not show who has written the page`, () => {
      const page = reply({ status: 403, headers, body: "no" });
      assert.deepEqual([doorOf(page), authorOf(page)], [door, undefined]);
    });
  }

  it("is never the author of a page of Jenkins", () => {
    for (const page of [
      accessDeniedPage(layout, "alice", permission),
      oopsPage(layout),
      startingPage(),
      unauthorizedPage(),
    ]) {
      assert.equal(authorOf(reply(page)), undefined);
    }
  });

  it("is oauth2-proxy if a redirect or the name of a cookie shows it", () => {
    const location =
      "https://github.com/login/oauth/authorize?redirect_uri=http%3A%2F%2Fci%2Foauth2%2Fcallback&state=x";
    const page: Page = { status: 302, headers: { Location: location } };
    assert.equal(doorOf(reply(page)), "oauth2-proxy");
    const login = byToken("alice", "secret-of-alice");
    const { message } = refusalOf(
      { tried: "Revoking x", method: "POST", url: "https://ci/x", headers: {} },
      reply(page),
      login,
    );
    assert.match(
      message,
      /: a redirect to https:\/\/github\.com\/login\/oauth\/authorize\. oauth2-proxy before Jenkins requires/,
    );
    const cookie = { ...reply({ status: 403 }), setCookies: ["__Host-_oauth2_proxy_csrf=hunter2; Path=/"] };
    assert.equal(doorOf(cookie), "oauth2-proxy");
    assert.equal(doorOf({ ...cookie, setCookies: ["JSESSIONID=x"] }), undefined);
  });
});

describe("A 401 with the realm of Jenkins", () => {
  const realm = `Basic realm="Jenkins"`;
  const rows: [what: string, header: string, body: string, proves: boolean][] = [
    ["on a page of Jenkins", realm, unauthorizedPage().body, true],
    ["on a page of Apache httpd, whose login may have that realm", realm, APACHE, false],
    ["on a page of Apache httpd, with the header of a newer Jenkins", `${realm}, charset="UTF-8"`, APACHE, true],
  ];
  for (const [what, header, body, proves] of rows) {
    it(`${what}, ${proves ? "proves" : "does not prove"} that the login is wrong`, () => {
      assert.equal(isLoginRefusal(reply({ status: 401, headers: { "WWW-Authenticate": header }, body })), proves);
    });
  }
});

describe("The quoted words of a front door", () => {
  const quoted = (headers: Record<string, string>) => wordsOfDoor(reply({ status: 403, headers, body: "x" }), "no");
  it("are Squid's error code, and no other part of its header", () => {
    assert.equal(quoted({ "X-Squid-Error": "ERR_ACCESS_DENIED 0", "Content-Language": "sv-se" }), "ERR_ACCESS_DENIED");
    assert.equal(quoted({ "X-Squid-Error": "<b>hunter2</b>", "Content-Language": "sv-se" }), "");
  });

  it("are those of an English page, and are missing for a page in another language", () => {
    assert.equal(quoted({}), "no");
    assert.equal(quoted({ "Content-Language": "en-US" }), "no");
    assert.equal(quoted({ "Content-Language": "sv" }), "");
  });
});
