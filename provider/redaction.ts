/**
 * Makes texts safe to show: masks secrets, escapes control characters, and shortens outside text. Masking comes first, because a text that is
 * shortened before may end in half a secret. Servers choose the texts, so no pattern here may take quadratic time.
 */

const MASK = "[secret]";
export const TOKEN_VALUE = /^11[0-9a-f]{32}$/; // The version of the form, and 32 digits.
export const LEGACY_VALUE = /^[0-9a-f]{32}$/;
export const LIKE_TOKEN_VALUE = /^(..)?[0-9a-f]{32}$/; // A later Jenkins may use another version.

/** Only this much of an outside text is read. Jenkins' own error pages are shorter. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_MESSAGE = 4_000;
/** The longest outside text in a message. */
const LONGEST_PART = 300;

/** Shorter secrets are not masked: a message in which every "a" is masked shows what the secret is. */
const SHORTEST_SECRET = 4;
/** A longer secret of letters alone is no word of a message. */
const LONGEST_WORD = 19;
/** The letters and digits of shorter secrets are not searched for by themselves, because a text may contain them by chance. */
const SHORTEST_CONDENSED = 12;
/** What a pattern matches, such as an API token, is shorter than this. */
const SHORTEST_MARGIN = 64;
/** Four bytes, each percent-encoded three times. */
const LONGEST_ENCODED_CHARACTER = 28;
/** The pattern of a longer secret would be too large for a regular expression. */
const LONGEST_PATTERN = 1_000;
const HINT = /basic|bearer|11[0-9a-f]{32}|tokenvalue|crumb|jsessionid|cookie:|:\/\//i; // If it does not match, no pattern of `maskPatterns` does.

/** Up to this number, every text is searched for all secrets. */
const MANY_SECRETS = 50;
type Kept = { length: number; forms: (RegExp | string)[] };

/** Finds which of thousands of values a text may contain, by four letters or digits in a row, which no encoding changes. */
class Index<T> {
  readonly all = new Set<T>();
  readonly #byFour = new Map<number | undefined, T[]>();
  /** @param texts one for each form of the value. */
  add(texts: string[], value: T): void {
    this.all.add(value);
    for (const four of texts.map((text) => foursIn(text).at(-1)))
      this.#byFour.set(four, [...(this.#byFour.get(four) ?? []), value]);
  }

  /** The values that the text may contain. */
  near(text: string): T[] {
    if (this.all.size <= MANY_SECRETS) return [...this.all];
    const found = new Set(this.#byFour.get(undefined));
    for (const four of foursIn(text)) for (const value of this.#byFour.get(four) ?? []) found.add(value);
    return [...found].filter((value) => this.all.has(value));
  }
}

/** Every four letters or digits in a row, as a number, because cutting out each text would take longer. */
function foursIn(text: string): number[] {
  const fours: number[] = [];
  for (let at = 0, four = 0, inRow = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122; // Bit 32 makes a letter lower-case.
    inRow = isLetter || (code >= 48 && code <= 57) ? inRow + 1 : 0;
    four = ((four << 7) | code) & 0xfffffff;
    if (inRow >= 4) fours.push(four);
  }
  return fours;
}

/** The secrets to mask. */
export class Secrets {
  /** Secrets that are masked everywhere. */
  readonly kept = new Index<Kept>();
  /** Secrets that may be words of our own messages: masked in outside text only, and only as whole words. */
  readonly words = new Set<string>();
  /** The user ids, by their lower case. */
  readonly userIds = new Map<string, string>();
  readonly known = new Set<string>();
  /** The letters and digits of long secrets. */
  readonly condensed = new Index<string>();
  wordPattern: RegExp | undefined;
  longest = SHORTEST_MARGIN;
}

/** The secrets of this process. */
export const secrets = new Secrets();

/** Masks `secret` in every message from now on, in all its encodings. */
export function keepSecret(secret: string): void {
  if (secret.length < SHORTEST_SECRET || secrets.known.has(secret)) return;
  secrets.known.add(secret);
  const isToken = TOKEN_VALUE.test(secret); // A pattern already masks every API token.
  const isWord = isLikeWord(secret);
  if (isWord || isToken) keepForms(secret, [globally(base64Of(secret))], digitsOf(secret));
  else keepForms(secret, formsOf(secret), [secret, ...digitsOf(secret)]);
  const condensed = condense(secret);
  if (!isWord && condensed.length >= SHORTEST_CONDENSED) secrets.condensed.add([condensed], condensed);
  if (!isWord) return;
  secrets.words.add(secret);
  secrets.wordPattern = undefined;
}

/**
 * Masks a password or API token, alone and in an Authorization header, but never the user id.
 *
 * @returns whether these credentials are new, and the secret cannot be masked because it equals the user id.
 */
export function keepLogin(userId: string, secret: string): boolean {
  const pair = `${userId}:${secret}`;
  if (secrets.known.has(pair)) return false;
  secrets.known.add(pair);
  if (!secrets.userIds.has(userId.toLowerCase())) secrets.wordPattern = undefined;
  secrets.userIds.set(userId.toLowerCase(), userId);
  if (pair.length <= LONGEST_PATTERN) keepForms(pair, [globally(base64Of(pair))], digitsOf(pair));
  keepSecret(secret);
  secrets.condensed.all.delete(condense(userId));
  return userId.toLowerCase() === secret.toLowerCase();
}

/** Whether the text still contains a secret that is interrupted by markup, blanks or other characters, escaped, or in another case. */
function holdsBrokenSecret(text: string): boolean {
  if (secrets.condensed.all.size === 0) return false;
  const bare = condense(text);
  return secrets.condensed.near(bare).some((secret) => bare.includes(secret));
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

function keepForms(secret: string, forms: Kept["forms"], texts: string[]): void {
  secrets.longest = Math.max(secrets.longest, secret.length);
  secrets.kept.add(texts, { length: secret.length, forms });
}

/**
 * Outside text without passwords, API tokens, crumbs, cookies, `Authorization` values and the userinfo of URLs. Only the beginning
 * of a very long text is returned. `setCookies` are the Set-Cookie headers of the same response.
 */
export function redact(text: string, setCookies: string[] = []): string {
  const all = setCookies.map((header) => header.replace(/^[^=;]*=|;.*$/gs, "").trim());
  const values = all.filter(({ length }) => length >= SHORTEST_SECRET);
  const longest = Math.max(secrets.longest, ...values.map(({ length }) => length));
  return beginning(text, longest, (whole) => {
    const forms = values.flatMap((value) => (isLikeWord(value) ? [globally([asWord(value)])] : formsOf(value)));
    const shown = maskWords(maskPatterns(forms.reduce<string>((rest, form) => masked(rest, form), whole)));
    return holdsBrokenSecret(shown) ? MASK : shown;
  });
}

/** `text`, or its beginning, without the secrets that cannot be words of our messages. */
export function maskAnywhere(text: string): string {
  return beginning(text, secrets.longest, maskPatterns);
}

/**
 * One of our own sentences, on one line and without secrets. Our own words stay, even if a password is the same word. The outside
 * text in our sentences is in double quotes, and is masked like all outside text.
 */
export function presentable(sentence: string): string {
  const parts = maskAnywhere(sentence)
    .replace(/`via: "\w+"`|"[^"]*"/g, (part) =>
      part.startsWith("`") ? part : `"${shortened(maskWords(part.slice(1, -1)))}"`,
    )
    .replace(/\S{301,}/g, (part) => shortened(part));
  return visible(shortened(parts, LONGEST_MESSAGE));
}

/** `text` with control characters and invisible characters escaped, except for the characters in `kept`. */
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

/** Masks a little more text than it returns, because the cut may be in the middle of a secret. */
function beginning(text: string, longest: number, mask: (text: string) => string): string {
  const margin = longest * LONGEST_ENCODED_CHARACTER;
  if (text.length <= LONGEST_TEXT + margin) return mask(text);
  return mask(text.slice(0, LONGEST_TEXT + margin)).slice(0, -margin);
}

function maskPatterns(text: string): string {
  let clean = text;
  // The longest comes first, because one secret may begin with another.
  for (const { forms } of secrets.kept.near(text).sort((one, other) => other.length - one.length))
    for (const form of forms) clean = masked(clean, form);
  if (!HINT.test(clean)) return clean;
  return clean
    .replace(
      /\bBasic\s+([A-Za-z0-9+/_-]{8,}=*)/gi,
      (found, login) => (Buffer.from(login, "base64").includes(":") ? `Basic ${MASK}` : found), // Text such as "Basic authentication" stays.
    )
    .replace(/\bBearer\s+[A-Za-z0-9+/_.-]{8,}=*/gi, `Bearer ${MASK}`)
    .replace(/11[0-9a-f]{32,}/gi, MASK)
    .replace(/((?:tokenValue|crumb)(?:\\?["']\s{0,5}:\s{0,5}\\?["']|[=>]))[^"'\\\s<&]+/gi, `$1${MASK}`)
    .replace(/(Jenkins-Crumb:\s{0,5}|jsessionid[.\w-]{0,50}=)[^\s;,&"'<>]+/gi, `$1${MASK}`)
    .replace(/(cookie:[ \t]{0,5})[^\s=;,]{1,100}=[^\r\n<]*/gi, `$1${MASK}`)
    .replace(/:\/\/[^/?#\s]+@/g, `://${MASK}@`);
}

/** Masks the secrets that are words, as whole words, but not within a user id. */
function maskWords(text: string): string {
  if (secrets.words.size === 0) return text;
  const withWords = () =>
    [...secrets.userIds.values()].filter((id) => [...secrets.words].some((word) => id.includes(word)));
  const longestFirst = () => [MASK, ...withWords(), ...secrets.words].sort((one, other) => other.length - one.length);
  secrets.wordPattern ??= globally(longestFirst().map(asWord));
  return masked(text, secrets.wordPattern);
}

/** Masks the whole text if a pattern is too large: the error about it would show the secret. */
function masked(text: string, form: RegExp | string): string {
  try {
    return text.replaceAll(form, (found) => (secrets.userIds.has(found.toLowerCase()) ? found : MASK));
  } catch {
    return MASK;
  }
}

/** Whether a secret may be a word of a message, or a part of a word. */
const isLikeWord = (secret: string): boolean =>
  secret.length < 8 || (secret.length <= LONGEST_WORD && /^[\p{L} _.'-]+$/u.test(secret));

/** The pattern of a whole word. An escape before the word, such as %20 or \n, is not a part of it. */
function asWord(word: string): string {
  const [begins, ends] = [/^[\p{L}\p{N}]/u.test(word), /[\p{L}\p{N}]$/u.test(word)];
  const before = begins ? "(?:(?<![\\p{L}\\p{N}])|(?<=%[\\da-fA-F]{2}|\\\\[bfnrt]|\\\\u[\\da-fA-F]{4}))" : "";
  return `${before}${anyEncodingOf(word)}${ends ? "(?![\\p{L}\\p{N}])" : ""}`;
}

/** All encodings of a secret that is masked everywhere. */
function formsOf(secret: string): Kept["forms"] {
  if (secret.length <= LONGEST_PATTERN) return [globally([...base64Of(secret), anyEncodingOf(secret)])];
  const plain = secret.replace(/\p{Cs}/gu, "\uFFFD");
  const inForm = new URLSearchParams([["", plain]]).toString().slice(1);
  const base64 = Buffer.from(secret).toString("base64url");
  const inBase64 = [base64, base64.replaceAll("-", "+").replaceAll("_", "/")];
  return [secret, encodeURIComponent(plain), inForm, JSON.stringify(secret).slice(1, -1), ...inBase64];
}

/** The patterns of the secret in base64, with and without padding, alone or within a longer encoded text. */
function base64Of(secret: string): string[] {
  const [alone = "", ...within] = digitsOf(secret);
  const shared = "[A-Za-z0-9+/_-]?"; // A digit at either end may contain a few bits of the secret.
  const ofAny = within.map((digits) => `${shared}${inBase64(digits)}${shared}`);
  return [inBase64(alone), ...ofAny].map((digits) => `${digits}(?:=|%3[dD]){0,2}`);
}

/** The secret in base64, alone and within a longer text. */
function digitsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const within = [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url");
    return digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [bytes.toString("base64url"), ...within.filter(({ length }) => length >= 8)];
}

const inBase64 = (digits: string): string =>
  `(?:${anyEncodingOf(digits.replaceAll("-", "+").replaceAll("_", "/"))}|${anyEncodingOf(digits)})`;

/** The pattern of a text in which each character may be plain, or encoded for JSON, HTML, a URL or a form. */
const anyEncodingOf = (text: string): string => text.replace(/\\+|[^A-Za-z0-9]/gu, anyEncodingOfCharacter);

function anyEncodingOfCharacter(char: string): string {
  if (char.startsWith("\\")) {
    const encoded = "%(?:25){0,2}5[cC]|&(?:amp;){0,2}#(?:0{0,5}92|[xX]0{0,5}5[cC]);|\\\\{1,4}u005[cC]";
    return `(?:(?:${encoded}){${char.length}}|\\\\{${char.length},${char.length * 4}})`;
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
    `\\\\{0,4}${char.replace(/[\\^$.*+?()[\]{}|]/, "\\$&")}`,
  ];
  return `(?:${forms.join("|")})`;
}

const globally = (patterns: string[]): RegExp => new RegExp(patterns.join("|"), "gu");
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");
const anyCase = (digits: string): string => digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
