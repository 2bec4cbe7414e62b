/**
 * Who answered. Proxies, gateways and caches stand between Pulumi and Jenkins, and answer in its place now and then. A reply proves only
 * what nobody but Jenkins can have written. See decisions/who-answered.md.
 */
import type { Reply } from "./http.ts";

/** Jenkins refuses a POST with these words before it looks at the request. */
export const NO_VALID_CRUMB = "No valid crumb was included in the request";

const HEADERS = ["x-jenkins", "x-hudson", "x-you-are-authenticated-as"];

/** They stand on the pages of Jenkins' layout, on its page for exceptions, and on the container's error pages below Jenkins. */
const TEXTS = [
  NO_VALID_CRUMB,
  'data-rooturl="',
  "Logging ID=",
  "hudson.security.csrf.DefaultCrumbIssuer",
  '"servlet":"Stapler"',
  "<td>Stapler</td>",
];

/**
 * Whether the reply bears a mark of Jenkins. `nosniff`, `Vary` and another `Server` are no marks, because proxies add and replace them.
 * Many replies of Jenkins bear none behind a proxy that replaces `Server`.
 */
export function isMarked(reply: Reply): boolean {
  return hasMarkedHeaders(reply) || TEXTS.some((text) => reply.body.includes(text));
}

function hasMarkedHeaders({ headers }: Reply): boolean {
  if (HEADERS.some((name) => name in headers)) return true;
  return /^Jetty\(/.test(headers["server"] ?? "") && headers["x-content-type-options"] === "nosniff";
}

/** What a single reply proves. More takes several replies: a token or a user that is gone (gone.ts), an unmarked change (tokens/store.ts). */
export const PROOFS = {
  /** A revoke or a rename was carried out. A page has to confirm it where the reply is unmarked. */
  carriedOut: ({ status }) => status === 200,
  /** The credentials are wrong: every Jenkins names its realm, and gateways name their own. */
  loginRefused: ({ status, headers }) =>
    status === 401 && /\brealm=("Jenkins"|Jenkins(?=[\s,]|$))/i.test(headers["www-authenticate"] ?? ""),
  /** There is no such user. */
  notFound: (reply) => reply.status === 404 && isMarked(reply),
  /** The time of the reply is the time of Jenkins' clock. Its headers have to be Jenkins' own, and not those that a cache has kept. */
  time: (reply) => hasMarkedHeaders(reply) && !(Number(reply.headers["age"]) > 0),
} satisfies Record<string, (reply: Reply) => boolean>;
