/** Pulumi's dynamic host with tokens, without the CLI, called like the engine calls it. */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Host, PROVIDER, type Properties, type Serving, serving } from "../support/host.ts";
import { type Controller, type Login, PREFIX } from "./jenkins.ts";

/** The number of calls in flight, which is the engine's number on four processors. */
export const CALLS_AT_ONCE = 16;

/** The texts with which a host loads two providers: one does nothing, the other only sends the requests. */
export const NO_OP = handlerOf("floor/provider.js");
export const BARE = handlerOf("bare-provider.ts");

function handlerOf(path: string): string {
  return `exports.handler=()=>require(${JSON.stringify(fileURLToPath(new URL(path, import.meta.url)))})`;
}

export interface Made {
  id: string;
  inputs: Properties;
  outs: Properties;
}

export class ResourceHost extends Host {
  readonly #pid: number;

  constructor(started: Serving) {
    super(started);
    this.#pid = started.child.pid ?? 0;
  }

  static async start(environment: Record<string, string> = {}): Promise<ResourceHost> {
    const script = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider");
    const host = new ResourceHost(await serving([process.execPath, script, "127.0.0.1:0"], environment));
    await host.configure({});
    return host;
  }

  /** Resident memory of the process. */
  get megabytes(): number {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(this.#pid)], { encoding: "utf8" })) / 1024;
  }

  async make(inputs: Properties): Promise<Made> {
    const { inputs: checkedInputs } = await this.check({}, inputs);
    return { inputs: checkedInputs, ...(await this.create(checkedInputs)) };
  }
}

/** The inputs of the tokens that a program would declare. The logins are used in turn. */
export function declared(count: number, { url }: Controller, logins: Login[], provider = PROVIDER): Properties[] {
  return Array.from({ length: count }, (_, index) => {
    const { username = "", apiToken = "" } = logins[index % logins.length] ?? {};
    return { autoName: `${PREFIX}/dev/token-${index}`, connection: { url, username, apiToken }, __provider: provider };
  });
}

/** Calls `call` for each thing, `atOnce` at a time like the engine. */
export async function forAll<In, Out>(
  things: In[],
  call: (thing: In) => Promise<Out>,
  atOnce: number = CALLS_AT_ONCE,
): Promise<Out[]> {
  const results: Out[] = [];
  const waiting = things.entries();
  const worker = async () => {
    for (const [index, thing] of waiting) results[index] = await call(thing);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

export async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
