/**
 * What may be shown of a text: secrets are masked, control characters are escaped, and outside text is shortened. Masking comes
 * first, because a text that is cut first may end in half a secret.
 *
 * A server chooses the texts, so no pattern here may take quadratic time.
 */

const MASK = "[secret]";

/** How much of an outside text is read. Jenkins' own error pages are shorter. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_MESSAGE = 4_000;
/** The longest outside text in a message. */
const LONGEST_PART = 300;

/** Shorter secrets are not masked: a message in which every "a" is masked shows what the secret is. */
const SHORTEST_SECRET = 4;
const LONGEST_WORD = 19;
/** Fewer letters and digits may stand in a text by chance. */
const SHORTEST_CONDENSED = 12;
/** Shapes such as that of an API token are shorter. */
const SHORTEST_MARGIN = 64;
/** Four bytes, each percent-encoded three times. */
const LONGEST_ENCODED_CHARACTER = 28;
/** The pattern of a longer secret would be too large for a regular expression. */
const LONGEST_PATTERN = 1_000;

type Form = RegExp | string;

/** What is masked. */
export class Secrets {
  /** Secrets that are masked wherever they stand. The longest comes first, because one secret may begin with another. */
  readonly kept: { length: number; forms: Form[] }[] = [];
  /** Secrets that may be words of our own messages: masked in outside text only, and only as whole words. */
  readonly words = new Set<string>();
  /** By their lower case. */
  readonly userIds = new Map<string, string>();
  readonly known = new Set<string>();
  /** The letters and digits of long secrets. */
  readonly condensed = new Set<string>();
  wordPattern: RegExp | undefined;
  longest = SHORTEST_MARGIN;
}

/** Of this process. */
export const secrets = new Secrets();

/** Masks `secret` in every message from now on, in all forms in which it travels. */
export function keepSecret(secret: string): void {
  if (secret.length < SHORTEST_SECRET || secrets.known.has(secret)) return;
  secrets.known.add(secret);
  const isToken = /^11[0-9a-f]{32}$/.test(secret); // Masked because of its shape.
  const isWord = isLikeWord(secret);
  keepForms(secret, isWord || isToken ? [globally(base64Of(secret))] : formsOf(secret));
  if (!isWord && condense(secret).length >= SHORTEST_CONDENSED) secrets.condensed.add(condense(secret));
  if (!isWord) return;
  secrets.words.add(secret);
  secrets.wordPattern = undefined;
}

/**
 * Masks the secret of a login, alone and as in an Authorization header, but never the user id.
 *
 * @returns whether this is a new login whose secret can't be masked, because it equals the user id.
 */
export function keepLogin(userId: string, secret: string): boolean {
  const pair = `${userId}:${secret}`;
  if (secrets.known.has(pair)) return false;
  secrets.known.add(pair);
  secrets.userIds.set(userId.toLowerCase(), userId);
  secrets.wordPattern = undefined;
  if (pair.length <= LONGEST_PATTERN) keepForms(pair, [globally(base64Of(pair))]);
  keepSecret(secret);
  secrets.condensed.delete(condense(userId));
  return userId.toLowerCase() === secret.toLowerCase();
}

/** Whether a secret is still there with markup, blanks or other characters in it, in escapes, or in other letters. */
function holdsBrokenSecret(text: string): boolean {
  if (secrets.condensed.size === 0) return false;
  const bare = condense(text);
  return [...secrets.condensed].some((secret) => bare.includes(secret));
}

function condense(text: string): string {
  return text
    .replace(/<[^<>]*>/g, "")
    .replace(/\\u([0-9a-f]{4})|&#x([0-9a-f]{1,6});|&#(\d{1,7});/gi, (all, unit, hexadecimal, decimal) => {
      const code = decimal ? Number(decimal) : Number.parseInt(unit ?? hexadecimal, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    })
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();
}

function keepForms(secret: string, forms: Form[]): void {
  secrets.longest = Math.max(secrets.longest, secret.length);
  const next = secrets.kept.findIndex(({ length }) => length < secret.length);
  secrets.kept.splice(next < 0 ? secrets.kept.length : next, 0, { length: secret.length, forms });
}

/**
 * Outside text without passwords, API tokens, crumbs, cookies, `Authorization` values and the userinfo of URLs. Only the beginning
 * of a very long text is returned. `setCookies` are the Set-Cookie headers that came with it.
 */
export function redact(text: string, setCookies: string[] = []): string {
  const values = setCookies.map(cookieValue).filter((value) => value.length >= SHORTEST_SECRET);
  const longest = Math.max(secrets.longest, ...values.map(({ length }) => length));
  return beginning(text, longest, (whole) => {
    const forms = values.flatMap((value) => (isLikeWord(value) ? [globally([asWord(value)])] : formsOf(value)));
    const clean = forms.reduce<string>((rest, form) => rest.replaceAll(form, MASK), whole);
    const masked = maskWords(maskPatterns(clean));
    return holdsBrokenSecret(masked) ? MASK : masked;
  });
}

/** `text`, or its beginning, without the secrets that certainly are no words of ours. */
export function maskAnywhere(text: string): string {
  return beginning(text, secrets.longest, maskPatterns);
}

/**
 * One of our own sentences, on one line and without secrets. Our own words stay, even where a password is one of them. The outside
 * text in our sentences stands in double quotes, and is masked like all outside text.
 */
export function presentable(sentence: string): string {
  const parts = maskAnywhere(sentence)
    .replace(/`via: "\w+"`|"[^"]*"/g, (part) =>
      part.startsWith("`") ? part : `"${shortened(maskWords(part.slice(1, -1)))}"`,
    )
    .replace(/\S{301,}/g, (part) => shortened(part));
  return visible(shortened(parts, LONGEST_MESSAGE));
}

/** `text` with escapes in place of the characters that a terminal obeys or does not show, except for those in `kept`. */
export function visible(text: string, kept = ""): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => {
    if (kept.includes(char)) return char;
    const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
    return units.map((unit) => `\\u${hex(unit, 4)}`).join("");
  });
}

/** The beginning of a text that is already masked. No character is cut in half. */
export function shortened(text: string, longest = LONGEST_PART): string {
  return text.length > longest ? `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…` : text;
}

/** What a server wrote, without its markup, as one line of readable length. */
export function inOneLine(text: string): string {
  const line = maskAnywhere(text)
    .replace(/<(script|style|head)\b[\s\S]*?(?:<\/\1>|$)/gi, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/[\s\p{Cc}]+/gu, " ");
  return shortened(line.trim());
}

/** Masks a little more than is returned, because what is cut off may begin in half a secret. */
function beginning(text: string, longest: number, mask: (text: string) => string): string {
  const margin = longest * LONGEST_ENCODED_CHARACTER;
  if (text.length <= LONGEST_TEXT + margin) return mask(text);
  return mask(text.slice(0, LONGEST_TEXT + margin)).slice(0, -margin);
}

function maskPatterns(text: string): string {
  let clean = text;
  for (const { forms } of secrets.kept) {
    for (const form of forms) clean = clean.replaceAll(form, (found) => (isUserId(found) ? found : MASK));
  }
  return clean
    .replace(/\bBasic\s+([A-Za-z0-9+/_-]{8,}=*)/gi, (found, login) => (isLogin(login) ? `Basic ${MASK}` : found))
    .replace(/\bBearer\s+[A-Za-z0-9+/_.-]{8,}=*/gi, `Bearer ${MASK}`)
    .replace(/11[0-9a-f]{32,}/gi, MASK)
    .replace(/((?:tokenValue|crumb)(?:\\?["']\s{0,5}:\s{0,5}\\?["']|[=>]))[^"'\\\s<&]+/gi, `$1${MASK}`)
    .replace(/(Jenkins-Crumb:\s{0,5}|jsessionid[.\w-]{0,50}=)[^\s;,&"'<>]+/gi, `$1${MASK}`)
    .replace(/(cookie:[ \t]{0,5})[^\s=;,]{1,100}=[^\r\n<]*/gi, `$1${MASK}`)
    .replace(/:\/\/[^/?#\s]+@/g, `://${MASK}@`);
}

/** Masks the secrets that are whole words, but not within a user id. */
function maskWords(text: string): string {
  if (secrets.words.size === 0) return text;
  const longestFirst = [MASK, ...secrets.userIds.values(), ...secrets.words].sort(
    (one, other) => other.length - one.length,
  );
  secrets.wordPattern ??= globally(longestFirst.map(asWord));
  return text.replace(secrets.wordPattern, (found) => (isUserId(found) ? found : MASK));
}

const isUserId = (text: string): boolean => secrets.userIds.has(text.toLowerCase());

/** Whether a secret may be a word of a message, or a part of one. */
function isLikeWord(secret: string): boolean {
  return secret.length < 8 || (secret.length <= LONGEST_WORD && /^[\p{L} _.'-]+$/u.test(secret));
}

/** Whether what follows the word Basic is a user with a secret, and not the word "authentication". */
function isLogin(base64: string): boolean {
  return Buffer.from(base64, "base64").includes(":");
}

/** The value in a Set-Cookie header. */
function cookieValue(setCookie: string): string {
  const [pair = ""] = setCookie.split(";", 1);
  return pair.slice(pair.indexOf("=") + 1).trim();
}

/** The pattern of a whole word. An escape before it, such as %20 or \n, is not a part of it. */
function asWord(word: string): string {
  const begins = /^[\p{L}\p{N}]/u.test(word);
  const ends = /[\p{L}\p{N}]$/u.test(word);
  const before = begins ? "(?:(?<![\\p{L}\\p{N}])|(?<=%[\\da-fA-F]{2}|\\\\[bfnrt]|\\\\u[\\da-fA-F]{4}))" : "";
  return `${before}${anyEncodingOf(word)}${ends ? "(?![\\p{L}\\p{N}])" : ""}`;
}

/** All forms of a secret that may stand anywhere. */
function formsOf(secret: string): Form[] {
  if (secret.length <= LONGEST_PATTERN) return [globally([...base64Of(secret), anyEncodingOf(secret)])];
  const plain = secret.replace(/\p{Cs}/gu, "\uFFFD");
  const inForm = new URLSearchParams([["", plain]]).toString().slice(1);
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  const inBase64 = [base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
  return [secret, encodeURIComponent(plain), inForm, JSON.stringify(secret).slice(1, -1), ...inBase64];
}

/** The patterns of base64, with and without padding, of a secret that stands alone or anywhere in what was encoded. */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const within = [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url");
    return digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const shared = "[A-Za-z0-9+/_-]?"; // A digit at either end may hold a few bits of the secret.
  const ofAny = within.filter(({ length }) => length >= 8).map((digits) => `${shared}${inBase64(digits)}${shared}`);
  return [inBase64(bytes.toString("base64url")), ...ofAny].map((digits) => `${digits}(?:=|%3[dD]){0,2}`);
}

function inBase64(digits: string): string {
  return `(?:${anyEncodingOf(digits.replaceAll("-", "+").replaceAll("_", "/"))}|${anyEncodingOf(digits)})`;
}

/** The pattern of a text in which each character may be plain, or encoded for JSON, HTML, a URL or a form. */
function anyEncodingOf(text: string): string {
  return (text.match(/\\+|[\s\S]/gu) ?? []).map(anyEncodingOfCharacter).join("");
}

function anyEncodingOfCharacter(char: string): string {
  if (/^[A-Za-z0-9]$/.test(char)) return char;
  if (char.startsWith("\\")) {
    const times = char.length;
    const encoded = "%(?:25){0,2}5[cC]|&(?:amp;){0,2}#(?:0{0,5}92|[xX]0{0,5}5[cC]);|\\\\{1,4}u005[cC]";
    return `(?:(?:${encoded}){${times}}|\\\\{${times},${times * 4}})`;
  }
  const code = char.codePointAt(0) ?? 0;
  const percent = (bytes: number[]) => bytes.map((byte) => `%(?:25){0,2}${anyCase(hex(byte, 2))}`).join("");
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
  const forms = [
    `&(?:amp;){0,2}(?:[A-Za-z]{2,10}|#0{0,5}${code}|#[xX]0{0,5}${anyCase(code.toString(16))});`,
    percent([...Buffer.from(char)]),
    ...(code < 256 ? [percent([code])] : []),
    units.map((unit) => `\\\\{1,4}u${anyCase(hex(unit, 4))}`).join(""),
    ...(/[\s\p{Cc}]/u.test(char) ? ["\\+", "\\\\{1,4}[bfnrt]"] : []),
    `\\\\{0,4}${escaped(char)}`,
  ];
  return `(?:${forms.join("|")})`;
}

const globally = (patterns: string[]): RegExp => new RegExp(patterns.join("|"), "gu");
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");
const anyCase = (digits: string): string => digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
