import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Client } from "../../../provider/jenkins/client.ts";
import { Controller } from "../../../provider/jenkins/controller.ts";
import { limitsOf } from "../../../provider/jenkins/limits.ts";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { type Jenkins, type JenkinsOptions, type LoggedRequest, startJenkins } from "../../jenkins/server.ts";
import { byPassword, byToken, clientOf, printed, quick } from "../../support/quick.ts";
import { certificate } from "../../support/tls.ts";

describe("a crumb that Jenkins refuses", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  /** Causes a fault between the provider and Jenkins. */
  type Way = (jenkins: Jenkins) => void;

  const eachCookie =
    (change: (cookie: string) => string): Way =>
    (jenkins) => {
      jenkins.passBack = (reply) => {
        const { "Set-Cookie": cookie, ...headers } = reply.headers;
        return cookie === undefined
          ? reply
          : { ...reply, headers: { ...headers, "Set-Cookie": change(String(cookie)) } };
      };
    };
  const eachRequest =
    (act: (request: LoggedRequest) => void): Way =>
    (jenkins) => {
      jenkins.intercept = (request) => void act(request);
    };

  /** Hides the crumb issuer. */
  const withoutIssuer: Way = (jenkins) => {
    jenkins.intercept = ({ path }) =>
      path.includes("/crumbIssuer") ? { kind: "reply", status: 404, body: "<h1>404 Not Found</h1>" } : undefined;
  };

  const rows: [what: string, way: Way, says: RegExp][] = [
    [
      "because Set-Cookie is dropped",
      (jenkins) => {
        jenkins.passBack = ({ headers: { "Set-Cookie": _, ...headers }, ...reply }) => ({ ...reply, headers });
      },
      /Jenkins sent a crumb without its session cookie: does a proxy on the way drop Set-Cookie\?$/,
    ],
    [
      "because the cookie is for another path",
      eachCookie((cookie) => cookie.replace("Path=/", "Path=/jenkins")),
      /Jenkins' session cookie is for the path "\/jenkins", which is not in this url: have the proxy rewrite the path of cookies too, or publish Jenkins under the same path\.$/,
    ],
    [
      "because the cookie is for another host",
      eachCookie((cookie) => `${cookie}; Domain=inner.example.org`),
      /Jenkins' session cookie is for another host, or expires at once: have the proxy pass it on as it is, or rewrite its domain\.$/,
    ],
    [
      "because the cookie expires at once",
      eachCookie((cookie) => `${cookie}; Max-Age=0`),
      /Jenkins' session cookie is for another host, or expires at once: /,
    ],
    [
      "because the Cookie header is dropped",
      eachRequest(({ headers }) => {
        delete headers["cookie"];
      }),
      /Each request gets another session, although the cookie is sent: does a proxy on the way drop the Cookie header, or spread requests over several servers\?$/,
    ],
    [
      "because the session has ended",
      eachRequest(({ method }) => {
        if (method === "POST") jenkins.restart();
      }),
      /The session of the crumb had ended: does Jenkins restart, or end its sessions after seconds\? Run again\.$/,
    ],
    [
      "because the crumb is changed on the way",
      eachRequest(({ headers, form }) => {
        if (headers["jenkins-crumb"]) headers["jenkins-crumb"] = "0";
        if (form["Jenkins-Crumb"]) form["Jenkins-Crumb"] = "0";
      }),
      /Jenkins knows the session, but not the crumb: does a proxy on the way change the headers of a POST, or name another client address \(X-Forwarded-For\) for each request\?$/,
    ],
    [
      "because nothing is to be had at /crumbIssuer",
      withoutIssuer,
      /Jenkins wants a crumb, but has none to give: does something before Jenkins hide \/crumbIssuer\?$/,
    ],
  ];
  for (const [what, way, says] of rows) {
    for (const hasLoginForm of [true, false]) {
      it(`${what} causes an error that says so, ${hasLoginForm ? "with" : "without"} a login form`, async () => {
        await start({ hasLoginForm });
        way(jenkins);
        const error = await refused(new RestTokens(clientOf(jenkins.url, byPassword("alice")), "alice"));
        assert.match(error.message, /^Creating the API token "ci" for alice failed: POST \S+ answered 403: /);
        assert.match(error.message, says);
        assert.equal(error.effect, "none");
        assert.doesNotMatch(error.message, /node0|alice-password/);
        assert.deepEqual(jenkins.tokens("alice"), []);
      });
    }
  }

  it("because a proxy changes the path but not the path of cookies causes an error that says so", async () => {
    await start({ contextPath: "/jenkins" });
    jenkins.intercept = ({ path }) => ({ kind: "forward", as: { path: `/jenkins${path}` } });
    const url = jenkins.url.replace(/\/jenkins$/, "");
    const error = await refused(new RestTokens(clientOf(url, byPassword("alice")), "alice"));
    assert.match(error.message, /Jenkins' session cookie is for the path "\/jenkins", which is not in this url/);
  });

  it("because the cookie is Secure and the url is http causes an error that says so", async () => {
    await start();
    eachCookie((cookie) => `${cookie}; Secure`)(jenkins);
    // Secure cookies of this machine are also sent over http, so Jenkins has another name here. Its own server is the proxy for that name.
    const url = "http://jenkins.example.com";
    jenkins.intercept = ({ path }) => ({ kind: "forward", as: { path: path.replace(url, "") } });
    const { HTTP_PROXY } = process.env;
    process.env["HTTP_PROXY"] = jenkins.url;
    try {
      // The newline makes the text of the certificate unique, because requests with the same text share connections.
      const transport = { caCert: `${certificate}\n`, proxy: { url: jenkins.url, variable: "HTTP_PROXY" } };
      const client = new Client(new Controller(url), byPassword("alice"), transport, limitsOf({}, quick));
      const error = await refused(new RestTokens(client, "alice"));
      assert.match(
        error.message,
        /Jenkins' session cookie is Secure, so it is not sent over http: use the https:\/\/ url of Jenkins\.$/,
      );
    } finally {
      if (HTTP_PROXY === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = HTTP_PROXY;
    }
  });

  it("although an API token was sent causes an error that says that Jenkins saw none", async () => {
    await start();
    const login = byToken("alice", jenkins.generate("alice", "login").tokenValue);
    const alice = clientOf(jenkins.url, login);
    await alice.whoAmI();
    jenkins.intercept = ({ headers }) => {
      delete headers["authorization"];
      return undefined;
    };
    await assert.rejects(new RestTokens(alice, "alice").generate({ tokenName: "ci" }), {
      code: "ERR_JENKINS_FORBIDDEN",
      message: /Jenkins saw no API token: does a proxy on the way drop the Authorization header\?$/,
    });
  });

  it("after a password was given as an API token causes an error about the cookies, too", async () => {
    await start();
    eachCookie((cookie) => cookie.replace("Path=/", "Path=/jenkins"))(jenkins);
    const tokens = new RestTokens(clientOf(jenkins.url, byToken("alice", "alice-password")), "alice");
    const lines = await printed(async () => {
      assert.match((await refused(tokens)).message, /Jenkins' session cookie is for the path/);
    });
    assert.match(
      lines.join(),
      /What is given as the API token of alice \(from: environment\) is not an API token of Jenkins/,
    );
  });

  async function start(options: JenkinsOptions = {}): Promise<void> {
    jenkins = await startJenkins(options);
  }

  async function refused(tokens: RestTokens) {
    return await tokens.generate({ tokenName: "ci" }).then(
      () => assert.fail("was not refused"),
      (error) => error,
    );
  }
});
