/** Recognises the product that answered in Jenkins' place, and quotes what it said, so that a message names the right place to look. */
import type { Reply } from "./http.ts";

interface Door {
  name: string;
  /** Whether this product has written the reply itself. */
  isAuthor?: (reply: Reply) => boolean;
  /** How `Server` and `Via` name it. */
  header?: RegExp;
  /** The setting with which it shows its own pages in the place of Jenkins' refusals. */
  hidesBy?: string;
}

/** HAProxy sends no header that names it. All its built-in error pages have this form. */
const HAPROXY_PAGE = /^<html><body><h1>\d{3} [^<]*<\/h1>\n[^<]*\n<\/body><\/html>\s*$/;
const APACHE_PAGE =
  /^<!DOCTYPE HTML PUBLIC "[^">]*"[^>]*>\s*<html><head>\s*<title>\d{3} [^<]*<\/title>\s*<\/head><body>\s*<h1>/;
const NGINX_PAGE = /<hr><center>(nginx|openresty)\b/;

/** The first match decides. */
const DOORS: Door[] = [
  { name: "HAProxy", isAuthor: ({ body }) => HAPROXY_PAGE.test(body) },
  { name: "oauth2-proxy", isAuthor: isOfOauth2Proxy },
  { name: "Squid", isAuthor: ({ headers }) => "x-squid-error" in headers, header: /\bsquid\b/i },
  // `Apache-Coyote` is Tomcat, in which Jenkins itself may run.
  {
    name: "Apache httpd",
    isAuthor: ({ body }) => APACHE_PAGE.test(body),
    header: /\bApache(?![-\w]| Tomcat)/,
    hidesBy: "ProxyErrorOverride",
  },
  {
    name: "nginx",
    isAuthor: ({ body }) => NGINX_PAGE.test(body),
    header: /\b(nginx|openresty)\b/i,
    hidesBy: "proxy_intercept_errors",
  },
  { name: "Caddy", header: /\bCaddy\b/ },
  { name: "Envoy", header: /\benvoy\b/i },
  { name: "Varnish", header: /\bvarnish\b/i },
  { name: "Cloudflare", header: /\bcloudflare\b/i },
  { name: "AWS ELB", header: /\bawselb\b/i },
  { name: "IIS", header: /\bMicrosoft-IIS\b/i },
];

/** For clients that ask for JSON, oauth2-proxy refuses with an empty object and names no realm. */
function isOfOauth2Proxy({ status, headers, setCookies, body }: Reply): boolean {
  if (setCookies.some((text) => /^(__\w+-)?_oauth2_proxy/.test(text))) return true;
  if (/redirect_uri=[^&]*%2Foauth2%2Fcallback/i.test(headers["location"] ?? "")) return true;
  if (/href="[^"]*\/oauth2\/static\/css\/|action="[^"]*\/oauth2\/start"/.test(body)) return true;
  return status === 401 && body === "{}" && !("www-authenticate" in headers);
}

/** The product that has written the reply itself. Undefined if Jenkins may have written it. */
export function authorOf(reply: Reply): string | undefined {
  return writer(reply)?.name;
}

function writer(reply: Reply): Door | undefined {
  return DOORS.find(({ isAuthor }) => isAuthor?.(reply));
}

/** The product that has written the reply, or has passed it on. Undefined if the reply does not show it. */
export function doorOf(reply: Reply): string | undefined {
  const { server = "", via = "" } = reply.headers;
  return authorOf(reply) ?? DOORS.find(({ header }) => header?.test(server) || header?.test(via))?.name;
}

/** Who answered in Jenkins' place, for a sentence in which "it" is Jenkins. The text says "in front of it", because "before it" could mean a time. */
export function beforeIt(reply: Reply): string {
  return orForwardProxy(`${doorOf(reply) ?? "something"} in front of it`, reply);
}

/** `who`, or the forward proxy of the request: either may have answered. */
export function orForwardProxy(who: string, { forwardProxy }: Reply): string {
  return forwardProxy ? `${who}, or the forward proxy ${forwardProxy},` : who;
}

/** The advice for a gateway that requires headers of its own. */
export function headersWanted({ status }: Reply): string {
  return status < 400 || status === 403 ? " If it wants headers of its own, name them with `connection.headers`." : "";
}

/** What the page of a front door means, and what the reader can do. Undefined for any other reply. */
export function meaningOf(reply: Reply): string | undefined {
  const { name, hidesBy } = writer(reply) ?? {};
  if (!name) return undefined;
  const door = `Jenkins did not write this answer: ${name} in front of it`;
  const hides = hidesBy ? `, or hides a refusal of Jenkins with ${hidesBy}` : "";
  const isUp = `Is Jenkins running, and does ${name} know its address?`;
  const meanings: Record<number, string> = {
    401: `${door} requires its own login${hides}. Have it let API clients through to Jenkins, or name the headers that it wants with \`connection.headers\`.`,
    429: `${door} limits how many requests it takes. Try again later.`,
    500: `${door} met an error${hides}. Its own log says what broke.`,
    502: `${door} got no usable answer from Jenkins. ${isUp}`,
    503: `${door} finds no server that is up. ${isUp}`,
    504: `${door} waited too long for Jenkins. Look into Jenkins' own log, or have ${name} wait longer.`,
  };
  return meanings[reply.status] ?? `${door} refuses the request${hides}.${headersWanted(reply)}`;
}

/**
 * The words of a front door that a message quotes. Our requests ask for Swedish, so Squid and others write Swedish. Only English pages are
 * quoted.
 *
 * @param text the words to quote from an English page.
 */
export function wordsOfDoor({ headers, body }: Reply, text: string): string {
  const squid = /^ERR_[A-Z0-9_]{1,40}\b/.exec(headers["x-squid-error"] ?? "");
  if (squid) return squid[0];
  const isEnglish = /^(en\b|$)/i.test(headers["content-language"] ?? "");
  return isEnglish && body !== "{}" ? text : "";
}
