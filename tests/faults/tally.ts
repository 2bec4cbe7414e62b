import { type Counted, report } from "./report.ts";
import type { Outcome } from "./trial.ts";

interface Row extends Counted {
  failed: number;
}

const SHOWN_IN_FULL = 12;

/** Counts the results of the runs, and prints violations. */
export class Tally {
  runs = 0;
  violations = 0;
  /** The numbers of the runs with something still pending after two further runs. */
  readonly unsettled: number[] = [];
  readonly #rows = new Map<string, Row>();
  readonly #started = performance.now();
  readonly #seed: number;
  readonly #print: (line: string) => void;
  #saidAt = performance.now();

  constructor(seed: number, print: (line: string) => void) {
    this.#seed = seed;
    this.#print = print;
  }

  add({ plan, failedOperations, records, isSettled, violations, trace }: Outcome, of: number): void {
    this.runs++;
    const kinds = plan.faults.length === 0 ? ["(none)"] : plan.faults.map(({ fault }) => fault);
    for (const kind of new Set(kinds)) {
      const row = this.#rows.get(kind) ?? { runs: 0, failed: 0, records: 0, violations: 0 };
      row.runs++;
      row.failed += failedOperations;
      row.records += records;
      row.violations += violations.length > 0 ? 1 : 0;
      this.#rows.set(kind, row);
    }
    if (!isSettled) this.unsettled.push(plan.run);
    if (violations.length > 0) this.#tell(plan.run, plan.scenario, violations, trace);
    if (performance.now() - this.#saidAt < 10_000) return;
    this.#saidAt = performance.now();
    this.#print(`  ${this.runs} of ${of} runs, ${this.violations} violations, ${this.#seconds()} s`);
  }

  /** Whether more than one run in a hundred leaves something pending. */
  get isLeftPending(): boolean {
    return this.unsettled.length > this.runs / 100;
  }

  table(): string[] {
    const rows = [...this.#rows].sort(([one], [other]) => one.localeCompare(other, "en"));
    const widest = Math.max(...rows.map(([kind]) => kind.length));
    const line = (kind: string, ...cells: (string | number)[]) =>
      [kind.padEnd(widest), ...cells.map((cell) => String(cell).padStart(12))].join("");
    return [
      line("fault", "runs", "ops failed", "records", "violations"),
      ...rows.map(([kind, row]) => line(kind, row.runs, row.failed, row.records, row.violations)),
      `${this.#seconds()} s`,
    ];
  }

  /** Writes the counts into docs/injected-faults.md, as the result of `command`. */
  report(command: string): void {
    const records = [...this.#rows.values()].reduce((all, row) => all + row.records, 0);
    report(this.#rows, { runs: this.runs, records, violations: this.violations }, command);
  }

  #tell(run: number, scenario: string, violations: string[], trace: string[]): void {
    this.violations++;
    this.#print(`VIOLATION in run ${this.#seed}:${run}, scenario "${scenario}" (--replay ${this.#seed}:${run})`);
    if (this.violations > SHOWN_IN_FULL) {
      this.#print(`  ${violations[0]}`);
      return;
    }
    for (const violation of violations) this.#print(`  ${violation}`);
    for (const line of trace) this.#print(`    ${line.slice(0, 400)}`);
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#started) / 1000);
  }
}
