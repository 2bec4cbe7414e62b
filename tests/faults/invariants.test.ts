import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { newestVersion } from "../jenkins/profiles.ts";
import { throughDoor } from "./doors.ts";
import { Engine } from "./engine.ts";
import type { Face } from "./faces.ts";
import { broken } from "./invariants.ts";
import { Leftovers } from "./leftovers.ts";
import { Tally } from "./tally.ts";
import type { Outcome } from "./trial.ts";
import { type Servers, startServers, stopServers, World } from "./world.ts";

const PENDING = { name: "mine (pulumi 89abcdef01234567)", startedAt: new Date(0).toISOString() };

describe("The fault runs", () => {
  let servers: Servers;
  let world: World;
  let runs = 0;

  before(async () => {
    servers = await startServers(newestVersion);
  });

  beforeEach(() => {
    world = new World(servers, "token", runs++);
  });

  after(() => stopServers(servers));

  /** An up whose create leaves a live token and then fails, with or without a pending record. */
  async function failedUp(error: Error): Promise<Engine> {
    const face = {
      beginProcess: async () => undefined,
      check: async (_: string, __: object, inputs: object) => ({ inputs, failures: [] }),
      create: async () => {
        servers.jenkins.generate(world.owner, PENDING.name);
        throw error;
      },
    };
    const engine = new Engine([face as unknown as Face]);
    assert.equal((await engine.up({ mine: {} })).length, 1);
    return engine;
  }

  it("find a live token of a failed create without a record", async () => {
    const { state } = await failedUp(new Error("It may have been created."));
    assert.match(broken(state, world).join(), /^nobody knows the live token "mine \(pulumi 89abcdef01234567\)"/);
  });

  it("accept a live token with a record", async () => {
    const properties = { pending: PENDING, __provider: "some text" };
    const { state } = await failedUp(Object.assign(new Error("It is recorded."), { id: "pending-1", properties }));
    assert.deepEqual(broken(state, world), []);
  });

  it("find a token of a declared value that a killed run has left and the next run does not find", () => {
    const leftovers = new Leftovers(world, true);
    const leave = (tokenName: string) => world.values.push(servers.jenkins.generate(world.owner, tokenName).tokenValue);
    leave(PENDING.name);
    assert.deepEqual([leftovers.lookAt([], []), leftovers.areToBeFound], [[], true]);
    assert.deepEqual(broken([], world), []);
    leftovers.lookAt([]);
    assert.deepEqual(leftovers.notFound, [`no run has found "${PENDING.name}", which a killed one left`]);
    leave("mine");
    assert.deepEqual(leftovers.lookAt([], []), ["a killed run has left a token under its final name"]);
    servers.jenkins.generate(world.owner, "mine");
    assert.deepEqual(leftovers.lookAt([], []), ["a killed run has left more tokens than it asked for"]);
  });

  it("fail if more than one run in a hundred leaves something pending", () => {
    const tally = new Tally(1, () => undefined);
    const plan = { run: 1, scenario: "API token", face: "dynamic", version: newestVersion, faults: [] } as const;
    const outcome = { plan: { ...plan, faults: [] }, failedOperations: 0, records: 0, violations: [], trace: [] };
    const add = (times: number, isSettled: boolean) => {
      for (let time = 0; time < times; time++) tally.add({ ...outcome, isSettled } as Outcome, 200);
    };
    add(198, true);
    add(2, false);
    assert.equal(tally.isLeftPending, false);
    add(1, false);
    assert.equal(tally.isLeftPending, true);
    assert.deepEqual(tally.unsettled, [1, 1, 1]);
  });

  it("have a front door that removes every mark of Jenkins except nosniff", async () => {
    servers.jenkins.passBack = throughDoor;
    const marks = /jenkins|hudson|jetty|authenticated|content-security|reporting/i;
    try {
      for (const path of ["/login", "/whoAmI/api/json", `/user/${world.owner}/security/`, "/nowhere/at/all"]) {
        const { headers } = await fetch(servers.jenkins.url + path, { redirect: "manual" });
        const names = [...headers]
          .filter(([name]) => name !== "set-cookie")
          .map(([name, value]) => `${name}: ${value}`);
        assert.deepEqual(
          names.filter((line) => marks.test(line)),
          [],
          path,
        );
        assert.equal(headers.get("x-content-type-options"), "nosniff");
      }
    } finally {
      servers.jenkins.passBack = undefined;
    }
  });
});
