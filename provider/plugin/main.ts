#!/usr/bin/env node
/** Starts the native provider for Pulumi, with the engine's address as an argument, and prints the port on the first line.
 * The executable has no other entry, so this file also runs the command `pulumi-jenkins`. */
import module from "node:module";
import { refuseOldNode } from "../node-version.ts";

const parent = process.ppid; // Read first, because the parent may be killed while the other modules are loaded.

refuseOldNode("pulumi-resource-jenkins");

module.enableCompileCache(); // Pulumi starts several plugin processes in each run.
const [, , first = "", ...others] = process.argv;
if (isCommand(first)) await import("../command/main.ts");
else await start(others.at(-1) ?? first); // The CLI may pass flags before the engine's address.

/** Pulumi begins with a flag or with an address, which is no single word. Without arguments, a person at a terminal wants the help. */
function isCommand(word: string): boolean {
  if (word === "") return process.stdout.isTTY;
  return /^[a-z]+$/i.test(word) || ["--help", "-h", "--version"].includes(word);
}

async function start(engine: string): Promise<void> {
  const [{ Plugin }, { serve }, { reportable }] = await Promise.all([
    import("./plugin.ts"),
    import("./server.ts"),
    import("../errors.ts"),
  ]);
  const plugin = new Plugin(engine);
  const { server, port } = await serve(plugin);
  process.stdout.write(`${port}\n`);

  process.on("unhandledRejection", (error) => {
    process.stderr.write(`${reportable(error).message}\n`); // The process continues, because other operations may be running.
  });

  const end = () => {
    plugin.cancel(); // Running operations clean up, so that no token is left behind.
    // Waits for all replies, because a reply may be the only record of a token.
    void plugin.idle().then(() => server.tryShutdown(() => process.exit()));
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end); // The engine sends a signal at the end of every run.
  setInterval(() => process.ppid !== parent && end(), 500).unref(); // A CLI that was killed sends no signal.
}
