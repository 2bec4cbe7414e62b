import assert from "node:assert/strict";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, it } from "mocha";
import { jsonOf, refusalOf } from "../../../provider/jenkins/replies.ts";
import * as z from "../../../provider/zod.ts";
import * as pages from "../../jenkins/pages.ts";
import { byPassword, byToken } from "../../support/quick.ts";
import { layout, nginx, type Page, permission, reply } from "../../support/replies.ts";

const TOKEN = `11${"5ec7e7".repeat(5)}a1`;
const read = { id: "hudson.model.Hudson.Read", title: "Overall/Read", impliedBy: [] };

/** The message about a reply, from the status on. */
function said(page: Page, login = byToken("alice", TOKEN)): string {
  const request = { tried: "Trying", method: "POST", url: "https://ci/x", headers: {} } as const;
  return refusalOf(request, reply(page), login).message.replace(/^.* answered /, "");
}

describe("the error for a refusal names", () => {
  const rows: [what: string, page: Page, says: string][] = [
    [
      "Overall/Read, which the user lacks",
      pages.accessDeniedPage(layout, "alice", read),
      "403: alice lacks the permission Overall/Read, without which Jenkins shows nothing to a user. Grant it in Jenkins' security settings.",
    ],
    [
      "Overall/Read, even if a proxy removes the headers that name it",
      { ...pages.accessDeniedPage(layout, "alice", read), headers: {} },
      "403: alice lacks the permission Overall/Read, without which Jenkins shows nothing to a user. Grant it in Jenkins' security settings.",
    ],
    [
      "another permission that only the page names",
      { ...pages.accessDeniedPage(layout, "alice", permission), headers: {} },
      "403: alice lacks the permission Overall/Administer: only the user and administrators may see or change a user's tokens.",
    ],
    [
      "the Authorization header, which Jenkins did not get",
      pages.authenticationRequiredPage(layout, "/x", read),
      "403: Authentication required. Jenkins saw no login in the request: does a proxy on the way drop the Authorization header?",
    ],
    [
      "a server before Jenkins",
      { status: 403, body: nginx("403 Forbidden") },
      "403: Forbidden. Jenkins did not write this answer: something in front of it refuses the request. If it wants headers of its own, name them with `connection.headers`.",
    ],
    [
      "the missing s of https after a reply of nginx",
      { status: 400, body: nginx("400 The plain HTTP request was sent to HTTPS port") },
      "400: The plain HTTP request was sent to HTTPS port. The server speaks TLS at this port: is it https:// instead of http://?",
    ],
    [
      "the missing s of https after a reply of Apache",
      {
        status: 400,
        body: "<title>400 Bad Request</title><p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
      },
      "400: Bad Request. The server speaks TLS at this port: is it https:// instead of http://?",
    ],
    [
      "the missing s of https after a reply of a server in Go",
      { status: 400, body: "Client sent an HTTP request to an HTTPS server.\n" },
      "400: Client sent an HTTP request to an HTTPS server. The server speaks TLS at this port: is it https:// instead of http://?",
    ],
    [
      "the missing s of https of a forward proxy",
      {
        status: 400,
        body: nginx("400 The plain HTTP request was sent to HTTPS port"),
        forwardProxy: "proxy:3128 (from HTTP_PROXY)",
      },
      "400: The plain HTTP request was sent to HTTPS port. The server, or the forward proxy proxy:3128 (from HTTP_PROXY), speaks TLS at this port: is it https:// instead of http://?",
    ],
    [
      "a client certificate that is demanded",
      { status: 400, body: nginx("400 No required SSL certificate was sent") },
      "400: No required SSL certificate was sent. The server demands a client certificate: name one with `connection.clientCertificate`.",
    ],
    [
      "a client certificate that is not accepted",
      { status: 400, body: nginx("400 The SSL certificate error") },
      "400: The SSL certificate error. The server does not accept the client certificate: name one that it accepts with `connection.clientCertificate`.",
    ],
    [
      "both logs for a 500 that may not be of Jenkins",
      { status: 500, body: nginx("500 Internal Server Error") },
      "500: Internal Server Error. The answer does not show whether Jenkins or a proxy wrote it: look into the logs of both.",
    ],
  ];
  for (const [what, page, says] of rows) it(what, () => assert.equal(said(page), says));

  for (const value of [
    "alice-password",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    `11${"0".repeat(31)}`,
    `11${"F".repeat(32)}`,
  ]) {
    it(`a secret that does not have the form of an API token: ${value.length} characters`, () => {
      assert.equal(
        said(pages.unauthorizedPage(), byToken("alice", value)),
        "401. Jenkins does not accept the API token of alice (from: environment). It may be wrong, revoked or expired. It does not look like an API token, which has 34 hexadecimal digits (a legacy one has 32): is it a password, or the token of another service?",
      );
    });
  }

  for (const value of [TOKEN, "0123456789abcdef".repeat(2)]) {
    it(`an API token of ${value.length} characters that is not valid any more`, () => {
      assert.match(said(pages.unauthorizedPage(), byToken("alice", value)), /It may be wrong, revoked or expired\.$/);
    });
  }
});

describe("an error shows no binary data", () => {
  const text = "A page of a proxy. ".repeat(50);
  const packed: Record<string, Buffer> = {
    gzip: gzipSync(text),
    br: brotliCompressSync(text),
    zstd: zstdCompressSync(text),
    deflate: deflateSync(text),
    "a picture": Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex"),
  };
  for (const [what, body] of Object.entries(packed)) {
    for (const status of [200, 400, 403, 502]) {
      it(`from a reply of ${what} with ${status}`, () => {
        const page = { status, body: new TextDecoder().decode(body) };
        const request = { tried: "Trying", method: "GET", url: "https://ci/x", headers: {} } as const;
        const shown = status === 200 ? thrown(() => jsonOf(request, reply(page), z.object({}))).message : said(page);
        assert.match(shown, /: \[binary data\]\. /);
        assert.doesNotMatch(shown, /\ufffd|\\u00/);
      });
    }
  }

  it("but shows the readable part of a page in Latin-1", () => {
    const body = new TextDecoder().decode(Buffer.from("<title>Zugriff für Gäste nicht möglich: süß</title>", "latin1"));
    assert.equal(
      said({ status: 400, body }).split(". ")[0],
      "400: Zugriff f\ufffdr G\ufffdste nicht m\ufffdglich: s\ufffd\ufffd",
    );
  });

  function thrown(act: () => unknown): Error {
    try {
      act();
    } catch (error) {
      return error as Error;
    }
    assert.fail("nothing was thrown");
  }
});

describe("an error says nothing twice", () => {
  const written: Record<string, Page> = {
    "the 401": pages.unauthorizedPage(),
    "the 401 in JSON": pages.unauthorizedPage("/", "", undefined, "application/json"),
    "the 403 for a crumb": pages.noValidCrumbPage(),
    "a missing permission": pages.accessDeniedPage(layout, "alice", permission),
    "missing Overall/Read": pages.accessDeniedPage(layout, "alice", read),
    "the page for an anonymous user": pages.authenticationRequiredPage(layout, "/x", permission),
    "an exception": pages.oopsPage(),
    "a refused method": pages.oopsPage(undefined, 405),
    "a missing page": pages.notFoundPage(),
    "a start of Jenkins": pages.startingPage(),
    "a restart of Jenkins": pages.restartingPage(),
    "a POST during a start": pages.startingPostPage(),
    "a page for a POST": pages.postRequiredPage(layout, "/x"),
  };
  const statuses = [201, 302, 400, 401, 403, 404, 405, 407, 408, 413, 425, 429, 500, 501, 502, 503, 504];
  const bodies: Record<string, string> = {
    "no body": "",
    "a page of nginx": nginx("STATUS Some Title"),
    "a page of Jetty": "<h2>HTTP ERROR STATUS Some Title</h2>",
    "an older page of Jetty": "<title>Error STATUS Some Title</title>",
    JSON: '{"message":"STATUS Some Title"}',
    text: "STATUS",
    ...Object.fromEntries(Object.entries(written).map(([what, { body = "" }]) => [what, body])),
  };
  const headers: Record<string, Record<string, string>> = {
    "an unknown server": {},
    Jenkins: { "X-Jenkins": "2.568.1" },
    "Jenkins, which knows alice": { "X-You-Are-Authenticated-As": "alice", "X-Required-Permission": read.id },
    "the realm of Jenkins": { "WWW-Authenticate": 'Basic realm="Jenkins"' },
  };

  /** Three words in a row, or a status, that `text` has twice. */
  function repetition(text: string): string | undefined {
    const words = text.toLowerCase().match(/[\p{L}\d/']+/gu) ?? [];
    const runs = words.map((_, at) => words.slice(at, at + 3).join(" ")).slice(0, -2);
    const [status = ""] = words;
    return runs.find((run, at) => runs.indexOf(run) !== at) ?? words.slice(1).find((word) => word === status);
  }

  for (const [what, page] of Object.entries(written)) {
    it(`about ${what}, by token and by password`, () => {
      for (const login of [byToken("alice", TOKEN), byToken("alice", "x"), byPassword("alice")]) {
        const text = said(page, login);
        assert.equal(repetition(text), undefined, text);
      }
    });
  }

  for (const [who, marks] of Object.entries(headers)) {
    it(`about any status with any body from ${who}`, () => {
      for (const status of statuses) {
        for (const body of Object.values(bodies)) {
          const text = said({ status, headers: marks, body: body.replaceAll("STATUS", String(status)) });
          assert.equal(repetition(text), undefined, text);
        }
      }
    });
  }
});
