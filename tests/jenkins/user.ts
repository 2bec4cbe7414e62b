import { setTimeout as elapse, setImmediate as turn } from "node:timers/promises";
import type { ApiTokenStore } from "./api-token-store.ts";
import { UncaughtException } from "./failures.ts";

export interface UserOptions {
  id: string;
  /** Without one nobody signs in with a password. */
  password?: string;
  /** The id unless given. */
  fullName?: string;
  administrator?: boolean;
  /** Overall/Read, true unless given. */
  read?: boolean;
  /** The value of his legacy token. Where Jenkins makes one itself it is this. */
  legacyToken?: string;
}

type Change = "generate" | "rename" | "revoke";

export class User {
  readonly id: string;
  readonly fullName: string;
  readonly administrator: boolean;
  readonly read: boolean;
  readonly tokenStore: ApiTokenStore;
  /** What his sessions began with: another one ends them. */
  seed = 0;
  // Private to the engine, so that no failed assertion prints it.
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
   * Writes the user's file after a change was made in memory. Jenkins walks over the token list without a lock while
   * it writes: a list that another request changes meanwhile ends in a ConcurrentModificationException. Two renames
   * leave the list itself alone. A restart meanwhile has undone the change, and ends the request.
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

/** Even the shortest work leaves the event loop a turn, in which another request can come in between. */
export async function elapsed(ms: number): Promise<void> {
  if (ms > 0) await elapse(ms, undefined, { ref: false });
  else await turn();
}
