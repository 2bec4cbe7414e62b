/** Cleans and checks the texts of settings. A message may show the name of a setting or of a header, and never a value. */

/** Without blanks, line breaks and a byte order mark around it, and without one pair of quotes. */
export function bare(text: string): string {
  const inner = text.trim();
  return inner.length > 1 && /^["']/.test(inner) && inner.endsWith(inner.charAt(0)) ? inner.slice(1, -1).trim() : inner;
}

/**
 * Blanks and line breaks of all kinds, control characters, and characters without width. A zero width joiner is allowed, because it is a part of
 * some words.
 */
const UNSEEN = String.raw`\s\p{Cc}\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF`;
const INVISIBLE = new RegExp(`[${UNSEEN}]`, "u");
const INVISIBLE_BUT_BLANK = new RegExp(`(?! )[${UNSEEN}]`, "u"); // Some realms have blanks in user ids, and some users set a password as the API token.

/** What is wrong with a trimmed setting, as the end of a sentence that never shows the value. Undefined if it can be used. */
export function textFault(name: "url" | "username" | "apiToken" | "password", text: string): string | undefined {
  if (name === "password") {
    return /\p{Cc}/u.test(text) ? "has a line break or another control character in it" : undefined;
  }
  if (name === "url" && INVISIBLE.test(text)) return "has a blank, a line break or an invisible character in it";
  if (INVISIBLE_BUT_BLANK.test(text)) return "has a line break or an invisible character in it";
  return /^["']/.test(text) === /["']$/.test(text) ? undefined : "has a quotation mark at one end";
}

/** What is wrong with a url, as the end of a sentence that never shows it. Undefined if it can be used. */
export function urlFault(text: string): string | undefined {
  const url = bare(text);
  const fault = textFault("url", url);
  if (fault) return fault;
  const parsed = URL.parse(url);
  if (!parsed) return "is not a url, such as https://jenkins.example.com/";
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return "must begin with http:// or https://";
  if (parsed.username || parsed.password) {
    return "must not contain a user name or a password: set them separately";
  }
  return parsed.search || parsed.hash ? "must be the root url of Jenkins, without a query or a fragment" : undefined;
}

/**
 * The root URL of a Jenkins as the state keeps it: scheme, host in lower case, port unless it is the default, path without
 * a slash at its end. A text that is no url stays as it is.
 */
export function rootUrl(text: string): string {
  const parsed = urlFault(text) ? null : URL.parse(bare(text));
  return parsed ? `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}` : text;
}

/** Headers that the client sets itself, or that belong to one connection. Setting them would change or break the request. */
const OURS = [
  ...[
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
  ],
  ...[
    "content-length",
    "content-type",
    "cookie",
    "cookie2",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "origin",
  ],
  ...["proxy-connection", "range", "referer", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"],
  ...["jenkins-crumb", "crumb", ".crumb"],
];

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What Node.js sends as it is. Blanks at the ends would be dropped on the way. */
const HEADER_VALUE = /^[\x21-\x7e\xa0-\xff](?:[\t\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa0-\xff])?$/;

/** What is wrong with `headers`. Undefined if they can be sent. The text that stands for an unknown value is accepted. */
export function whatIsWrongWith(headers: Record<string, unknown>): string | undefined {
  const names = Object.keys(headers);
  for (const [name, value] of Object.entries(headers)) {
    // The name is not shown, because it may be a whole header with its value.
    if (!HEADER_NAME.test(name))
      return "a header has no valid name: use letters, digits and hyphens, and write the value separately";
    const lowered = name.toLowerCase();
    if (OURS.includes(lowered))
      return `the header ${name} can't be set, because this package sets it or the connection needs it`;
    if (names.some((other) => other !== name && other.toLowerCase() === lowered))
      return `the header ${name} is set twice`;
    if (typeof value !== "string") return `the value of the header ${name} must be a string: put it into quotes`;
    if (!HEADER_VALUE.test(value)) {
      return `the value of the header ${name} must not be empty, have blanks at its ends, or hold control characters or characters outside of Latin-1`;
    }
  }
  return undefined;
}

/** Parses the headers in a text, the JSON of an object. Returns a text if something is wrong with them. */
export function parseHeaders(text: string): Record<string, string> | string {
  const headers = objectIn(text);
  if (!headers) return 'must be a JSON object, such as {"Name": "value"}';
  return whatIsWrongWith(headers) ?? (headers as Record<string, string>);
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
