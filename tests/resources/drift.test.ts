import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { memory, newProcess } from "../support/process.ts";
import { printed, quick } from "../support/quick.ts";

const DAY_MS = 86_400_000;
const program = { tokenName: "ci" };

describe("refresh", () => {
  let jenkins: Jenkins;
  let now: number;
  let login: string;

  afterEach(() => jenkins.close());

  /** A token in the state, at the beginning of the next process. */
  async function created(options: JenkinsOptions = {}, inputs: Properties = program): Promise<Engine> {
    newProcess();
    now = Date.now();
    jenkins = await startJenkins({ now: () => new Date(now), ...options });
    login = jenkins.generate("alice", "login").tokenValue;
    const token = new Engine(as("alice"));
    await token.up(inputs);
    later();
    return token;
  }

  function as(id?: string): Context {
    const secret = id === "alice" ? { JENKINS_API_TOKEN: login } : { JENKINS_PASSWORD: `${id}-password` };
    const environment = id ? { JENKINS_URL: jenkins.url, JENKINS_USER_ID: id, ...secret } : {};
    return { config: undefined, memory: memory(), environment, limits: quick, now: () => new Date(now) };
  }

  function later(ms = 0): void {
    now += ms;
    jenkins.log.length = 0;
    newProcess();
  }

  const names = () => jenkins.tokens("alice").map(({ tokenName }) => tokenName);

  /** The number of logins with the token's value. */
  function tries({ outputs: { tokenValue } }: Engine): number {
    const authorization = `Basic ${Buffer.from(`alice:${tokenValue}`).toString("base64")}`;
    return jenkins.log.filter(({ headers }) => headers.authorization === authorization).length;
  }

  /** Restores a backup: the token has the same name and value, but another uuid. */
  function putBack(token: Engine): string {
    const kept = jenkins.tokens("alice").find(({ tokenUuid }) => tokenUuid === token.id);
    assert.ok(kept);
    kept.tokenUuid = "4f1c0000-0000-4000-8000-000000000000";
    return kept.tokenUuid;
  }

  for (const version of ["2.169", "2.249.3", "2.384", "2.475", "2.516.2", "2.568.1"]) {
    it(`finds renames and revokes by hand on Jenkins ${version}, and the next up repairs both`, async () => {
      const token = await created({ version });
      const { tokenValue } = token.outputs;
      jenkins.rename("alice", token.id, "by hand");
      assert.deepEqual([await token.refresh(), token.outputs["tokenName"]], [true, "by hand"]);
      assert.deepEqual([await token.up(program), token.outputs["tokenValue"]], ["update", tokenValue]);
      const { id } = token;
      jenkins.revoke("alice", id);
      later();
      const lines = await printed(async () => assert.equal(await token.refresh(), false));
      assert.deepEqual(lines, [`API token "ci" (${id}) of alice is not on ${jenkins.url} any more.`]);
      assert.deepEqual([await token.up(program), names()], ["create", ["login", "ci"]]);
    });
  }

  it("keeps an expired token in the state, and the next up replaces it once", async () => {
    const expiring = { ...program, expiresInDays: 1 };
    const token = await created({}, expiring);
    const { outputs } = token;
    later(3 * DAY_MS);
    assert.deepEqual([await token.refresh(), token.outputs], [true, outputs]);
    assert.equal(tries(token), 0);
    assert.deepEqual([await token.up(expiring), await token.up(expiring)], ["replace", "same"]);
  });

  it("drops a revoked token that has expired, without trying its value, although another has its name", async () => {
    const token = await created({}, { ...program, expiresInDays: 1 });
    jenkins.revoke("alice", token.id);
    jenkins.generate("alice", "ci");
    later(3 * DAY_MS);
    const revoked = { outputs: token.outputs } as Engine;
    await printed(async () => assert.equal(await token.refresh(), false));
    assert.equal(tries(revoked), 0);
  });

  describe("after a backup was restored", () => {
    it("fails with a remedy if the value still logs in under another uuid", async () => {
      const token = await created();
      const twin = putBack(token);
      const { recorded } = token;
      await assert.rejects(token.refresh(), {
        code: "ERR_JENKINS_REJECTED",
        message: `Reading API token ${token.id} of alice failed: ${jenkins.url}: its value still logs in, but the token of its name now has the uuid ${twin}, as after a backup was put back. Revoke that one on the user's page in Jenkins and run again: the next \`pulumi up\` makes another.`,
      });
      assert.deepEqual([token.recorded, names()], [recorded, ["login", "ci"]]);
      jenkins.revoke("alice", twin);
      later();
      await printed(async () => assert.equal(await token.refresh(), false));
      assert.equal(await token.up(program), "create");
    });

    it("fails in the same way for an administrator, and through the script console", async () => {
      const token = await created({}, { autoName: "p/s/ci" });
      putBack(token);
      token.context = as("admin");
      for (const via of ["rest", "scriptConsole"]) {
        token.recorded = { id: token.id, outputs: { ...token.outputs, via } };
        await assert.rejects(token.refresh(), { message: /its value still logs in/ });
      }
    });

    it("drops a token whose value is invalid, although another token has its name", async () => {
      const token = await created();
      jenkins.revoke("alice", token.id);
      jenkins.generate("alice", "ci");
      const revoked = { outputs: token.outputs } as Engine;
      await printed(async () => assert.equal(await token.refresh(), false));
      assert.equal(tries(revoked), 1, "a dead value counts as a failed login each time");
    });

    it("tries the value once if no other token has the name", async () => {
      const token = await created();
      jenkins.revoke("alice", token.id);
      const revoked = { outputs: token.outputs } as Engine;
      await printed(async () => assert.equal(await token.refresh(), false));
      assert.equal(tries(revoked), 1);
    });

    it("fails, and keeps the token, if its value cannot be checked", async () => {
      const token = await created();
      jenkins.revoke("alice", token.id);
      jenkins.generate("alice", "ci");
      const { recorded } = token;
      const own = Buffer.from(`alice:${token.outputs["tokenValue"]}`).toString("base64");
      jenkins.intercept = ({ headers }) =>
        headers.authorization === `Basic ${own}` ? { kind: "reply", status: 502 } : undefined;
      await assert.rejects(token.refresh(), { code: "ERR_JENKINS_UNEXPECTED", status: 502 });
      assert.equal(token.recorded, recorded);
    });

    it("drops a token that is not in the backup", async () => {
      const token = await created();
      jenkins.revoke("alice", token.id); // The backup has the token that logs in.
      await printed(async () => assert.equal(await token.refresh(), false));
    });
  });

  const refusals: Record<string, Interception> = {
    "a 401": { kind: "reply", status: 401, body: "<title>Error 401 Unauthorized</title>" },
    "a 403 of unknown origin": { kind: "reply", status: 403, body: "<html>Authentication required</html>" },
    "the 503 of a starting Jenkins": {
      kind: "reply",
      status: 503,
      body: "<title>Starting Jenkins</title>Please wait while Jenkins is getting ready to work",
    },
  };
  for (const [what, interception] of Object.entries(refusals)) {
    for (const part of ["/whoAmI/", "/security/"]) {
      it(`keeps a live token after ${what}, once below ${part}`, async () => {
        const token = await created();
        const answers = [interception];
        jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
        let found: boolean | undefined;
        await printed(async () => {
          found = await token.refresh();
        });
        assert.deepEqual([found, answers], [true, []]);
      });

      it(`drops a revoked token after ${what}, once below ${part}`, async () => {
        const token = await created();
        jenkins.revoke("alice", token.id);
        const answers = [interception];
        jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
        await printed(async () => assert.equal(await token.refresh(), false));
      });
    }
  }

  const unclear: [what: string, id: string, interception: Interception | undefined, code: string][] = [
    ["the login may not see it", "bob", undefined, "FORBIDDEN"],
    ["there is no login", "", undefined, "FORBIDDEN"],
    ["every answer is a 401", "alice", { kind: "reply", status: 401 }, "FORBIDDEN"],
    ["every answer is a 403", "alice", { kind: "reply", status: 403, body: "no" }, "FORBIDDEN"],
    ["every answer is a 404", "alice", { kind: "reply", status: 404, body: "no" }, "REJECTED"],
    ["every answer is a 500", "alice", { kind: "reply", status: 500 }, "UNEXPECTED"],
    ["every connection breaks", "alice", { kind: "drop", when: "before" }, "UNREACHABLE"],
    ["every page is cut", "alice", { kind: "cut", after: 400 }, "UNREACHABLE"],
    ["a proxy wants a login", "alice", { kind: "reply", status: 302, headers: { Location: "/sso" } }, "UNEXPECTED"],
    ["a proxy shows a page", "alice", { kind: "reply", status: 200, body: "<html>Welcome</html>" }, "UNEXPECTED"],
  ];
  for (const [what, id, interception, code] of unclear) {
    for (const part of interception ? ["/", "/security/"] : ["/"]) {
      it(`fails, and keeps a revoked token in the state, if ${what}: below ${part}`, async () => {
        const token = await created();
        jenkins.revoke("alice", token.id);
        const { recorded } = token;
        token.context = as(id || undefined);
        const isMeant = (path: string) => path.includes(part) && path !== "/login";
        jenkins.intercept = ({ path }) => (isMeant(path) ? interception : undefined);
        await assert.rejects(token.refresh(), { code: `ERR_JENKINS_${code}` });
        assert.equal(token.recorded, recorded);
      });
    }
  }

  for (const [version, hint] of [
    ["2.504.3.28", true],
    ["2.568.1", false],
  ] as const) {
    it(`${hint ? "mentions" : "does not mention"} that CloudBees controllers wipe tokens, on ${version}`, async () => {
      newProcess();
      now = Date.now();
      jenkins = await startJenkins({ wipesTokensAtLogin: true });
      jenkins.intercept = () => ({
        kind: "alter",
        alter: (reply) => ({
          ...reply,
          headers: { ...reply.headers, ...("X-Jenkins" in reply.headers && { "X-Jenkins": version }) },
        }),
      });
      const token = new Engine(as("bob"));
      await token.up(program);
      const { id } = token;
      later();
      const lines = await printed(async () => assert.equal(await token.refresh(), false));
      const gone = `API token "ci" (${id}) of bob is not on ${jenkins.url} any more.`;
      const habit = ` A CloudBees controller that is connected to an Operations Center wipes its own tokens at the next login: declare them there.`;
      assert.deepEqual(lines, [hint ? gone + habit : gone]);
    });
  }

  for (const via of ["rest", "scriptConsole"]) {
    it(`of 500 tokens of one user reads one page, or runs one script, via ${via}`, async () => {
      const token = await created();
      token.context = as("admin");
      const tokens = Array.from({ length: 500 }, (_, index) => {
        const { tokenUuid, tokenValue } = jenkins.generate("alice", `token ${index}`);
        const one = new Engine(token.context);
        const outputs = { ...token.outputs, tokenName: `token ${index}`, tokenUuid, tokenValue, via };
        one.recorded = { id: tokenUuid, outputs };
        return one;
      });
      const found = await Promise.all(tokens.map((one) => one.refresh()));
      assert.deepEqual(new Set(found), new Set([true]));
      const asked = jenkins.work.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`);
      const crumb = via === "rest" ? [] : ["GET /crumbIssuer/api/json"];
      const last = via === "rest" ? "GET /user/alice/security/" : "POST /scriptText";
      assert.deepEqual(asked, ["GET /whoAmI/api/json", "GET /user/alice/api/json", ...crumb, last]);
    });
  }

  it("reads one page for each user, and another one only after a change of that user's tokens", async () => {
    const token = await created();
    const other = new Engine(as("bob"));
    await other.up(program);
    later();
    for (const one of [token, other, token, other]) await one.refresh();
    assert.equal(jenkins.requests("GET", "security").length, 2);
    await other.up({ tokenName: "other" });
    for (const one of [token, other, token, other]) await one.refresh();
    const pages = jenkins.requests("GET", "security").map(({ path }) => path);
    assert.deepEqual(pages, ["/me/security/", "/me/security/", "/me/security/"]);
  });
});
