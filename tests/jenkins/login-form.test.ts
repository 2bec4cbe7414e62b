import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "./server.ts";

interface Submitted {
  status: number;
  location: string | null;
  cookie: string | undefined;
}

// From Jenkins' sources: AuthenticationProcessingFilter2, SecurityRealm#createFilter, HttpSessionContextIntegrationFilter2, BasicHeaderProcessor.
describe("The login form of the simulated Jenkins", () => {
  let jenkins: Jenkins;
  let alice: Caller;

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}): Promise<void> {
    jenkins = await startJenkins(options);
    alice = new Caller(jenkins.url, "alice", "alice-password");
  }

  const cookieOf = (response: Response): string | undefined => response.headers.get("set-cookie")?.replace(/;.*/, "");

  /** Submits the form like a browser, with some fields replaced. */
  async function submit(other: Record<string, string> = {}, keepsCookie = true): Promise<Submitted> {
    const page = await fetch(`${jenkins.url}/login`);
    const form = await page.text();
    const action = /action="(\w+)"/.exec(form)?.[1] ?? "";
    const [, field = "none", crumb = ""] = /name="([\w-]+)" type="hidden" value="(\w+)"/.exec(form) ?? [];
    const fields = { j_username: "alice", j_password: "alice-password", [field]: crumb, ...other };
    const headers = keepsCookie ? { Cookie: cookieOf(page) ?? "" } : {};
    const answer = await fetch(`${jenkins.url}/${action}`, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers,
      redirect: "manual",
    });
    return { status: answer.status, location: answer.headers.get("location"), cookie: cookieOf(answer) };
  }

  async function whoIs(headers: Record<string, string>): Promise<string> {
    const { name } = (await (await fetch(`${jenkins.url}/whoAmI/api/json`, { headers })).json()) as { name: string };
    return name;
  }

  for (const version of ["2.169", "2.249.3", "2.313", "2.384", "2.516.2", "2.532", "2.547", "2.568.1"]) {
    it(`begins a session that authenticates by its cookie, on Jenkins ${version}`, async () => {
      await start({ version, contextPath: "/ci" });
      const { status, location, cookie } = await submit();
      assert.equal(status, 302);
      assert.match(location ?? "", /^(http:\/\/127\.0\.0\.1:\d+)?\/ci\/$/);
      assert.equal(await whoIs({ Cookie: cookie ?? "" }), "alice");
    });

    it(`redirects a wrong password to an error page, on Jenkins ${version}`, async () => {
      await start({ version });
      const { status, location, cookie } = await submit({ j_password: "wrong" });
      assert.deepEqual([status, location?.replace(/^http:\/\/[^/]+/, ""), cookie], [302, "/loginError", undefined]);
    });
  }

  it("is refused without the crumb and the cookie of its page, from 2.541 on", async () => {
    await start({ version: "2.532" });
    assert.match((await submit({}, false)).location ?? "", /\/$/);
    await jenkins.close();
    await start({ version: "2.547" });
    assert.match((await submit({}, false)).location ?? "", /\/loginError$/);
    assert.match((await submit({ "Jenkins-Crumb": "0" })).location ?? "", /\/loginError$/);
    assert.equal(jenkins.passwordChecks, 0);
  });

  it("costs one password check for the whole session, if Basic spells the user id like the session", async () => {
    await start();
    const { cookie: Cookie = "" } = await submit();
    await alice.get("/me/api/json", { Cookie });
    await alice.get("/me/api/json", { Cookie });
    assert.equal(jenkins.passwordChecks, 1);
    await new Caller(jenkins.url, "ALICE", "alice-password").get("/me/api/json", { Cookie });
    assert.equal(jenkins.passwordChecks, 2);
    const wrong = await new Caller(jenkins.url, "alice", "wrong").get("/me/api/json", { Cookie });
    assert.deepEqual([wrong.status, jenkins.passwordChecks], [200, 2]);
  });

  it("begins a session that ends at a restart, or when the user's password changes", async () => {
    await start();
    const { cookie: first = "" } = await submit();
    jenkins.setPassword("alice", "other");
    assert.equal(await whoIs({ Cookie: first }), "anonymous");
    const { cookie: second = "" } = await submit({ j_password: "other" });
    assert.equal(await whoIs({ Cookie: second }), "alice");
    jenkins.restart();
    assert.equal(await whoIs({ Cookie: second }), "anonymous");
  });

  it("begins another session than the session of its page", async () => {
    await start();
    const page = cookieOf(await fetch(`${jenkins.url}/login`));
    const { cookie } = await submit();
    assert.notEqual(cookie, page);
  });
});
