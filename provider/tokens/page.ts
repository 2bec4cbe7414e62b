/** The token list out of a user's HTML page. Jenkins offers it in no other form. */
import { DomUtils, parseDocument } from "htmlparser2";
import type { ListedToken } from "./token.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The tokens on the page at `/user/<id>/security/`, in Jenkins' markup from 2.505 on; nothing where `html` is not that
 * page, or not the whole of it, so that a login page is never read as an empty list.
 *
 * @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/resources/jenkins/security/ApiTokenProperty/config.jelly
 */
export function parseTokenPage(html: string): ListedToken[] | undefined {
  const page = parseDocument(html);
  const list = DomUtils.getElementById("api-token-list", page.children);
  if (!list || !/<\/html>\s*$/i.test(html)) return undefined;
  return DomUtils.getElementsByClassName(named("token-card"), list.children)
    .filter((card) => UUID.test(card.attribs["id"] ?? ""))
    .map((card) => ({
      tokenUuid: card.attribs["id"] ?? "",
      tokenName: DomUtils.textContent(DomUtils.getElementsByClassName(named("token-name"), card.children)),
    }));
}

/** Among the classes of an element, if it has any, which the parser compares as a whole otherwise. */
function named(name: string): (classes: string | undefined) => boolean {
  return (classes = "") => classes.split(/\s+/).includes(name);
}
