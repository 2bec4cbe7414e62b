import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Clients } from "../../../provider/jenkins/client.ts";
import * as z from "../../../provider/zod.ts";
import { authenticationRequiredPage } from "../../jenkins/pages.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../../jenkins/server.ts";
import { byPassword, byToken, clientOf, quick } from "../../support/quick.ts";

const anything = z.unknown();
const repeatable = { repeatable: true };
const revokePath = "/user/alice/descriptorByName/jenkins.security.ApiTokenProperty/revoke";

describe("session", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}): Promise<Jenkins> {
    jenkins = await startJenkins(options);
    return jenkins;
  }

  function open(login = byPassword("alice")) {
    const opened = clientOf(jenkins.url, login);
    const post = () => opened.post("Revoking", revokePath, { tokenUuid: "none" }, z.undefined(), repeatable);
    return Object.assign(opened, { revokeNone: post });
  }

  /** Gives these answers to the first requests for `path`, and lets Jenkins answer the others. */
  function answer(path: string, ...answers: (Interception | undefined)[]): void {
    jenkins.intercept = (request) => (request.path.includes(path) ? answers.shift() : undefined);
  }

  const reply = (status: number, headers: Record<string, string> = {}, body = ""): Interception => {
    return { kind: "reply", status, headers, body };
  };

  it("asks for JSON in a language with dates in ISO form", async () => {
    await start();
    await open().whoAmI();
    const { accept, "accept-language": language } = jenkins.log[0]?.headers ?? {};
    assert.deepEqual([accept, language], ["application/json", "sv-SE"]);
  });

  describe("with a password", () => {
    it("fetches one crumb for all simultaneous requests, and sends it with its cookie", async () => {
      await start();
      const alice = open();
      await Promise.all(Array.from({ length: 20 }, alice.revokeNone));
      assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, 1);
      const posts = jenkins.requests("POST", "revoke");
      assert.deepEqual([posts.length, new Set(posts.map(({ status }) => status))], [20, new Set([200])]);
      for (const { headers } of posts) {
        assert.match(String(headers["cookie"]), /^JSESSIONID\.[0-9a-f]{8}=node0/);
        assert.match(String(headers["jenkins-crumb"]), /^[0-9a-f]{64}$/);
      }
    });

    it("fetches one new crumb after Jenkins has forgotten the session, and repeats the refused request", async () => {
      await start();
      const alice = open();
      await alice.revokeNone();
      jenkins.restart();
      await alice.revokeNone();
      assert.deepEqual(
        jenkins.requests("POST", "revoke").map(({ status }) => status),
        [200, 403, 200],
      );
      assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, 2);
    });

    it("fetches one new crumb for all requests that are refused after a restart", async () => {
      await start();
      const alice = open();
      await alice.revokeNone();
      jenkins.restart();
      await Promise.all(Array.from({ length: 10 }, alice.revokeNone));
      assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, 2);
    });

    it("gives up with an explanation if Jenkins accepts no crumb", async () => {
      await start();
      const alice = open();
      jenkins.intercept = ({ headers }) => {
        headers["jenkins-crumb"] &&= "dropped";
        return undefined;
      };
      await assert.rejects(alice.revokeNone(), {
        code: "ERR_JENKINS_FORBIDDEN",
        message: /answered 403: No valid crumb .*Jenkins knows the session, but not the crumb/,
      });
      assert.ok(jenkins.requests("POST", "revoke").length <= 4);
    });

    it("sends no crumb if CSRF protection is switched off, and asks for one only once", async () => {
      await start({ csrf: false });
      const alice = open();
      await alice.revokeNone();
      await alice.revokeNone();
      assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, 1);
      assert.equal(jenkins.requests("POST", "revoke")[1]?.headers["jenkins-crumb"], undefined);
    });

    it("sends the crumb in the field that Jenkins names", async () => {
      await start({ crumbRequestField: ".crumb-field" });
      await open().revokeNone();
      assert.match(String(jenkins.requests("POST", "revoke")[0]?.headers[".crumb-field"]), /^[0-9a-f]{64}$/);
    });

    it("works below a context path, and sends its cookies", async () => {
      await start({ contextPath: "/a/ci" });
      await open().revokeNone();
      const [post] = jenkins.requests("POST", "revoke");
      assert.deepEqual([post?.status, post?.path], [200, `/a/ci${revokePath}`]);
      assert.ok(post?.headers["cookie"]);
    });

    it("asks again after a 401 for the crumb, which a restarting Jenkins may give to a right password", async () => {
      await start();
      answer("/crumbIssuer/", reply(401));
      await open().revokeNone();
      assert.equal(jenkins.requests("POST", "revoke")[0]?.status, 200);
    });

    it("asks for a crumb again after a failure to get one", async () => {
      await start();
      const page = reply(200, {}, "<title>Sign in</title>");
      answer("/crumbIssuer/", page, page);
      const alice = open();
      await assert.rejects(alice.revokeNone(), { code: "ERR_JENKINS_UNEXPECTED", message: /not JSON but .*: Sign in/ });
      await alice.revokeNone();
    });
  });

  it("with an API token asks for no crumb, and sends no session cookie", async () => {
    await start();
    const cookies = "JSESSIONID.1a=node0; Path=/";
    answer("/whoAmI/", undefined, reply(200, { "Set-Cookie": cookies }, `{"anonymous":false,"name":"x"}`));
    const alice = open(byToken("alice", jenkins.generate("alice", "login").tokenValue));
    for (let time = 1; time <= 3; time++) await alice.getJson("Asking", "/whoAmI/api/json", anything);
    await alice.revokeNone();
    assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, 0);
    for (const { headers } of jenkins.log) {
      assert.deepEqual([headers["cookie"], headers["jenkins-crumb"]], [undefined, undefined]);
    }
  });

  it("follows no redirect, and names its target without the query", async () => {
    await start();
    answer("/whoAmI/", reply(302, { Location: `${jenkins.url}/login?from=secret` }));
    await assert.rejects(open().whoAmI(), {
      code: "ERR_JENKINS_UNEXPECTED",
      message: `Logging in to Jenkins as alice failed: GET ${jenkins.url}/whoAmI/api/json answered 302: a redirect to ${jenkins.url}/login. Something before Jenkins requires its own login: configure it to let API clients through to Jenkins.`,
    });
    assert.equal(jenkins.work.length, 1);
  });

  describe("whoAmI", () => {
    it("is the id in the server's spelling, and is asked for once", async () => {
      await start();
      const alice = open(byPassword("ALICE", "alice-password"));
      assert.deepEqual(await Promise.all([alice.whoAmI(), alice.whoAmI()]), ["alice", "alice"]);
      await alice.whoAmI();
      assert.equal(jenkins.work.length, 1);
    });

    it("fails if Jenkins saw no login, although it answers 200", async () => {
      await start({ hasLoginForm: false });
      jenkins.intercept = ({ headers }) => {
        delete headers.authorization;
        return undefined;
      };
      await assert.rejects(open().whoAmI(), {
        code: "ERR_JENKINS_FORBIDDEN",
        message: /Jenkins saw no login in the request: does a proxy on the way drop the Authorization header\?$/,
      });
    });

    it("tries a wrong login twice, and then sends no more requests with it", async () => {
      await start();
      const wrong = open(byPassword("alice", "a wrong one"));
      for (let time = 1; time <= 3; time++) {
        await assert.rejects(wrong.whoAmI(), { code: "ERR_JENKINS_FORBIDDEN", status: 401 });
        await assert.rejects(wrong.revokeNone(), { code: "ERR_JENKINS_FORBIDDEN", status: 401 });
      }
      assert.equal(jenkins.passwordChecks, 2);
    });

    it("asks again after a 401 or 403 that a restarting Jenkins may give", async () => {
      await start();
      const layout = { version: "2.568.1", session: "s", contextPath: "", crumbRequestField: "C", crumb: "c" };
      const permission = { id: "hudson.model.Hudson.Read", title: "Overall/Read", impliedBy: [] };
      for (const page of [
        reply(401),
        { kind: "reply" as const, ...authenticationRequiredPage(layout, "/", permission) },
      ]) {
        answer("/whoAmI/", page);
        assert.equal(await open().whoAmI(), "alice");
      }
    });

    it("is asked for again after a failure that says nothing about the login", async () => {
      await start();
      answer("/whoAmI/", reply(200, {}, "<title>Proxy</title>"));
      const alice = open();
      await assert.rejects(alice.whoAmI(), { code: "ERR_JENKINS_UNEXPECTED" });
      assert.equal(await alice.whoAmI(), "alice");
    });
  });

  it("tries a secret that may be invalid only once, whatever the answer is", async () => {
    await start();
    jenkins.intercept = () => ({ kind: "reply", status: 404, body: "<title>A gateway</title>" });
    await assert.rejects(open().signsIn(), { code: "ERR_JENKINS_REJECTED" });
    assert.equal(jenkins.log.length, 1);
  });

  it("is shared for the same url, login and settings, and only for these", async () => {
    await start();
    const clients = new Clients();
    const first = clients.open(jenkins.url, byPassword("alice"), {}, quick);
    assert.equal(clients.open(jenkins.url, byPassword("alice"), {}, quick), first);
    assert.notEqual(clients.open(jenkins.url, byPassword("alice", "another password"), {}, quick), first);
    assert.notEqual(clients.open(`${jenkins.url}/ci`, byPassword("alice"), {}, quick), first);
    assert.notEqual(clients.open(jenkins.url, byPassword("alice"), { requestTimeoutSeconds: 7 }, quick), first);
  });

  it("takes the time from the server's clock", async () => {
    await start({ now: () => new Date("2031-01-31T12:00:00Z") });
    const alice = open();
    await alice.whoAmI();
    assert.equal(alice.controller.time().toISOString().slice(0, 16), "2031-01-31T12:00");
  });
});
