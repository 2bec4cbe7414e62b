import type { Case } from "./cases.ts";
import { type Reason, Scene, type Server, Skipped } from "./server.ts";

/** Tries `one` on `server` and leaves no token behind, whatever becomes of it. */
export async function attempt(
  one: Case,
  server: Server,
  begun: (scene: Scene) => void = () => undefined,
): Promise<void> {
  for (const need of one.needs ?? []) {
    if (!isThere(need, server)) throw new Skipped(need);
  }
  const scene = new Scene(server);
  begun(scene);
  const errors: unknown[] = [];
  await one.run(scene).catch((error) => errors.push(error));
  await scene.sweep().catch((error) => errors.push(error));
  if (errors.length > 1) throw new AggregateError(errors, errors.join("; and then: "));
  if (errors.length > 0) throw errors[0];
}

function isThere(need: Reason, { administrator, other }: Server): boolean {
  if (need === "other") return other !== undefined;
  if (need === "password") return "JENKINS_PASSWORD" in administrator;
  return true; // Found out on the way.
}
