/**
 * `npm run faults -- --runs 20000 --seed 1`: runs every single fault at every place, then pairs of faults.
 *
 * It fails if a run violates an invariant, or if more than one run in a hundred leaves something pending after two further runs.
 *
 * `--report` writes the counts into docs/injected-faults.md. `--break RULE` removes a safeguard first, and succeeds if the runs then fail.
 * `--face dynamic|plugin` selects the plans for that face, `--scenario TEXT` the scenarios with that text in their names, and `--fault TEXT` the plans with
 * such a fault. `--replay SEED:RUN` runs one plan and prints it.
 */
import { parseArgs } from "node:util";
import { Crew, explore, planner } from "./crew.ts";
import { faceNames } from "./faces.ts";
import { pairs, spread } from "./plans.ts";
import { shuffled } from "./random.ts";
import { Tally } from "./tally.ts";
import type { Plan } from "./trial.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "6" },
    break: { type: "string" },
    face: { type: "string" },
    scenario: { type: "string", default: "" },
    fault: { type: "string", default: "" },
    replay: { type: "string" },
    report: { type: "boolean", default: false },
    pairs: { type: "boolean", default: false },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);

const face = faceNames.find((name) => name === values.face);
if (values.face && !face) throw new Error(`--face is ${faceNames.join(" or ")}`);
const isOfFault = ({ faults }: Plan) => !values.fault || faults.some(({ fault }) => fault.includes(values.fault));
const isOfFace = (plan: Plan) => !face || plan.face === face;
const isMeant = (plan: Plan) => isOfFace(plan) && plan.scenario.includes(values.scenario) && isOfFault(plan);
const [seed = 1, replayed] = values.replay?.split(":").map(Number) ?? [Number(values.seed)];
const planned = planner(await explore(), seed);
const crew = new Crew(replayed === undefined ? Number(values.workers) : 1, values.break);

if (replayed !== undefined) {
  const { plan, violations, trace } = await crew.play({ ...planned.planOf(replayed), isTold: true });
  print([JSON.stringify(plan), ...trace, ...violations.map((violation) => `VIOLATED: ${violation}`)].join("\n"));
  await crew.dismiss();
  process.exit(violations.length > 0 ? 1 : 0);
}

const runs = Number(values.runs);
print(
  `${planned.singleRuns} single faults; seed ${seed}${values.break ? `; without the safeguard ${values.break}` : ""}`,
);
const tally = new Tally(seed, print);
const plans = (values.pairs ? pairs : spread)(planned, runs, isMeant);
// Without a safeguard, one violation is enough. A random order finds it sooner.
const mixed = values.break ? shuffled(plans, seed) : plans;
await crew.playAll(mixed, (report) => {
  tally.add(report, plans.length);
  return values.break && tally.violations > 0 ? "enough" : undefined;
});
await crew.dismiss();
for (const line of tally.table()) print(line);
if (values.report) tally.report(`npm run faults -- --runs ${runs} --seed ${seed}`);
const pending = tally.unsettled.slice(0, 10).join(", ");
print(`${tally.unsettled.length} runs were still pending after two further runs${pending && `, such as ${pending}`}`);
print(`${tally.runs} runs, ${tally.violations} violations`);
const isBroken = tally.violations > 0 || tally.isLeftPending;
process.exit(isBroken === Boolean(values.break) ? 0 : 1);
