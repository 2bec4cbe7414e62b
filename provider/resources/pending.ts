/**
 * Attempts of this process that could not be finished. Each is recorded in the state by the error that create throws; but an
 * engine hook may have create called again, and then drops that record. So it is with the update of a rotating token.
 */
import { isDeepStrictEqual } from "node:util";
import type { UnfinishedTokenError } from "../errors.ts";
import type { Inputs, RotatingInputs } from "../settings/schema.ts";

type Properties = Record<string, unknown>;

interface Attempt {
  /** What a create that is called again has in common with the first: known before anything is asked, which can fail. */
  inputs: Inputs | RotatingInputs;
  error: UnfinishedTokenError;
  /** Revokes what the attempt left; answers with something where that can't be told yet. */
  settle: () => Promise<unknown>;
}

/** With how often the record of each was given to the engine. */
const attempts = new Map<Attempt, number>();

/** The error to be thrown for `attempt`, which is remembered from now on. */
export function unfinished(attempt: Attempt, times = 0): UnfinishedTokenError {
  attempts.set(attempt, times + 1);
  return attempt.error;
}

/**
 * Settles what earlier attempts with the same inputs left.
 *
 * @throws {UnfinishedTokenError} with its record once more where that is not possible: it may be the only trace of a token.
 */
export async function finishEarlier(inputs: Attempt["inputs"]): Promise<void> {
  for (let earlier = next(inputs); earlier; earlier = next(inputs)) {
    const [attempt, times] = earlier;
    attempts.delete(attempt); // Of two that are called again at once each has its own to settle.
    const left = await attempt.settle().catch((error: unknown) => error);
    if (left) throw unfinished(attempt, times);
  }
}

/** Of resources with the same inputs, the one whose record is in the state for the least certain. */
function next(inputs: Attempt["inputs"]): [Attempt, number] | undefined {
  const same = [...attempts].filter(([attempt]) => isDeepStrictEqual(attempt.inputs, inputs));
  return same.sort(([, one], [, other]) => one - other)[0];
}

/** What updates have left unfinished, by the ids, with the state that each began with. */
const updates = new Map<string, { olds: Properties; error: UnfinishedTokenError }>();

/** The error to be thrown for an update that began with `olds`, which is remembered from now on. */
export function unfinishedUpdate(olds: Properties, error: UnfinishedTokenError): UnfinishedTokenError {
  updates.set(error.id, { olds, error });
  return error;
}

/** The state to go on from: what an earlier call with the same `olds` has left, which the engine doesn't know. */
export function latestState(id: string, olds: Properties): Properties {
  const earlier = updates.get(id);
  return earlier && isDeepStrictEqual(earlier.olds, olds) ? earlier.error.properties : olds;
}

/** The engine has the record of this id, and has acted on it. */
export function forgetAttempt(id: string): void {
  updates.delete(id);
  for (const attempt of attempts.keys()) if (attempt.error.id === id) attempts.delete(attempt);
}

/** Forgets them all, for tests that play several processes. */
export function forgetAttempts(): void {
  attempts.clear();
  updates.clear();
}
