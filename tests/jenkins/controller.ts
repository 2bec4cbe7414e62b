import { randomBytes } from "node:crypto";
import { authenticate } from "./authentication.ts";
import { CrumbIssuer } from "./crumb-issuer.ts";
import { AccessDenied, SentError, UncaughtException } from "./failures.ts";
import { jettyError } from "./jetty.ts";
import type { Instance, Layout } from "./layout.ts";
import { accessDeniedPage, authenticationRequiredPage, noValidCrumb, oopsPage, unauthorizedPage } from "./pages.ts";
import { type Profile, profileOf } from "./profiles.ts";
import { empty, type Reply } from "./reply.ts";
import { type LoggedRequest, StaplerRequest } from "./request.ts";
import { SecurityRealm } from "./security-realm.ts";
import { Sessions } from "./sessions.ts";
import { route } from "./stapler.ts";

export interface ControllerOptions {
  version: string;
  contextPath: string;
  csrf: boolean;
  crumbRequestField: string;
  adminCanGenerateNewTokens: boolean;
  now: () => Date;
  generateMs: number;
  passwordMs: number;
}

/** A Jenkins without its network: evaluates requests in the order of Jenkins' own filters. */
export class Controller {
  readonly options: ControllerOptions;
  readonly profile: Profile;
  readonly realm: SecurityRealm;
  readonly crumbIssuer: CrumbIssuer | undefined;
  readonly #sessions: Sessions;
  #instance: Instance;

  constructor(options: ControllerOptions) {
    this.options = options;
    this.profile = profileOf(options.version);
    this.#instance = started(options.version);
    this.realm = new SecurityRealm(this.profile.unwritableName);
    this.crumbIssuer = options.csrf ? new CrumbIssuer(options.crumbRequestField) : undefined;
    this.#sessions = new Sessions(options.contextPath, this.profile.cookieAttributes);
  }

  restart(): void {
    this.#sessions.restart();
    this.#instance = started(this.options.version);
    for (const user of this.realm.all()) user.tokenStore.reload();
  }

  async evaluate(logged: LoggedRequest): Promise<Reply> {
    const request = new StaplerRequest(logged, this.#sessions);
    const reply = await this.#answer(request);
    const headers: Record<string, string> = { "X-Content-Type-Options": "nosniff", ...reply.headers };
    if (request.newSession) headers["Set-Cookie"] = this.#sessions.cookie(request.newSession);
    return { ...reply, headers };
  }

  get instance(): Instance {
    return this.#instance;
  }

  /** What pages show of this instance. Asks for a session, since a page hands out a crumb. */
  layout(request: StaplerRequest): Layout {
    const session = request.session();
    const crumbRequestField = this.crumbIssuer?.crumbRequestField ?? "";
    const crumb = this.crumbIssuer?.issue(request.authentication.name, session) ?? "";
    return { ...this.#instance, contextPath: this.options.contextPath, crumbRequestField, crumb };
  }

  async #answer(request: StaplerRequest): Promise<Reply> {
    const { contextPath } = this.options;
    if (contextPath && request.uri === contextPath) return empty(301, { Location: `${contextPath}/` });
    if (!request.uri.startsWith(`${contextPath}/`)) return this.#outside(request);
    try {
      return await this.#filter(request);
    } catch (failure) {
      return this.#translate(request, failure);
    }
  }

  async #filter(request: StaplerRequest): Promise<Reply> {
    if (request.uri.includes(";")) throw new SentError(400, "Semicolons are not allowed in the request URI");
    if (!(await this.#signIn(request))) return this.#unauthorized(request);
    if (request.method === "POST") this.#checkCrumb(request);
    return route(this, request);
  }

  async #signIn(request: StaplerRequest): Promise<boolean> {
    const { now, passwordMs } = this.options;
    const authentication = await authenticate(request.header("Authorization"), this.realm, now(), passwordMs);
    if (!authentication) return false;
    request.authentication = authentication;
    if (authentication.login) {
      request.logged.signedInAs = authentication.name;
      request.logged.login = authentication.login;
    }
    return true;
  }

  /** Before anybody asks who the caller is: an anonymous POST fails here, too. Only an API token needs no crumb. */
  #checkCrumb(request: StaplerRequest): void {
    if (!this.crumbIssuer || request.authentication.login === "token") return;
    const field = this.crumbIssuer.crumbRequestField;
    const crumb = request.header(field) ?? request.parameter(field);
    const isValid =
      crumb !== undefined && crumb === this.crumbIssuer.issue(request.authentication.name, request.session());
    if (!isValid) throw new SentError(403, noValidCrumb);
  }

  #unauthorized(request: StaplerRequest): Reply {
    return unauthorizedPage(request.uri, this.options.contextPath, this.profile, request.header("Accept"));
  }

  #translate(request: StaplerRequest, failure: unknown): Reply {
    const { authentication, uri } = request;
    if (failure instanceof SentError) {
      const { status, message } = failure;
      return jettyError(
        { status, message, uri, accept: request.header("Accept"), servlet: "Stapler" },
        this.profile.jetty,
      );
    }
    if (failure instanceof UncaughtException) return oopsPage(this.layout(request));
    if (!(failure instanceof AccessDenied)) throw failure;
    if (!authentication.user) return authenticationRequiredPage(this.layout(request), uri, failure.permission);
    return accessDeniedPage(this.layout(request), authentication.name, failure.permission);
  }

  /** No Jenkins is there, only Jetty. */
  #outside(request: StaplerRequest): Reply {
    const uri = `http://${request.header("Host")}${request.uri}`;
    const reply = jettyError(
      { status: 404, message: "Not Found", uri, accept: request.header("Accept") },
      this.profile.jetty,
    );
    return { ...reply, headers: { Vary: "Accept-Encoding", ...reply.headers } };
  }
}

function started(version: string): Instance {
  return { version, session: randomBytes(4).toString("hex") };
}
