import { randomBytes } from "node:crypto";
import type { User } from "./user.ts";

/** The container's sessions: in memory, lost at a restart. */
export class Sessions {
  #cookieName = newCookieName();
  /** Each with the user whose password came with a request of it, if one did. */
  readonly #users = new Map<string, string | undefined>();
  /** Those that began with the login form: they sign in by themselves, until their user gets another password. */
  readonly #signedIn = new Map<string, { user: User; seed: number }>();
  /** What follows the value in `Set-Cookie`. */
  readonly #attributes: string;

  constructor(attributes: string) {
    this.#attributes = attributes;
  }

  /** The session of a `Cookie` header, if it is one of ours. */
  find(cookies = ""): string | undefined {
    const values = cookies
      .split(";")
      .map((cookie) => cookie.trim())
      .filter((cookie) => cookie.startsWith(`${this.#cookieName}=`))
      .map((cookie) => cookie.slice(this.#cookieName.length + 1));
    return values.find((id) => this.#users.has(id));
  }

  create(): string {
    const id = `node0${randomBytes(16).toString("hex")}.node0`;
    this.#users.set(id, undefined);
    return id;
  }

  userOf(cookies: string | undefined): string | undefined {
    const id = this.find(cookies);
    return id === undefined ? undefined : this.#users.get(id);
  }

  /** A session made by this very request, or the one it came with. */
  signIn(newSession: string | undefined, cookies: string | undefined, userId: string): void {
    const id = newSession ?? this.find(cookies);
    if (id !== undefined) this.#users.set(id, userId);
  }

  /** A session of the user who has submitted the login form, in the place of the one he came with. */
  begin(cookies: string | undefined, user: User): string {
    const old = this.find(cookies);
    if (old !== undefined) this.#users.delete(old);
    const id = this.create();
    this.#users.set(id, user.id);
    this.#signedIn.set(id, { user, seed: user.seed });
    return id;
  }

  /** Who is signed in by this session itself. */
  signedIn(cookies: string | undefined): User | undefined {
    const { user, seed } = this.#signedIn.get(this.find(cookies) ?? "") ?? {};
    return user?.seed === seed ? user : undefined;
  }

  cookie(id: string): string {
    return `${this.#cookieName}=${id}${this.#attributes}`;
  }

  /** Jenkins picks another cookie name at every start. */
  restart(): void {
    this.#users.clear();
    this.#signedIn.clear();
    this.#cookieName = newCookieName();
  }
}

function newCookieName(): string {
  return `JSESSIONID.${randomBytes(4).toString("hex")}`;
}
