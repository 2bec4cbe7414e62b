#!/usr/bin/env node
/** The native provider as Pulumi starts it: with the engine's address, and a port on the first line of its output. */
import module from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  const found = `and the first on the PATH, ${process.execPath}, is ${process.versions.node}`;
  process.stderr.write(`pulumi-resource-jenkins needs Node.js 22.19 or later, ${found}.\n`);
  process.exit(1);
}

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
const parent = process.ppid;
setInterval(() => process.ppid !== parent && end(), 500).unref(); // A CLI that was killed sends nothing.
