import { setTimeout as elapse, setImmediate as turn } from "node:timers/promises";
import type { ApiTokenStore } from "./api-token-store.ts";
import { UncaughtException } from "./failures.ts";

export interface UserOptions {
  id: string;
  /** Without a password, the user cannot log in with one. */
  password?: string;
  /** Default: the id. */
  fullName?: string;
  administrator?: boolean;
  /** Whether the user has Overall/Read. Default: true. */
  read?: boolean;
  /** The value of the legacy token, also if Jenkins creates it. */
  legacyToken?: string;
}

type Change = "generate" | "rename" | "revoke";

export class User {
  readonly id: string;
  readonly fullName: string;
  readonly administrator: boolean;
  readonly read: boolean;
  readonly tokenStore: ApiTokenStore;
  /** The seed of the user's sessions. A new seed ends them. */
  seed = 0;
  // A private field, so that no failed assertion prints it.
  #password: string | undefined;
  readonly #saving: Change[] = [];

  constructor(options: UserOptions, tokenStore: ApiTokenStore) {
    this.id = options.id;
    this.fullName = options.fullName ?? options.id;
    this.administrator = options.administrator ?? false;
    this.read = options.read ?? true;
    this.tokenStore = tokenStore;
    this.#password = options.password;
  }

  hasPassword(password: string): boolean {
    return this.#password !== undefined && this.#password === password;
  }

  setPassword(password: string): void {
    this.#password = password;
    this.seed++;
  }

  /**
   * Writes the user's file after a change in memory. Jenkins iterates over the token list without a lock while
   * it writes. If another request changes the list in the meantime, the result is a ConcurrentModificationException. Renames
   * do not change the list itself. A restart in the meantime undoes the change, and ends the request.
   */
  async save(change: Change, writeMs: number): Promise<void> {
    const disturbed = this.#saving.some((running) => running !== "rename" || change !== "rename");
    const { reloads } = this.tokenStore;
    this.#saving.push(change);
    await elapsed(writeMs);
    this.#saving.splice(this.#saving.indexOf(change), 1);
    if (this.tokenStore.reloads !== reloads) throw new UncaughtException("java.lang.InterruptedException");
    if (disturbed) throw new UncaughtException("java.util.ConcurrentModificationException");
    this.tokenStore.write();
  }
}

/** Waits at least one turn of the event loop, so that another request can come in between. */
export async function elapsed(ms: number): Promise<void> {
  if (ms > 0) await elapse(ms, undefined, { ref: false });
  else await turn();
}
