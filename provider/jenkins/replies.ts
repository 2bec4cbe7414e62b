/** What a reply of Jenkins, or of a proxy in its place, means. */

import {
  type Circumstances,
  type Effect,
  ForbiddenError,
  type JenkinsError,
  RejectedError,
  redact,
  UnexpectedResponseError,
} from "../errors.ts";
import type { Login } from "../settings/connection.ts";
import * as z from "../zod.ts";
import { isCrumbRefusal, isMarked, PROOFS } from "./evidence.ts";
import type { Reply, Request } from "./http.ts";

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
 * A 401 or 403 that a restarting Jenkins gives to a right login as well, for about a second. One that names who is signed
 * in, or the empty one that only the token endpoint gives, is meant.
 */
export function isDoubtful(reply: Reply): boolean {
  if (reply.status === 401) return true;
  const recognised = reply.headers["x-you-are-authenticated-as"] ?? "anonymous";
  return reply.status === 403 && recognised === "anonymous" && reply.body !== "";
}

/** What is known of a request that was answered with anything but a success. */
export function circumstancesOf(request: Request, reply: Reply): Circumstances {
  return {
    ...request,
    status: reply.status,
    words: errorWords(reply),
    effect: effectOf(reply),
    mayPass: mayPass(reply),
    retryAfterMs: retryAfterMs(reply),
    isFromJenkins: isMarked(reply),
  };
}

/** The error that a reply stands for which is no success. */
export function refusalOf(request: Request, reply: Reply, login: Login): JenkinsError {
  const { status, headers, body } = reply;
  const circumstances = circumstancesOf(request, reply);
  if (status < 300) {
    const remedy = "Jenkins never answers with this status: something before it has answered in its place.";
    return new UnexpectedResponseError({ ...circumstances, remedy });
  }
  if (status >= 300 && status < 400) {
    // A session id may follow a semicolon.
    const [target = ""] = redact(headers["location"] ?? "nowhere", reply.setCookies).split(/[?#;]/, 1);
    const remedy = /login|auth|sso|saml|oauth/i.test(target)
      ? "Something before Jenkins wants a login of its own: API clients have to be let through to Jenkins there."
      : "Use the url that Jenkins itself shows as its address (scheme, host, port and path).";
    return new UnexpectedResponseError({ ...circumstances, words: `a redirect to ${target}`, remedy });
  }
  if (status === 401) return new ForbiddenError({ ...circumstances, remedy: whyUnauthorized(reply, login) });
  if (status === 403) return new ForbiddenError({ ...circumstances, remedy: whyForbidden(request, reply) });
  if (status < 500 && !PASSING.includes(status)) {
    return new RejectedError({ ...(!isMarked(reply) && { remedy: NOT_OF_JENKINS }), ...circumstances });
  }
  return new UnexpectedResponseError({ ...circumstances, remedy: whatBroke(status, body) });
}

const NOT_OF_JENKINS = "The answer is not one of Jenkins: something before it refuses the request.";

/** What an answer other than a success says about the request: what it has done, and when it may be sent again. */
interface Fate {
  is: (reply: Reply) => boolean;
  effect: Effect;
  /** `repeatable`: if sending it twice does no more than sending it once, which is so for all but generateNewToken. */
  again: "when ready" | "with a fresh crumb" | "repeatable" | "never";
}

/** The answers of an overloaded server or proxy. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** The first that fits decides. Where no answer came at all, http.ts says the same of the connection. */
const FATES: Fate[] = [
  { is: isGettingReady, effect: "none", again: "when ready" },
  { is: isCrumbRefusal, effect: "none", again: "with a fresh crumb" },
  // Its exception has ended the request. Behind the 500 of a proxy the request may still be running.
  { is: (reply) => reply.status === 500 && isMarked(reply), effect: "ended", again: "repeatable" },
  { is: ({ status }) => PASSING.includes(status), effect: "possible", again: "repeatable" },
  // Jenkins redirects before it does anything. A proxy may do so after Jenkins has done it.
  { is: (reply) => isRedirect(reply) && isMarked(reply), effect: "none", again: "never" },
  // The same for refusals. A proxy may also change the status alone.
  { is: (reply) => isRefusal(reply) && isMarked(reply), effect: "none", again: "never" },
  { is: () => true, effect: "possible", again: "never" },
];

function isRedirect({ status, body }: Reply): boolean {
  return status >= 300 && status < 400 && !body.includes('"tokenValue"');
}

function isRefusal({ status, body }: Reply): boolean {
  return status >= 400 && status < 500 && !body.includes('"tokenValue"');
}

function fateOf(reply: Reply): Fate {
  return FATES.find(({ is }) => is(reply)) as Fate;
}

/** What a request may have done that was answered with anything but a success. */
function effectOf(reply: Reply): Effect {
  return fateOf(reply).effect;
}

/** Whether the same request may well succeed a little later. Waiting for a Jenkins that starts is another matter. */
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

function whyUnauthorized(reply: Reply, { username, secret, source }: Login): string {
  if (!PROOFS.loginRefused(reply)) {
    return "It does not name the realm of Jenkins, so it says nothing about the Jenkins login: a proxy or a plugin of Jenkins has refused the request.";
  }
  const whose = `of ${username} (from: ${source})`;
  return secret.kind === "apiToken"
    ? `Jenkins does not accept the API token ${whose}. It may be wrong, revoked or expired.`
    : `Jenkins does not accept the password ${whose}: set the right one there. Where people sign in through single sign-on, Jenkins takes API tokens only.`;
}

function whyForbidden(request: Request, reply: Reply): string {
  if (isCrumbRefusal(reply)) {
    return "Jenkins wants a crumb that fits the session, and did not take a fresh one either: does a proxy on the way drop cookies, or spread requests over several servers?";
  }
  if (reply.body === "" && request.whenForbidden) return request.whenForbidden;
  const { "x-you-are-authenticated-as": recognised, "x-required-permission": permission } = reply.headers;
  if (recognised && recognised !== "anonymous") {
    const whoMay = request.whoMay ?? "only the user and administrators may see or change a user's tokens";
    return `${redact(recognised)} lacks the permission ${redact(permission ?? "for this")}: ${whoMay}.`;
  }
  if (/x-hudson|x-jenkins/.test(Object.keys(reply.headers).join())) {
    return "Jenkins saw no login in the request: does a proxy on the way drop the Authorization header?";
  }
  return isMarked(reply) ? "Jenkins refuses the request." : NOT_OF_JENKINS;
}

function whatBroke(status: number, body: string): string {
  if (/getting ready to work|restarting/i.test(body)) return "Jenkins is still starting: try again when it is up.";
  if (status === 500) return "Jenkins' own log says what broke, under the time of this request.";
  return "A proxy before Jenkins, or an overloaded Jenkins: try again later.";
}

/** The server's own words about what went wrong: the message of an error page, not the page around it. */
function errorWords(reply: Reply): string {
  const { body, setCookies } = reply;
  if (PROOFS.loginRefused(reply)) return "";
  const text = redact(body, setCookies); // Before anything is cut out of it: a secret may hold a quote or a bracket.
  return (
    /<(?:th>MESSAGE:<\/th><td|h2[^<>]*|p class="error")>([^<]*)</.exec(text)?.[1] ??
    /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ??
    /<title>([^<]*)</.exec(text)?.[1] ??
    text
  );
}

/**
 * The JSON of `reply`, in the shape of `schema`.
 *
 * @throws {RejectedError} for `status: "error"`, which Jenkins answers with HTTP 200.
 * @throws {UnexpectedResponseError} for a body that is not such JSON, a login page with 200 among them.
 */
export function jsonOf<T>(request: Request, reply: Reply, schema: z.Type<T>): T {
  const circumstances = { ...request, status: reply.status, isFromJenkins: isMarked(reply) };
  let json: unknown;
  try {
    json = JSON.parse(reply.body);
  } catch {
    const words = `not JSON but ${redact(reply.headers["content-type"] ?? "a body without a type")}: ${pageTitle(reply)}`;
    const remedy =
      "Jenkins answers this request with JSON: is the url its root, and does a proxy or single sign-on answer in its place?";
    throw new UnexpectedResponseError({ ...circumstances, words, remedy, effect: "possible" });
  }
  const { status, message } = (json ?? {}) as { status?: unknown; message?: unknown };
  if (status === "error") {
    const effect = isMarked(reply) ? "none" : "possible"; // Gateways write their own errors in this shape, too.
    throw new RejectedError({ ...circumstances, words: redact(String(message), reply.setCookies), effect });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  const words = `JSON that is not what Jenkins documents (${redact(where)})`;
  const remedy = "Is the url the root of a Jenkins, and does nothing on the way change its answers?";
  throw new UnexpectedResponseError({ ...circumstances, words, remedy, effect: "possible" });
}

function pageTitle({ body, setCookies }: Reply): string {
  const text = redact(body, setCookies);
  // From a brace on it may be JSON, cut short in the middle of a secret that nobody knows as one yet.
  const [beforeBrace = ""] = text.split("{", 1);
  const title = /<title>([^<]*)</i.exec(text)?.[1] ?? beforeBrace.slice(0, 200);
  return title.trim() || (body.trim() === "" ? "an empty body" : "broken JSON");
}
