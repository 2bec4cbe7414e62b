import { setTimeout as elapse } from "node:timers/promises";
import { ApiTokenStore } from "./api-token-store.ts";
import { User, type UserOptions } from "./user.ts";

/** Jenkins' own user database. Ids are compared without case, as its default IdStrategy does. */
export class SecurityRealm {
  /** How many passwords were checked, which is what takes a real Jenkins longest. */
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

  /** Whose password it is. Checked for unknown users too: an answer may not tell by its speed who exists. */
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
   * Who `/user/<x>/` is: an id wins over somebody's full name. Who is neither is looked for with `_` in place of what
   * file systems don't like.
   */
  get(idOrFullName: string): User | undefined {
    const named = this.getById(idOrFullName) ?? [...this.all()].find((user) => user.fullName === idOrFullName);
    return named ?? this.getById(idOrFullName.replaceAll(/[\\/<>]/g, "_"));
  }
}

export function keyFor(id: string): string {
  return id.toLowerCase();
}
