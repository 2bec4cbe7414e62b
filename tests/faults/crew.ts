import { Worker } from "node:worker_threads";
import { newestVersion } from "../jenkins/profiles.ts";
import { type Places, type Planner, pair, placesOf, singles, UNORDERED } from "./plans.ts";
import { scenarios } from "./scenarios.ts";
import type { Outcome, Plan } from "./trial.ts";

type Report = Outcome & { paths: string[] };

/** Worker threads that run plans, each one plan at a time. A run mostly waits, so there may be more workers than cores. */
export class Crew {
  readonly #ready = new Map<Worker, Promise<unknown>>();

  constructor(size: number, broken?: string) {
    for (let index = 0; index < size; index++) {
      const env = { ...process.env, ...(broken && { NODE_V8_COVERAGE: "" }) }; // Without coverage, because the changed code matches no file.
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: { broken }, env });
      this.#ready.set(worker, heard(worker));
    }
  }

  /** Runs all plans in this order, until `hear` returns "enough". */
  async playAll(plans: Plan[], hear: (report: Report) => "enough" | undefined): Promise<void> {
    const left = [...plans];
    const work = async (worker: Worker): Promise<void> => {
      await this.#ready.get(worker);
      for (let plan = left.shift(); plan; plan = left.shift()) {
        if (hear(await played(plan, worker)) === "enough") left.length = 0;
      }
    };
    await Promise.all([...this.#ready.keys()].map(work));
  }

  async play(plan: Plan): Promise<Report> {
    const reports: Report[] = [];
    await this.playAll([plan], (report) => {
      reports.push(report);
      return undefined;
    });
    return reports[0] as Report;
  }

  async dismiss(): Promise<void> {
    await Promise.all([...this.#ready.keys()].map((worker) => worker.terminate()));
  }
}

function played(plan: Plan, worker: Worker): Promise<Report> {
  const report = heard(worker);
  worker.postMessage(plan);
  return report as Promise<Report>;
}

function heard(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (message: unknown) => {
      worker.off("error", reject);
      resolve(message);
    });
  });
}

/** The requests of each scenario without faults. They are the same for the dynamic resource and the plugin. */
export async function explore(): Promise<Places> {
  const crew = new Crew(1); // Only one worker, because on a busy machine requests time out and are repeated.
  const ordered = Object.keys(scenarios).filter((scenario) => !scenarios[scenario]?.providers);
  const plans = ordered.map(
    (scenario, index): Plan => ({ run: -2 - index, scenario, face: "dynamic", version: newestVersion, faults: [] }),
  );
  const places = new Map<string, Places[string]>();
  await crew.playAll(plans, ({ plan, paths }) => {
    places.set(plan.scenario, placesOf(paths));
    return undefined;
  });
  await crew.dismiss();
  return Object.fromEntries(Object.keys(scenarios).map((scenario) => [scenario, places.get(scenario) ?? UNORDERED]));
}

/** The plan of each run: first all single faults, then pairs. */
export function planner(places: Places, seed: number): Planner {
  const single = singles(places, seed);
  return { singleRuns: single.length, planOf: (run) => single[run] ?? pair(places, seed, run) };
}
