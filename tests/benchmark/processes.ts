/** The time and memory to load the provider into a host, and the growth of both with the number of tokens. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as elapse } from "node:timers/promises";
import { buildExecutable, unpackExecutable } from "../support/executable.ts";
import { PROVIDER, type Properties } from "../support/host.ts";
import { environmentOf, firstLogin, type Server } from "./jenkins.ts";
import { difference, exponent, type Line, ratio, shown } from "./lines.ts";
import { declared, forAll, NO_OP, ResourceHost, timed } from "./resource-hosts.ts";
import { faces, type Start, start } from "./start.ts";

export async function startLines(repetitions: number): Promise<Line[]> {
  const part = "start";
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-bench-executable-"));
  try {
    await buildExecutable(folder);
    const executable = [await unpackExecutable(folder, folder)];
    const plugin: Start[] = [];
    const dynamic: Start[] = [];
    const own: Start[] = [];
    await start(faces.plugin); // Fills the compile cache for the next start.
    await start(executable);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      plugin.push(await start(faces.plugin));
      own.push(await start(executable));
      dynamic.push(await start(faces.dynamic));
    }
    const ms = (starts: Start[]) => starts.map((one) => one.ms);
    const megabytes = (starts: Start[]) => starts.flatMap((one) => one.megabytes ?? []);
    const script = { what: "script", values: ms(plugin) };
    const memory = { part, what: "executable: peak memory at its start", unit: "MB" };
    return [
      ratio({ part, what: "plugin: start to port", unit: "ms", bound: { atMost: 1 / 3 } }, ms(plugin), {
        what: "dynamic host",
        values: ms(dynamic),
      }),
      ratio({ part, what: "executable: start to port", unit: "ms", bound: { atMost: 0.8 } }, ms(own), script),
      ...(megabytes(own).length > 0 ? [ratio(memory, megabytes(own), { ...script, values: megabytes(plugin) })] : []),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For a fresh host each time: the time of the first check and diff, and the memory after the whole life of a token. */
export async function loadLines(server: Server, repetitions: number): Promise<Line[]> {
  const part = "load";
  const ms: Record<string, number[]> = { [PROVIDER]: [], [NO_OP]: [] };
  const megabytes: Record<string, number[]> = { [PROVIDER]: [], [NO_OP]: [] };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const provider of [NO_OP, PROVIDER]) {
      const host = await startHost(server);
      const inputs = inputsOf(server, 1, provider)[0] ?? {};
      ms[provider]?.push(
        await timed(async () => {
          const { inputs: news } = await host.check({}, inputs);
          await host.diff("a", STATE, { ...news, __provider: provider });
        }),
      );
      const token = await host.make(inputs);
      await host.read(token.id, token.outs);
      await host.delete(token.id, token.outs);
      await atRest();
      megabytes[provider]?.push(host.megabytes);
      await host.end();
    }
  }
  const [loadMs = [], floorMs = []] = [ms[PROVIDER], ms[NO_OP]];
  const [loaded = [], floor = []] = [megabytes[PROVIDER], megabytes[NO_OP]];
  return [
    difference({ part, what: "first check and diff", unit: "ms", bound: { atMost: 50 } }, loadMs, {
      what: "no-op",
      values: floorMs,
    }),
    difference({ part, what: "memory after a first life", unit: "MB", bound: { atMost: 30 } }, loaded, {
      what: "no-op",
      values: floor,
    }),
  ];
}

/** Waits, because the JavaScript engine briefly uses more memory than it needs. */
const atRest = () => elapse(500);

const STATE = {
  tokenName: "ci",
  tokenUuid: "1f1b8e0e-7f1c-4b1e-9d3b-4f6d9c1a2b3c",
  userId: "user1",
  jenkinsUrl: "http://127.0.0.1",
};

const SIZES = [10, 100, 1000, 3000];
const LARGEST = Math.max(...SIZES);

/** From the first check to the last delete, after a life that loads all modules. Jenkins answers at once, so our own cost is measured. */
export async function growthLines(server: Server): Promise<Line[]> {
  const part = "growth";
  const times: { n: number; value: number }[] = [];
  for (const n of SIZES) times.push({ n, value: (await life(server, n, PROVIDER)).ms });
  const megabytes: Record<string, number[]> = { [PROVIDER]: [], [NO_OP]: [] };
  for (let repetition = 0; repetition < 3; repetition++) {
    for (const provider of [NO_OP, PROVIDER])
      megabytes[provider]?.push((await life(server, LARGEST, provider)).megabytes);
  }
  const [ours = [], floor = []] = [megabytes[PROVIDER], megabytes[NO_OP]];
  const grown = { part, what: `memory with ${LARGEST} tokens, above the start`, unit: "MB", bound: { atMost: 40 } };
  return [
    ...times.map(({ n, value }) => shown({ part, what: `a life of ${n} tokens, per token`, unit: "ms" }, value / n)),
    shown(
      { part, what: `exponent of growth, 10 to ${LARGEST} tokens`, unit: "", bound: { atMost: 1.1 } },
      exponent(times),
    ),
    difference(grown, ours, { what: "no-op", values: floor }),
  ];
}

async function life(server: Server, count: number, provider: string): Promise<{ ms: number; megabytes: number }> {
  const host = await startHost(server);
  const atStart = host.megabytes;
  let megabytes = 0;
  const [first = {}, ...inputs] = inputsOf(server, 1 + count, provider);
  const loading = await host.make(first);
  await host.delete(loading.id, loading.outs);
  const ms = await timed(async () => {
    const tokens = await forAll(inputs, (one) => host.make(one));
    await forAll(tokens, ({ id, outs, inputs }) => host.diff(id, outs, inputs));
    await forAll(tokens, ({ id, outs }) => host.read(id, outs));
    megabytes = host.megabytes - atStart;
    await forAll(tokens, ({ id, outs }) => host.delete(id, outs));
  });
  await host.end();
  return { ms, megabytes };
}

async function startHost(server: Server): Promise<ResourceHost> {
  const { controller, login } = firstLogin(server);
  return await ResourceHost.start(environmentOf(controller, login));
}

function inputsOf(server: Server, count: number, provider: string): Properties[] {
  const { controller, login } = firstLogin(server);
  return declared(count, controller, [login], provider);
}
