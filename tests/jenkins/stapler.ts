import { descriptorMethods, type Method, mayAdminister, mayGenerate } from "./api-token-property.ts";
import type { Controller } from "./controller.ts";
import type { CrumbIssuer } from "./crumb-issuer.ts";
import { localeOf } from "./expiration.ts";
import { AccessDenied, administer, read, SentError } from "./failures.ts";
import { loginPage, notFoundPage, oopsPage, postRequiredPage } from "./pages.ts";
import { exported, remote, userBean, whoAmI } from "./remote-api.ts";
import { empty, type Reply } from "./reply.ts";
import type { StaplerRequest } from "./request.ts";
import { keyFor } from "./security-realm.ts";
import type { User } from "./user.ts";

/** Leads a request to its object and the method there, as Stapler does: part by part of the path. */
export async function route(jenkins: Controller, request: StaplerRequest): Promise<Reply> {
  const [first, ...rest] = parts(request.uri.slice(jenkins.options.contextPath.length));
  const path = rest.join("/");

  // These two are for everybody.
  if (first === "login") return loginPage(jenkins.layout(request));
  if (first === "whoAmI" && path === "api/json") {
    const bean = whoAmI(request.authentication, jenkins.profile.passwordAuthorities);
    return exported(bean, request.parameter("tree"), jenkins.instance);
  }

  const caller = request.authentication.user;
  if (!caller?.read) throw new AccessDenied(read);
  if (first === "api" && path === "json") return root(jenkins, request);
  if (first === "crumbIssuer" && jenkins.crumbIssuer) return crumb(jenkins, jenkins.crumbIssuer, request, path);
  if (first === "scriptText" && path === "") return scriptText(jenkins, request, caller);
  if (first === "me") return routeUser(jenkins, request, caller, rest);
  if (first === "user" && rest[0] !== undefined) {
    const user = jenkins.realm.get(rest[0]);
    if (user) return routeUser(jenkins, request, user, rest.slice(1));
  }
  return notFoundPage(jenkins.layout(request));
}

/** Splits before it decodes, so that `%2F` can be part of an id. Jetty has taken out the dots before. */
function parts(path: string): string[] {
  const { pathname } = new URL(`http://jenkins${path}`);
  return pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
}

function root(jenkins: Controller, request: StaplerRequest): Reply {
  const bean = { _class: "hudson.model.Hudson", mode: "NORMAL", useCrumbs: jenkins.options.csrf, useSecurity: true };
  return exported(bean, request.parameter("tree"), jenkins.instance);
}

/** Only the concatenations that scripts have always used give plain text. */
const plainCrumb = /^concat\(\/\/crumbRequestField,\s*(["'])([:=])\1,\s*\/\/crumb\)$/;

function crumb(jenkins: Controller, issuer: CrumbIssuer, request: StaplerRequest, path: string): Reply {
  const _class = "hudson.security.csrf.DefaultCrumbIssuer";
  const { crumbRequestField } = issuer;
  if (path !== "api/json" && path !== "api/xml") return notFoundPage(jenkins.layout(request));

  const value = issuer.issue(request.authentication.name, request.session());
  if (path === "api/json") {
    return exported({ _class, crumb: value, crumbRequestField }, request.parameter("tree"), jenkins.instance);
  }
  const xpath = request.parameter("xpath");
  if (xpath === undefined) {
    const xml = `<defaultCrumbIssuer _class='${_class}'><crumb>${value}</crumb><crumbRequestField>${crumbRequestField}</crumbRequestField></defaultCrumbIssuer>`;
    return remote("application/xml", xml, jenkins.instance);
  }
  const separator = plainCrumb.exec(xpath)?.[2];
  if (separator === undefined) throw new SentError(403, "primitive XPath result sets forbidden");
  return remote("text/plain", `${crumbRequestField}${separator}${value}`, jenkins.instance);
}

/** Running a script isn't modelled, only who may. */
function scriptText(jenkins: Controller, request: StaplerRequest, caller: User): Reply {
  if (!caller.administrator) throw new AccessDenied(administer);
  if (request.method !== "POST") return oopsPage(jenkins.layout(request), 405);
  throw new Error("this Jenkins runs no scripts");
}

async function routeUser(jenkins: Controller, request: StaplerRequest, user: User, rest: string[]): Promise<Reply> {
  const path = rest.join("/");
  const { tokenPage } = jenkins.profile;
  const isIndex = path === "" || path === tokenPage.path;
  if (isIndex && !request.uri.endsWith("/")) return empty(302, { Location: `${request.uri}/` });
  if (path === tokenPage.path) return tokens(jenkins, request, user);
  if (path === "api/json") {
    const bean = userBean(user, rootUrl(jenkins, request), mayAdminister(request, user));
    return exported(bean, request.parameter("tree"), jenkins.instance);
  }

  const method = descriptorMethod(rest);
  if (!method) return notFoundPage(jenkins.layout(request));
  if (request.method !== "POST") {
    return postRequiredPage(jenkins.layout(request), `http://${request.header("Host")}${request.uri}`);
  }
  return method(request, user, { ...jenkins.options, profile: jenkins.profile });
}

/** A descriptor is found by its full name and by its short one. */
function descriptorMethod([lookup, descriptor = "", method = "", ...more]: string[]): Method | undefined {
  const isApiTokenProperty = /^(jenkins\.security\.)?ApiTokenProperty$/.test(descriptor);
  const isFound = lookup === "descriptorByName" && isApiTokenProperty && more.length === 0;
  return isFound ? descriptorMethods.get(method) : undefined;
}

function tokens(jenkins: Controller, request: StaplerRequest, user: User): Reply {
  if (!mayAdminister(request, user)) throw new AccessDenied(administer);
  const { contextPath, adminCanGenerateNewTokens, now } = jenkins.options;
  return jenkins.profile.tokenPage.draw(jenkins.layout(request), {
    tokens: user.tokenStore.tokens,
    userPath: `${contextPath}/user/${encodeURIComponent(keyFor(user.id))}`,
    canGenerate: mayGenerate(request, user, adminCanGenerateNewTokens),
    locale: localeOf(request.header("Accept-Language")),
    now: now(),
  });
}

/** Jenkins takes its own address from its configuration, else from the request. */
function rootUrl(jenkins: Controller, request: StaplerRequest): string {
  return `http://${request.header("Host")}${jenkins.options.contextPath}`;
}
