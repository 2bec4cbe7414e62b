import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { CancelledError, type UnfinishedTokenError } from "../../provider/errors.ts";
import { perform } from "../../provider/operation.ts";
import type { Context } from "../../provider/resources/access.ts";
import { create, forgetProcess } from "../../provider/resources/token.ts";
import { Engine, type Properties } from "../acceptance/engine.ts";
import { loginPage, oopsPage, startingPostPage } from "../jenkins/pages.ts";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { quick } from "../support/quick.ts";

const named = { tokenName: "ci" };
const autoNamed = { autoName: "project/stack/ci" };
const layout = { version: "2.568.1", session: "s", contextPath: "", crumbRequestField: "C", crumb: "c" };

/** With milliseconds in the Date header. */
class ServerTime extends Date {
  override toUTCString(): string {
    return this.toISOString();
  }
}

describe("making a token, when the reply is lost,", () => {
  let jenkins: Jenkins;
  let aheadMs: number;
  let context: Context;

  beforeEach(async () => {
    forgetProcess();
    aheadMs = 0;
    jenkins = await startJenkins({ now: () => new ServerTime(Date.now() + aheadMs) });
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    context = {
      config: undefined,
      environment,
      limits: { ...quick, repeatMs: 0 },
      now: () => new Date(Date.now() + aheadMs),
    };
  });

  afterEach(() => jenkins.close());

  const names = () => jenkins.tokens("alice").map(({ tokenName }) => tokenName);
  const asked = () => jenkins.requests("POST", "generateNewToken").map(({ form }) => form["newTokenName"]);

  function answer(endpoint: string, ...answers: (Interception | undefined)[]): void {
    jenkins.intercept = ({ path }) => (path.includes(`/${endpoint}`) ? answers.shift() : undefined);
  }

  /** The token of a program whose first `up` fails and leaves a record. */
  async function pending(program: Properties = named, lost: Interception = { kind: "drop", when: "before" }) {
    answer("generateNewToken", lost);
    const token = new Engine(context);
    await assert.rejects(token.up(program), { code: "ERR_JENKINS_UNFINISHED" });
    assert.match(token.id, /^pending-[0-9a-f]{16}$/);
    return token;
  }

  function later(token: Engine, ms: number): void {
    forgetProcess();
    aheadMs += ms;
    jenkins.intercept = undefined;
    token.context = context;
  }

  const page = (reply: { status: number; body: string }, kind: "reply" | "replace"): Interception => ({
    kind,
    ...reply,
  });
  const bad = (data: object): Interception => ({
    kind: "replace",
    status: 200,
    body: JSON.stringify({ status: "ok", data }),
  });

  const overcome: Record<string, Interception> = {
    "the connection breaks after Jenkins has done it": { kind: "drop", when: "after" },
    "the reply is cut": { kind: "cut", after: 20 },
    "Jenkins answers 500 after it has done it": page(oopsPage(), "replace"),
    "Jenkins answers 500 without having done it": page(oopsPage(), "reply"),
    "a Jenkins that starts answers 500": page(startingPostPage(), "reply"),
    "a proxy answers 502 after Jenkins has done it": { kind: "replace", status: 502 },
    "a proxy answers 504 after Jenkins has done it": { kind: "replace", status: 504 },
    "a proxy's login page comes with 200 after Jenkins has done it": page(loginPage(layout), "replace"),
    "the reply has no value": bad({ tokenName: "ci", tokenUuid: "4f1c0000-0000-4000-8000-000000000000" }),
    "the reply has no uuid": bad({ tokenName: "ci", tokenValue: `11${"0".repeat(32)}` }),
  };
  for (const [what, lost] of Object.entries(overcome)) {
    it(`leaves exactly one token, with a value that is known, where ${what}`, async () => {
      for (const program of [named, autoNamed]) {
        answer("generateNewToken", lost);
        const token = new Engine(context);
        await token.up(program);
        assert.deepEqual(names(), [token.outputs["tokenName"]]);
        const authorization = `Basic ${Buffer.from(`alice:${token.outputs["tokenValue"]}`).toString("base64")}`;
        assert.equal((await fetch(`${jenkins.url}/whoAmI/api/json`, { headers: { authorization } })).status, 200);
        await token.destroy();
      }
    });
  }

  it("asks once more under a name that no attempt before has had, and gives the name afterwards", async () => {
    answer("generateNewToken", { kind: "drop", when: "after" });
    const token = new Engine(context);
    await token.up(autoNamed);
    const [first, second] = asked();
    assert.equal(first, token.outputs["tokenName"]);
    assert.match(String(second), new RegExp(`^${first} \\(pulumi [0-9a-f]{16}\\)$`));
  });

  const unclear: Record<string, Interception> = {
    "the connection breaks before Jenkins has done it": { kind: "drop", when: "before" },
    "a proxy answers 502": { kind: "reply", status: 502 },
    "a proxy answers 503": { kind: "reply", status: 503 },
    "a proxy answers 504": { kind: "reply", status: 504 },
    "a proxy answers 500": { kind: "reply", status: 500, body: "<h1>Internal Server Error</h1>" },
    "a proxy answers 408": { kind: "reply", status: 408 },
    "a proxy answers 429": { kind: "reply", status: 429 },
    "a proxy's login page comes with 200": page(loginPage(layout), "reply"),
  };
  for (const [what, lost] of Object.entries(unclear)) {
    it(`keeps a record of what may still come where ${what}`, async () => {
      const token = await pending(named, lost);
      const { pending: attempt, ...record } = token.outputs as Properties & { pending: Properties };
      assert.deepEqual(record, {
        ...{ ...named, userId: "alice", jenkinsUrl: jenkins.url, __provider: token.outputs["__provider"] },
      });
      assert.equal(attempt["name"], asked()[0]);
      assert.ok(Math.abs(Date.parse(String(attempt["startedAt"])) - Date.now()) < 3_000);
      assert.equal(asked().length, 1);
    });
  }

  it("tells in its message what was tried, what went wrong, and what follows", async () => {
    answer("generateNewToken", { kind: "reply", status: 502, body: "<title>Bad Gateway</title>" });
    await assert.rejects(new Engine(context).up(named), (error: UnfinishedTokenError) => {
      assert.match(
        error.message,
        /^Creating the API token "ci" for alice could not be finished, and it may exist on http:\S+ under the name "ci \(pulumi [0-9a-f]{16}\)": Creating the API token "ci \(pulumi [0-9a-f]{16}\)" for alice failed: POST \S+ answered 502: Bad Gateway\. A proxy before Jenkins, or an overloaded Jenkins: try again later\. It is recorded as pending-[0-9a-f]{16}: the next `pulumi up` or `pulumi destroy` looks for it and revokes it\.$/,
      );
      assert.deepEqual(error.reasons, [error.message]);
      return true;
    });
  });

  it("fails without a record where it has twice been lost, and twice been found and revoked", async () => {
    answer("generateNewToken", { kind: "drop", when: "after" }, { kind: "drop", when: "after" });
    const token = new Engine(context);
    await assert.rejects(token.up(named), { code: "ERR_JENKINS_UNREACHABLE" });
    assert.deepEqual([token.recorded, names(), asked().length], [undefined, [], 2]);
  });

  it("keeps a record where the list can't be read, or what is on it not be revoked", async () => {
    for (const endpoint of ["security", "revoke"]) {
      forgetProcess();
      jenkins.intercept = ({ path }) => {
        if (path.includes("generateNewToken")) return { kind: "drop", when: "after" };
        return path.includes(endpoint) ? { kind: "reply", status: 501 } : undefined;
      };
      const token = new Engine(context);
      await assert.rejects(token.up(named), { code: "ERR_JENKINS_UNFINISHED" });
      assert.equal(names().length, 1);
      later(token, 0);
      await token.destroy();
      assert.deepEqual(names(), []);
    }
  });

  it("finds a token that comes late, after the client has given up", async () => {
    context.limits = { ...quick, requestTimeoutMs: 1_000, lookAgainMs: 10_000, repeatMs: 0 };
    answer("generateNewToken", { kind: "delay", ms: 1_500, when: "before" });
    const token = new Engine(context);
    await token.up(autoNamed);
    assert.deepEqual(names(), [token.outputs["tokenName"]]);
  });

  describe("the record", () => {
    it("is asked nobody about by refresh", async () => {
      const token = await pending();
      const { outputs } = token;
      await jenkins.close();
      assert.equal(await token.refresh(), true);
      assert.deepEqual(token.outputs, outputs);
    });

    it("is replaced by the next up, which then revokes what the attempt has left", async () => {
      const token = await pending(autoNamed);
      const attempted = asked()[0] as string;
      later(token, 0);
      jenkins.generate("alice", attempted); // It has come after all.
      assert.equal(await token.up(autoNamed), "replace");
      assert.deepEqual([names(), token.toDelete], [[token.outputs["tokenName"]], []]);
      assert.notEqual(token.outputs["tokenName"], attempted);
    });

    it("stays, with the time from which it can be settled, as long as the attempt may still be carried out", async () => {
      const token = await pending();
      later(token, 240_000);
      await assert.rejects(token.up(named), (error: Error) => {
        assert.match(
          error.message,
          /^Looking for what an unfinished attempt may have left under the name "ci \(pulumi \w{16}\)" with alice failed: http:\S+: nothing is there yet, but the attempt is not five minutes old and may still be carried out\. Run again at (\S+) or later\.$/,
        );
        const [, at = ""] = /Run again at (\S+)/.exec(error.message) ?? [];
        assert.ok(Math.abs(Date.parse(at) - (Date.now() + 300_000)) < 10_000);
        return true;
      });
      assert.deepEqual([names(), token.toDelete.length], [["ci"], 1]);
      later(token, 61_000);
      assert.equal(await token.up(named), "same");
      assert.deepEqual([names(), token.toDelete], [["ci"], []]);
    });

    it("is settled by destroy, at once where the token is there, else after five minutes", async () => {
      const found = await pending();
      jenkins.generate("alice", String(asked()[0]));
      later(found, 0);
      await found.destroy();
      assert.deepEqual(names(), []);
      const token = await pending();
      later(token, 240_000);
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_REJECTED" });
      later(token, 70_000);
      await token.destroy();
    });

    it("is waited for where little is missing", async () => {
      const token = await pending();
      later(token, 0);
      token.context = { ...context, limits: { ...quick, settledAfterMs: 1_500, worthWaitingMs: 5_000 } };
      let looks = 0;
      jenkins.intercept = ({ path }) => {
        if (path.includes("/security/") && ++looks === 2) jenkins.generate("alice", String(asked()[0])); // Just in time.
        return undefined;
      };
      await token.destroy();
      assert.deepEqual([looks, names()], [2, []]);
    });

    it("is forgotten by the run that settles it", async () => {
      const token = await pending();
      jenkins.generate("alice", String(asked()[0]));
      await token.destroy();
      assert.equal(await token.up(named), "create");
    });

    it("is settled where its user is gone", async () => {
      const token = await pending();
      later(token, 0);
      jenkins.removeUser("alice");
      const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "admin", JENKINS_PASSWORD: "admin-password" };
      token.context = { ...context, environment };
      await token.destroy();
    });

    it("holds a login that came as an argument, so that it can be settled without another", async () => {
      const connection = { url: jenkins.url, username: "alice", password: "alice-password" };
      context = { ...context, environment: {} };
      const token = await pending({ ...named, connection });
      later(token, 400_000);
      await token.destroy();
      assert.deepEqual(token.recorded, undefined);
    });
  });

  describe("and create is called again in the same run, as a hook may do", () => {
    const again = () => create({ ...named, __provider: "text" }, context);

    it("first revokes what the earlier call has left", async () => {
      await pending();
      jenkins.generate("alice", String(asked()[0]));
      jenkins.intercept = undefined;
      await again();
      assert.deepEqual(names(), ["ci"]);
    });

    it("gives the same record again as long as the earlier call is not settled", async () => {
      const { id, outputs } = await pending();
      jenkins.intercept = undefined;
      await assert.rejects(again(), (error: UnfinishedTokenError) => {
        assert.deepEqual([error.id, error.properties["pending"]], [id, outputs["pending"]]);
        return true;
      });
      assert.equal(asked().length, 1);
      aheadMs += 310_000;
      await assert.rejects(again(), { code: "ERR_JENKINS_UNFINISHED" }); // This look tells what time it is.
      await again();
      assert.deepEqual(names(), ["ci"]);
    });

    it("revokes the token of an earlier call that could not be given its name", async () => {
      answer("rename", ...Array(9).fill({ kind: "reply", status: 501 }));
      await assert.rejects(again(), { code: "ERR_JENKINS_UNFINISHED", message: /could not be given its name/ });
      const [first] = jenkins.tokens("alice");
      jenkins.intercept = undefined;
      const { id } = await again();
      assert.deepEqual(names(), ["ci"]);
      assert.notEqual(id, first?.tokenUuid);
    });

    it("gives the record of each of two attempts again, whichever is called first", async () => {
      const bothFail = () => Promise.all([again(), again()].map((call) => call.catch(({ id }) => id)));
      answer("generateNewToken", { kind: "drop", when: "before" }, { kind: "drop", when: "before" });
      const records = await bothFail();
      assert.deepEqual(new Set(await bothFail()), new Set(records));
      assert.equal(new Set(records).size, 2);
    });

    it("gives the same record again where it can't be told", async () => {
      const { id } = await pending();
      answer("security", ...Array(9).fill({ kind: "reply", status: 501 }));
      await assert.rejects(again(), { code: "ERR_JENKINS_UNFINISHED", id });
    });

    it("gives the same record again where Pulumi was interrupted meanwhile, and nothing can be asked any more", async () => {
      const { id } = await pending();
      const signal = AbortSignal.abort(new CancelledError({ tried: "Pulumi was interrupted" }));
      await assert.rejects(perform({ signal }, again), { code: "ERR_JENKINS_UNFINISHED", id });
    });
  });
});
