/**
 * `npm run bench`: compares the cost of this package with the cost of Pulumi alone and of the bare requests. Each figure is a ratio of
 * values measured alternately in one run, with its bound. The table is printed, and all values are written to `bench.json`.
 *
 * It takes about six minutes. `--full` takes half an hour: it measures more often, and adds large stacks, the growth of memory, other tools
 * and the password login. `--tokens N`, `--users N` and `--controllers N` measure only the commands, with these numbers.
 * `--jenkins URL` measures a real Jenkins, with `JENKINS_USER_ID` and `JENKINS_API_TOKEN`. `--json FILE` writes to that file, and
 * `--report` writes the table to docs/performance.md.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { commandPluginLines, curlLines } from "./alternatives.ts";
import { callLines } from "./calls.ts";
import { commandLines, type Load } from "./commands.ts";
import { fleetLines } from "./fleet.ts";
import { footprintLines } from "./footprint.ts";
import { REAL_MS, realServer, type Server, startServer } from "./jenkins.ts";
import { isKept, type Line } from "./lines.ts";
import { growthLines, loadLines, startLines } from "./processes.ts";
import { requestLines } from "./requests.ts";
import { HEADER, report, rowOf } from "./tables.ts";

const { values } = parseArgs({
  options: {
    tokens: { type: "string" },
    users: { type: "string", default: "1" },
    controllers: { type: "string", default: "1" },
    repetitions: { type: "string" },
    jenkins: { type: "string" },
    full: { type: "boolean", default: false },
    json: { type: "string", default: "bench.json" },
    report: { type: "boolean", default: false },
  },
});
const [users, controllers] = [whole("users"), whole("controllers")];
const repetitions = values.repetitions ? whole("repetitions") : values.full ? 5 : 3;
const isOwn = values.jenkins === undefined;
if (!isOwn && users * controllers > 1)
  throw new Error("--users and --controllers are for the built-in Jenkins: a real one is used with one login");

/** The stacks that are always measured. */
const SMALL_STACKS: Load[] = [
  { tokens: 1, repetitions },
  {
    tokens: 100,
    repetitions,
    bounds: { up: { atMost: 1.1 }, "unchanged up": { atMost: 1.1 }, destroy: { atMost: 1.1 } },
  },
];
const LARGE_STACK: Load = {
  tokens: 1000,
  repetitions: 1, // Eleven minutes.
  again: { "unchanged up": 2, refresh: 6 },
  bounds: { "unchanged up": { atMost: 1.05 }, refresh: { atMost: 1.1 }, destroy: { atMost: 1.1 } },
};

const began = new Date();
const loads = [loadavg()[0] ?? 0];
const lines: Line[] = [];
const notes: string[] = [];
const print = (text: string) => process.stdout.write(`${text}\n`);

const conditions = `Node.js ${process.versions.node} on ${availableParallelism()} processors`;
print(`${conditions}, load average ${loads[0]?.toFixed(1)}\n`);
print(HEADER);
const workshop = await Workshop.open();
try {
  await measure();
} finally {
  workshop.close();
}
for (const note of notes) print(note);
const missed = lines.filter((line) => !isKept(line));
const minutes = (Date.now() - began.getTime()) / 60_000;
print(
  `${lines.filter(({ bound }) => bound).length} lines with a bound, ${missed.length} missed; ${minutes.toFixed(0)} minutes, load average up to ${Math.max(...loads).toFixed(1)}`,
);
const run = { began, node: process.version, processors: cpus().map(({ model }) => model), loads, notes, lines };
writeFileSync(values.json, JSON.stringify(run, undefined, 2));
if (values.report) report(lines, notes, ["npm run bench --", ...process.argv.slice(2)].join(" "), conditions);
process.exitCode = missed.length > 0 ? 1 : 0;

async function measure(): Promise<void> {
  if (values.tokens !== undefined) {
    const load = { tokens: whole("tokens"), repetitions };
    await on({ users, controllers }, (server) => commandLines(workshop, server, load));
    return;
  }
  const starts = 3 * repetitions;
  await on({}, requestLines);
  await on({}, (server) => loadLines(server, starts));
  add(await startLines(starts));
  await on(REAL_MS, (server) => callLines(server, { users: 1, tokensPerUser: 100, repetitions }));
  if (isOwn)
    await on({ users: 8, ...REAL_MS }, (server) => callLines(server, { users: 8, tokensPerUser: 100, repetitions }));
  add(footprintLines());
  for (const load of SMALL_STACKS) await on({}, (server) => commandLines(workshop, server, load));
  if (values.full) await measureMore();
}

async function measureMore(): Promise<void> {
  await on({}, growthLines);
  await on(REAL_MS, (server) => curlLines(server, 100, repetitions));
  await on(REAL_MS, besideCommandPlugin);
  await on({}, (server) => commandLines(workshop, server, LARGE_STACK));
  if (isOwn) await on({ controllers: 1000, tokens: 100 }, (server) => fleetLines(server, 1));
  if (isOwn) await on({ users: 50 }, (server) => commandLines(workshop, server, { tokens: 1000, repetitions: 1 }));
  if (isOwn)
    await on({ controllers: 200 }, (server) => commandLines(workshop, server, { tokens: 2000, repetitions: 1 }));
  await on(REAL_MS, (server) => commandLines(workshop, server, { tokens: 100, repetitions, by: "password" }));
}

function whole(option: "tokens" | "users" | "controllers" | "repetitions"): number {
  const number = Number(values[option]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${option} is a whole number from 1 on`);
  return number;
}

async function besideCommandPlugin(server: Server): Promise<Line[]> {
  const found = await commandPluginLines(workshop, server, 100, repetitions);
  if (typeof found !== "string") return found;
  notes.push(`Not measured beside @pulumi/command, whose plugin could not be downloaded. ${found}`);
  return [];
}

/** Measures with a new simulated Jenkins, or with the real one. */
async function on(
  options: NonNullable<Parameters<typeof startServer>[0]>,
  measuring: (server: Server) => Promise<Line[]>,
): Promise<void> {
  const server = values.jenkins ? realServer(values.jenkins) : await startServer(options);
  const interrupted = () => void server.end().finally(() => process.exit(130));
  process.once("SIGINT", interrupted);
  try {
    add(await measuring(server));
  } finally {
    process.off("SIGINT", interrupted);
    await server.end();
  }
}

function add(measured: Line[]): void {
  loads.push(loadavg()[0] ?? 0);
  lines.push(...measured);
  for (const line of measured) print(rowOf(line));
}
