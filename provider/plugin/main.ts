#!/usr/bin/env node
/** The native provider as Pulumi starts it: with the engine's address, and a port on the first line of its output. */
import module from "node:module";
import { refuseOldNode } from "../node-version.ts";

const parent = process.ppid; // Read at once: it may be killed while the rest is loaded.

refuseOldNode("pulumi-resource-jenkins");

if (process.argv[2]?.startsWith("-")) {
  process.stdout.write("pulumi-resource-jenkins is a provider plugin: Pulumi starts it, and nobody else has to.\n");
  process.exit();
}

module.enableCompileCache(); // Pulumi starts several in each run.
const [{ Plugin }, { serve }, { reportable }] = await Promise.all([
  import("./plugin.ts"),
  import("./server.ts"),
  import("../errors.ts"),
]);
const plugin = new Plugin(process.argv[2]);
const { server, port } = await serve(plugin);
process.stdout.write(`${port}\n`);

process.on("unhandledRejection", (error) => {
  process.stderr.write(`${reportable(error).message}\n`); // It ends nothing: operations may be in the middle of something.
});

const end = () => {
  plugin.cancel(); // What was begun is ended in order, so that no token stays behind.
  // Also where nobody waits for the answers any more; where somebody does, one may be the only record of a token.
  void plugin.idle().then(() => server.tryShutdown(() => process.exit()));
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end); // The engine sends one at the end of every run.
setInterval(() => process.ppid !== parent && end(), 500).unref(); // A CLI that was killed sends nothing.
