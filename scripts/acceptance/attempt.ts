import assert from "node:assert/strict";
import type { Case } from "./case.ts";
import { isKnownToLack, isOlder, type Lack, refusals, Skipped } from "./needs.ts";
import { Scene, type Server } from "./server.ts";

/**
 * Runs the case `one` on `server`, and leaves no token behind, even after a failure.
 *
 * @returns the missing feature for which the package refused it with the right message, or nothing if the case passed.
 */
export async function attempt(
  one: Case,
  server: Server,
  begun: (scene: Scene) => void = () => undefined,
): Promise<Lack | undefined> {
  const needs = one.needs ?? [];
  const lacks = needs.filter((need) => isKnownToLack(server, need));
  for (const need of ["other", "password"] as const) if (lacks.includes(need)) throw new Skipped(need);

  const scene = await Scene.open(server, needs.includes("legacy"));
  begun(scene);
  const errors: unknown[] = [];
  let refused: Lack | undefined;
  try {
    refused = await refusalOf(one, scene, lacks[0] as Lack | undefined);
  } catch (error) {
    errors.push(error);
  }
  await scene.sweep().catch((error) => errors.push(error));
  if (errors.length > 1) throw new AggregateError(errors, errors.join("; and then: "));
  if (errors.length > 0) throw errors[0];
  return refused;
}

/** Runs the case. The package has to refuse a feature that the server lacks. It may refuse legacy tokens if the server can switch them off. */
async function refusalOf(one: Case, scene: Scene, lack: Lack | undefined): Promise<Lack | undefined> {
  const error = await one.run(scene).then(
    () => undefined,
    (thrown: unknown) => thrown ?? new Error("an error without a message"),
  );
  if (error instanceof Skipped && !one.needs?.includes(error.reason)) {
    throw new Error(`skipped for a reason that the case does not name: ${error.message}`);
  }
  const maySwitchOff = one.needs?.includes("legacy") && !isOlder(scene.server.version, refusals.names.since);
  const words = error instanceof Error ? error.message : "";
  const refused = lack ?? (maySwitchOff && refusals.legacy.says.test(words) ? "legacy" : undefined);
  if (!refused) {
    if (error) throw error;
    return undefined;
  }
  assert.ok(error, `the package should have refused it, because the server lacks: ${refused}`);
  if (!refusals[refused].says.test(words)) throw error;
  assert.deepEqual(await scene.left(), [], "a refused case has left a token behind");
  return refused;
}
