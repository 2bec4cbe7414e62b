/** The tokens out of a user's HTML page, in all markups. Jenkins offers them in no other form. */
import { DomUtils, parseDocument } from "htmlparser2";
import { UUID } from "../schema.ts";
import type { ListedToken } from "./token.ts";

type Element = ReturnType<typeof DomUtils.getElementsByTagName>[number];

export interface TokenPage {
  /** Absent on a page of before 2.129, which knows the legacy token only. */
  tokens?: ListedToken[] | undefined;
  /** The legacy token, which is shown to the user himself. */
  legacyValue?: string | undefined;
}

/**
 * What a user's page shows of his tokens, be it `/user/<id>/configure` (up to 2.467) or `/user/<id>/security/`; nothing where
 * `html` is not that page, or not the whole of it, so that a login page is never read as an empty list.
 *
 * @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/resources/jenkins/security/ApiTokenProperty/config.jelly
 */
export function parseTokenPage(html: string): TokenPage | undefined {
  if (!/<\/html>\s*$/i.test(html)) return undefined;
  const page = parseDocument(html).children;
  const cards = DomUtils.getElementById("api-token-list", page);
  const rows = byClass("token-list", page)[0];
  const field = DomUtils.findOne(({ attribs }) => attribs["name"] === "_.apiToken", page);
  if (!cards && !rows && !field) return undefined;
  return {
    tokens: cards ? tokensOnCards(cards) : rows && tokensInRows(rows),
    legacyValue: /^[0-9a-f]{32}$/.exec(field?.attribs["value"] ?? "")?.[0], // Else a sentence in the reader's language.
  };
}

/** From 2.505 on. */
function tokensOnCards(list: Element): ListedToken[] {
  return byClass("token-card", list.children).flatMap((card) => {
    const tokenUuid = card.attribs["id"] ?? "";
    if (!UUID.test(tokenUuid)) return []; // The template that new ones are made of.
    const creation = byClass("token-creation", card.children)[0];
    return {
      tokenUuid,
      tokenName: textOf("token-name", card) ?? "",
      isLegacy: classesOf(card).includes("legacy-token"),
      useCount: countOf(textOf("token-use-counter", card), byClass("token-never-used", card.children)),
      isExpired: creation ? classesOf(creation).includes("error") : false,
      expiresOn: /\d{4}-\d\d-\d\d/.exec(creation ? DomUtils.textContent(creation) : "")?.[0],
    };
  });
}

/** From 2.129 to 2.504. */
function tokensInRows(list: Element): ListedToken[] {
  return byClass("token-list-existing-item", list.children).flatMap((row) => {
    const tokenUuid = byClass("token-uuid-input", row.children)[0]?.attribs["value"] ?? "";
    if (!UUID.test(tokenUuid)) return [];
    const counter = byClass("token-use-counter", row.children)[0];
    const [count] = DomUtils.getElementsByTagName("b", counter ?? []);
    return {
      tokenUuid,
      tokenName: byClass("token-name", row.children)[0]?.attribs["value"] ?? "",
      isLegacy: classesOf(row).includes("legacy-token"),
      isExpired: false,
      useCount: countOf(count && DomUtils.textContent(count), DomUtils.getElementsByTagName("strong", counter ?? [])),
    };
  });
}

/** A number as it is grouped in some language; none where `never` says so, unknown where nothing does. */
function countOf(text: string | undefined, never: Element[]): number | undefined {
  const digits = text?.replace(/\D/g, "");
  if (digits) return Number(digits);
  return never.length > 0 ? 0 : undefined;
}

function textOf(name: string, card: Element): string | undefined {
  const [element] = byClass(name, card.children);
  return element && DomUtils.textContent(element);
}

/** Among the classes of an element, if it has any, which the parser compares as a whole otherwise. */
function byClass(name: string, nodes: Element["children"]): Element[] {
  return DomUtils.getElementsByClassName((classes = "") => classes.split(/\s+/).includes(name), nodes);
}

function classesOf({ attribs }: Element): string[] {
  return (attribs["class"] ?? "").split(/\s+/);
}
