/** Works on many controllers, 16 at a time. A controller that fails does not stop the others. */
import { pageParser } from "../jenkins/page-parser.ts";
import { perform } from "../operation.ts";
import { counted, tellAside, tellLines } from "./output.ts";
import { progress } from "./progress.ts";
import { messageOf } from "./words.ts";

const AT_ONCE = 16;

export interface Failure {
  name: string;
  message: string;
}

export interface FleetResults<T> {
  /** In the order of the controllers. */
  results: T[];
  failures: Failure[];
}

/**
 * @param take gets each result in the order of the controllers, as soon as the results before it are there, and returns what is kept of it.
 * @throws the error of `work`, if `isFleet` is false.
 */
export async function overAll<C extends { name: string }, T>(
  controllers: readonly C[],
  isFleet: boolean,
  work: (controller: C) => Promise<T>,
  take: (result: T) => T = (result) => result,
): Promise<FleetResults<T>> {
  const [only] = controllers;
  if (!isFleet) {
    progress.show(`Waiting for ${only?.name || "Jenkins"}`);
    const results = await Promise.all(controllers.map(work)).finally(() => progress.end());
    return { results: results.map(take), failures: [] };
  }
  pageParser.usesThread = controllers.length > 1;
  const found: FleetResults<T>[] = [];
  let taken = 0;
  const queue = [...controllers.entries()];
  const asked = new Set<C>();
  const workOff = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, controller] = next;
      const { name } = controller;
      const tell = (_: unknown, text: string) => tellAside(`${name}: ${text}`);
      asked.add(controller);
      show(controllers.length, queue.length, asked);
      found[index] = await perform({ tell }, () => work(controller)).then(
        (result) => ({ results: [result], failures: [] }),
        (error: unknown) => ({ results: [], failures: [{ name, message: messageOf(error) }] }),
      );
      for (let done = found[taken]; done; done = found[++taken]) done.results = done.results.map(take);
      asked.delete(controller);
      show(controllers.length, queue.length, asked);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workOff)).finally(() => progress.end());
  return {
    results: found.flatMap(({ results }) => results),
    failures: found.flatMap(({ failures }) => failures),
  };
}

/** Reports the failed controllers, after all other output, and what to do. One controller may have several failures. */
export function tellFailures(
  failures: Failure[],
  controllers: number,
  failed = failures.length,
  advice?: string,
): void {
  for (const { name, message } of failures) tellLines(`${name}: ${message}`);
  if (failures.length > 0) tellAside(`Failed for ${failed} of ${counted(controllers, "controller")}.`);
  if (failures.length > 0 && advice !== undefined) tellAside(advice);
}

function show(total: number, waiting: number, asked: Set<{ name: string }>): void {
  const [first, ...others] = asked;
  const more = others.length > 0 ? ` and ${counted(others.length, "other")}` : "";
  progress.show(
    `${total - waiting - asked.size} of ${counted(total, "controller")}. Waiting for ${first?.name ?? ""}${more}`,
  );
}
