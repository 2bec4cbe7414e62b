/** Reads the tokens from a user's HTML page, in the markup of every version. Besides it, only the script console lists them. */
import { decodeHTML, decodeHTMLAttribute } from "entities";
import { Parser } from "htmlparser2";
import { UNKNOWN_DAY } from "../expiry.ts";
import { LEGACY_VALUE } from "../redaction.ts";
import { type ListedToken, UUID } from "./token.ts";

export interface TokenPage {
  /** Absent before 2.129, when the page had only the legacy token. */
  tokens?: ListedToken[] | undefined;
  /** The value of the legacy token. Jenkins shows it only to its own user. */
  legacyValue?: string | undefined;
  /** Whose page it is: the path of the account, `/me` or `/user/<id>`. */
  account: string | undefined;
  /** Whether the page offers a new token: only to users who may create one here. */
  mayGenerate: boolean;
}

/** An element in a token's entry. */
interface Part {
  parent: Part | undefined;
  tag: string;
  classes: string[];
  /** This attribute, like `value` and `text`, has one character for each byte: `decodedText` and `decodedAttribute` decode it. */
  id: string | undefined;
  value: string | undefined;
  /** All text in the element, if its text is read. */
  text?: string;
}

/** A page is parsed in pieces of this size: V8 frees short strings sooner than long ones. */
const PIECE_BYTES = 16 * 1024;

/** Real pages have fewer than 100 levels. The time of the parser grows with the square of the levels. */
const MOST_LEVELS = 1_000;
/** On real pages, the entry of a token has fewer than 100 elements. */
const MOST_PARTS = 10_000;
const MOST_CLASSES = 1_000;

/** The classes of the elements whose text is read. */
const TELLING = new Set(["token-name", "token-creation", "token-use-counter"]);

/**
 * Reads the page of a user's tokens: `/user/<id>/configure` (up to 2.467) or `/user/<id>/security/`. Undefined if `page` is another page, or not
 * the whole page. So a login page is never read as an empty list.
 *
 * @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/resources/jenkins/security/ApiTokenProperty/config.jelly
 */
export function parseTokenPage(page: Buffer): TokenPage | undefined {
  const reader = new PageReader();
  const parser = new Parser(reader, { decodeEntities: false });
  for (let at = 0; at < page.length; at += PIECE_BYTES) {
    parser.write(page.toString("latin1", at, at + PIECE_BYTES)); // One character for each byte: only texts that are kept are decoded.
    if (reader.levels > MOST_LEVELS || reader.parts > MOST_PARTS) return undefined;
  }
  parser.end();
  const { isWhole, tokens, legacyField, account, mayGenerate } = reader;
  if (!isWhole || (!tokens && legacyField === undefined)) return undefined;
  return {
    account,
    mayGenerate,
    tokens,
    legacyValue: LEGACY_VALUE.exec(legacyField ?? "")?.[0], // The field may hold a sentence in the reader's language instead.
  };
}

/** Reads one entry after the other: a tree of the whole page takes twice as long, and a hundred times the memory. */
class PageReader {
  tokens: ListedToken[] | undefined;
  legacyField: string | undefined;
  account: string | undefined;
  mayGenerate = false;
  isWhole = false;
  /** How many elements are open. */
  levels = 0;
  #never: string | undefined;
  readonly #classes = new Map<string, string[]>();
  #entry: Part[] = [];
  readonly #open: Part[] = [];
  /** The elements of `#open` whose text is read. */
  readonly #telling: Part[] = [];

  /** The number of elements in the present entry. */
  get parts(): number {
    return this.#entry.length;
  }

  onopentag(tag: string, attributes: Record<string, string>): void {
    this.levels += 1;
    const classes = this.#classesIn(attributes["class"]);
    if (attributes["id"] === "api-token-list" || classes.includes("token-list")) this.tokens ??= [];
    if (attributes["name"] === "_.apiToken") this.legacyField ??= decodedAttribute(attributes["value"]);
    this.account ??= accountIn(attributes["data-target-url"]);
    this.#never ??= attributes["data-never"] && decodedAttribute(attributes["data-never"]);
    this.mayGenerate ||=
      classes.includes("api-token-property-add") || (this.tokens !== undefined && classes.includes("repeatable-add"));
    const isEntry = classes.includes("token-card") || classes.includes("token-list-existing-item");
    if (this.#open.length === 0 && !(isEntry && this.tokens)) return;
    const part: Part = { parent: this.#open.at(-1), tag, classes, id: attributes["id"], value: attributes["value"] };
    if (tag === "b" || classes.some((name) => TELLING.has(name))) {
      part.text = "";
      this.#telling.push(part);
    }
    this.#entry.push(part);
    this.#open.push(part);
  }

  /** Remembers the first ones, because the same ones are on each entry. */
  #classesIn(text = ""): string[] {
    const classes = this.#classes.get(text) ?? text.split(/\s+/);
    if (this.#classes.size < MOST_CLASSES) this.#classes.set(text, classes);
    return classes;
  }

  ontext(text: string): void {
    const part = this.#telling.at(-1);
    if (part) part.text += text;
  }

  onclosetag(tag: string, isImplied: boolean): void {
    this.levels -= 1;
    if (tag === "html" && !isImplied) this.isWhole = true; // Some proxies add a comment or a script after it.
    const part = this.#open.pop();
    if (part && part === this.#telling.at(-1)) {
      this.#telling.pop();
      const around = this.#telling.at(-1);
      if (around) around.text += part.text ?? "";
    }
    if (!part || this.#open.length > 0) return;
    this.tokens?.push(...tokenIn(this.#entry, this.#never));
    this.#entry = [];
  }
}

/** Returns a new string, because a part of a piece of the page would keep the whole piece in memory. */
const fromUtf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString();
const decodedText = (bytes = ""): string => decodeHTML(fromUtf8(bytes));
const decodedAttribute = (bytes = ""): string => decodeHTMLAttribute(fromUtf8(bytes));

/** The account in the address that a button of the page posts to. */
function accountIn(attribute: string | undefined): string | undefined {
  if (!attribute) return undefined;
  const address = decodedAttribute(attribute);
  const [path] = address.split("/descriptorByName/jenkins.security.ApiTokenProperty/");
  const found = path === address ? undefined : /\/(?:me|user\/[^/]+)$/.exec(path ?? "")?.[0];
  try {
    return found && decodeURIComponent(found);
  } catch {
    return found;
  }
}

function tokenIn(parts: Part[], never: string | undefined): ListedToken[] {
  const [entry] = parts;
  const token = entry?.classes.includes("token-card") ? tokenOnCard(parts, never) : tokenInRow(parts);
  if (!UUID.test(token.tokenUuid)) return []; // The template of new entries.
  return [{ ...token, isLegacy: Boolean(entry?.classes.includes("legacy-token")) }];
}

type Shown = Omit<ListedToken, "isLegacy">;

/**
 * A token as pages show it from 2.505 on.
 *
 * @param never the page's text for a token that never expires, in the language of the page.
 */
function tokenOnCard(parts: Part[], never: string | undefined): Shown {
  const creation = byClass("token-creation", parts);
  return {
    tokenUuid: decodedAttribute(parts[0]?.id),
    tokenName: decodedText(byClass("token-name", parts)?.text),
    useCount: countOf(decodedText(byClass("token-use-counter", parts)?.text), byClass("token-never-used", parts)),
    isExpired: Boolean(creation?.classes.includes("error")),
    expiresOn: lastDayOn(creation, never),
  };
}

/**
 * The last day of a token. Up to 2.547 the element shows the token's age instead, in grey. The page does not show when an expired token has
 * expired.
 */
function lastDayOn(creation: Part | undefined, never: string | undefined): string | undefined {
  const text = decodedText(creation?.text).trim();
  if (!creation || ["jenkins-!-text-color-secondary", "error"].some((name) => creation.classes.includes(name)))
    return undefined;
  const isoDate = /\d{4}-\d\d-\d\d/.exec(text)?.[0];
  if (isoDate) return isoDate;
  const saysNever = never === undefined ? !/\p{Nd}/u.test(text) : text === never.trim();
  return saysNever ? undefined : UNKNOWN_DAY;
}

/** A token as pages show it from 2.129 to 2.504. */
function tokenInRow(parts: Part[]): Shown {
  const counter = byClass("token-use-counter", parts);
  const counted = counter ? parts.filter(({ parent }) => parent === counter) : [];
  return {
    tokenUuid: decodedAttribute(byClass("token-uuid-input", parts)?.value),
    tokenName: decodedAttribute(byClass("token-name", parts)?.value),
    isExpired: false,
    useCount: countOf(decodedText(byTag("b", counted)?.text), byTag("strong", counted)),
  };
}

/** A number with the digit groups of any language. Without digits: 0 if there is an element `never`, else undefined. */
function countOf(text: string, never: Part | undefined): number | undefined {
  const digits = text.replace(/\D/g, "");
  if (digits) return Number(digits);
  return never ? 0 : undefined;
}

function byClass(name: string, parts: Part[]): Part | undefined {
  return parts.find(({ classes }) => classes.includes(name));
}

function byTag(name: string, parts: Part[]): Part | undefined {
  return parts.find(({ tag }) => tag === name);
}
