import type { IncomingHttpHeaders } from "node:http";
import type { Token } from "./api-token-store.ts";
import { type Authentication, anonymous } from "./authentication.ts";
import type { Sessions } from "./sessions.ts";

/** A request as it arrived, and its result. */
export interface LoggedRequest {
  method: string;
  /** With context path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The decoded form body. A repeated field has its first value. */
  form: Record<string, string>;
  receivedAt: Date;
  /** The client's port, which differs for each connection. */
  port?: number | undefined;
  status?: number;
  signedInAs?: string;
  login?: "token" | "password" | "session";
  /** The tokens of each user on a lagging replica, if one answers this request. */
  replica?: ReadonlyMap<string, readonly Token[]>;
}

/** The last meaningful segment of a path: "whoAmI", "security", "generateNewToken". */
export function endpointOf(path: string): string {
  return path
    .replace(/\?.*/s, "")
    .replace(/\/(api\/json)?$/, "")
    .replace(/.*\//, "");
}

/** A request on its way through Jenkins' filters. */
export class StaplerRequest {
  readonly logged: LoggedRequest;
  readonly method: string;
  /** The path as sent, without the query. */
  readonly uri: string;
  authentication: Authentication = anonymous;
  /** The session that this request created. Its cookie is sent in the reply. */
  newSession: string | undefined;
  readonly #query: URLSearchParams;
  readonly #sessions: Sessions;

  constructor(logged: LoggedRequest, sessions: Sessions) {
    const [uri = "", query = ""] = logged.path.split(/\?(.*)/s);
    this.logged = logged;
    this.method = logged.method;
    this.uri = uri;
    this.#query = new URLSearchParams(query);
    this.#sessions = sessions;
  }

  header(name: string): string | undefined {
    const value = this.logged.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** A parameter of the query or of the form body. The query takes precedence. */
  parameter(name: string): string | undefined {
    return this.#query.get(name) ?? this.logged.form[name];
  }

  /** The client's address: the first one that proxies report, else the address of this machine. */
  get clientAddress(): string {
    return this.header("X-Forwarded-For")?.split(",")[0]?.trim() ?? "127.0.0.1";
  }

  existingSession(): string | undefined {
    return this.#sessions.find(this.header("cookie")) ?? this.newSession;
  }

  /** The session. It is created if there is none, because every page needs one for its crumb. */
  session(): string {
    const existing = this.existingSession();
    if (existing !== undefined) return existing;
    this.newSession = this.#sessions.create();
    return this.newSession;
  }
}
