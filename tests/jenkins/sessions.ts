import { randomBytes } from "node:crypto";

/** The container's sessions: in memory, lost at a restart. */
export class Sessions {
  #cookieName = newCookieName();
  readonly #ids = new Set<string>();
  readonly #path: string;
  readonly #attributes: string;

  constructor(contextPath: string, attributes: string) {
    this.#path = contextPath || "/";
    this.#attributes = attributes;
  }

  /** The session of a `Cookie` header, if it is one of ours. */
  find(cookies = ""): string | undefined {
    const values = cookies
      .split(";")
      .map((cookie) => cookie.trim())
      .filter((cookie) => cookie.startsWith(`${this.#cookieName}=`))
      .map((cookie) => cookie.slice(this.#cookieName.length + 1));
    return values.find((id) => this.#ids.has(id));
  }

  create(): string {
    const id = `node0${randomBytes(16).toString("hex")}.node0`;
    this.#ids.add(id);
    return id;
  }

  cookie(id: string): string {
    return `${this.#cookieName}=${id}; Path=${this.#path}; ${this.#attributes}`;
  }

  /** Jenkins picks another cookie name at every start. */
  restart(): void {
    this.#ids.clear();
    this.#cookieName = newCookieName();
  }
}

function newCookieName(): string {
  return `JSESSIONID.${randomBytes(4).toString("hex")}`;
}
