// `npm run bench`: how fast it is, as ratios measured in one run, interleaved. Each line has a bound.
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { faces, startMs } from "./start.ts";

const { values } = parseArgs({ options: { repetitions: { type: "string", default: "15" } } });
const repetitions = Number(values.repetitions);

/** What was measured of one thing, and of what it is compared with, in turn. */
interface Line {
  what: string;
  ms: number[];
  comparedMs: number[];
  atMost: number;
}

const started: Line = {
  what: "native plugin: start to port, against the dynamic host",
  ms: [],
  comparedMs: [],
  atMost: 1 / 3,
};
await startMs(faces.plugin); // What it compiles is kept for the next one.
for (let repetition = 0; repetition < repetitions; repetition++) {
  started.ms.push(await startMs(faces.plugin));
  started.comparedMs.push(await startMs(faces.dynamic));
}
const lines = [started];

process.stdout.write(`${repetitions} repetitions, load average ${loadavg()[0]?.toFixed(1)}\n\n`);
process.stdout.write(
  "| what | ms (quartiles) | compared with | ratio of the medians | at most | |\n| --- | --- | --- | --- | --- | --- |\n",
);
for (const { what, ms, comparedMs, atMost } of lines) {
  const ratio = quantile(ms, 0.5) / quantile(comparedMs, 0.5);
  const verdict = ratio <= atMost ? "ok" : "MISSED";
  if (ratio > atMost) process.exitCode = 1;
  const cells = [what, spread(ms), spread(comparedMs), ratio.toFixed(2), atMost.toFixed(2), verdict];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

function spread(ms: number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => Math.round(quantile(ms, part)));
  return `${middle} (${low} to ${high})`;
}

function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
}
