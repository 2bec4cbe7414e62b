/**
 * What a reply means, and who wrote it. Proxies, gateways and caches stand between Pulumi and Jenkins, and sometimes answer in its place. A reply
 * proves something only if nobody but Jenkins can have written it. See decisions/who-answered.md.
 */

import {
  type Circumstances,
  type Effect,
  ForbiddenError,
  type JenkinsError,
  RejectedError,
  UnexpectedResponseError,
} from "../errors.ts";
import { redact } from "../redaction.ts";
import * as z from "../zod.ts";
import type { Login } from "./auth.ts";
import { authorOf, beforeIt, doorOf, wordsOfDoor } from "./doors.ts";
import type { Reply, Request } from "./http.ts";
import { missingPermission, notOfJenkins, whatBroke, whyNotAccepted } from "./remedies.ts";

/** Jenkins refuses a POST with these words before it looks at the request. */
const NO_VALID_CRUMB = "No valid crumb was included in the request";

const HEADERS = ["x-jenkins", "x-hudson", "x-you-are-authenticated-as"];

/** These texts are on Jenkins' pages, on its page for exceptions, and on the error pages of its servlet container. */
const TEXTS = [
  NO_VALID_CRUMB,
  'data-rooturl="',
  "Logging ID=",
  "hudson.security.csrf.DefaultCrumbIssuer",
  '"servlet":"Stapler"',
  "<td>Stapler</td>",
];

/**
 * Whether the reply has a mark of Jenkins. `nosniff`, `Vary` or `Server` alone is not a mark, because proxies add and replace these headers.
 * Behind a proxy that replaces `Server`, many replies of Jenkins have no mark.
 */
export function isFromJenkins(reply: Reply): boolean {
  return hasHeadersOfJenkins(reply) || TEXTS.some((text) => reply.body.includes(text));
}

/** Whether the headers are Jenkins' own. */
export function hasHeadersOfJenkins({ headers }: Reply): boolean {
  if (HEADERS.some((name) => name in headers)) return true;
  return /^Jetty\(/.test(headers["server"] ?? "") && headers["x-content-type-options"] === "nosniff";
}

/** A 401 that names the realm "Jenkins". A login that got one is not tried again, because Jenkins counts failed logins. */
export function namesRealm({ status, headers }: Reply): boolean {
  return status === 401 && /\brealm=("Jenkins"|Jenkins(?=[\s,]|$))/i.test(headers["www-authenticate"] ?? "");
}

/**
 * Whether the reply proves that the login is wrong. Every Jenkins names its realm in such a reply, but a front door may have a realm of the same
 * name. A newer Jenkins also names the character set, which no front door does. Then the front door has replaced only the page.
 */
export function isLoginRefusal(reply: Reply): boolean {
  return namesRealm(reply) && (!authorOf(reply) || /charset="UTF-8"/.test(reply.headers["www-authenticate"] ?? ""));
}

/** Whether Jenkins has refused the request unread, because its crumb was missing, stale or of another session. */
export function isCrumbRefusal({ status, body }: Reply): boolean {
  return status === 403 && body.includes(NO_VALID_CRUMB);
}

/** Jenkins' usual realms don't tell `Alice` from `alice`. */
export function isSameUser(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

const identitySchema = z.object({ name: z.string(), anonymous: z.literal(false) });

/** Whether Jenkins says in `reply` who has logged in. */
export function isIdentity({ status, body }: Reply): boolean {
  try {
    return status === 200 && identitySchema.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

/** Jenkins' own 503 while it starts or restarts: it does not look at the request at all. */
export function isGettingReady({ status, body }: Reply): boolean {
  return (
    status === 503 && /getting ready to work|<title>(Restarting|Starting) Jenkins|Jenkins is restarting/.test(body)
  );
}

/**
 * Whether a restarting Jenkins may have refused a valid login, as it does for about a second. Two kinds of 403 are final: one that names the
 * signed-in user, and the empty one of the token endpoint.
 */
export function isDoubtful(reply: Reply): boolean {
  if (reply.status === 401) return true;
  const recognised = reply.headers["x-you-are-authenticated-as"] ?? "anonymous";
  return reply.status === 403 && recognised === "anonymous" && reply.body !== "";
}

/** What is known of a request whose reply is not a success. */
export function circumstancesOf(request: Request, reply: Reply): Circumstances {
  return {
    ...request,
    status: reply.status,
    words: errorWords(reply),
    effect: effectOf(reply),
    mayPass: mayPass(reply),
    retryAfterMs: retryAfterMs(reply),
    isFromJenkins: isFromJenkins(reply),
  };
}

/** The error for a reply that is not a success. */
export function refusalOf(request: Request, reply: Reply, login: Login): JenkinsError {
  const { status, headers } = reply;
  const circumstances = circumstancesOf(request, reply);
  if (status < 300) {
    const remedy = `Jenkins never answers with this status: ${beforeIt(reply)} has answered in its place.`;
    return new UnexpectedResponseError({ ...circumstances, remedy });
  }
  if (status >= 300 && status < 400) {
    // A session id may follow a semicolon.
    const [target = ""] = redact(headers["location"] ?? "nowhere", reply.setCookies).split(/[?#;]/, 1);
    const remedy = /login|auth|sso|saml|oauth/i.test(target)
      ? `${doorOf(reply) ?? "Something"} before Jenkins requires its own login: configure it to let API clients through to Jenkins.`
      : "Use the url that Jenkins itself shows as its address (scheme, host, port and path).";
    return new UnexpectedResponseError({ ...circumstances, words: `a redirect to ${target}`, remedy });
  }
  if (status === 401) return new ForbiddenError({ ...circumstances, remedy: whyUnauthorized(reply, login) });
  if (status === 403) {
    const remedy = whyForbidden(request, reply);
    if (missingPermission(reply)) return new ForbiddenError({ ...circumstances, words: remedy, remedy: "" });
    return new ForbiddenError({ ...circumstances, remedy });
  }
  if (status < 500 && !PASSING.includes(status)) {
    return new RejectedError({ ...(!isFromJenkins(reply) && { remedy: notOfJenkins(reply) }), ...circumstances });
  }
  return new UnexpectedResponseError({ ...circumstances, remedy: whatBroke(reply, isFromJenkins(reply)) });
}

/** What a reply that is not a success says about the request: its effect, and whether it may be sent again. */
interface Fate {
  is: (reply: Reply) => boolean;
  effect: Effect;
  /** `repeatable`: if the request is idempotent. Requests that create a token, or change the value of a legacy token, are not. */
  again: "when ready" | "with a new crumb" | "repeatable" | "never";
}

/** The answers of an overloaded server or proxy. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** The first match decides. If no reply arrived, `exchange.ts` determines the effect. */
const FATES: Fate[] = [
  { is: isGettingReady, effect: "none", again: "when ready" },
  { is: isCrumbRefusal, effect: "none", again: "with a new crumb" },
  // An exception in Jenkins has ended the request. If a proxy wrote the 500, the request may still be running.
  { is: (reply) => reply.status === 500 && isFromJenkins(reply), effect: "ended", again: "repeatable" },
  { is: ({ status }) => PASSING.includes(status), effect: "possible", again: "repeatable" },
  // Jenkins redirects before it does anything. A proxy may redirect after Jenkins has carried out the request.
  { is: (reply) => isRedirect(reply) && isFromJenkins(reply), effect: "none", again: "never" },
  // The same for refusals. A proxy may also replace only the status of a success.
  { is: (reply) => isRefusal(reply) && isFromJenkins(reply), effect: "none", again: "never" },
  { is: () => true, effect: "possible", again: "never" },
];

function isRedirect({ status, body }: Reply): boolean {
  return status >= 300 && status < 400 && !body.includes('"tokenUuid"');
}

function isRefusal({ status, body }: Reply): boolean {
  return status >= 400 && status < 500 && !body.includes('"tokenUuid"');
}

function fateOf(reply: Reply): Fate {
  return FATES.find(({ is }) => is(reply)) as Fate;
}

function effectOf(reply: Reply): Effect {
  return fateOf(reply).effect;
}

/** Whether the same request may succeed a little later. Not for a Jenkins that is starting: `isGettingReady` recognises it. */
export function mayPass(reply: Reply): boolean {
  return fateOf(reply).again === "repeatable";
}

/** `Retry-After`, in seconds or as a date. */
function retryAfterMs({ headers }: Reply): number | undefined {
  const after = headers["retry-after"];
  if (!after) return undefined;
  const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return ms > 0 ? ms : undefined;
}

function whyUnauthorized(reply: Reply, login: Login): string {
  if (!isLoginRefusal(reply)) {
    if (authorOf(reply)) return notOfJenkins(reply);
    return "The answer does not name the realm of Jenkins, so the Jenkins login may be right: a proxy or a plugin of Jenkins has refused the request.";
  }
  return whyNotAccepted(login);
}

function whyForbidden(request: Request, reply: Reply): string {
  if (isCrumbRefusal(reply)) {
    return (
      request.whenCrumbRefused ?? "Jenkins saw no API token: does a proxy on the way drop the Authorization header?"
    );
  }
  if (reply.body === "" && request.whenForbidden) return request.whenForbidden;
  const missing = missingPermission(reply);
  if (missing) {
    const lacking = `${redact(missing.user)} lacks the permission ${redact(missing.permission)}`;
    if (missing.permission === "Overall/Read")
      return `${lacking}, without which Jenkins shows nothing to a user. Grant it in Jenkins' security settings.`;
    return `${lacking}: ${request.whoMay ?? "only the user and administrators may see or change a user's tokens"}.`;
  }
  if (/x-hudson|x-jenkins/.test(Object.keys(reply.headers).join())) {
    return "Jenkins saw no login in the request: does a proxy on the way drop the Authorization header?";
  }
  return isFromJenkins(reply) ? "Jenkins refuses the request." : notOfJenkins(reply);
}

/** The server's own words about what went wrong: the message of an error page, not the page around it. */
function errorWords(reply: Reply): string {
  const { status, body, setCookies } = reply;
  if (isLoginRefusal(reply) || (status === 403 && missingPermission(reply))) return ""; // The remedy says the same.
  const text = redact(body, setCookies); // Before anything is cut out of it: a secret may hold a quote or a bracket.
  const words =
    /<(?:th>MESSAGE:<\/th><td|h2[^<>]*|p class="error")>([^<]*)</.exec(text)?.[1] ??
    /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ??
    /<title>([^<]*)</.exec(text)?.[1] ??
    text;
  const bare = words
    .replace(/^(?:\s|<[^<>]*>)+/, "")
    .replace(new RegExp(`^\\s*(HTTP ERROR |Error )?${status}\\b[\\s:-]*`, "i"), "");
  return isFromJenkins(reply) ? bare : wordsOfDoor(reply, bare);
}

/**
 * The JSON of `reply`, in the shape of `schema`.
 *
 * @throws {RejectedError} for `status: "error"`, which Jenkins answers with HTTP 200.
 * @throws {UnexpectedResponseError} for any other body, such as a login page with status 200.
 */
export function jsonOf<T>(request: Request, reply: Reply, schema: z.Type<T>): T {
  const circumstances = { ...request, status: reply.status, isFromJenkins: isFromJenkins(reply) };
  let json: unknown;
  try {
    json = JSON.parse(reply.body);
  } catch {
    const words = `not JSON but ${redact(reply.headers["content-type"] ?? "a body without a type")}: ${pageTitle(reply)}`;
    const remedy =
      "Jenkins answers this request with JSON: is the url its root, or does a proxy or single sign-on answer in its place?";
    throw new UnexpectedResponseError({ ...circumstances, words, remedy, effect: "possible" });
  }
  const { status, message } = (json ?? {}) as { status?: unknown; message?: unknown };
  if (status === "error") {
    const effect = isFromJenkins(reply) ? "none" : "possible"; // Gateways write their own errors in this shape, too.
    throw new RejectedError({ ...circumstances, words: redact(String(message), reply.setCookies), effect });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues
    .map(({ path, message: said }) => [path.join("."), said].filter(Boolean).join(": "))
    .join("; ");
  const words = `JSON that is not what Jenkins documents (${redact(where)})`;
  const remedy = "Is the url the root of a Jenkins? Does something on the way change its answers?";
  throw new UnexpectedResponseError({ ...circumstances, words, remedy, effect: "possible" });
}

function pageTitle({ body, setCookies }: Reply): string {
  const text = redact(body, setCookies);
  // What follows a brace may be incomplete JSON with a part of a new secret, which is not masked yet.
  const [beforeBrace = ""] = text.split("{", 1);
  const title = /<title>([^<]*)</i.exec(text)?.[1] ?? beforeBrace.slice(0, 200);
  return title.trim() || (body.trim() === "" ? "an empty body" : "broken JSON");
}
