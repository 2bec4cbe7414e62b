import { randomBytes } from "node:crypto";

/** The container's sessions: in memory, lost at a restart. */
export class Sessions {
  #cookieName = newCookieName();
  /** Each with the user who signed in with his password, if somebody did. */
  readonly #users = new Map<string, string | undefined>();
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

  cookie(id: string): string {
    return `${this.#cookieName}=${id}${this.#attributes}`;
  }

  /** Jenkins picks another cookie name at every start. */
  restart(): void {
    this.#users.clear();
    this.#cookieName = newCookieName();
  }
}

function newCookieName(): string {
  return `JSESSIONID.${randomBytes(4).toString("hex")}`;
}
