import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { UnfinishedTokenError } from "../../provider/errors.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { loginPage, oopsPage, startingPostPage } from "../jenkins/pages.ts";
import type { Interception } from "../jenkins/server.ts";
import { signsIn } from "../support/login.ts";
import { newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";
import { autoNamed, LostReplies, named } from "../support/safe-create.ts";

const layout = { version: "2.568.1", session: "s", contextPath: "", crumbRequestField: "C", crumb: "c" };

describe("a create whose reply is lost", () => {
  const run = new LostReplies();

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
    "the connection breaks after the effect": { kind: "drop", when: "after" },
    "the reply is cut": { kind: "cut", after: 20 },
    "Jenkins answers 500 after the effect": page(oopsPage(), "replace"),
    "Jenkins answers 500 without an effect": page(oopsPage(), "reply"),
    "a starting Jenkins answers 500": page(startingPostPage(), "reply"),
    "a proxy answers 502 after the effect": { kind: "replace", status: 502 },
    "a proxy answers 504 after the effect": { kind: "replace", status: 504 },
    "a proxy's login page comes with 200 after the effect": page(loginPage(layout), "replace"),
    "the reply has no value": bad({ tokenName: "ci", tokenUuid: "4f1c0000-0000-4000-8000-000000000000" }),
    "the reply has no uuid": bad({ tokenName: "ci", tokenValue: `11${"0".repeat(32)}` }),
  };
  for (const [what, lost] of Object.entries(overcome)) {
    it(`leaves exactly one token, whose value is in the state, if ${what}`, async () => {
      for (const program of [named, autoNamed]) {
        run.answer("generateNewToken", lost);
        const token = new Engine(run.context);
        await token.up(program);
        assert.deepEqual(run.names(), [token.outputs["tokenName"]]);
        assert.equal(await signsIn(run.jenkins, "alice", token.outputs["tokenValue"]), true);
        await token.destroy();
      }
    });
  }

  it("sends another generate with a new name, and then renames the token", async () => {
    run.answer("generateNewToken", { kind: "drop", when: "after" });
    const token = new Engine(run.context);
    await token.up(autoNamed);
    const [first, second] = run.asked();
    assert.equal(first, token.outputs["tokenName"]);
    assert.match(String(second), new RegExp(`^${first} \\(pulumi [0-9a-f]{16}\\)$`));
  });

  const unclear: Record<string, Interception> = {
    "the connection breaks before the effect": { kind: "drop", when: "before" },
    "a proxy answers 502": { kind: "reply", status: 502 },
    "a proxy answers 503": { kind: "reply", status: 503 },
    "a proxy answers 504": { kind: "reply", status: 504 },
    "a proxy answers 500": { kind: "reply", status: 500, body: "<h1>Internal Server Error</h1>" },
    "a proxy answers 408": { kind: "reply", status: 408 },
    "a proxy answers 429": { kind: "reply", status: 429 },
    "a proxy's login page comes with 200": page(loginPage(layout), "reply"),
  };
  for (const [what, lost] of Object.entries(unclear)) {
    it(`leaves a record of the token that may still come, if ${what}`, async () => {
      const token = await run.pending(named, lost);
      const { pending: attempt, ...record } = token.outputs as Properties & { pending: Properties };
      assert.deepEqual(record, {
        ...{ ...named, userId: "alice", jenkinsUrl: run.jenkins.url, __provider: token.outputs["__provider"] },
      });
      assert.equal(attempt["name"], run.asked()[0]);
      assert.ok(Math.abs(Date.parse(String(attempt["startedAt"])) - Date.now()) < 30_000);
      assert.equal(run.asked().length, 1);
    });
  }

  it("names the operation, the failure and the next step in its error", async () => {
    run.answer("generateNewToken", { kind: "reply", status: 502, body: "<title>Bad Gateway</title>" });
    await assert.rejects(new Engine(run.context).up(named), (error: UnfinishedTokenError) => {
      assert.match(
        error.message,
        /^Creating the API token "ci" for alice could not be finished, and it may exist on http:\S+ under the name "ci \(pulumi [0-9a-f]{16}\)": Creating the API token "ci \(pulumi [0-9a-f]{16}\)" for alice failed: POST \S+ answered 502: Bad Gateway\. A proxy before Jenkins failed, or Jenkins is overloaded: try again later\. It is recorded as pending-[0-9a-f]{16}: the next `pulumi up` or `pulumi destroy` looks for it and revokes it\.$/,
      );
      assert.deepEqual(error.reasons, [error.message]);
      return true;
    });
  });

  it("fails without a record if two replies are lost, and both tokens are found and revoked", async () => {
    run.answer("generateNewToken", { kind: "drop", when: "after" }, { kind: "drop", when: "after" });
    const token = new Engine(run.context);
    await assert.rejects(token.up(named), { code: "ERR_JENKINS_UNREACHABLE" });
    assert.deepEqual([token.recorded, run.names(), run.asked().length], [undefined, [], 2]);
  });

  it("leaves a record if the list cannot be read, or if the token cannot be revoked", async () => {
    for (const endpoint of ["security", "revoke"]) {
      newProcess();
      run.jenkins.intercept = ({ path }) => {
        if (path.includes("generateNewToken")) return { kind: "drop", when: "after" };
        return path.includes(endpoint) ? { kind: "reply", status: 501 } : undefined;
      };
      const token = new Engine(run.context);
      await assert.rejects(token.up(named), { code: "ERR_JENKINS_UNFINISHED" });
      assert.equal(run.names().length, 1);
      run.later(token, 0);
      await token.destroy();
      assert.deepEqual(run.names(), []);
    }
  });

  it("finds a token that Jenkins creates after the client has given up", async () => {
    run.context.limits = { ...quick, requestTimeoutMs: 2_000, lookAgainMs: 20_000, repeatMs: 0 };
    run.answer("generateNewToken", { kind: "delay", ms: 3_000, when: "before" });
    const token = new Engine(run.context);
    await token.up(autoNamed);
    assert.deepEqual(run.names(), [token.outputs["tokenName"]]);
  });
});
