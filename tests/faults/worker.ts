import { parentPort, workerData } from "node:worker_threads";
import { breakProduct } from "./breaking.ts";
import type { Plan } from "./trial.ts";

/** Plays the plans it is sent, one after the other, each with accounts of its own on servers of this thread. */
const { broken } = workerData as { broken: string | undefined };
if (broken) breakProduct(broken);

const { play } = await import("./trial.ts");
const { startServers } = await import("./world.ts");
const servers = await startServers();
await play({ run: -1, scenario: "password", faults: [] }, servers); // Whatever is loaded late is loaded now.

parentPort?.on("message", (plan: Plan) => {
  void play(plan, servers).then(({ met, ...outcome }) => {
    const unhealed = met.filter(({ operation }) => !operation.endsWith("healed"));
    parentPort?.postMessage({ ...outcome, paths: unhealed.map(({ request }) => request.path) });
  });
});
parentPort?.postMessage("ready");
