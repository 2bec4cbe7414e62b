/** What an operation knows besides its arguments. */
import { Clients } from "../jenkins/client.ts";
import type { Limits } from "../jenkins/limits.ts";
import type { Surroundings } from "../settings/connection.ts";
import { PendingOperations } from "./pending.ts";

export interface Context extends Surroundings {
  /** What this process remembers. */
  memory: Memory;
  /** The resource that Pulumi's engine means. Absent in the dynamic host, which does not know it. */
  urn?: string;
  /** What the engine gives for the end of a default name, if it gives anything. */
  randomSeed?: Uint8Array;
  /** Limits and pauses other than the usual ones, for tests. */
  limits?: Partial<Limits>;
  /** The clock that decides what has expired, for tests. */
  now?: () => Date;
}

/** What one process remembers from one operation to the next. It is new for each process, and for each test. */
export class Memory {
  /** One client for each login. They know who is signed in, and which changes of a user are queued. */
  readonly clients = new Clients();
  /** Operations whose outcome is unknown. */
  readonly pending = new PendingOperations();
  /** By the URL of Jenkins and the user: whether a dead token value was already tried. */
  readonly triedDeadValues = new Map<string, Promise<boolean>>();
  /** The legacy tokens that create has given out. */
  readonly legacyTokens = { owners: new Set<string>(), values: new Set<string>() };
}
