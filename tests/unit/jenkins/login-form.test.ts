import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { startingPage } from "../../jenkins/pages.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../../jenkins/server.ts";
import { byPassword, byToken, clientOf } from "../../support/quick.ts";

const FORM = /\/j_(acegi|spring)_security_check$/;

describe("the login form", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}) {
    jenkins = await startJenkins(options);
    return open();
  }

  const open = (userId = "alice", password = "alice-password") =>
    new RestTokens(clientOf(jenkins.url, byPassword(userId, password)), "alice");

  /** Creates, lists, renames and revokes a token. */
  async function live(tokens: ReturnType<typeof open>): Promise<void> {
    const { tokenUuid } = await tokens.generate({ tokenName: "ci" });
    assert.equal((await tokens.list()).length, 1);
    await tokens.rename(tokenUuid, "other");
    await tokens.revoke(tokenUuid);
    assert.deepEqual(jenkins.tokens("alice"), []);
  }

  const forms = () => jenkins.log.filter(({ path }) => FORM.test(path));
  const refused = () => jenkins.log.filter(({ status = 0 }) => status >= 400).map(({ path }) => path);

  for (const version of ["2.169", "2.249.3", "2.313", "2.384", "2.516.2", "2.532", "2.547", "2.568.1"]) {
    for (const csrf of [true, false]) {
      it(`needs one password check per process: Jenkins ${version} ${csrf ? "with" : "without"} crumbs`, async () => {
        await live(await start({ version, csrf, contextPath: "/ci" }));
        assert.deepEqual([jenkins.passwordChecks, forms().length], [1, 1]);
        assert.deepEqual(refused(), csrf ? [] : ["/ci/crumbIssuer/api/json", "/ci/crumbIssuer/api/xml"].flatMap(asked));
      });
    }
  }

  /** The requests for this path, with any query. */
  const asked = (path: string) => jenkins.log.map((request) => request.path).filter((other) => other.startsWith(path));

  it("is sent once for simultaneous requests", async () => {
    const tokens = await start();
    await Promise.all([tokens.list(), tokens.list(), tokens.generate({ tokenName: "ci" })]);
    assert.deepEqual([jenkins.passwordChecks, forms().length], [1, 1]);
  });

  it("is not requested by a login with an API token", async () => {
    await start();
    const { tokenValue } = jenkins.generate("alice", "login");
    await clientOf(jenkins.url, byToken("alice", tokenValue)).whoAmI();
    assert.deepEqual(jenkins.log, jenkins.work);
  });

  it("is not filled in with a legacy token, which would count as a failed login", async () => {
    await start({ version: "2.72" });
    const value = jenkins.legacyToken("alice") ?? "";
    for (const login of [byToken("alice", value), byPassword("alice", value)]) {
      const change = new RestTokens(clientOf(jenkins.url, login), "alice").revoke("of no age");
      await assert.rejects(change, { status: 404 });
    }
    assert.deepEqual([jenkins.passwordChecks, forms().length], [0, 0]);
  });

  it("has the password only in its body, and no `Authorization`, which Jenkins would check first", async () => {
    await live(await start());
    const [form] = forms();
    assert.equal(form?.form["j_password"], "alice-password");
    assert.equal(form?.headers.authorization, undefined);
    for (const { path } of jenkins.log) assert.doesNotMatch(path, /password/);
  });

  it("works for a user id in other letters, although Jenkins checks each of its requests again", async () => {
    await start();
    await live(open("ALICE"));
    assert.ok(jenkins.passwordChecks > 1);
  });

  it("makes requests succeed although a proxy drops their `Authorization`", async () => {
    const tokens = await start();
    jenkins.intercept = ({ headers }) => {
      delete headers.authorization;
      return undefined;
    };
    await live(tokens);
  });

  it("is filled in as soon as a starting Jenkins shows it", async () => {
    const tokens = await start();
    let looks = 0;
    jenkins.intercept = () => (looks++ < 2 ? { kind: "reply", ...startingPage() } : undefined);
    await live(tokens);
    assert.deepEqual([jenkins.passwordChecks, forms().length], [1, 1]);
  });

  it("is the first of two attempts with a wrong password, and a third never follows", async () => {
    await start();
    await assert.rejects(open("alice", "wrong").list(), { code: "ERR_JENKINS_FORBIDDEN", status: 401 });
    assert.equal(jenkins.passwordChecks, 2);
  });

  it("is not needed again after a restart, because each request has the password", async () => {
    const tokens = await start();
    const { tokenUuid } = await tokens.generate({ tokenName: "ci" });
    jenkins.restart();
    await tokens.revoke(tokenUuid);
    assert.deepEqual([jenkins.tokens("alice"), forms().length], [[], 1]);
  });

  const refusal = (status: number, body = ""): Interception => ({ kind: "reply", status, body });
  const obstacles: Record<string, JenkinsOptions & { page?: Interception; form?: Interception }> = {
    "there is none": { hasLoginForm: false },
    "its page is forbidden": { page: refusal(403) },
    "its page is missing": { page: refusal(404) },
    "its page belongs to single sign-on": {
      page: refusal(200, '<form name="login" action="https://sso.example.com/">'),
    },
    "its page fails": { page: refusal(500) },
    "its page never comes": { page: { kind: "drop", when: "before" } },
    "it is refused": { form: refusal(403) },
    "it fails": { form: refusal(502) },
    "it gets no answer": { form: { kind: "drop", when: "after" } },
    "it leads elsewhere": { form: { kind: "reply", status: 302, headers: { Location: "https://sso.example.com/" } } },
  };
  for (const [obstacle, { page, form, ...options }] of Object.entries(obstacles)) {
    it(`is not needed if ${obstacle}, because each request has the password`, async () => {
      const tokens = await start(options);
      let isFirst = true; // The first request for the page, which also shows whether Jenkins is up.
      jenkins.intercept = ({ path }) => {
        if (FORM.test(path)) return form;
        if (!path.endsWith("/login") || !isFirst) return undefined;
        isFirst = false;
        return page;
      };
      await live(tokens);
      assert.ok(jenkins.passwordChecks > 1);
    });
  }
});
