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
  /** The `pulumi:autonaming` of the stack config, if it has any. Without a proposed name, it is disabled. The dynamic host is not told. */
  autonaming?: { proposedName: string } | undefined;
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
  /** What was said about Jenkins at other addresses, so that it is said once and not for each token. */
  readonly announced = new Set<string>();
  /** The tokens of a declared value that creates have given out, where they have kept what earlier runs had left, and whose turn it is. */
  readonly fixed = {
    uuids: new Set<string>(),
    kept: new Set<string>(),
    turns: new Map<string, Promise<unknown>>(),
  };
  /** The legacy tokens that create has given out. */
  readonly legacyTokens = { owners: new Set<string>(), values: new Set<string>() };
}
