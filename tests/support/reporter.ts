import { createRequire } from "node:module";
import type { MochaOptions, Runner } from "mocha";

const mocha = createRequire(import.meta.url)("mocha") as typeof import("mocha");

/** Mocha's own report, with one more line at the end that has the counts. */
export default class Reporter extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
    });
  }
}
