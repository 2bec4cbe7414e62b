/** The tokens out of a user's HTML page, in all markups. Jenkins offers them in no other form. */
import { Parser } from "htmlparser2";
import { UNKNOWN_DAY } from "../expiry.ts";
import { type ListedToken, UUID } from "./token.ts";

export interface TokenPage {
  /** Absent on a page of before 2.129, which knows the legacy token only. */
  tokens?: ListedToken[] | undefined;
  /** The legacy token, which is shown to the user himself. */
  legacyValue?: string | undefined;
  /** Whose page it is, as the path that it was asked for under: `/me` or `/user/<id>`. */
  account: string | undefined;
  /** Whether the page offers a new token: only to users who may create one here. */
  mayGenerate: boolean;
}

/** An element in a token's entry. */
interface Part {
  parent: Part | undefined;
  tag: string;
  classes: string[];
  attributes: Record<string, string>;
  /** All text that is in it, where that is read. */
  text?: string;
}

/** Whose text is read. */
const TELLING = new Set(["token-name", "token-creation", "token-use-counter"]);

/**
 * What a user's page shows of his tokens, be it `/user/<id>/configure` (up to 2.467) or `/user/<id>/security/`; nothing where
 * `html` is not that page, or not the whole of it, so that a login page is never read as an empty list.
 *
 * @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/resources/jenkins/security/ApiTokenProperty/config.jelly
 */
export function parseTokenPage(html: string): TokenPage | undefined {
  const reader = new PageReader();
  new Parser(reader).end(html);
  const { isWhole, tokens, legacyField, account, mayGenerate } = reader;
  if (!isWhole || (!tokens && legacyField === undefined)) return undefined;
  return {
    account,
    mayGenerate,
    tokens: structuredClone(tokens), // Pieces of a text keep all of it in memory.
    legacyValue: /^[0-9a-f]{32}$/.exec(legacyField ?? "")?.[0], // Else a sentence in the reader's language.
  };
}

/** Reads one entry after the other: a tree of the whole page takes twice as long, and a hundred times the memory. */
class PageReader {
  tokens: ListedToken[] | undefined;
  legacyField: string | undefined;
  account: string | undefined;
  mayGenerate = false;
  isWhole = false;
  #never: string | undefined;
  #entry: Part[] = [];
  readonly #open: Part[] = [];
  /** Those of `#open` whose text is read. */
  readonly #telling: Part[] = [];

  onopentag(tag: string, attributes: Record<string, string>): void {
    const classes = attributes["class"]?.split(/\s+/) ?? [];
    if (attributes["id"] === "api-token-list" || classes.includes("token-list")) this.tokens ??= [];
    if (attributes["name"] === "_.apiToken") this.legacyField ??= attributes["value"] ?? "";
    this.account ??= accountIn(attributes["data-target-url"]);
    this.#never ??= attributes["data-never"];
    this.mayGenerate ||=
      classes.includes("api-token-property-add") || (this.tokens !== undefined && classes.includes("repeatable-add"));
    const isEntry = classes.includes("token-card") || classes.includes("token-list-existing-item");
    if (this.#open.length === 0 && !(isEntry && this.tokens)) return;
    const part: Part = { parent: this.#open.at(-1), tag, classes, attributes };
    if (tag === "b" || classes.some((name) => TELLING.has(name))) {
      part.text = "";
      this.#telling.push(part);
    }
    this.#entry.push(part);
    this.#open.push(part);
  }

  ontext(text: string): void {
    const part = this.#telling.at(-1);
    if (part) part.text += text;
  }

  onclosetag(tag: string, isImplied: boolean): void {
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

/** The account in the address of a verb. */
function accountIn(address = ""): string | undefined {
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
  if (!UUID.test(token.tokenUuid)) return []; // The template that new ones are made of.
  return [{ ...token, isLegacy: Boolean(entry?.classes.includes("legacy-token")) }];
}

type Shown = Omit<ListedToken, "isLegacy">;

/** From 2.505 on. @param never what the page says of a token that never expires, in its language. */
function tokenOnCard(parts: Part[], never: string | undefined): Shown {
  const creation = byClass("token-creation", parts);
  return {
    tokenUuid: parts[0]?.attributes["id"] ?? "",
    tokenName: byClass("token-name", parts)?.text ?? "",
    useCount: countOf(byClass("token-use-counter", parts)?.text, byClass("token-never-used", parts)),
    isExpired: Boolean(creation?.classes.includes("error")),
    expiresOn: lastDayOn(creation, never),
  };
}

/** Up to 2.547 its age stands there, in grey. Of a token that has expired the page does not say when. */
function lastDayOn(creation: Part | undefined, never: string | undefined): string | undefined {
  const text = creation?.text?.trim() ?? "";
  if (!creation || ["jenkins-!-text-color-secondary", "error"].some((name) => creation.classes.includes(name)))
    return undefined;
  const isoDate = /\d{4}-\d\d-\d\d/.exec(text)?.[0];
  if (isoDate) return isoDate;
  const saysNever = never === undefined ? !/\p{Nd}/u.test(text) : text === never.trim();
  return saysNever ? undefined : UNKNOWN_DAY;
}

/** From 2.129 to 2.504. */
function tokenInRow(parts: Part[]): Shown {
  const counter = byClass("token-use-counter", parts);
  const counted = counter ? parts.filter(({ parent }) => parent === counter) : [];
  return {
    tokenUuid: byClass("token-uuid-input", parts)?.attributes["value"] ?? "",
    tokenName: byClass("token-name", parts)?.attributes["value"] ?? "",
    isExpired: false,
    useCount: countOf(byTag("b", counted)?.text, byTag("strong", counted)),
  };
}

/** A number as it is grouped in some language; none where `never` says so, unknown where nothing does. */
function countOf(text: string | undefined, never: Part | undefined): number | undefined {
  const digits = text?.replace(/\D/g, "");
  if (digits) return Number(digits);
  return never ? 0 : undefined;
}

function byClass(name: string, parts: Part[]): Part | undefined {
  return parts.find(({ classes }) => classes.includes(name));
}

function byTag(name: string, parts: Part[]): Part | undefined {
  return parts.find(({ tag }) => tag === name);
}
