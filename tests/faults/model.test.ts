import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { newestVersion } from "../jenkins/profiles.ts";
import { Engine, type Failure, type Program } from "./engine.ts";
import { dynamicFace } from "./faces.ts";
import { faults } from "./faults.ts";
import { Injector, type Planned, shown } from "./injector.ts";
import { broken, leftOvers, strayedCredentials } from "./invariants.ts";
import { keepOutput, secretsIn, textOf } from "./output.ts";
import { firstProvider, loadSecondProvider, type ProviderModules } from "./provider-modules.ts";
import { withLogin } from "./scenarios.ts";
import { latestMs, limits, type Servers, startServers, stopServers, World } from "./world.ts";

/** What people do: with the programs of two stacks, with Pulumi, and by hand in Jenkins. */
type Deed =
  | { deed: "declare"; stack: 0 | 1; name: string; tokenName: string | undefined; turn: number }
  | { deed: "remove"; stack: 0 | 1; name: string }
  | { deed: "up" | "refresh" | "destroy"; stack: 0 | 1 }
  | { deed: "up of both at once" }
  | { deed: "revoke by hand" | "rename by hand"; stack: 0 | 1; which: number }
  | { deed: "make by hand"; tokenName: string };

const stack = fc.constantFrom<0 | 1>(0, 1);
const name = fc.constantFrom("one", "two");
const tokenName = fc.constantFrom(undefined, undefined, "mine", "shared");
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ deed: fc.constant("declare"), stack, name, tokenName, turn: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ deed: fc.constant("remove"), stack, name }) },
  { weight: 4, arbitrary: fc.record({ deed: fc.constant("up"), stack }) },
  { weight: 2, arbitrary: fc.record({ deed: fc.constantFrom("refresh", "destroy"), stack }) },
  { weight: 3, arbitrary: fc.record({ deed: fc.constant("up of both at once") }) },
  {
    weight: 1,
    arbitrary: fc.record({ deed: fc.constantFrom("revoke by hand", "rename by hand"), stack, which: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ deed: fc.constant("make by hand"), tokenName: fc.constantFrom("mine", "x") }) },
) as fc.Arbitrary<Deed>;

const planned: fc.Arbitrary<Planned> = fc.record({
  fault: fc.constantFrom(...Object.keys(faults).filter((fault) => !faults[fault]?.isEnd)),
  place: fc.integer({ min: 1, max: 40 }),
  span: fc.constantFrom("once", "once", "operation"),
  parameter: fc.nat(200),
});

const kind = fc.constantFrom("token", "password", "argument", "administrator");

describe("Two stacks of one user, whatever is done with them and goes wrong", () => {
  let servers: Servers;
  let second: ProviderModules;
  let runs = 0;

  before(async () => {
    servers = await startServers(newestVersion);
    second = await loadSecondProvider();
  });

  after(() => stopServers(servers));

  it("leave no token that nobody knows, and lose no value", async function () {
    this.timeout(240_000);
    const numRuns = Number(process.env["MODEL_RUNS"] ?? 40);
    const deeds = fc.array(deed, { minLength: 3, maxLength: 14 });
    const life = fc.asyncProperty(kind, deeds, fc.array(planned, { maxLength: 3 }), async (login, done, goesWrong) => {
      const world = new World(servers, login, runs++);
      await live(world, [firstProvider, second], done, goesWrong);
      world.leave();
    });
    await fc.assert(life, { numRuns, seed: Number(process.env["MODEL_SEED"] ?? 1), endOnFailure: true });
  });
});

async function live(world: World, providers: ProviderModules[], deeds: Deed[], goesWrong: Planned[]): Promise<void> {
  const stacks = providers.map((each) => new Engine([dynamicFace(each, () => world.context())]));
  const programs: Program[] = [{}, {}];
  const injector = new Injector(world, goesWrong);
  const output = keepOutput();
  const failures: Failure[] = [];
  const said: string[] = [];
  const stateOf = () => stacks.flatMap(({ state }) => state);
  const up = (at: number) => stacks[at]?.up(withLogin(world, programs[at] ?? {})) ?? Promise.resolve([]);

  const operate = async (what: string, run: () => Promise<Failure[]>): Promise<Failure[]> => {
    injector.begin(what);
    const failed = await run();
    failures.push(...failed);
    said.push(...broken(stateOf(), world).map((violation) => `after ${what}: ${violation}`));
    return failed;
  };
  const untilItSucceeds = async (what: string, run: () => Promise<Failure[]>): Promise<void> => {
    let failed = await operate(what, run);
    for (let left = 10; failed.length > 0 && left > 0; left--) {
      await sleep(40);
      world.followAdvice();
      failed = await operate(what, run);
    }
    said.push(...failed.map(({ error }) => `${what} does not succeed any more: ${textOf(error)}`));
  };

  try {
    for (const done of deeds) await act(done);
    injector.heal();
    for (const at of [0, 1]) {
      await untilItSucceeds(`refresh of ${at}, healed`, () => stacks[at]?.refresh() ?? Promise.resolve([]));
      await untilItSucceeds(`up of ${at}, healed`, () => up(at));
    }
    for (const at of [0, 1])
      await untilItSucceeds(`destroy of ${at}`, () => stacks[at]?.destroy() ?? Promise.resolve([]));
    if (goesWrong.length > 0) await sleep(latestMs + limits.requestTimeoutMs);
  } finally {
    output.stop();
  }
  said.push(...leftOvers(stateOf(), world), ...strayedCredentials(world));
  const text = [...failures.map(({ error }) => textOf(error)), ...output.printed].join("\n");
  said.push(...secretsIn(text, [...world.secrets, ...world.otherSecrets]).map(() => "a secret is shown"));
  const trace = injector.met.map((met, index) => shown(met, index + 1));
  assert.deepEqual(said, [], [...said, ...trace, ...failures.map(({ error }) => String(error))].join("\n"));

  async function act(done: Deed): Promise<void> {
    switch (done.deed) {
      case "declare": {
        const given = done.tokenName ? { tokenName: done.tokenName } : { autoName: `p/${done.stack}/${done.name}` };
        Object.assign(programs[done.stack] ?? {}, { [done.name]: { ...given, triggers: { turn: String(done.turn) } } });
        return;
      }
      case "remove":
        delete programs[done.stack]?.[done.name];
        return;
      case "up":
        await operate(`up of ${done.stack}`, () => up(done.stack));
        return;
      case "up of both at once":
        await operate(done.deed, async () => (await Promise.all([up(0), up(1)])).flat());
        return;
      case "refresh":
      case "destroy":
        await operate(
          `${done.deed} of ${done.stack}`,
          async () => (await stacks[done.stack]?.[done.deed as "refresh"]()) ?? [],
        );
        return;
      case "make by hand":
        world.makeByHand(world.owner, done.tokenName);
        return;
      default:
        meddle(world, stacks[done.stack]?.state.map(({ id }) => id)[done.which], done.deed);
    }
  }
}

/** Somebody changes in Jenkins what a stack has made. */
function meddle(world: World, tokenUuid: string | undefined, deed: "revoke by hand" | "rename by hand"): void {
  if (!tokenUuid || !world.tokensOf(world.owner).some((token) => token.tokenUuid === tokenUuid)) return;
  if (deed === "rename by hand") world.servers.jenkins.rename(world.owner, tokenUuid, "renamed by hand");
  else world.servers.jenkins.revoke(world.owner, tokenUuid);
  if (deed === "revoke by hand") world.excused.add(tokenUuid);
}
