#!/usr/bin/env node
/** The command `pulumi-jenkins`: exit code 0 when all is fine, 1 when something is not, 2 when it was asked wrongly. */
import { reportable } from "../errors.ts";
import { refuseOldNode } from "../node-version.ts";
import { perform } from "../operation.ts";
import type { Context } from "../resources/context.ts";
import { type Asked, read, type Verb, WrongUsage } from "./arguments.ts";
import { say, tellAside } from "./output.ts";

const verbs: Record<Verb, () => Promise<(asked: Asked, context: Context) => Promise<number>>> = {
  doctor: async () => (await import("./doctor.ts")).doctor,
  list: async () => (await import("./list.ts")).list,
  revoke: async () => (await import("./revoke.ts")).revoke,
};

async function run(line: string[]): Promise<number> {
  const wanted = read(line);
  if ("help" in wanted) {
    for (const line of wanted.help.split("\n")) say(line);
    return 0;
  }
  const [verb, { Memory }] = await Promise.all([verbs[wanted.verb](), import("../resources/context.ts")]);
  const context: Context = { config: undefined, environment: process.env, memory: new Memory() };
  return await perform({ tell: (_, text) => tellAside(text) }, () => verb(wanted.asked, context));
}

refuseOldNode("pulumi-jenkins");
process.stdout.on("error", () => process.exit(1)); // Whoever read it has gone.
process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  const isUsage = error instanceof WrongUsage;
  if (isUsage) tellAside(`${error.message} pulumi-jenkins --help says what there is.`);
  else for (const line of reportable(error).message.split("\n")) tellAside(line);
  return isUsage ? 2 : 1;
});
