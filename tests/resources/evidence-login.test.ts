import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { contextOf, ofProxy } from "../support/front-door.ts";
import { signsInAs } from "../support/login.ts";
import { newProcess } from "../support/process.ts";
import { byPassword, byToken, clientOf, printed } from "../support/quick.ts";

const program = { autoName: "project/stack/ci" };

describe("The identity of the login", () => {
  let jenkins: Jenkins;

  beforeEach(() => newProcess());

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}): Promise<void> {
    jenkins = await startJenkins(options);
  }

  const posts = () => jenkins.log.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));
  const bob = ofProxy("reply", { status: 200, body: '{"anonymous":false,"name":"bob"}' });

  function contexts(): Record<string, Context> {
    const { tokenValue } = jenkins.generate("alice", "login");
    return {
      "an API token": contextOf(jenkins.url, "alice", tokenValue),
      "a password": contextOf(jenkins.url, "alice"),
    };
  }

  for (const secret of ["an API token", "a password"]) {
    it(`with ${secret} is alice, also in the state, although a cache names bob once`, async () => {
      await start();
      const token = new Engine(contexts()[secret] as Context);
      jenkins.intercept = ({ path }) => (path.endsWith("/whoAmI/api/json") ? bob : undefined); // Only without a query.
      await token.up(program);
      jenkins.intercept = undefined;
      assert.deepEqual([token.outputs["userId"], await signsInAs(jenkins, token)], ["alice", "alice"]);
      assert.equal(jenkins.tokens("bob").length, 0);
    });

    it(`with ${secret} is unknown if every reply names bob, and nothing is created`, async () => {
      await start();
      const token = new Engine(contexts()[secret] as Context);
      const before = jenkins.tokens("alice").length;
      jenkins.intercept = ({ path }) => (path.startsWith("/whoAmI/") ? bob : undefined);
      await assert.rejects(token.up(program), {
        code: "ERR_JENKINS_UNEXPECTED",
        message: /the answer says that bob has logged in\. Nothing was changed\./,
      });
      assert.deepEqual([jenkins.tokens("alice").length, token.recorded], [before, undefined]);
      assert.ok(!posts().includes("generateNewToken"));
    });
  }

  it("is the user of /me if a realm knows the user of a password under another id", async () => {
    await start();
    const token = new Engine(contextOf(jenkins.url, "alice"));
    jenkins.intercept = ({ path }) => {
      if (path.startsWith("/whoAmI/")) return bob;
      return path.startsWith("/me/api/") ? ofProxy("reply", { status: 200, body: '{"id":"bob"}' }) : undefined;
    };
    await token.up(program);
    assert.equal(token.outputs["userId"], "bob");
  });

  it("may differ in case from the configured user", async () => {
    await start();
    const { tokenValue } = jenkins.generate("alice", "login");
    const token = new Engine(contextOf(jenkins.url, "ALICE", tokenValue));
    await token.up(program);
    assert.deepEqual([token.outputs["userId"], jenkins.requests("GET", "whoAmI/api/json").length], ["alice", 1]);
  });

  describe("is not refused by a 401", () => {
    const others: Record<string, { headers?: Record<string, string>; body: string; words: RegExp }> = {
      "of another realm": {
        headers: { "WWW-Authenticate": 'Basic realm="gateway"' },
        body: "<title>Sign in to the gateway</title>",
        words: /: Sign in to the gateway\./,
      },
      "of a realm whose name begins with Jenkins": {
        headers: { "WWW-Authenticate": 'Basic realm="Jenkins gateway"' },
        body: "<title>Sign in to the gateway</title>",
        words: /: Sign in to the gateway\./,
      },
      "without a realm": { body: "Token expired", words: /: Token expired\./ },
    };
    for (const [what, { headers = {}, body, words }] of Object.entries(others)) {
      for (const secret of ["an API token", "a password"]) {
        it(`${what}: the error shows its text, does not blame ${secret}, and the next request is sent`, async () => {
          await start({ hasLoginForm: false });
          const { tokenValue } = jenkins.generate("alice", "login");
          const login = secret === "a password" ? byPassword("alice") : byToken("alice", tokenValue);
          const alice = clientOf(jenkins.url, login);
          jenkins.intercept = () => ofProxy("reply", { status: 401, headers, body });
          await assert.rejects(alice.whoAmI(), ({ message }: Error) => {
            assert.match(message, words);
            assert.match(message, /the Jenkins login may be right/);
            assert.doesNotMatch(message, /does not accept|wrong, revoked|set the right one/);
            return true;
          });
          jenkins.intercept = undefined;
          assert.equal(await alice.whoAmI(), "alice");
        });
      }
    }
  });

  for (const challenge of ['Basic realm="Jenkins"', 'Basic realm="Jenkins", charset="UTF-8"', "Basic realm=Jenkins"]) {
    it(`is refused by a 401 with ${challenge}, and the credentials are not sent again`, async () => {
      await start({ hasLoginForm: false });
      const alice = clientOf(jenkins.url, byToken("alice", `11${"0".repeat(32)}`));
      jenkins.intercept = (): Interception => ({
        kind: "reply",
        status: 401,
        headers: { "WWW-Authenticate": challenge },
      });
      const refused = { code: "ERR_JENKINS_FORBIDDEN", message: /Jenkins does not accept the API token of alice/ };
      await assert.rejects(alice.whoAmI(), refused);
      const sent = jenkins.work.length;
      await assert.rejects(alice.getJson("Asking", "/api/json", undefined as never), refused);
      assert.equal(jenkins.work.length, sent);
    });
  }
});

describe("JENKINS_API_TOKEN without an API token", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
  });

  afterEach(() => jenkins.close());

  it("but with the password works with a crumb and its cookie, without the login form, and warns once", async () => {
    const token = new Engine(contextOf(jenkins.url, "alice", "alice-password"));
    const lines = await printed(async () => {
      await token.up({ tokenName: "ci" });
      await token.up({ tokenName: "other" });
      await token.destroy();
    });
    assert.equal(lines.filter((line) => /is not an API token of Jenkins/.test(line)).length, 1, lines.join("\n"));
    assert.doesNotMatch(lines.join("\n"), /alice-password/);
    const sent = jenkins.log.filter(({ method, status }) => method === "POST" && status === 200);
    assert.deepEqual(
      sent.map(({ path }) => path.split("/").at(-1)),
      ["generateNewToken", "rename", "rename", "revoke"],
    );
    for (const { headers } of sent) {
      assert.match(String(headers["cookie"]), /JSESSIONID/);
      assert.match(String(headers["jenkins-crumb"]), /^[0-9a-f]{64}$/);
    }
    assert.deepEqual([jenkins.requests("POST", "j_spring_security_check"), jenkins.tokens("alice")], [[], []]);
  });

  it("but with a wrong secret is an error, without that warning", async () => {
    const token = new Engine(contextOf(jenkins.url, "alice", "neither token nor password"));
    const lines = await printed(async () => {
      await assert.rejects(token.up({ tokenName: "ci" }), {
        code: "ERR_JENKINS_FORBIDDEN",
        message: /Jenkins does not accept the API token of alice \(from: environment\)\. It may be wrong, revoked or/,
      });
    });
    assert.deepEqual([lines, jenkins.tokens("alice"), token.recorded], [[], [], undefined]);
  });
});
