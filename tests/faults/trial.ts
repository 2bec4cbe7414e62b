import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { throughDoor } from "./doors.ts";
import { Engine, type Failure, Killed } from "./engine.ts";
import { dynamicFace, type Face, type FaceName } from "./faces.ts";
import { faults } from "./faults.ts";
import { Injector, type Met, type Planned, shown } from "./injector.ts";
import {
  broken,
  emptyRecords,
  homesOf,
  leftOvers,
  moved,
  notice,
  notRotated,
  type Rotations,
  records,
  strayedCredentials,
} from "./invariants.ts";
import { Leftovers } from "./leftovers.ts";
import { isForbidden, isMistake, isTimeOut, keepOutput, secretsIn, textOf } from "./output.ts";
import { pluginFace, type RunningPlugin, startPlugin } from "./plugin-face.ts";
import { type Scenario, type Step, scenarios } from "./scenarios.ts";
import { latestMs, limits, type Servers, timeLimitMs, World } from "./world.ts";

/** The plan of one run. */
export interface Plan {
  run: number;
  scenario: string;
  face: FaceName;
  /** The version of Jenkins. */
  version: string;
  faults: Planned[];
  /** Whether the outcome has the requests even without a violation. */
  isTold?: boolean;
}

export interface Outcome {
  plan: Plan;
  failedOperations: number;
  records: number;
  /** Whether nothing was pending any more after two further runs without faults. */
  isSettled: boolean;
  violations: string[];
  /** The requests, if an invariant was violated. */
  trace: string[];
}

/** More tries than are needed to settle every pending record. */
const TRIES = 10;
/** The number of tries if only timeouts occur. */
const PATIENCE = 500;
const PAUSE_MS = 40;
/** The pause between two runs of a user who waits as long as the message says. */
const WAIT_MS = limits.settledAfterMs + 20;
/** After this many runs, everything that can be settled is settled. */
const FURTHER_RUNS = 2;
const LONGEST_DELAY_MS = 30;

/** Runs one life of a stack with the faults of `plan`, and returns the violations. */
export async function play(plan: Plan, servers: Servers): Promise<Outcome & { met: Met[] }> {
  const scenario = scenarios[plan.scenario];
  if (!scenario) throw new Error(`no scenario ${plan.scenario}`);
  const world = new World(servers, scenario.kind, plan.run, plan.faults.length === 0);
  servers.jenkins.passBack = scenario.isBehindDoor && throughDoor;
  const timeLimit = { ms: plan.faults.some(({ fault }) => fault.startsWith("time limit")) ? timeLimitMs : 0 };
  const faces = await facesOf(plan.face, scenario.providers ?? 1, world, () => timeLimit.ms);
  const trial = new Trial(plan, scenario, world, new Engine(faces, scenario.isHooked));
  await trial.live(() => {
    timeLimit.ms = 0;
  });
  trial.findSecrets();
  world.leave();
  return trial.outcome();
}

class Trial {
  readonly #plan: Plan;
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #engine: Engine;
  readonly #injector: Injector;
  readonly #leftovers: Leftovers;
  readonly #output = keepOutput();
  readonly #delays = monitorEventLoopDelay({ resolution: 5 });
  readonly #violations: string[] = [];
  readonly #failures: Failure[] = [];
  readonly #recorded = new Set<string>();
  /** The records that a clear refusal does not justify. */
  readonly #needless = new Set<string>();
  readonly #rotations: Rotations = new Map();
  #failedOperations = 0;
  #isSettled = false;

  constructor(plan: Plan, scenario: Scenario, world: World, engine: Engine) {
    this.#plan = plan;
    this.#scenario = scenario;
    this.#world = world;
    this.#engine = engine;
    const ends = { interrupt: () => void engine.interrupt(), kill: () => engine.kill() };
    this.#injector = new Injector(world, plan.faults, ends);
    this.#leftovers = new Leftovers(world, plan.faults.length === 1);
    this.#delays.enable();
  }

  /** Runs the steps with the faults. Then, without faults, settles and destroys everything. */
  async live(liftTimeLimit: () => void): Promise<void> {
    try {
      for (const step of this.#scenario.steps) await this.#take(step);
      const failuresInFaults = [...this.#failures];
      this.#injector.heal();
      liftTimeLimit();
      await this.#settle();
      if (this.#plan.faults.length > 0) await sleep(lateMs(this.#plan));
      this.#violations.push(
        ...leftOvers(this.#engine.state, this.#world),
        ...this.#leftovers.notFound,
        ...strayedCredentials(this.#world),
      );
      // If this machine was too slow for the limits, the faults did not cause the failures.
      const isTooSlow = this.#delays.max / 1e6 > LONGEST_DELAY_MS || this.#failures.some(isTimeOut);
      const { met } = this.#injector;
      if (!isTooSlow)
        this.#violations.push(...unexpectedFailures(this.#plan, failuresInFaults, this.#needless.size, met));
    } finally {
      this.#output.stop();
      this.#delays.disable();
    }
  }

  /** Runs a step, and repeats it until no run has to find a token that a killed run has left. */
  async #take({ name, run }: Step): Promise<void> {
    const operate = (title: string) => this.#operate(title, () => run(this.#engine, this.#world));
    if (!(await operate(name))) this.#failedOperations++;
    for (let left = TRIES; left > 0 && this.#leftovers.areToBeFound; left--) {
      if (await operate(`${name}, again`)) continue;
      await this.#follow(this.#failures.at(-1));
      await sleep(WAIT_MS);
    }
  }

  async #settle(): Promise<void> {
    const [engine, world, { last }] = [this.#engine, this.#world, this.#scenario];
    if (world.isSpread(homesOf(engine.state).values())) await this.#untilItSucceeds("destroy", () => engine.destroy());
    world.repair();
    let runs = await this.#untilItSucceeds("up", () => engine.up(last(world)));
    if (runs < FURTHER_RUNS && records(engine.state).length > 0) {
      await sleep(WAIT_MS); // An up may succeed with a pending record that is too young to be settled.
      runs += await this.#untilItSucceeds("up", () => engine.up(last(world)));
    }
    this.#isSettled = Math.floor(runs) <= FURTHER_RUNS && records(engine.state).length === 0;
    await this.#untilItSucceeds("destroy", () => engine.destroy());
  }

  /** Runs one operation of Pulumi, and checks the invariants. */
  async #operate(name: string, run: () => Promise<Failure[]>): Promise<boolean> {
    this.#injector.begin(name);
    const homes = homesOf(this.#engine.state);
    const before = this.#injector.met.length;
    const failed = await run();
    const { state } = this.#engine;
    this.#failures.push(...failed);
    this.#violations.push(...moved(homes, homesOf(state)));
    for (const { id } of records(state)) this.#recorded.add(id);
    // A declared token whose last list or rename is refused is kept, so a record of it is right.
    const isDeclared = this.#plan.scenario.includes("declared");
    for (const { id } of isDeclared ? emptyRecords(state, this.#world) : records(state)) this.#needless.add(id);
    notice(state, this.#rotations);
    if (name.startsWith("up") && failed.length === 0) this.#violations.push(...notRotated(state, this.#rotations));
    const met = this.#injector.met.slice(before).map(({ request }) => request);
    this.#violations.push(...this.#leftovers.lookAt(state, isKilled(failed) ? met : undefined));
    const found = broken(state, this.#world, this.#plan.face, this.#scenario.isHooked);
    this.#violations.push(...found.map((violation) => `after "${name}": ${violation}`));
    return failed.length === 0;
  }

  /** Follows the remedy in the message of a failure. */
  async #follow(failure: Failure | undefined): Promise<void> {
    if (failure && isForbidden(failure)) this.#world.followAdvice();
    if (failure && messageOf(failure).includes("Run `pulumi refresh`")) {
      const isDone = await this.#operate("refresh, healed", () => this.#engine.refresh());
      if (!isDone) await this.#follow(this.#failures.at(-1)); // The new failure may have another remedy.
    }
  }

  /** Repeats an operation until it succeeds. Returns the number of runs, without those for which this machine was too slow. */
  async #untilItSucceeds(name: string, run: () => Promise<Failure[]>): Promise<number> {
    for (let left = TRIES; left > 0; ) {
      if (await this.#operate(`${name}, healed`, run)) return TRIES - left + 1;
      const last = this.#failures.at(-1);
      left -= last && isTimeOut(last) ? TRIES / PATIENCE : 1;
      await this.#follow(last);
      await sleep(records(this.#engine.state).length > 0 ? WAIT_MS : PAUSE_MS);
    }
    const lasting = this.#failures.slice(-1);
    this.#violations.push(...lasting.map((last) => `"${name}" does not succeed any more: ${messageOf(last)}`));
    return Number.POSITIVE_INFINITY;
  }

  /** Violations in the output: secrets, and errors that this package did not create. */
  findSecrets(): void {
    const shownText = [...this.#failures.map(({ error }) => textOf(error)), ...this.#output.printed];
    const secrets = [...this.#world.secrets, ...this.#world.otherSecrets, ...this.#world.values];
    for (const text of shownText) {
      for (const secret of secretsIn(text, secrets)) this.#violations.push(`a secret is shown: ${mask(text, secret)}`);
    }
    const mistakes = this.#failures.filter(isMistake);
    this.#violations.push(...mistakes.map(({ operation, error }) => `${operation} threw ${textOf(error)}`));
  }

  outcome(): Outcome & { met: Met[] } {
    const { met } = this.#injector;
    const trace = [
      ...this.#plan.faults.map((planned) => JSON.stringify(planned)),
      ...met.map((one, index) => shown(one, index + 1)),
    ];
    const reasons = this.#failures.map((failure) => `${failure.operation} of ${failure.name}: ${messageOf(failure)}`);
    const isTold = this.#violations.length > 0 || this.#plan.isTold;
    return {
      plan: this.#plan,
      failedOperations: this.#failedOperations,
      records: this.#recorded.size,
      isSettled: this.#isSettled,
      violations: [...new Set(this.#violations)],
      trace: isTold ? [...trace, ...new Set(reasons)] : [],
      met,
    };
  }
}

const plugins: Promise<RunningPlugin>[] = [];

/** The first plugin, or as many plugins as the scenario has explicit providers. */
async function facesOf(face: FaceName, providers: number, world: World, limitMs: () => number): Promise<Face[]> {
  if (face === "dynamic") return [dynamicFace(() => world.context())];
  const surroundings = () => {
    const { config, ...others } = world.context();
    return others;
  };
  const stage = { surroundings, config: () => world.config, timeLimitMs: limitMs };
  while (plugins.length < providers) plugins.push(startPlugin());
  const running = await Promise.all(plugins.slice(0, providers));
  return running.map((plugin) => pluginFace(plugin, stage));
}

/** How long after its request a fault of this plan may still take effect. */
function lateMs({ faults: planned }: Plan): number {
  const isLate = planned.some(({ fault }) => /late/.test(fault));
  const isSoon = planned.some(({ fault }) => /soon|silence/.test(fault));
  return isLate ? latestMs + limits.requestTimeoutMs : isSoon ? limits.requestTimeoutMs + 10 : 2;
}

/** Whether Jenkins may still process an earlier request, or another writer's, when the next request arrives. */
const OVERLAPPING =
  /soon|late|silence|another process|restart|session lost|wire|interrupted|time limit|another stack|sent twice/;

/** The violations of a run without faults, or with a harmless one: failed operations and records. */
function unexpectedFailures(plan: Plan, failures: Failure[], needless: number, met: Met[]): string[] {
  const [only, another] = plan.faults;
  if (another) return [];
  const isCrowded = Boolean(scenarios[plan.scenario]?.providers); // Of two simultaneous writes, one may get a 500.
  const isAlone = !isCrowded && !(only && OVERLAPPING.test(only.fault));
  const own = isAlone ? met.filter(({ request, fault }) => !fault && (request.status ?? 0) >= 500) : [];
  const fault = only && faults[only.fault];
  const kind = scenarios[plan.scenario]?.kind;
  const isOfRevoking = met.some(({ request, fault }) => fault && request.path.endsWith("/revoke"));
  // Behind a front door that hides Jenkins, nobody can distinguish Jenkins' refusals from those of the front door.
  const isHidden = Boolean(scenarios[plan.scenario]?.isBehindDoor);
  const isSurvived = !only || (fault?.isSurvived && only.span === "once" && !isHidden);
  const isHarmless = isSurvived && !scenarios[plan.scenario]?.isRefused;
  return [
    ...own.map((answer) => `Jenkins' own answer: ${shown(answer, 0)}`),
    ...(fault?.isRefused && !isHidden && needless > 0 && !isCrowded && !isOfRevoking
      ? ["refused, and recorded all the same"]
      : []),
    ...(isHarmless
      ? failures
          .filter((failure) => !(kind === "argument" && isStranded(failure)))
          .map((failure) => `harmless, but ${failure.operation} failed: ${messageOf(failure)}`)
      : []),
  ];
}

/** Whether the error says that a token that revoked itself cannot check the result, because the reply was lost. */
function isStranded(failure: Failure): boolean {
  return failure.operation === "delete" && isForbidden(failure);
}

function isKilled([failure]: Failure[]): boolean {
  return failure?.error instanceof Killed;
}

function messageOf({ error }: Failure): string {
  return error instanceof Error ? error.message : String(error);
}

function mask(text: string, secret: string): string {
  return text.slice(0, 400).replaceAll(secret.slice(0, 12), "[here]");
}
