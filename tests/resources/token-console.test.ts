import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { signsInAs } from "../support/login.ts";
import { memory, newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";

const ofBob = { user: "bob", via: "scriptConsole" };
const autoNamed = { autoName: "p/s/ci", ...ofBob };
const named = { tokenName: "ci", ...ofBob };

describe("a token through the script console", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}): Promise<Engine> {
    newProcess();
    jenkins = await startJenkins(options);
    return new Engine(as("admin"));
  }

  function as(id?: string): Context {
    const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: id, JENKINS_PASSWORD: `${id}-password` };
    return { config: undefined, memory: memory(), environment: id ? login : {}, limits: quick };
  }

  /** Begins another process, in which another user may log in. */
  function later(token: Engine, id?: string): void {
    newProcess();
    token.context = as(id);
    jenkins.log.length = 0;
  }

  const verbs = () => jenkins.scripts.map(({ verb }) => verb);
  const names = (id = "bob") => jenkins.tokens(id).map(({ tokenName }) => tokenName);
  const changes = () =>
    jenkins.work.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));

  function answer(...answers: (Interception | undefined)[]): void {
    jenkins.intercept = ({ path }) => (path.endsWith("/scriptText") ? answers.shift() : undefined);
  }

  for (const version of ["2.169", "2.568.1"]) {
    it(`is created, found, renamed, replaced and revoked by an administrator on Jenkins ${version}`, async () => {
      const token = await start({ version });
      await token.up(autoNamed);
      assert.deepEqual(verbs(), ["generate"]);
      const { userId, user, via, tokenName, tokenValue } = token.outputs;
      assert.deepEqual([userId, user, via, names()], ["bob", "bob", "scriptConsole", [tokenName]]);
      assert.equal(await signsInAs(jenkins, token), "bob");

      assert.deepEqual([await token.refresh(), await token.up(autoNamed)], [true, "same"]);
      assert.equal(await token.up(named), "update");
      assert.deepEqual([names(), token.outputs["tokenValue"]], [["ci"], tokenValue]);
      assert.equal(await token.up({ ...named, triggers: { round: "2" } }), "replace");
      assert.deepEqual([names(), jenkins.tokens("bob")[0]?.tokenUuid], [["ci"], token.id]);
      await token.destroy();
      assert.deepEqual(names(), []);
      assert.deepEqual(verbs(), ["generate", "list", "rename", "generate", "rename", "revoke", "revoke"]);
      assert.deepEqual(new Set(changes()), new Set(["scriptText"]));
    });
  }

  it("is gone after refresh if it was revoked by hand, or if its user is gone", async () => {
    const token = await start();
    await token.up(named);
    jenkins.revoke("bob", token.id);
    assert.deepEqual([await token.refresh(), await token.up(named)], [false, "create"]);
    jenkins.removeUser("bob");
    later(token, "admin");
    assert.equal(await token.refresh(), false);
  });

  it("counts as revoked if its user is gone", async () => {
    const token = await start();
    await token.up(named);
    jenkins.removeUser("bob");
    later(token, "admin");
    await token.destroy();
    assert.deepEqual(changes(), []);
  });

  it("is refused for users who are not administrators, with a remedy, and leaves no record", async () => {
    const token = await start();
    token.context = as("alice");
    for (const program of [named, { tokenName: "ci", via: "scriptConsole" }]) {
      await assert.rejects(token.up(program), {
        code: "ERR_JENKINS_FORBIDDEN",
        message: /alice lacks the permission .*: only administrators may use the script console\. Log in as one/,
      });
    }
    assert.deepEqual([token.recorded, jenkins.scripts, names(), names("alice")], [undefined, [], [], []]);
  });

  it("is refused for an unknown user, and creates no user", async () => {
    const token = await start();
    await assert.rejects(token.up({ ...named, user: "carol" }), { code: "ERR_JENKINS_REJECTED", status: 404 });
    assert.deepEqual([token.recorded, jenkins.scripts], [undefined, []]);
    assert.throws(() => jenkins.tokens("carol"));
  });

  for (const id of ["alice", undefined]) {
    it(`reads and revokes itself, through REST, if ${id ?? "nobody"} logs in, without permission`, async () => {
      const token = await start();
      await token.up(named);
      const { tokenValue } = token.outputs;
      later(token, id);
      assert.equal(await token.refresh(), true);
      if (id) {
        assert.equal(await token.up({ ...named, tokenName: "other" }), "update");
        assert.deepEqual([names(), token.outputs["tokenValue"]], [["other"], tokenValue]);
      }
      await token.destroy();
      assert.deepEqual([names(), verbs()], [[], ["generate", "rename"]]);
      assert.equal(changes().at(-1), "revoke");
    });
  }

  it("does not change if only `via` changes to rest and back", async () => {
    const token = await start();
    await token.up(named);
    const { outputs } = token;
    const asked = jenkins.log.length;
    for (const via of ["rest", undefined, "scriptConsole"]) assert.equal(await token.up({ ...named, via }), "same");
    assert.deepEqual([token.outputs, jenkins.log.length], [outputs, asked]);
  });

  it("is renamed through the `via` that is declared now", async () => {
    const token = await start();
    await token.up(named);
    await token.up({ ...named, tokenName: "other", via: "rest" });
    assert.deepEqual([changes().at(-1), token.outputs["via"], names()], ["rename", "rest", ["other"]]);
    await token.up({ ...named, tokenName: "third" });
    assert.deepEqual([changes().at(-1), token.outputs["via"], names()], ["scriptText", "scriptConsole", ["third"]]);
    assert.equal(jenkins.tokens("bob")[0]?.tokenUuid, token.id);
  });

  it("gets its last day from expiresInDays, in Jenkins' time zone", async () => {
    const token = await start({ now: () => new Date("2026-02-20T10:30:00Z"), timeZone: "Pacific/Kiritimati" });
    await token.up({ ...named, expiresInDays: 30 });
    assert.deepEqual([token.outputs["expiresOn"], jenkins.tokens("bob")[0]?.expiresOn], ["2026-03-23", "2026-03-23"]);
  });

  it("with an expiry is revoked, and refused, on Jenkins 2.547", async () => {
    const token = await start({ version: "2.547" });
    await assert.rejects(token.up({ ...named, expiresInDays: 30 }), {
      code: "ERR_JENKINS_REJECTED",
      message: /made one that never expires, which was revoked again\. Expiry needs Jenkins 2\.548/,
    });
    assert.deepEqual([token.recorded, names(), verbs()], [undefined, [], ["generate", "revoke"]]);
  });

  it("is refused before Jenkins 2.129, which has no such tokens", async () => {
    const token = await start({ version: "2.72" });
    await assert.rejects(token.up(named), { code: "ERR_JENKINS_REJECTED", message: /before 2\.129.*via: "legacy"/ });
    assert.equal(jenkins.requests("POST", "scriptText").length, 0);
  });

  const trace = `java.io.IOException: disturbed\n\tat Script1.run(Script1.groovy:1)\n\tat hudson.util.RemotingDiagnostics$Script.call(RemotingDiagnostics.java:160)\n`;
  const lost: Record<string, Interception> = {
    "no reply": { kind: "drop", when: "after" },
    "no reply and no effect": { kind: "drop", when: "before" },
    "half a reply": { kind: "cut", after: 100 },
    "half a line": { kind: "alter", alter: (reply) => ({ ...reply, body: reply.body.slice(0, 100) }) },
    "a page of a proxy instead of the line": { kind: "replace", status: 200, body: "<html>Sign in</html>" },
    "a stack trace": { kind: "replace", status: 200, body: trace },
    "a stack trace and no effect": { kind: "reply", status: 200, body: trace },
    "a 500 of Jenkins": { kind: "replace", status: 500, headers: { "X-Jenkins": "2.568.1" } },
    "a 500 of Jenkins and no effect": { kind: "reply", status: 500, headers: { "X-Jenkins": "2.568.1" } },
    "a proxy's 502": { kind: "replace", status: 502 },
    "a proxy's 504, long before the effect": { kind: "abandon", ms: 5, answer: { status: 504, body: "" } },
  };
  for (const [what, interception] of Object.entries(lost)) {
    for (const program of [named, autoNamed]) {
      const kind = program === named ? "named" : "auto-named";
      it(`${kind}, is the only token after ${what} to generate`, async () => {
        let now = Date.now();
        const token = await start({ now: () => new Date(now) });
        answer(interception);
        await token.up(program).catch(async (error) => {
          assert.equal(error.code, "ERR_JENKINS_UNFINISHED");
          now += 301_000; // After five minutes, no token can come any more.
          later(token, "admin");
          token.context.now = () => new Date(now);
          assert.equal(await token.up(program), "replace");
        });
        assert.deepEqual([names(), token.outputs["tokenUuid"]], [[token.outputs["tokenName"]], token.id]);
        assert.equal(await signsInAs(jenkins, token), "bob");
      });
    }
  }

  it("leaves no record if every script fails, because a stack trace is the end of the request", async () => {
    const token = await start();
    jenkins.intercept = ({ form }) => {
      const verb = /'([A-Za-z0-9+/]+=*)'\.decode/.exec(form["script"] ?? "")?.[1] ?? "";
      const isGenerate = Buffer.from(verb, "base64").includes(`"generate"`);
      return isGenerate ? { kind: "reply", status: 200, body: trace } : undefined;
    };
    token.context.limits = { ...quick, repeatMs: 0 };
    await assert.rejects(token.up(named), { code: "ERR_JENKINS_UNEXPECTED", message: /the script failed: java\.io/ });
    assert.deepEqual([token.recorded, verbs()], [undefined, Array(4).fill("list")]);
  });
});
