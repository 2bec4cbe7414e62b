import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { newestVersion } from "../jenkins/profiles.ts";
import { throughDoor } from "./doors.ts";
import { Engine } from "./engine.ts";
import type { Face } from "./faces.ts";
import { broken } from "./invariants.ts";
import { Tally } from "./tally.ts";
import type { Outcome } from "./trial.ts";
import { type Servers, startServers, stopServers, World } from "./world.ts";

const PENDING = { name: "mine (pulumi 89abcdef01234567)", startedAt: new Date(0).toISOString() };

describe("What the fault runs find", () => {
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

  /** An up whose create leaves a live token and then fails, with or without a record of what it may have left. */
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

  it("is a live token behind an error that nothing records", async () => {
    const { state } = await failedUp(new Error("It may have been created."));
    assert.match(broken(state, world).join(), /^nobody knows the live token "mine \(pulumi 89abcdef01234567\)"/);
  });

  it("is no live token that a record names", async () => {
    const properties = { pending: PENDING, __provider: "some text" };
    const { state } = await failedUp(Object.assign(new Error("It is recorded."), { id: "pending-1", properties }));
    assert.deepEqual(broken(state, world), []);
  });

  it("is more than one run in a hundred that leaves something pending", () => {
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

  it("is met behind a door that leaves no mark of Jenkins but nosniff", async () => {
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
