import { ApiTokenStore } from "./api-token-store.ts";
import { User, type UserOptions } from "./user.ts";

/** Jenkins' own user database. Ids are compared without case, as its default IdStrategy does. */
export class SecurityRealm {
  readonly #users = new Map<string, User>();
  readonly #unwritableName: RegExp;

  constructor(unwritableName: RegExp) {
    this.#unwritableName = unwritableName;
  }

  add(options: UserOptions): void {
    this.#users.set(keyFor(options.id), new User(options, new ApiTokenStore(this.#unwritableName)));
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

  /** Who `/user/<x>/` is: an id wins over somebody's full name. */
  get(idOrFullName: string): User | undefined {
    return this.getById(idOrFullName) ?? [...this.#users.values()].find((user) => user.fullName === idOrFullName);
  }
}

export function keyFor(id: string): string {
  return id.toLowerCase();
}
