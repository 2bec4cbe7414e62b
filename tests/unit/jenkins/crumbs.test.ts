import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { Client } from "../../../provider/jenkins/client.ts";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../../jenkins/server.ts";
import { byPassword, byToken, clientOf } from "../../support/quick.ts";

const JSON_CRUMB = "crumbIssuer/api/json";
const XML_CRUMB = "crumbIssuer/api/xml";

describe("the crumb", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}) {
    jenkins = await startJenkins({ hasLoginForm: false, ...options }); // login-form.test.ts tests the login form.
    return open();
  }

  const open = () => new RestTokens(clientOf(jenkins.url, byPassword("alice")), "alice");
  type Tokens = ReturnType<typeof open>;

  /** Creates, lists, renames and revokes a token, and checks that no second one is created. */
  async function live(tokens: Tokens): Promise<void> {
    const { tokenUuid } = await tokens.generate({ tokenName: "ci" });
    assert.equal((await tokens.list()).length, 1);
    await tokens.rename(tokenUuid, "other");
    assert.deepEqual(names(), ["other"]);
    await tokens.revoke(tokenUuid);
    assert.deepEqual(names(), []);
  }

  const names = () => jenkins.tokens("alice").map(({ tokenName }) => tokenName);
  const posts = () => jenkins.log.filter(({ method }) => method === "POST");
  const statuses = () => posts().map(({ status }) => status);
  const asked = (endpoint = JSON_CRUMB) => jenkins.requests("GET", endpoint).length;

  /** Jenkins checks a crumb only in POSTs. */
  const looks: [what: string, look: (client: Client) => Promise<unknown>][] = [
    ["a GET", (client) => client.whoAmI()],
    ["a GET past any cache", (client) => client.askWhoAmI(true)],
  ];
  for (const [what, look] of looks) {
    for (const kind of ["password", "API token"]) {
      it(`causes no endless retries of ${what} with a ${kind} that a proxy refuses in Jenkins' words`, async () => {
        jenkins = await startJenkins({ hasLoginForm: false });
        const login =
          kind === "password" ? byPassword("alice") : byToken("alice", jenkins.generate("alice", "a").tokenValue);
        jenkins.intercept = () => ({ kind: "reply", status: 403, body: "No valid crumb was included in the request" });
        await assert.rejects(look(clientOf(jenkins.url, login)), { code: "ERR_JENKINS_FORBIDDEN" });
        assert.ok(jenkins.log.length < 8);
      });
    }
  }

  /** Sets the addresses that a proxy names to Jenkins, one for each request. */
  function comingFrom(...addresses: string[]): void {
    jenkins.intercept = ({ headers }) => {
      headers["x-forwarded-for"] = (addresses.length > 1 ? addresses.shift() : addresses[0]) ?? "";
      return undefined;
    };
  }

  const kinds: Record<string, RegExp> = {
    "2.169": /^[0-9a-f]{32}$/,
    "2.176.2": /^[0-9a-f]{32}$/,
    "2.176.3": /^[0-9a-f]{32}$/,
    "2.249.3": /^[0-9a-f]{64}$/,
    "2.532": /^[0-9a-f]{64}$/,
    "2.547": /^[0-9a-f]{64}$/,
    "2.568.1": /^[0-9a-f]{64}$/,
  };
  for (const [version, kind] of Object.entries(kinds)) {
    it(`is fetched once and sent with every change by password on Jenkins ${version}`, async () => {
      const tokens = await start({ version, contextPath: "/ci" });
      await live(tokens);
      for (const { headers } of posts()) assert.match(String(headers["jenkins-crumb"]), kind);
      assert.deepEqual([statuses(), asked(), asked(XML_CRUMB)], [[200, 200, 200], 1, 0]);
    });

    it(`is neither fetched nor sent with an API token on Jenkins ${version}`, async () => {
      await start({ version });
      const { tokenValue } = jenkins.generate("alice", "login");
      const tokens = new RestTokens(clientOf(jenkins.url, byToken("alice", tokenValue)), "alice");
      const { tokenUuid } = await tokens.generate({ tokenName: "ci" });
      await tokens.revoke(tokenUuid);
      assert.deepEqual([names(), statuses(), asked()], [["login"], [200, 200], 0]);
      for (const { headers } of jenkins.log) {
        assert.deepEqual([headers["jenkins-crumb"], headers["cookie"]], [undefined, undefined]);
      }
    });
  }

  for (const version of ["2.169", "2.176.3", "2.568.1"]) {
    it(`outlives its session, or is fetched again, when Jenkins ${version} restarts between two changes`, async () => {
      const tokens = await start({ version });
      const { tokenUuid } = await tokens.generate({ tokenName: "ci" });
      jenkins.restart();
      await tokens.generate({ tokenName: "second" });
      jenkins.restart();
      await tokens.rename(tokenUuid, "first");
      assert.deepEqual(names(), ["first", "second"]);
      const isBound = version !== "2.169";
      assert.deepEqual(statuses(), isBound ? [200, 403, 200, 403, 200] : [200, 200, 200]);
      assert.equal(asked(), isBound ? 3 : 1);
    });
  }

  it("is fetched once more, in one new session, for all changes that are refused after a restart", async () => {
    const tokens = await start();
    await tokens.revoke("4f1c0000-0000-4000-8000-000000000000");
    jenkins.restart();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => tokens.revoke(`4f1c0000-0000-4000-8000-00000000000${index}`)),
    );
    assert.deepEqual([asked(), statuses().at(-1)], [2, 200]);
    const sessions = posts()
      .filter(({ status }) => status === 200)
      .map(({ headers }) => headers["cookie"]);
    assert.equal(new Set(sessions).size, 2);
  });

  for (const blocksJsonCrumbs of [403, 404, "html"] as const) {
    it(`is fetched once as XML if a proxy answers ${blocksJsonCrumbs} for JSON`, async () => {
      const tokens = await start({ blocksJsonCrumbs, contextPath: "/ci", crumbRequestField: ".my-crumb" });
      await live(tokens);
      const looks = blocksJsonCrumbs === 403 ? 2 : 1; // A restarting Jenkins refuses like that, too.
      assert.deepEqual([statuses(), asked(), asked(XML_CRUMB)], [[200, 200, 200], looks, 1]);
      for (const { headers } of posts()) assert.match(String(headers[".my-crumb"]), /^[0-9a-f]{64}$/);
    });

    it(`is fetched again as XML after a restart if a proxy answers ${blocksJsonCrumbs} for JSON`, async () => {
      const tokens = await start({ blocksJsonCrumbs, version: "2.249.3" });
      await tokens.generate({ tokenName: "ci" });
      jenkins.restart();
      await tokens.generate({ tokenName: "second" });
      assert.deepEqual([names(), asked(XML_CRUMB)], [["ci", "second"], 2]);
    });

    it(`of strict-crumb-issuer comes as XML if a proxy answers ${blocksJsonCrumbs} for JSON`, async () => {
      const tokens = await start({ blocksJsonCrumbs, strictCrumbs: true, contextPath: "/ci" });
      await live(tokens);
      assert.deepEqual(statuses(), [200, 200, 200]);
    });
  }

  for (const version of ["2.169", "2.568.1"]) {
    it(`is asked for once in each format, and never sent, without CSRF protection on Jenkins ${version}`, async () => {
      const tokens = await start({ version, csrf: false });
      await live(tokens);
      assert.deepEqual([statuses(), asked(), asked(XML_CRUMB)], [[200, 200, 200], 1, 1]);
      for (const { headers } of posts()) assert.equal(headers["jenkins-crumb"], undefined);
    });
  }

  it("is sent in the field that Jenkins names", async () => {
    const tokens = await start({ crumbRequestField: "X.Crumb_field-1" });
    await live(tokens);
    assert.match(String(posts()[0]?.headers["x.crumb_field-1"]), /^[0-9a-f]{64}$/);
    assert.equal(posts()[0]?.headers["jenkins-crumb"], undefined);
  });

  it("in a field that is not a valid header name is an error, and no token is created", async () => {
    const tokens = await start({ crumbRequestField: "a b: c" });
    await assert.rejects(tokens.generate({ tokenName: "ci" }), { code: "ERR_JENKINS_UNEXPECTED" });
    assert.deepEqual([names(), posts()], [[], []]);
  });

  it("bound to a client address is fetched again after that has changed, and the change is made once", async () => {
    const tokens = await start({ version: "2.532" });
    comingFrom("10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2"); // the login page, whoAmI, the crumb, generate
    await tokens.generate({ tokenName: "ci" });
    await tokens.generate({ tokenName: "second" });
    assert.deepEqual([statuses(), names(), asked()], [[200, 403, 200], ["ci", "second"], 2]);
  });

  it("bound to a client address that differs for each request is an error that says what to check", async () => {
    const tokens = await start({ version: "2.532" });
    comingFrom(...Array.from({ length: 20 }, (_, host) => `10.0.0.${host}`));
    await assert.rejects(tokens.generate({ tokenName: "ci" }), {
      code: "ERR_JENKINS_FORBIDDEN",
      effect: "none",
      message: /Jenkins knows the session, but not the crumb: .*X-Forwarded-For.*\?$/,
    });
    assert.deepEqual([new Set(statuses()), names()], [new Set([403]), []]);
    assert.ok(statuses().length <= 4);
  });

  it("is not bound to the client address from 2.543 on, and outlives its changes", async () => {
    const tokens = await start({ version: "2.547" });
    comingFrom(...Array.from({ length: 20 }, (_, host) => `10.0.0.${host}`));
    await live(tokens);
    assert.deepEqual(statuses(), [200, 200, 200]);
  });

  it("of strict-crumb-issuer is sent with the url it was fetched from as the referer", async () => {
    const tokens = await start({ strictCrumbs: true, contextPath: "/ci" });
    await live(tokens);
    assert.deepEqual([statuses(), asked()], [[200, 200, 200], 1]);
    for (const { headers } of posts()) assert.equal(headers.referer, `${jenkins.url}/${JSON_CRUMB}`);
  });

  it("of strict-crumb-issuer is fetched again after its two hours", async () => {
    let now = Date.now();
    const tokens = await start({ strictCrumbs: true, now: () => new Date(now) });
    await tokens.generate({ tokenName: "ci" });
    now += 3 * 3_600_000;
    await tokens.generate({ tokenName: "second" });
    assert.deepEqual([statuses(), names(), asked()], [[200, 403, 200], ["ci", "second"], 2]);
  });

  it("is separate for each login, and so is its session", async () => {
    const alice = await start();
    const bob = new RestTokens(clientOf(jenkins.url, byPassword("bob")), "bob");
    await Promise.all([alice.generate({ tokenName: "a" }), bob.generate({ tokenName: "b" })]);
    const [one, other] = posts().map(({ headers }) => [headers["jenkins-crumb"], headers["cookie"]]);
    assert.deepEqual(statuses(), [200, 200]);
    assert.ok(one?.[0] !== other?.[0] && one?.[1] !== other?.[1]);
  });

  it("is masked in messages, and so is its cookie", async () => {
    const tokens = await start();
    await tokens.generate({ tokenName: "ci" });
    const { "jenkins-crumb": crumb, cookie } = posts()[0]?.headers ?? {};
    jenkins.intercept = () => ({ kind: "reply", status: 400, body: `<title>${crumb} ${cookie}</title>` });
    const error = await tokens.generate({ tokenName: "second" }).catch((thrown: Error) => thrown);
    assert.ok(error instanceof Error && crumb && cookie);
    assert.match(error.message, /answered 400: \[secret\] JSESSIONID\.\w+=\[secret\]/);
  });

  it("is also sent in the form if a proxy drops the header, and is masked in messages", async () => {
    const tokens = await start();
    jenkins.intercept = ({ headers }) => {
      delete headers["jenkins-crumb"];
      return undefined;
    };
    await live(tokens);
    const crumbs = posts().map(({ form }) => form["Jenkins-Crumb"] ?? "");
    assert.deepEqual([statuses(), new Set(crumbs).size], [[200, 200, 200], 1]);
    jenkins.intercept = ({ form }) => ({
      kind: "reply",
      status: 400,
      body: `<title>no ${form["Jenkins-Crumb"]}</title>`,
    });
    await assert.rejects(tokens.rename("4f1c", "other"), { message: /answered 400: no \[secret\]\./ });
  });
});
