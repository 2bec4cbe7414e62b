/**
 * Operations of this process whose outcome is unknown. The error of each operation has a record that Pulumi keeps in the state. But if an engine
 * hook calls the operation again, the engine drops the record of the first call. So the process has to remember it.
 */
import { isDeepStrictEqual } from "node:util";
import type { UnfinishedTokenError } from "../errors.ts";
import type { Properties } from "./resource.ts";

interface PendingCreate {
  /** What a create that is called again has in common with the first call: the URN, or the inputs if the URN is not known. */
  key: unknown;
  error: UnfinishedTokenError;
  /** Revokes what the create has left. Returns a time if that is not possible before it. */
  settle: () => Promise<unknown>;
}

export class PendingOperations {
  /** Pending creates, each with the number of times that the engine was given its record. */
  readonly #creates = new Map<PendingCreate, number>();
  /** Pending updates by id, each with the state that it began with. */
  readonly #updates = new Map<string, { olds: Properties; error: UnfinishedTokenError }>();

  /** Remembers a create, and returns the error to be thrown. */
  keepCreate(create: PendingCreate, times = 0): UnfinishedTokenError {
    this.#creates.set(create, times + 1);
    return create.error;
  }

  /**
   * Settles what earlier creates of the same key have left.
   *
   * @throws {UnfinishedTokenError} with the same record, if that is not possible: it may be the only trace of a token.
   */
  async settleCreates(key: unknown): Promise<void> {
    for (;;) {
      const same = [...this.#creates].filter(([create]) => isDeepStrictEqual(create.key, key));
      // If several resources have the same inputs, takes the one whose record the engine was given least often.
      const [next] = same.sort(([, one], [, other]) => one - other);
      if (!next) return;
      const [create, times] = next;
      this.#creates.delete(create); // If two creates are called again at once, each settles another one.
      const left = await create.settle().catch((error: unknown) => error);
      if (left) throw this.keepCreate(create, times);
    }
  }

  /** Remembers an update that began with `olds`, and returns the error to be thrown. */
  keepUpdate(olds: Properties, error: UnfinishedTokenError): UnfinishedTokenError {
    this.#updates.set(error.id, { olds, error });
    return error;
  }

  /** The state to go on from: the record of an earlier call with the same `olds`, which the engine does not know. */
  latestState(id: string, olds: Properties): Properties {
    const pending = this.#updates.get(id);
    return pending && isDeepStrictEqual(pending.olds, olds) ? pending.error.properties : olds;
  }

  /** Forgets the record of this id, because the engine has it and has acted on it. */
  delete(id: string): void {
    this.#updates.delete(id);
    for (const create of this.#creates.keys()) if (create.error.id === id) this.#creates.delete(create);
  }
}
