import { ApiTokenStore } from "./api-token-store.ts";
import { User, type UserOptions } from "./user.ts";

/** Jenkins' own user database. Ids are compared without case, as its default IdStrategy does. */
export class SecurityRealm {
  readonly #users = new Map<string, User>();
  readonly #unwritableName: RegExp;

  constructor(unwritableName: RegExp) {
    this.#unwritableName = unwritableName;
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
