import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { UnfinishedTokenError } from "../../provider/errors.ts";
import { CancelledError } from "../../provider/errors.ts";
import { perform } from "../../provider/operation.ts";
import { resources } from "../../provider/resources/index.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { oopsPage, unauthorizedPage } from "../jenkins/pages.ts";
import type { Interception } from "../jenkins/server.ts";
import { autoNamed, FixedValues, named, UNFINISHED, VALUE } from "../support/fixed-value.ts";
import { newProcess } from "../support/process.ts";

const ofBob = { ...named, user: "bob", via: "scriptConsole" };
const unfinished = { code: "ERR_JENKINS_UNFINISHED" };
const DAY_MS = 86_400_000;

describe("a token with a declared value, when replies are lost,", () => {
  const run = new FixedValues();

  const added: Record<string, Interception> = {
    "the connection breaks": { kind: "drop", when: "after" },
    "the reply is cut": { kind: "cut", after: 20 },
    "Jenkins answers 500": { kind: "replace", ...oopsPage() },
    "a proxy answers 502": { kind: "replace", status: 502 },
    "a proxy redirects": { kind: "alter", alter: (reply) => ({ ...reply, status: 302 }) },
    "a proxy refuses": { kind: "alter", alter: (reply) => ({ ...reply, status: 403 }) },
    "a proxy sends it twice": { kind: "twice", passed: 1, alter: ({ body }) => ({ status: 200, headers: {}, body }) },
  };
  for (const [what, lost] of Object.entries(added)) {
    it(`is found by its name and kept as the only token, if ${what} after it was created`, async () => {
      for (const program of [named, autoNamed]) {
        const token = await run.start();
        run.answer("addFixedToken", lost);
        await token.up(program);
        run.holds(token, program === named ? "ci" : token.outputs["tokenName"]);
        const isTwice = lost.kind === "twice";
        assert.deepEqual(run.posts(), ["addFixedToken", ...(isTwice ? ["revoke"] : []), "rename"]);
      }
    });
  }

  it("is found through the script console in the same way", async () => {
    const token = await run.start();
    token.context = run.as("admin");
    run.answer("scriptText", undefined, { kind: "drop", when: "after" });
    await token.up(ofBob);
    run.holds(token, "ci", "bob");
    assert.deepEqual(
      run.jenkins.scripts.map(({ verb }) => verb),
      ["list", "generate", "list", "list", "rename"],
    );
  });

  it("is requested again after a 500 of Jenkins without an effect, and fails if every reply is a 500", async () => {
    const token = await run.start();
    run.answer("addFixedToken", { kind: "reply", ...oopsPage() });
    await token.up(named);
    run.holds(token);
    await token.destroy();
    run.jenkins.intercept = ({ path }) =>
      path.includes("addFixedToken") ? { kind: "reply", ...oopsPage() } : undefined;
    await assert.rejects(token.up(named), { code: "ERR_JENKINS_UNEXPECTED", status: 500 });
    assert.deepEqual([token.recorded, run.names()], [undefined, []]);
  });

  it("has a record if the list cannot be read, and the next up finds and keeps the token", async () => {
    const token = await run.start();
    let isAdded = false;
    run.jenkins.intercept = ({ path }) => {
      if (path.includes("addFixedToken")) isAdded = true;
      if (path.includes("addFixedToken")) return { kind: "drop", when: "after" };
      return isAdded && path.includes("security") ? { kind: "reply", status: 501 } : undefined;
    };
    await assert.rejects(token.up(named), (error: UnfinishedTokenError) => {
      assert.match(
        error.message,
        /it may exist on http:\S+ under the name "ci \(pulumi [0-9a-f]{16}\)": .* It is recorded as pending-[0-9a-f]{16}: the next `pulumi up` looks for it and keeps it, and `pulumi destroy` revokes it\.$/,
      );
      assert.ok(!JSON.stringify(error.reasons).includes(VALUE));
      return true;
    });
    const [uuid] = run.uuids();
    run.later();
    assert.equal(await token.up(named), "replace");
    run.holds(token);
    assert.deepEqual([token.id, token.toDelete, run.posts()], [uuid, [], ["rename"]]);
  });

  it("has a record while Jenkins may still create it, and is revoked if it comes after another one", async () => {
    const token = await run.start();
    run.answer("addFixedToken", { kind: "drop", when: "before" });
    await assert.rejects(token.up(named), unfinished);
    run.later();
    await assert.rejects(token.up(named), { message: /the attempt is not five minutes old/ });
    const [{ outputs = {} } = {}] = token.toDelete;
    const { name } = outputs["pending"] as { name: string };
    assert.match(name, UNFINISHED);
    run.jenkins.generate("alice", name);
    run.later();
    assert.equal(await token.up(named), "same");
    run.holds(token);
  });

  it("is revoked by a destroy of its record, which finds it by name or by uuid", async () => {
    for (const endpoint of ["addFixedToken", "rename"]) {
      const token = await run.start();
      run.jenkins.intercept = ({ path }) => {
        if (path.includes(endpoint)) return { kind: "replace", status: 501 };
        return endpoint !== "rename" && path.includes("security") && run.names().length > 0
          ? { kind: "reply", status: 501 }
          : undefined;
      };
      await assert.rejects(token.up(named), unfinished);
      assert.equal(run.names().length, 1);
      run.later();
      await token.destroy();
      assert.deepEqual(run.names(), []);
    }
  });

  it("is kept by the next up, whether a rename with a lost reply was carried out or not", async () => {
    for (const kind of ["reply", "replace"] as const) {
      const token = await run.start();
      run.answer("rename", { kind, status: 501 });
      await assert.rejects(token.up(named), unfinished);
      run.later();
      assert.equal(await token.up({ ...named, triggers: { turn: "2" } }), "replace");
      run.holds(token);
      assert.deepEqual(token.toDelete, []);
    }
  });

  const renames: Record<string, Interception> = {
    "was refused": { kind: "reply", ...unauthorizedPage() },
    "was refused by a proxy": { kind: "reply", status: 403 },
  };
  for (const [what, answer] of Object.entries(renames)) {
    it(`is not revoked with the record of a rename that ${what}, if another run has kept it`, async () => {
      const token = await run.start();
      run.jenkins.intercept = ({ path }) => (path.includes("/rename") ? answer : undefined);
      await assert.rejects(token.up(named), unfinished);
      const record = token.recorded;
      assert.ok(record);
      run.later();
      await token.up(named);
      assert.ok(token.id);
      run.later(DAY_MS);
      const context = run.as("alice"); // The next run. The engine calls diff before it deletes the record.
      resources.ApiToken.diff(token.id, token.outputs, named, context);
      await resources.ApiToken.remove(record.id, record.outputs, context);
      run.holds(token);
    });
  }

  it("is revoked by a destroy of its record if no list could be read after it was renamed", async () => {
    const token = await run.start();
    let isRenamed = false;
    run.jenkins.intercept = ({ path }) => {
      if (path.includes("/rename")) isRenamed = true;
      if (path.includes("/rename")) return { kind: "alter", alter: ({ body }) => ({ status: 200, headers: {}, body }) };
      return isRenamed && path.includes("security") ? { kind: "reply", status: 403 } : undefined;
    };
    await assert.rejects(token.up(named), unfinished);
    assert.deepEqual(run.names(), ["ci"]);
    run.later();
    await token.destroy();
    assert.deepEqual(run.names(), []);
  });

  it("is revoked with its record in the same process, if no run has kept it", async () => {
    const token = await run.start();
    run.answer("rename", { kind: "reply", status: 501 });
    await assert.rejects(token.up(named), unfinished);
    await token.destroy();
    assert.deepEqual(run.names(), []);
  });

  it("gets its creation time from its last day, if another run has kept it", async () => {
    const token = await run.start();
    const program = { ...named, expiresInDays: 5, renewBeforeDays: 1 };
    run.answer("rename", { kind: "reply", status: 501 });
    await assert.rejects(token.up(program), unfinished);
    const age = () => Date.now() + run.aheadMs - Date.parse(String(token.outputs["createdAt"]));
    run.later(1.5 * DAY_MS);
    await token.up(program);
    assert.ok(age() > DAY_MS && age() < 3 * DAY_MS, String(age()));
  });

  it("does not revoke the token that it replaces until the replacement has succeeded", async () => {
    const token = await run.start();
    await token.up(named);
    const { id } = token;
    const again = { ...named, triggers: { turn: "2" } };
    run.answer("rename", { kind: "reply", status: 501 });
    await assert.rejects(token.up(again), unfinished);
    assert.deepEqual([run.uuids()[0], run.names().length], [id, 2]);
    run.later();
    assert.equal(await token.up(again), "replace");
    run.holds(token);
    assert.notEqual(token.id, id);
  });

  it("is recorded when the run is interrupted after it was created", async () => {
    const token = await run.start();
    const interrupting = new AbortController();
    run.jenkins.intercept = ({ path }) => {
      if (!path.includes("addFixedToken")) return undefined;
      const interrupt = <T>(reply: T): T => {
        interrupting.abort(new CancelledError({ tried: "Pulumi was interrupted" }));
        return reply;
      };
      return { kind: "alter", alter: interrupt };
    };
    await assert.rejects(
      perform({ signal: interrupting.signal }, () => token.up(named)),
      unfinished,
    );
    const [uuid] = run.uuids();
    run.later();
    await token.up(named);
    assert.equal(token.id, uuid);
    run.holds(token);
  });

  it("is created by the second call of a hook, which drops the record of the first call", async () => {
    for (const lost of ["rename", "addFixedToken"]) {
      const first = await run.start();
      run.answer(lost, { kind: lost === "rename" ? "reply" : "replace", status: 501 });
      if (lost === "rename") await assert.rejects(first.up(named), unfinished);
      run.jenkins.intercept = undefined;
      const second = new Engine(first.context);
      await second.up(named);
      run.holds(second);
      newProcess();
    }
  });
});
