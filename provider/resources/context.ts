/** What an operation knows besides its arguments. */
import { Clients } from "../jenkins/client.ts";
import type { Limits } from "../jenkins/limits.ts";
import type { Surroundings } from "../settings/connection.ts";
import { PendingOperations } from "./pending.ts";

export interface Context extends Surroundings {
  /** What this process remembers. */
  memory: Memory;
  /** The URN of the resource. Absent in the dynamic host, which does not know it. */
  urn?: string;
  /** The `pulumi:autonaming` of the stack config. Without a proposed name, it is disabled. Absent in the dynamic host, which does not know it. */
  autonaming?: { proposedName: string } | undefined;
  /** Limits and pauses other than the usual ones, for tests. */
  limits?: Partial<Limits>;
  /** The clock that decides what has expired, for tests. */
  now?: () => Date;
}

/** What one process remembers from one operation to the next. It is new for each process, and for each test. */
export class Memory {
  /** One client for each login. They know who is logged in, and which changes of a user are queued. */
  readonly clients = new Clients();
  /** Operations whose outcome is unknown. */
  readonly pending = new PendingOperations();
  /** By the URL of Jenkins and the user: whether an invalid token value was already tried. */
  readonly triedDeadValues = new Map<string, Promise<boolean>>();
  /** Messages about a Jenkins at another address. Each is shown once, not for each token. */
  readonly announced = new Set<string>();
  /** Tokens with a declared value: those that creates have returned, where creates have kept a token of an earlier run, and a queue for each place. */
  readonly fixed = {
    uuids: new Set<string>(),
    kept: new Set<string>(),
    turns: new Map<string, Promise<unknown>>(),
  };
  /** The legacy tokens that create has returned. */
  readonly legacyTokens = { owners: new Set<string>(), values: new Set<string>() };
}
