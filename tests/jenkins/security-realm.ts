import { setTimeout as elapse } from "node:timers/promises";
import { ApiTokenStore } from "./api-token-store.ts";
import { User, type UserOptions } from "./user.ts";

/** Jenkins' own user database. Ids are case-insensitive, as in its default IdStrategy. */
export class SecurityRealm {
  /** The number of password checks, which are the slowest part of a login on a real Jenkins. */
  passwordChecks = 0;
  readonly #users = new Map<string, User>();
  readonly #unwritableName: RegExp;
  readonly #passwordMs: number;

  constructor(unwritableName: RegExp, passwordMs: number) {
    this.#unwritableName = unwritableName;
    this.#passwordMs = passwordMs;
  }

  add(options: UserOptions): User {
    const user = new User(options, new ApiTokenStore(this.#unwritableName));
    this.#users.set(keyFor(user.id), user);
    return user;
  }

  remove(id: string): void {
    this.#users.delete(keyFor(id));
  }

  all(): Iterable<User> {
    return this.#users.values();
  }

  /** The user with this password. A check also runs for unknown users, so that the response time does not show who exists. */
  async withPassword(id: string, password: string): Promise<User | undefined> {
    this.passwordChecks++;
    if (this.#passwordMs > 0) await elapse(this.#passwordMs, undefined, { ref: false });
    const user = this.getById(id);
    return user?.hasPassword(password) ? user : undefined;
  }

  getById(id: string): User | undefined {
    return this.#users.get(keyFor(id));
  }

  /**
   * The user of `/user/<x>/`. An id takes precedence over a full name. If neither matches, Jenkins replaces characters that file
   * systems do not allow by `_`, and searches again.
   */
  get(idOrFullName: string): User | undefined {
    const named = this.getById(idOrFullName) ?? [...this.all()].find((user) => user.fullName === idOrFullName);
    return named ?? this.getById(idOrFullName.replaceAll(/[\\/<>]/g, "_"));
  }
}

export function keyFor(id: string): string {
  return id.toLowerCase();
}
