import type { IncomingHttpHeaders } from "node:http";
import type { Token } from "./api-token-store.ts";
import { type Authentication, anonymous } from "./authentication.ts";
import type { Sessions } from "./sessions.ts";

/** A request as it arrived, completed by what became of it. */
export interface LoggedRequest {
  method: string;
  /** With context path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The urlencoded body, decoded; the first value of a repeated field. */
  form: Record<string, string>;
  receivedAt: Date;
  /** Of the client: another one for each connection. */
  port?: number | undefined;
  status?: number;
  signedInAs?: string;
  login?: "token" | "password" | "session";
  /** The tokens by user as the replica has them that answers this request, where that is behind. */
  replica?: ReadonlyMap<string, readonly Token[]>;
}

/** The last part of a path that says what is asked for: "whoAmI", "security", "generateNewToken". */
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
  /** As sent, without query. */
  readonly uri: string;
  authentication: Authentication = anonymous;
  /** Set once this request made a session, whose cookie belongs into the reply. */
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

  /** From the query or a urlencoded form alike; the query comes first. */
  parameter(name: string): string | undefined {
    return this.#query.get(name) ?? this.logged.form[name];
  }

  /** The client's, as proxies tell it: the first of what may be several. All others come from this machine. */
  get clientAddress(): string {
    return this.header("X-Forwarded-For")?.split(",")[0]?.trim() ?? "127.0.0.1";
  }

  existingSession(): string | undefined {
    return this.#sessions.find(this.header("cookie")) ?? this.newSession;
  }

  /** The session, made if there is none: every page asks for one because of its crumb. */
  session(): string {
    const existing = this.existingSession();
    if (existing !== undefined) return existing;
    this.newSession = this.#sessions.create();
    return this.newSession;
  }
}
