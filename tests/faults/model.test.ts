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
import { isTimeOut, keepOutput, secretsIn, textOf } from "./output.ts";
import { withLogin } from "./scenarios.ts";
import { latestMs, limits, type Servers, startServers, stopServers, World } from "./world.ts";

/** The actions of users: in the programs of two stacks, with Pulumi, and by hand in Jenkins. */
type Deed =
  | { deed: "declare"; stack: 0 | 1; name: string; tokenName: string | undefined; turn: number; isFixed: boolean }
  | { deed: "remove"; stack: 0 | 1; name: string }
  | { deed: "up" | "refresh" | "destroy"; stack: 0 | 1 }
  | { deed: "up of both at once" }
  | { deed: "revoke by hand" | "rename by hand"; stack: 0 | 1; which: number }
  | { deed: "make by hand"; tokenName: string };

const stack = fc.constantFrom<0 | 1>(0, 1);
const name = fc.constantFrom("one", "two");
const tokenName = fc.constantFrom(undefined, undefined, "mine", "shared");
const declaring = fc.record({
  deed: fc.constant("declare"),
  stack,
  name,
  tokenName,
  turn: fc.nat(2),
  isFixed: fc.boolean(),
});
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: declaring },
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

describe("Two stacks of one user, with random actions and faults,", () => {
  let servers: Servers;
  let runs = 0;

  before(async () => {
    servers = await startServers(newestVersion);
  });

  after(() => stopServers(servers));

  it("leave no unknown token, and lose no value", async function () {
    this.timeout("15m");
    const numRuns = Number(process.env["MODEL_RUNS"] ?? 40);
    const deeds = fc.array(deed, { minLength: 3, maxLength: 14 });
    const life = fc.asyncProperty(kind, deeds, fc.array(planned, { maxLength: 3 }), async (login, done, goesWrong) => {
      const world = new World(servers, login, runs++);
      await new Life(world, goesWrong).live(done, goesWrong);
      world.leave();
    });
    await fc.assert(life, { numRuns, seed: Number(process.env["MODEL_SEED"] ?? 1), endOnFailure: true });
  });
});

class Life {
  readonly #world: World;
  readonly #stacks: Engine[];
  readonly #programs: Program[] = [{}, {}];
  readonly #injector: Injector;
  readonly #failures: Failure[] = [];
  readonly #said: string[] = [];

  constructor(world: World, goesWrong: Planned[]) {
    this.#world = world;
    this.#stacks = [0, 1].map(() => new Engine([dynamicFace(() => world.context())]));
    this.#injector = new Injector(world, goesWrong);
  }

  /** Runs the actions with faults. Then, without faults, settles and destroys everything. */
  async live(deeds: Deed[], goesWrong: Planned[]): Promise<void> {
    const output = keepOutput();
    try {
      for (const done of deeds) await this.#act(done);
      this.#injector.heal();
      for (const at of [0, 1]) {
        await this.#untilItSucceeds(`refresh of ${at}, healed`, () => this.#operation(at, "refresh"));
        await this.#untilItSucceeds(`up of ${at}, healed`, () => this.#up(at));
      }
      for (const at of [0, 1]) await this.#untilItSucceeds(`destroy of ${at}`, () => this.#operation(at, "destroy"));
      if (goesWrong.length > 0) await sleep(latestMs + limits.requestTimeoutMs);
    } finally {
      output.stop();
    }
    this.#said.push(...leftOvers(this.#state(), this.#world), ...strayedCredentials(this.#world));
    const text = [...this.#failures.map(({ error }) => textOf(error)), ...output.printed].join("\n");
    const secrets = [...this.#world.secrets, ...this.#world.otherSecrets, ...this.#world.values];
    this.#said.push(...secretsIn(text, secrets).map(() => "a secret is shown"));
    const trace = this.#injector.met.map((met, index) => shown(met, index + 1));
    const failed = this.#failures.map(({ error }) => String(error));
    assert.deepEqual(this.#said, [], [...this.#said, ...trace, ...failed].join("\n"));
  }

  #state() {
    return this.#stacks.flatMap(({ state }) => state);
  }

  #up(at: number): Promise<Failure[]> {
    return this.#stacks[at]?.up(withLogin(this.#world, this.#programs[at] ?? {})) ?? Promise.resolve([]);
  }

  #operation(at: number, operation: "refresh" | "destroy"): Promise<Failure[]> {
    return this.#stacks[at]?.[operation]() ?? Promise.resolve([]);
  }

  async #operate(what: string, run: () => Promise<Failure[]>): Promise<Failure[]> {
    this.#injector.begin(what);
    const failed = await run();
    this.#failures.push(...failed);
    this.#said.push(...broken(this.#state(), this.#world).map((violation) => `after ${what}: ${violation}`));
    return failed;
  }

  async #untilItSucceeds(what: string, run: () => Promise<Failure[]>): Promise<void> {
    let failed = await this.#operate(what, run);
    for (let left = 10; failed.length > 0 && left > 0; left -= failed.some(isTimeOut) ? 0.1 : 1) {
      await sleep(40);
      this.#world.followAdvice();
      failed = await this.#operate(what, run);
    }
    this.#said.push(...failed.map(({ error }) => `${what} does not succeed any more: ${textOf(error)}`));
  }

  async #act(done: Deed): Promise<void> {
    switch (done.deed) {
      case "declare": {
        const autoName = `p/${done.stack}/${done.name}`;
        const given = { autoName, ...(done.tokenName && { tokenName: done.tokenName }) };
        const [fixedValue] = this.#world.values; // The same in both stacks.
        const declared = { ...given, ...(done.isFixed && { fixedValue }), triggers: { turn: String(done.turn) } };
        Object.assign(this.#programs[done.stack] ?? {}, { [done.name]: declared });
        return;
      }
      case "remove":
        delete this.#programs[done.stack]?.[done.name];
        return;
      case "up":
        await this.#operate(`up of ${done.stack}`, () => this.#up(done.stack));
        return;
      case "up of both at once":
        await this.#operate(done.deed, async () => (await Promise.all([this.#up(0), this.#up(1)])).flat());
        return;
      case "refresh":
      case "destroy": {
        const operation = done.deed as "refresh" | "destroy";
        await this.#operate(`${operation} of ${done.stack}`, () => this.#operation(done.stack, operation));
        return;
      }
      case "make by hand":
        this.#world.makeByHand(this.#world.owner, done.tokenName);
        return;
      default:
        meddle(this.#world, this.#stacks[done.stack]?.state.map(({ id }) => id)[done.which], done.deed);
    }
  }
}

/** Changes a stack's tokens by hand in Jenkins. */
function meddle(world: World, tokenUuid: string | undefined, deed: "revoke by hand" | "rename by hand"): void {
  if (!tokenUuid || !world.tokensOf(world.owner).some((token) => token.tokenUuid === tokenUuid)) return;
  if (deed === "rename by hand") world.servers.jenkins.rename(world.owner, tokenUuid, "renamed by hand");
  else world.servers.jenkins.revoke(world.owner, tokenUuid);
  if (deed === "revoke by hand") world.excused.add(tokenUuid);
}
