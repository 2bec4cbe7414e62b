import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { Crew, explore, planner } from "./crew.ts";
import { faults } from "./faults.ts";
import { pairs, singles, spread } from "./plans.ts";
import { shuffled } from "./random.ts";
import { safeguards } from "./safeguards.ts";
import { scenarios } from "./scenarios.ts";
import type { Plan } from "./trial.ts";

const WORKERS = 3;
const SEED = 1;

/** A sample of what `npm run faults` plays, which is all of them. */
const SINGLE_FAULTS = 200;
const PAIRS = 60;

describe("Whatever single or double fault", function () {
  this.timeout("5m");
  let all: Plan[];
  let plans: Plan[];

  before(async () => {
    const places = await explore();
    const planned = planner(places, SEED);
    // What comes late, what only a second look tells from a real refusal, and what ends operations is too rare in the sample.
    all = singles(places, SEED);
    const rare = all.filter(({ faults: [one], scenario }) => {
      if (!one) return false;
      if (scenario.endsWith("a hook that tries again")) return [3, 6].includes(one.place) && faults[one.fault]?.isEnd;
      if (scenario === "a rotating token") return [4, 7].includes(one.place) && one.span === "operation";
      if (scenario !== "API token") return false;
      const isEnd = one.place === 2 && faults[one.fault]?.isEnd;
      const isLate = one.place === 2 && one.fault.includes("late");
      return isEnd || isLate || (one.span === "once" && one.fault.startsWith("401"));
    });
    plans = [...spread(planned, SINGLE_FAULTS), ...pairs(planned, PAIRS), ...rare];
  });

  it("leaves no live token unknown, loses no value, shows no secret", async () => {
    assert.deepEqual(await firstViolation(plans), undefined);
  });

  it("is played on both faces, in each scenario at each place, but for what only a plugin can meet", () => {
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

  for (const safeguard of Object.keys(safeguards)) {
    it(`would do harm, and be noticed, without the safeguard ${safeguard}`, async () => {
      assert.ok(await firstViolation(shuffled(plans, SEED), safeguard));
    });
  }
});

/** What the first run that violates something says, with the requests that led to it. */
async function firstViolation(plans: Plan[], without?: string): Promise<string[] | undefined> {
  const crew = new Crew(WORKERS, without);
  let found: string[] | undefined;
  await crew.playAll(plans, ({ plan, violations, trace }) => {
    if (violations.length === 0) return undefined;
    found ??= [`run ${SEED}:${plan.run}, ${plan.scenario}`, ...violations, ...trace];
    return "enough";
  });
  await crew.dismiss();
  return found;
}
