import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { Crew, explore, planner } from "./crew.ts";
import { caches, doors, repeaters } from "./doors.ts";
import { faults } from "./faults.ts";
import { pairs, singles, spread } from "./plans.ts";
import { shuffled } from "./random.ts";
import { safeguards } from "./safeguards.ts";
import { scenarios } from "./scenarios.ts";
import type { Outcome, Plan } from "./trial.ts";

const WORKERS = 3;
const SEED = 1;
const thirdParties = { ...doors, ...repeaters };

/** The size of the sample. `npm run faults` runs all single faults. */
const SINGLE_FAULTS = 160;
const PAIRS = 60;
/** How often the plans are played to find a violation. Some expose a missing safeguard only by chance, because effects come at the same time. */
const ROUNDS = 10;

describe("Every single fault and every pair of faults", function () {
  this.timeout("15m");
  let all: Plan[];
  let plans: Plan[];
  const unsettled: number[] = [];

  before(async () => {
    const places = await explore();
    const planned = planner(places, SEED);
    all = singles(places, SEED);
    plans = [...spread(planned, SINGLE_FAULTS), ...pairs(planned, PAIRS), ...all.filter(isRare)];
  });

  it("leaves no unknown live token, loses no value, and shows no secret", async () => {
    assert.deepEqual(await firstViolation(plans, undefined, ({ plan }) => unsettled.push(plan.run)), undefined);
  });

  it("leaves nothing pending for more than two further runs, except in at most one run of a hundred", () => {
    assert.ok(unsettled.length <= plans.length / 100, `not settled: ${unsettled.join(", ")}`);
  });

  it("runs with the dynamic resource and the plugin, in each scenario at each place, unless only the plugin can meet it", () => {
    const played = new Map<string, Set<string>>();
    for (const {
      scenario,
      face,
      faults: [one],
    } of all) {
      if (scenarios[scenario]?.providers || faults[one?.fault ?? ""]?.isEnd) continue;
      const what = `${scenario}: ${one?.fault} at ${one?.place}`;
      played.set(what, (played.get(what) ?? new Set()).add(face));
    }
    assert.deepEqual(
      [...played].filter(([, faces]) => faces.size < 2),
      [],
    );
  });

  it("runs in each scenario where it can occur", () => {
    const played = new Map(Object.keys(scenarios).map((scenario) => [scenario, new Set<string>()]));
    for (const { scenario, faults: planned } of all) for (const { fault } of planned) played.get(scenario)?.add(fault);
    const missed = [...played].flatMap(([scenario, kinds]) =>
      Object.entries(faults)
        .filter(([, { isOfReading, scenarios: only }]) => (only ? only.test(scenario) : !isOfReading))
        .filter(([fault]) => !kinds.has(fault))
        .map(([fault]) => `${scenario}: ${fault}`),
    );
    assert.deepEqual(missed, []);
  });

  for (const safeguard of Object.keys(safeguards)) {
    it(`violates the promise without the safeguard ${safeguard}`, async () => {
      const rounds = Array.from({ length: ROUNDS }, () => shuffled(plans, SEED));
      assert.ok(await firstViolation(rounds.flat(), safeguard));
    });
  }
});

/** Faults that the sample may lack: late effects, acts of third parties, ends of operations or of a run, and faults that only a second look exposes. */
function isRare({ faults: [one], scenario }: Plan): boolean {
  if (!one) return false;
  const isOnce = one.span === "once";
  if (scenario.endsWith("a hook that tries again"))
    return [2, 3, 6].includes(one.place) && Boolean(faults[one.fault]?.isEnd);
  if (scenario === "a rotating token") return [4, 7].includes(one.place) && !isOnce;
  if (scenario.endsWith("behind a door that hides Jenkins"))
    return [6, 10, 22, 32].includes(one.place) && isOnce && one.fault.endsWith("of a proxy, not carried out");
  if (scenario === "a declared value" && faults[one.fault]?.isKill) return [5, 9, 13].includes(one.place);
  if (scenario === "a declared value") return [5, 8, 9].includes(one.place) && Boolean(faults[one.fault]?.isEnd);
  if (scenario === "administrator for another") return isOnce && /^404 of (Jenkins|a proxy below)/.test(one.fault);
  if (scenario !== "API token") return false;
  if (one.fault === "an empty 200 of a proxy, not carried out") return isOnce;
  if (one.fault.startsWith("401 for") || one.fault in caches) return isOnce;
  if (one.place !== 2) return false;
  return Boolean(faults[one.fault]?.isEnd) || one.fault.includes("late") || (isOnce && one.fault in thirdParties);
}

/** The violations of the first failed run, with its requests. */
async function firstViolation(
  plans: Plan[],
  without?: string,
  noteUnsettled: (outcome: Outcome) => void = () => undefined,
): Promise<string[] | undefined> {
  const crew = new Crew(WORKERS, without);
  let found: string[] | undefined;
  await crew.playAll(plans, (outcome) => {
    const { plan, violations, trace, isSettled } = outcome;
    if (!isSettled) noteUnsettled(outcome);
    if (violations.length === 0) return undefined;
    found ??= [`run ${SEED}:${plan.run}, ${plan.scenario}`, ...violations, ...trace];
    return "enough";
  });
  await crew.dismiss();
  return found;
}
