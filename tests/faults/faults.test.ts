import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { Crew, explore, planner } from "./crew.ts";
import { type Places, singles, spread } from "./plans.ts";
import { shuffled } from "./random.ts";
import { safeguards } from "./safeguards.ts";
import type { Plan } from "./trial.ts";

const WORKERS = 3;
const SEED = 1;

/** A sample of what `npm run faults` plays, which is all of them. */
const SINGLE_FAULTS = 240;
const PAIRS = 80;

describe("Whatever single or double fault", function () {
  this.timeout(120_000);
  let plans: Plan[];

  before(async () => {
    const crew = new Crew(1);
    const places: Places = await explore(crew);
    await crew.dismiss();
    const { singleRuns, planOf } = planner(places, SEED);
    const pairs = Array.from({ length: PAIRS }, (_, index) => singleRuns + index);
    // What comes late, and what only a second look tells from a real refusal, is too rare in the sample.
    const rare = singles(places, SEED).filter(({ faults: [one], scenario }) => {
      if (scenario !== "API token" || !one) return false;
      return (one.place === 2 && one.fault.includes("late")) || (one.span === "once" && one.fault.startsWith("401"));
    });
    plans = [...[...spread(singleRuns, SINGLE_FAULTS), ...pairs].map(planOf), ...rare];
  });

  it("leaves no live token unknown, loses no value, shows no secret", async () => {
    assert.deepEqual(await firstViolation(plans), undefined);
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
