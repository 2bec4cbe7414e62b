#!/usr/bin/env node
/** The command `pulumi-jenkins`. Exit codes: 0 for success, 1 for a failure, 2 for wrong usage. `exec` returns the exit code of its command. */
import { refuseOldNode } from "../node-version.ts";
import { perform } from "../operation.ts";
import type { Context } from "../resources/context.ts";
import { type Asked, isVerb, read, type Verb, WrongUsage } from "./arguments.ts";
import { say, tellAside, tellLines } from "./output.ts";
import { messageOf } from "./words.ts";

const verbs: Record<Verb, () => Promise<(asked: Asked, context: Context) => Promise<number>>> = {
  doctor: async () => (await import("./doctor.ts")).doctor,
  exec: async () => (await import("./exec.ts")).exec,
  list: async () => (await import("./list.ts")).list,
  revoke: async () => (await import("./revoke.ts")).revoke,
};

async function run(line: string[]): Promise<number> {
  const wanted = read(line);
  if ("help" in wanted) {
    const { helpOf } = await import("./help.ts");
    for (const line of helpOf(wanted.help)) say(line);
    return 0;
  }
  if ("version" in wanted) {
    const { default: schema } = await import("../../schema.json", { with: { type: "json" } });
    say(schema.version);
    return 0;
  }
  refuseGoneFolder();
  const [verb, { Memory }] = await Promise.all([verbs[wanted.verb](), import("../resources/context.ts")]);
  const surroundings = { config: undefined, environment: process.env, hasOnlyEnvironment: true };
  const context: Context = { ...surroundings, memory: new Memory() };
  return await perform({ tell: (_, text) => tellAside(text) }, () => verb(wanted.asked, context));
}

function refuseGoneFolder(): void {
  try {
    process.cwd();
  } catch {
    throw new WrongUsage("The current folder does not exist any more: change to another one.");
  }
}

refuseOldNode("pulumi-jenkins");
const words = process.argv.slice(2);
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code !== "EPIPE") tellAside(`Standard output can't be written (${code}).`);
  if (words.find(isVerb) !== "revoke") process.exit(1); // The reader of the output is gone.
  process.exitCode = 1; // The tokens must be revoked nevertheless.
});
process.stderr.on("error", () => undefined); // Messages that nobody reads must not prevent a revoke.
const code = await run(words).catch((error: unknown) => {
  const isUsage = error instanceof WrongUsage;
  const [help] = words.filter(isVerb).map((verb) => `pulumi-jenkins ${verb} --help`);
  if (isUsage) tellAside(`${error.message} See ${help ?? "pulumi-jenkins --help"}.`);
  else tellLines(messageOf(error));
  return isUsage ? 2 : 1;
});
process.exitCode = code || process.exitCode;
// A forward proxy that never answers would keep the process running. What is written by then still goes out.
setTimeout(() => process.stdout.write("", () => process.exit()), 2000).unref();
