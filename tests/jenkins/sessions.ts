import { randomBytes } from "node:crypto";
import type { User } from "./user.ts";

/** The container's sessions, in memory. A restart loses them. */
export class Sessions {
  #cookieName = newCookieName();
  /** Each session, with the user whose password one of its requests had, if any. */
  readonly #users = new Map<string, string | undefined>();
  /** The sessions that began with the login form. They authenticate by their cookie, until the user's password changes. */
  readonly #signedIn = new Map<string, { user: User; seed: number }>();
  /** The attributes after the value in `Set-Cookie`. */
  readonly #attributes: string;

  constructor(attributes: string) {
    this.#attributes = attributes;
  }

  /** The session of a `Cookie` header, if it exists. */
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

  /** Assigns the user to the session that this request created, or else to its present session. */
  signIn(newSession: string | undefined, cookies: string | undefined, userId: string): void {
    const id = newSession ?? this.find(cookies);
    if (id !== undefined) this.#users.set(id, userId);
  }

  /** Begins a session for a user who has submitted the login form. It replaces the present session. */
  begin(cookies: string | undefined, user: User): string {
    const old = this.find(cookies);
    if (old !== undefined) this.#users.delete(old);
    const id = this.create();
    this.#users.set(id, user.id);
    this.#signedIn.set(id, { user, seed: user.seed });
    return id;
  }

  /** The user whom this session authenticates by its cookie. */
  signedIn(cookies: string | undefined): User | undefined {
    const { user, seed } = this.#signedIn.get(this.find(cookies) ?? "") ?? {};
    return user?.seed === seed ? user : undefined;
  }

  cookie(id: string): string {
    return `${this.#cookieName}=${id}${this.#attributes}`;
  }

  /** Jenkins uses a new cookie name after each start. */
  restart(): void {
    this.#users.clear();
    this.#signedIn.clear();
    this.#cookieName = newCookieName();
  }
}

function newCookieName(): string {
  return `JSESSIONID.${randomBytes(4).toString("hex")}`;
}
