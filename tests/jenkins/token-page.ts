import type { Token } from "./api-token-store.ts";
import { mediumDates, shortDates } from "./expiration.ts";
import { escapedAttribute, type Layout, page } from "./layout.ts";
import { legacyTokenField } from "./legacy-token-field.ts";
import { profileOf } from "./profiles.ts";
import type { Reply } from "./reply.ts";
import { cards } from "./token-cards.ts";
import type { Drawing } from "./token-drawing.ts";
import { rows } from "./token-rows.ts";
import { configurationTitle, translationFor, words } from "./token-words.ts";

export interface TokenPage {
  tokens: readonly Token[];
  userName: string;
  /** The path of the tokens' user: `/user/alice`. */
  userPath: string;
  /** Whether the viewer may add a token. */
  canGenerate: boolean;
  /** The text of the legacy token's field, if there is one. */
  legacyToken: string | undefined;
  statistics: boolean;
  locale: string;
  now: Date;
}

/** A user's page with the user's tokens. */
export function tokenPage(layout: Layout, content: TokenPage): Reply {
  const { tokenPage: kind, title } = profileOf(layout.version);
  const name = kind.path === "security" ? "Security" : configurationTitle(content.userName, content.locale);
  const main = `<div class="jenkins-app-bar "><div class="jenkins-app-bar__content"><h1>
        ${kind.path === "security" ? "Security" : ""}
        </h1></div></div><form method="post" autocomplete="off" name="config" action="configSubmit">${list(layout, content)}${legacyTokenField(layout, content)}</form>`;
  return page(layout, 200, title(name), main);
}

function list(layout: Layout, content: TokenPage): string {
  const { tokenPage: kind, translations } = profileOf(layout.version);
  if (kind.markup === "legacy token only") return "";

  const { locale, now, canGenerate, statistics } = content;
  const drawing: Drawing = {
    descriptor: escapedAttribute(`${content.userPath}/descriptorByName/jenkins.security.ApiTokenProperty`),
    images: `${layout.contextPath}/static/${layout.session}/images`,
    adjuncts: `${layout.contextPath}/adjuncts/${layout.session}`,
    words: words(kind.markup, translationFor(locale, translations)),
    medium: mediumDates(locale),
    short: shortDates(locale),
    numbers: new Intl.NumberFormat(locale),
    canGenerate,
    statistics,
    now,
  };
  const sorted = [...content.tokens].sort((a, b) => compare(a.tokenName.toLowerCase(), b.tokenName.toLowerCase()));
  return kind.markup === "cards" ? cards(sorted, drawing, kind) : rows(sorted, drawing, kind);
}

/** Sorts like `String.compareTo`, independent of the language. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
