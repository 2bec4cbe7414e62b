import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { throughDoor } from "./doors.ts";
import { Engine, type Failure } from "./engine.ts";
import { dynamicFace, type Face, type FaceName } from "./faces.ts";
import { faults } from "./faults.ts";
import { Injector, type Met, type Planned, shown } from "./injector.ts";
import {
  broken,
  homesOf,
  leftOvers,
  moved,
  notice,
  notRotated,
  type Rotations,
  records,
  strayedCredentials,
} from "./invariants.ts";
import { isForbidden, isMistake, keepOutput, secretsIn, textOf } from "./output.ts";
import { pluginFace, type RunningPlugin, startPlugin } from "./plugin-face.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { latestMs, limits, type Servers, timeLimitMs, World } from "./world.ts";

/** What one run is to be. */
export interface Plan {
  run: number;
  scenario: string;
  face: FaceName;
  /** Of Jenkins. */
  version: string;
  faults: Planned[];
  /** Whether its requests are told though nothing was violated. */
  isTold?: boolean;
}

export interface Outcome {
  plan: Plan;
  failedOperations: number;
  records: number;
  /** Whether nothing was pending any more after two further runs without faults. */
  isSettled: boolean;
  violations: string[];
  /** Request by request; only where something was violated. */
  trace: string[];
}

/** As many as it takes until every attempt is settled, and some more. */
const TRIES = 10;
/** As many where all that goes wrong is that no answer comes in time. */
const PATIENCE = 500;
const PAUSE_MS = 40;
/** Between two runs of whoever waits as long as a message says. */
const WAIT_MS = limits.settledAfterMs + 20;
/** By then everything that can be settled is settled. */
const FURTHER_RUNS = 2;
const LONGEST_DELAY_MS = 30;

/** One life of a stack, with the faults of `plan` in its way, and what it violated. */
export async function play(plan: Plan, servers: Servers): Promise<Outcome & { met: Met[] }> {
  const scenario = scenarios[plan.scenario];
  if (!scenario) throw new Error(`no scenario ${plan.scenario}`);
  const world = new World(servers, scenario.kind, plan.run);
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
  readonly #output = keepOutput();
  readonly #delays = monitorEventLoopDelay({ resolution: 5 });
  readonly #violations: string[] = [];
  readonly #failures: Failure[] = [];
  readonly #recorded = new Set<string>();
  readonly #rotations: Rotations = new Map();
  #failedOperations = 0;
  #isSettled = false;

  constructor(plan: Plan, scenario: Scenario, world: World, engine: Engine) {
    this.#plan = plan;
    this.#scenario = scenario;
    this.#world = world;
    this.#engine = engine;
    this.#injector = new Injector(world, plan.faults, () => void engine.interrupt());
    this.#delays.enable();
  }

  /** The steps with the faults in their way. Then, without faults, all is settled and destroyed. */
  async live(liftTimeLimit: () => void): Promise<void> {
    try {
      for (const step of this.#scenario.steps) {
        if (!(await this.#operate(step.name, () => step.run(this.#engine, this.#world)))) this.#failedOperations++;
      }
      const failuresInFaults = [...this.#failures];
      this.#injector.heal();
      liftTimeLimit();
      await this.#settle();
      if (this.#plan.faults.length > 0) await sleep(lateMs(this.#plan));
      this.#violations.push(...leftOvers(this.#engine.state, this.#world), ...strayedCredentials(this.#world));
      // Where this very machine was too slow for the limits, what fails is not the fault's doing.
      const isTooSlow = this.#delays.max / 1e6 > LONGEST_DELAY_MS || this.#failures.some(isTimeOut);
      const { met } = this.#injector;
      if (!isTooSlow)
        this.#violations.push(...unexpectedFailures(this.#plan, failuresInFaults, this.#recorded.size, met));
    } finally {
      this.#output.stop();
      this.#delays.disable();
    }
  }

  async #settle(): Promise<void> {
    const [engine, world, { last }] = [this.#engine, this.#world, this.#scenario];
    if (world.isSpread(homesOf(engine.state).values())) await this.#untilItSucceeds("destroy", () => engine.destroy());
    world.repair();
    let runs = await this.#untilItSucceeds("up", () => engine.up(last(world)));
    if (runs < FURTHER_RUNS && records(engine.state).length > 0) {
      await sleep(WAIT_MS); // An up may succeed with the record of an attempt that is too young to be settled.
      runs += await this.#untilItSucceeds("up", () => engine.up(last(world)));
    }
    this.#isSettled = Math.floor(runs) <= FURTHER_RUNS && records(engine.state).length === 0;
    await this.#untilItSucceeds("destroy", () => engine.destroy());
  }

  /** Runs one operation of Pulumi, and looks what it has violated. */
  async #operate(name: string, run: () => Promise<Failure[]>): Promise<boolean> {
    this.#injector.begin(name);
    const homes = homesOf(this.#engine.state);
    const failed = await run();
    const { state } = this.#engine;
    this.#failures.push(...failed);
    this.#violations.push(...moved(homes, homesOf(state)));
    for (const { id } of records(state)) this.#recorded.add(id);
    notice(state, this.#rotations);
    if (name.startsWith("up") && failed.length === 0) this.#violations.push(...notRotated(state, this.#rotations));
    const found = broken(state, this.#world, this.#plan.face, this.#scenario.isHooked);
    this.#violations.push(...found.map((violation) => `after "${name}": ${violation}`));
    return failed.length === 0;
  }

  /** Does what the message of a failure advises. */
  async #follow(failure: Failure | undefined): Promise<void> {
    if (failure && isForbidden(failure)) this.#world.followAdvice();
    if (failure && messageOf(failure).includes("Run `pulumi refresh`")) {
      const isDone = await this.#operate("refresh, healed", () => this.#engine.refresh());
      if (!isDone) await this.#follow(this.#failures.at(-1)); // Which may advise something else.
    }
  }

  /** Answers with how often it was run, not counting what only this machine is too slow for. */
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

  /** Secrets that were shown, and errors that nobody should see. */
  findSecrets(): void {
    const shownText = [...this.#failures.map(({ error }) => textOf(error)), ...this.#output.printed];
    const secrets = [...this.#world.secrets, ...this.#world.otherSecrets];
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

/** The first of these, or as many of them as a scenario has explicit providers. */
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

/** How long something of this plan may still come to be after its request. */
function lateMs({ faults: planned }: Plan): number {
  const isLate = planned.some(({ fault }) => /late/.test(fault));
  const isSoon = planned.some(({ fault }) => /soon|silence/.test(fault));
  return isLate ? latestMs + limits.requestTimeoutMs : isSoon ? limits.requestTimeoutMs + 10 : 2;
}

/** Something of ours, or another writer, may be under way at Jenkins while the next request comes. */
const OVERLAPPING =
  /soon|late|silence|another process|restart|session lost|wire|interrupted|time limit|another stack|sent twice/;

/** What a run without faults, or with one that harms nothing, must not show. */
function unexpectedFailures(plan: Plan, failures: Failure[], recorded: number, met: Met[]): string[] {
  const [only, another] = plan.faults;
  if (another) return [];
  const isCrowded = Boolean(scenarios[plan.scenario]?.providers); // Of two that write at once, one may be answered 500.
  const isAlone = !isCrowded && !(only && OVERLAPPING.test(only.fault));
  const own = isAlone ? met.filter(({ request, fault }) => !fault && (request.status ?? 0) >= 500) : [];
  const fault = only && faults[only.fault];
  const kind = scenarios[plan.scenario]?.kind;
  const isOfRevoking = met.some(({ request, fault }) => fault && request.path.endsWith("/revoke"));
  // Behind a door that hides Jenkins, nobody can tell its refusals from those of the door.
  const isHidden = Boolean(scenarios[plan.scenario]?.isBehindDoor);
  const isSurvived = !only || (fault?.isSurvived && only.span === "once" && !isHidden);
  const isHarmless = isSurvived && !scenarios[plan.scenario]?.isRefused;
  return [
    ...own.map((answer) => `Jenkins' own answer: ${shown(answer, 0)}`),
    ...(fault?.isRefused && !isHidden && recorded > 0 && !isCrowded && !isOfRevoking
      ? ["refused, and recorded all the same"]
      : []),
    ...(isHarmless
      ? failures
          .filter((failure) => !(kind === "argument" && isStranded(failure)))
          .map((failure) => `harmless, but ${failure.operation} failed: ${messageOf(failure)}`)
      : []),
  ];
}

/** A token that has only itself to revoke it can't be asked any more whether a revoke with a lost answer was carried out. */
function isStranded(failure: Failure): boolean {
  return failure.operation === "delete" && isForbidden(failure);
}

function isTimeOut(failure: Failure): boolean {
  return messageOf(failure).includes("no whole answer within");
}

function messageOf({ error }: Failure): string {
  return error instanceof Error ? error.message : String(error);
}

function mask(text: string, secret: string): string {
  return text.slice(0, 400).replaceAll(secret.slice(0, 12), "[here]");
}
