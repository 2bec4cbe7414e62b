import { randomBytes } from "node:crypto";
import type { Token } from "./api-token-store.ts";
import { type Authentication, authenticate, typedId } from "./authentication.ts";
import { contentSecurityPolicy } from "./content-security-policy.ts";
import { type CrumbIssuer, DefaultCrumbIssuer } from "./crumb-issuer.ts";
import { dayOf } from "./expiration.ts";
import { AccessDenied, SentError, UncaughtException } from "./failures.ts";
import { jettyError } from "./jetty.ts";
import type { Instance, Layout } from "./layout.ts";
import { isLoginForm, submitLoginForm } from "./login-form.ts";
import { accessDeniedPage, authenticationRequiredPage, noValidCrumb, oopsPage, unauthorizedPage } from "./pages.ts";
import type { Profile } from "./profile.ts";
import { profileOf } from "./profiles.ts";
import { empty, type Reply } from "./reply.ts";
import { type LoggedRequest, StaplerRequest } from "./request.ts";
import { ScriptConsole } from "./script-console.ts";
import { SecurityRealm } from "./security-realm.ts";
import { Sessions } from "./sessions.ts";
import { route } from "./stapler.ts";
import { StrictCrumbIssuer } from "./strict-crumb-issuer.ts";
import type { User, UserOptions } from "./user.ts";
import { wallClock } from "./wall-clock.ts";

export interface ControllerOptions {
  version: string;
  contextPath: string;
  csrf: boolean;
  useSecurity: boolean;
  crumbRequestField: string;
  strictCrumbs: boolean;
  hasLoginForm: boolean;
  wipesTokensAtLogin: boolean;
  timeZone: string;
  scriptText?: string;
  adminCanGenerateNewTokens: boolean;
  creationOfLegacyTokenEnabled: boolean;
  tokenGenerationOnCreationEnabled: boolean;
  usageStatisticsEnabled: boolean;
  now: () => Date;
  generateMs: number;
  passwordMs: number;
}

/** The only recorded version whose Jetty treats a backslash in a path as an attack. */
const wary = "12.0.16";

/** A Jenkins without a network. It evaluates requests in the order of Jenkins' own filters. */
export class Controller {
  readonly options: ControllerOptions;
  readonly profile: Profile;
  readonly realm: SecurityRealm;
  readonly crumbIssuer: CrumbIssuer | undefined;
  readonly scriptConsole: ScriptConsole;
  readonly #sessions: Sessions;
  #instance: Instance;

  constructor(options: ControllerOptions) {
    this.options = options;
    this.profile = profileOf(options.version);
    this.#instance = started(options.version);
    this.realm = new SecurityRealm(this.profile.unwritableName, options.passwordMs);
    this.crumbIssuer = options.csrf ? crumbIssuerFor(options, this.profile) : undefined;
    this.scriptConsole = new ScriptConsole(this, options.scriptText);
    this.#sessions = new Sessions(this.profile.sessionCookie(options.contextPath || "/"));
  }

  addUser(options: UserOptions): void {
    const user = this.realm.add(options);
    const isGiven = options.legacyToken !== undefined || this.options.tokenGenerationOnCreationEnabled;
    if (!isGiven && this.profile.namedTokens) return;
    user.tokenStore.changeLegacyToken(undefined, options.legacyToken);
    user.tokenStore.write();
  }

  restart(): void {
    this.#sessions.restart();
    this.#instance = started(this.options.version);
    for (const user of this.realm.all()) user.tokenStore.reload();
  }

  async evaluate(logged: LoggedRequest): Promise<Reply> {
    const request = new StaplerRequest(logged, this.#sessions);
    const reply = await this.#answer(request);
    if (request.authentication.login === "password") {
      this.#sessions.signIn(request.newSession, request.header("cookie"), request.authentication.name);
    }
    const headers = { ...reply.headers };
    if (request.newSession) headers["Set-Cookie"] = this.#sessions.cookie(request.newSession);
    const { compresses } = this.profile;
    const isCompressible = compresses === "pages" ? "X-Hudson" in headers : "Vary" in headers;
    // Jetty does not compress a body that it does not send, and Jenkins does not announce compression.
    if (request.method === "HEAD" || compresses === "pages") delete headers["Vary"];
    return { ...reply, headers, isCompressible };
  }

  get instance(): Instance {
    return this.#instance;
  }

  /** The present day in the server's time zone. */
  today(): string {
    return dayOf(this.wallClock(this.options.now()));
  }

  wallClock(date: Date): Date {
    return wallClock(date, this.options.timeZone);
  }

  /** The URL that Jenkins shows as its own: from its configuration, else from the request. */
  rootUrl(request: StaplerRequest): string {
    return `http://${request.header("Host")}${this.options.contextPath}`;
  }

  /** A redirect to the same path with a slash at its end. */
  redirection(request: StaplerRequest): Record<string, string> {
    return this.redirectionTo(request, `${request.uri}/`);
  }

  /** A redirect to another path, with the context path. */
  redirectionTo(request: StaplerRequest, uri: string): Record<string, string> {
    const origin = this.profile.jetty.redirects === "absolute" ? `http://${request.header("Host")}` : "";
    return { Location: `${origin}${uri}` };
  }

  /** The layout data of a page. Creates a session, because a page contains a crumb. */
  layout(request: StaplerRequest): Layout {
    request.session();
    const crumbRequestField = this.crumbIssuer?.crumbRequestField ?? "";
    const crumb = this.crumbIssuer?.issue(request) ?? "";
    return { ...this.#instance, contextPath: this.options.contextPath, crumbRequestField, crumb };
  }

  async #answer(request: StaplerRequest): Promise<Reply> {
    const { contextPath } = this.options;
    if (contextPath && request.uri === contextPath) {
      return empty(this.profile.jetty.redirects === "relative" ? 301 : 302, this.redirection(request));
    }
    if (!request.uri.startsWith(`${contextPath}/`)) return this.#outside(request);
    if (this.profile.jetty.version === wary && /%5C/i.test(request.uri)) return this.#suspicious(request);
    if (request.uri.includes(";") && this.profile.refusesSemicolons) {
      return this.#translate(request, new SentError(400, "Semicolons are not allowed in the request URI"));
    }
    const reply = await this.#filter(request);
    return { ...reply, headers: { "X-Content-Type-Options": "nosniff", ...reply.headers } };
  }

  async #filter(request: StaplerRequest): Promise<Reply> {
    if (!(await this.#signIn(request))) return this.#unauthorized(request);
    const reply = isLoginForm(this, request)
      ? await submitLoginForm(this, request, (user) => this.#beginByForm(request, user))
      : await this.#afterSignIn(request);
    if (!this.profile.contentSecurityPolicy) return reply;
    const policy = contentSecurityPolicy(this.rootUrl(request), request.authentication.name);
    return { ...reply, headers: { ...policy, ...reply.headers } };
  }

  async #afterSignIn(request: StaplerRequest): Promise<Reply> {
    try {
      if (request.method === "POST") this.#checkCrumb(request);
      return await route(this, request);
    } catch (failure) {
      return this.#translate(request, failure);
    }
  }

  async #signIn(request: StaplerRequest): Promise<boolean> {
    const { now, useSecurity } = this.options;
    if (!useSecurity) return true; // Without security, no filter checks credentials.
    const authentication =
      this.#bySession(request) ?? (await authenticate(request.header("Authorization"), this.realm, this.today()));
    if (!authentication) return false;
    if (authentication.token && this.options.usageStatisticsEnabled) count(authentication.token, now());
    request.authentication = authentication;
    if (authentication.login) {
      request.logged.signedInAs = authentication.name;
      request.logged.login = authentication.login;
    }
    if (authentication.user && authentication.login === "password") this.#begin(request, authentication.user);
    return true;
  }

  /** Jenkins does not check the password if the session already belongs to the same user, with the same spelling of the name. */
  #bySession(request: StaplerRequest): Authentication | undefined {
    const user = this.#sessions.signedIn(request.header("cookie"));
    const authorization = request.header("Authorization");
    if (!user || (authorization !== undefined && typedId(authorization) !== user.id)) return undefined;
    return { user, name: user.id, login: "session" };
  }

  #beginByForm(request: StaplerRequest, user: User): void {
    this.#begin(request, user);
    request.newSession = this.#sessions.begin(request.header("cookie"), user);
  }

  /**
   * A password begins a session of its user, unless the request already belongs to one. A CloudBees controller then loads the
   * user's tokens from the operations center, which does not have the tokens that were created on the controller.
   */
  #begin(request: StaplerRequest, user: User): void {
    if (!this.options.wipesTokensAtLogin || this.#sessions.userOf(request.header("cookie")) === user.id) return;
    for (const token of [...user.tokenStore.tokens]) user.tokenStore.revoke(token);
    user.tokenStore.write();
  }

  /** The crumb filter. It runs before permissions are checked, so an anonymous POST fails here, too. */
  #checkCrumb(request: StaplerRequest): void {
    if (!this.crumbIssuer) return;
    if (request.authentication.login === "token" && !this.profile.tokenNeedsCrumb) return;
    const field = this.crumbIssuer.crumbRequestField;
    const crumb = request.header(field) ?? request.parameter(field);
    if (crumb === undefined || !this.crumbIssuer.validate(request, crumb)) throw new SentError(403, noValidCrumb);
  }

  #unauthorized(request: StaplerRequest): Reply {
    const id = typedId(request.header("Authorization"));
    return unauthorizedPage(request.uri, this.options.contextPath, this.profile, request.header("Accept"), id);
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

  /** The requests that Jetty refuses before Jenkins. */
  #suspicious(request: StaplerRequest): Reply {
    const error = { status: 400, message: "Suspicious Path Character", uri: "/badURI" };
    return jettyError({ ...error, accept: request.header("Accept") }, this.profile.jetty);
  }

  /** The replies of Jetty outside the context path. */
  #outside(request: StaplerRequest): Reply {
    const { jetty } = this.profile;
    const place =
      jetty.outside === "url"
        ? { uri: `http://${request.header("Host")}${request.uri}` }
        : { uri: request.uri, servlet: "-" as const };
    const reply = jettyError({ status: 404, message: "Not Found", ...place, accept: request.header("Accept") }, jetty);
    return { ...reply, headers: { Vary: "Accept-Encoding", ...reply.headers } };
  }
}

function crumbIssuerFor({ strictCrumbs, crumbRequestField, now }: ControllerOptions, { crumb }: Profile): CrumbIssuer {
  if (strictCrumbs) return new StrictCrumbIssuer(crumbRequestField, now);
  return new DefaultCrumbIssuer(crumbRequestField, crumb);
}

function count(token: Token, now: Date): void {
  token.useCount += 1;
  token.lastUsed = now;
}

function started(version: string): Instance {
  return { version, session: randomBytes(4).toString("hex") };
}
