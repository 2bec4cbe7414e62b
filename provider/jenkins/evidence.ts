/**
 * Who answered. Proxies, gateways and caches stand between Pulumi and Jenkins, and answer in its place now and then. A reply proves only
 * what nobody but Jenkins can have written. See decisions/who-answered.md.
 */
import type { Reply } from "./http.ts";

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
 * Whether the reply bears a mark of Jenkins. `nosniff`, `Vary` or `Server` alone is none, because proxies add and replace them. Behind a
 * proxy that replaces `Server` many replies of Jenkins bear no mark.
 */
export function isMarked(reply: Reply): boolean {
  return hasMarkedHeaders(reply) || TEXTS.some((text) => reply.body.includes(text));
}

function hasMarkedHeaders({ headers }: Reply): boolean {
  if (HEADERS.some((name) => name in headers)) return true;
  return /^Jetty\(/.test(headers["server"] ?? "") && headers["x-content-type-options"] === "nosniff";
}

/** What a single reply proves. A token or a user that is gone (gone.ts) and an unmarked change (tokens/store.ts) take several replies. */
export const PROOFS = {
  /** The credentials are wrong: every Jenkins names its realm, and gateways name their own. */
  loginRefused: ({ status, headers }) =>
    status === 401 && /\brealm=("Jenkins"|Jenkins(?=[\s,]|$))/i.test(headers["www-authenticate"] ?? ""),
  /** The time of the reply is the time of Jenkins' clock. Its headers have to be Jenkins' own, and not those that a cache has kept. */
  time: (reply) => hasMarkedHeaders(reply) && !(Number(reply.headers["age"]) > 0),
} satisfies Record<string, (reply: Reply) => boolean>;

/** Refused before anything was looked at, because the crumb was missing, stale or of another session. */
export function isCrumbRefusal({ status, body }: Reply): boolean {
  return status === 403 && body.includes(NO_VALID_CRUMB);
}
