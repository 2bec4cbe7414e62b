import { type Method, mayAdminister, mayGenerate, namedTokenMethods } from "./api-token-property.ts";
import type { Token } from "./api-token-store.ts";
import type { Controller } from "./controller.ts";
import type { CrumbIssuer } from "./crumb-issuer.ts";
import { localeOf } from "./expiration.ts";
import { AccessDenied, administer, read, SentError, UncaughtException } from "./failures.ts";
import { changeToken, shownLegacyToken } from "./legacy-token.ts";
import { loginPage, notFoundPage, oopsPage, postRequiredPage, postRequiredSentence } from "./pages.ts";
import { exported, remote, userBean, whoAmI } from "./remote-api.ts";
import { empty, type Reply } from "./reply.ts";
import type { StaplerRequest } from "./request.ts";
import { printed, runScripts } from "./script-console.ts";
import { tokenPage } from "./token-page.ts";
import type { User } from "./user.ts";

/** Routes a request to its object and method like Stapler: segment by segment of the path. */
export async function route(jenkins: Controller, request: StaplerRequest): Promise<Reply> {
  const [first, ...rest] = parts(request.uri.slice(jenkins.options.contextPath.length));
  const path = rest.join("/");

  // These two need no permission.
  if (first === "login") return loginPage(jenkins.layout(request), jenkins.options.hasLoginForm);
  if (first === "whoAmI" && path === "api/json") {
    const bean = whoAmI(request.authentication, request.existingSession(), jenkins.profile);
    return exported(bean, request.parameter("tree"), jenkins.instance);
  }

  const caller = request.authentication.user;
  if (!jenkins.options.useSecurity && first === "api" && path === "json") return root(jenkins, request);
  if (!caller?.read) throw new AccessDenied(read);
  if (first === "api" && path === "json") return root(jenkins, request);
  if (first === "crumbIssuer" && jenkins.crumbIssuer) return crumb(jenkins, jenkins.crumbIssuer, request, path);
  if (first === "scriptText" && path === "") return scriptText(jenkins, request, caller);
  // The descriptor is also at the root, without a user.
  if (first === "descriptorByName") return invoke(jenkins, request, undefined, [first, ...rest]);
  if (first === "me") return routeUser(jenkins, request, caller, rest);
  if (first === "user" && rest[0] !== undefined) {
    const user = jenkins.realm.get(rest[0]);
    if (user) return routeUser(jenkins, request, user, rest.slice(1));
  }
  return notFound(jenkins, request);
}

/** Splits the path before it decodes the segments, so that `%2F` can be part of an id. Jetty has already resolved dots. */
function parts(path: string): string[] {
  const { pathname } = new URL(`http://jenkins${path}`);
  return pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
}

function root(jenkins: Controller, request: StaplerRequest): Reply {
  const bean = {
    _class: "hudson.model.Hudson",
    mode: "NORMAL",
    useCrumbs: jenkins.options.csrf,
    useSecurity: jenkins.options.useSecurity,
  };
  return exported(bean, request.parameter("tree"), jenkins.instance);
}

/** Only the XPath expressions that scripts have always used return plain text. */
const plainCrumb = /^concat\(\/\/crumbRequestField,\s*(["'])([:=])\1,\s*\/\/crumb\)$/;

function crumb(jenkins: Controller, issuer: CrumbIssuer, request: StaplerRequest, path: string): Reply {
  const { className: _class, crumbRequestField } = issuer;
  if (path !== "api/json" && path !== "api/xml") return notFound(jenkins, request);

  const value = issuer.issue(request);
  if (path === "api/json") {
    return exported({ _class, crumb: value, crumbRequestField }, request.parameter("tree"), jenkins.instance);
  }
  const xpath = request.parameter("xpath");
  if (xpath === undefined) {
    const element = _class.replace(/.*\./, "").replace(/^./, (letter) => letter.toLowerCase());
    const xml = `<${element} _class='${_class}'><crumb>${value}</crumb><crumbRequestField>${crumbRequestField}</crumbRequestField></${element}>`;
    return remote("application/xml", xml, jenkins.instance);
  }
  const separator = plainCrumb.exec(xpath)?.[2];
  if (separator === undefined) throw new SentError(403, "primitive XPath result sets forbidden");
  return remote("text/plain", `${crumbRequestField}${separator}${value}`, jenkins.instance);
}

async function scriptText(jenkins: Controller, request: StaplerRequest, caller: User): Promise<Reply> {
  if (!caller.administrator) throw new AccessDenied(runScripts(jenkins.profile.version));
  const script = request.parameter("script");
  if (script === undefined) return printed("");
  if (request.method !== "POST") return oopsPage(jenkins.layout(request), 405);
  return printed(await jenkins.scriptConsole.run(script));
}

async function routeUser(jenkins: Controller, request: StaplerRequest, user: User, rest: string[]): Promise<Reply> {
  const path = rest.join("/");
  const { tokenPage } = jenkins.profile;
  // The path of a user, and of a user's action, ends in a slash. The path of a view does not.
  const isPlace = path === "" || (path === tokenPage.path && tokenPage.path === "security");
  const isSlashed = request.uri.endsWith("/");
  if (isPlace && !isSlashed) return empty(302, jenkins.redirection(request));
  if (path === tokenPage.path && isPlace === isSlashed) return tokens(jenkins, request, user);
  if (path === "api/json") {
    const bean = userBean(user, jenkins.rootUrl(request), mayAdminister(request, user), jenkins.profile);
    return exported(bean, request.parameter("tree"), jenkins.instance);
  }

  return invoke(jenkins, request, user, rest);
}

async function invoke(
  jenkins: Controller,
  request: StaplerRequest,
  user: User | undefined,
  path: string[],
): Promise<Reply> {
  const method = descriptorMethod(jenkins, path);
  if (!method) return notFound(jenkins, request);
  if (request.method !== "POST") return postRequired(jenkins, request, path);
  if (!user) throw new UncaughtException("java.lang.NullPointerException");
  return method(request, user, { ...jenkins.options, profile: jenkins.profile, today: () => jenkins.today() });
}

/** A descriptor is found by its full name and by its short name. */
function descriptorMethod(
  jenkins: Controller,
  [lookup, descriptor = "", method = "", ...more]: string[],
): Method | undefined {
  const isApiTokenProperty = /^(jenkins\.security\.)?ApiTokenProperty$/.test(descriptor);
  const isFound = lookup === "descriptorByName" && isApiTokenProperty && more.length === 0;
  if (!isFound) return undefined;
  if (method === "changeToken") return changeToken;
  if (method === "addFixedToken" && !jenkins.profile.fixedTokens) return undefined;
  return jenkins.profile.namedTokens ? namedTokenMethods.get(method) : undefined;
}

function tokens(jenkins: Controller, request: StaplerRequest, user: User): Reply {
  if (!mayAdminister(request, user)) throw new AccessDenied(administer);
  const { adminCanGenerateNewTokens, now } = jenkins.options;
  const shown = request.logged.replica?.get(user.id) ?? user.tokenStore.tokens;
  return tokenPage(jenkins.layout(request), {
    tokens: shown.map((token) => asDrawn(jenkins, token)),
    // The path as requested: also `/me`, or another spelling of the id.
    userPath: request.uri.replace(/\/[^/]+\/?$/, ""),
    userName: user.fullName,
    legacyToken: shownLegacyToken(request, user, { ...jenkins.options, profile: jenkins.profile }),
    statistics: jenkins.options.usageStatisticsEnabled,
    canGenerate: mayGenerate(request, user, adminCanGenerateNewTokens),
    locale: localeOf(request.header("Accept-Language")),
    now: jenkins.wallClock(now()),
  });
}

/** The page formats its dates as in UTC. */
function asDrawn(jenkins: Controller, token: Token): Token {
  const { createdAt, lastUsed } = token;
  return {
    ...token,
    ...(createdAt && { createdAt: jenkins.wallClock(createdAt) }),
    ...(lastUsed && { lastUsed: jenkins.wallClock(lastUsed) }),
  };
}

function notFound(jenkins: Controller, request: StaplerRequest): Reply {
  if (jenkins.profile.notFound === "page of Jetty") throw new SentError(404, "Not Found");
  return notFoundPage(jenkins.layout(request));
}

function postRequired(jenkins: Controller, request: StaplerRequest, path: string[]): Reply {
  if (jenkins.profile.postRequired === "a sentence") {
    const method = path.at(-1)?.replace(/^./, (letter) => letter.toUpperCase());
    return postRequiredSentence(`jenkins.security.ApiTokenProperty$DescriptorImpl.do${method}`);
  }
  return postRequiredPage(jenkins.layout(request), `http://${request.header("Host")}${request.uri}`);
}
