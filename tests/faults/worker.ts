import { parentPort, workerData } from "node:worker_threads";
import { breakProduct } from "./breaking.ts";
import type { Plan } from "./trial.ts";

/** Runs the plans that it receives, one after the other, each with its own accounts on the servers of this thread. */
const { broken } = workerData as { broken: string | undefined };
if (broken) breakProduct(broken);

const { play } = await import("./trial.ts");
const { startServers } = await import("./world.ts");
const { newestVersion } = await import("../jenkins/profiles.ts");
const servers = new Map<string, ReturnType<typeof startServers>>();

async function served(plan: Plan) {
  const started = servers.get(plan.version) ?? startServers(plan.version);
  servers.set(plan.version, started);
  return await play(plan, await started);
}

// Loads the lazy modules now.
const first = { run: -1, scenario: "password", version: newestVersion, faults: [] };
await served({ ...first, face: "dynamic" });
await served({ ...first, face: "plugin" });

parentPort?.on("message", (plan: Plan) => {
  void served(plan).then(({ met, ...outcome }) => {
    const unhealed = met.filter(({ operation }) => !operation.endsWith("healed"));
    parentPort?.postMessage({ ...outcome, paths: unhealed.map(({ request }) => request.path) });
  });
});
parentPort?.postMessage("ready");
