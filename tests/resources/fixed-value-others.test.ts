import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Memory } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { autoNamed, FixedValues, named, OTHER } from "../support/fixed-value.ts";

const unfinished = { code: "ERR_JENKINS_UNFINISHED" };
const DAY_MS = 86_400_000;

describe("a token with a declared value, among others with its name or value,", () => {
  const run = new FixedValues();

  it("is found and kept by the next up if the state has nothing from the previous run", async () => {
    for (const program of [named, autoNamed]) {
      const token = await run.start();
      run.answer("rename", { kind: "reply", status: 501 });
      await assert.rejects(token.up(program), unfinished);
      const [tokenUuid] = run.uuids();
      run.later();
      const next = new Engine(run.as("alice")); // A killed run leaves nothing in the state.
      await next.up(program);
      assert.deepEqual([next.id, run.posts()], [tokenUuid, ["rename"]]);
      run.holds(next, next.outputs["tokenName"]);
    }
  });

  it("is found and kept with its last day, and created again if the program asks for another last day", async () => {
    const killed = async (program: Record<string, unknown>) => {
      const token = await run.start();
      run.answer("rename", { kind: "reply", status: 501 });
      await assert.rejects(token.up(program), unfinished);
      run.later(DAY_MS);
      return [new Engine(run.as("alice")), run.uuids()[0]] as const;
    };
    const expiring = { ...named, expiresInDays: 30 };
    const [kept, uuid] = await killed(expiring);
    await kept.up(expiring);
    assert.deepEqual([kept.id, kept.outputs["expiresOn"]], [uuid, run.jenkins.tokens("alice")[0]?.expiresOn]);
    for (const other of [named, { ...named, expiresInDays: 90 }]) {
      const [token, before] = await killed(expiring);
      await token.up(other);
      assert.notEqual(token.id, before);
      run.holds(token);
    }
  });

  it("is created again if the run was killed after the rename, and the first one keeps its final name", async () => {
    const token = await run.start();
    await token.up(named);
    const [left] = run.uuids();
    run.later();
    const next = new Engine(run.as("alice")); // A killed run leaves nothing in the state.
    await next.up(named);
    assert.deepEqual([new Set(run.uuids()), run.names()], [new Set([left, next.id]), ["ci", "ci"]]);
    await next.destroy();
    assert.deepEqual(run.uuids(), [left]);
  });

  it("is found by its resource's name if the program has changed its tokenName after a killed run", async () => {
    const token = await run.start();
    const inStack = { ...named, autoName: "project/stack/ci" };
    run.answer("rename", { kind: "reply", status: 501 });
    await assert.rejects(token.up(inStack), unfinished);
    const [tokenUuid] = run.uuids();
    run.later();
    const next = new Engine(run.as("alice"));
    await next.up({ ...inStack, tokenName: "other" });
    run.holds(next, "other");
    assert.equal(next.id, tokenUuid);
  });

  it("is the only token after a proxy has sent the request twice unnoticed", async () => {
    for (const passed of [0, 1] as const) {
      const token = await run.start();
      run.answer("addFixedToken", { kind: "twice", passed });
      await token.up(named);
      run.holds(token);
    }
  });

  it("is destroyed or replaced together with a token that a repeated request has created later", async () => {
    for (const replaces of [false, true]) {
      const token = await run.start();
      await token.up(named);
      const [added] = run.jenkins.requests("POST", "addFixedToken");
      run.jenkins.generate("alice", added?.form["newTokenName"] ?? "");
      run.later();
      if (replaces) await token.up({ ...named, fixedValue: OTHER });
      else await token.destroy();
      assert.deepEqual(run.uuids(), replaces ? [token.id] : []);
    }
  });

  it("is revoked with its record, together with a token of a later run that was killed", async () => {
    const token = await run.start();
    run.answer("rename", { kind: "replace", status: 501 });
    await assert.rejects(token.up(named), unfinished);
    const { name } = token.outputs["pending"] as { name: string };
    run.jenkins.generate("alice", name);
    run.later();
    assert.deepEqual(run.names(), ["ci", name]);
    await token.destroy();
    assert.deepEqual(run.names(), []);
  });

  it("is revoked by a login that may not read the list", async () => {
    const token = await run.start();
    await token.up(named);
    run.later();
    run.jenkins.intercept = ({ path }) => (path.includes("/security") ? { kind: "reply", status: 403 } : undefined);
    await token.destroy();
    assert.deepEqual(run.names(), []);
  });

  it("is created for each of two stacks with the same name and value, if both create it at once", async () => {
    const one = await run.start();
    const other = new Engine({ ...run.as("alice"), memory: new Memory() });
    const inStack = (stack: string) => ({ ...named, autoName: `project/${stack}/ci` });
    let isSecond = false;
    const both = new Promise<void>((done) => {
      run.jenkins.intercept = ({ path }) => {
        if (isSecond || !path.endsWith("/rename")) return undefined;
        isSecond = true;
        return { kind: "wait", until: other.up(inStack("blue")).finally(done) };
      };
    });
    await one.up(inStack("green"));
    await both;
    assert.notEqual(one.id, other.id);
    assert.deepEqual([new Set(run.uuids()), run.names()], [new Set([one.id, other.id]), ["ci", "ci"]]);
    await other.destroy();
    run.holds(one);
  });

  it("is created for each of two resources with the same name and value that are created at once", async () => {
    const one = await run.start();
    const other = new Engine(run.as("alice"));
    run.answer("addFixedToken", { kind: "drop", when: "after" });
    await Promise.all([one.up(named), other.up(named)]);
    assert.deepEqual([new Set(run.uuids()), run.names()], [new Set([one.id, other.id]), ["ci", "ci"]]);
    assert.notEqual(one.id, other.id);
  });
});
