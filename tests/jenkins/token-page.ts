import { hasExpired, type Token } from "./api-token-store.ts";
import { dayOf, isAboutToExpire, mediumDates, shortDates } from "./expiration.ts";
import { escaped, escapedAttribute, type Layout, page } from "./layout.ts";
import type { Reply } from "./reply.ts";

/** Buttons have one; its parts have no class, as little else on the page. */
const icon =
  '<svg class="icon-sm" xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="0 0 512 512"><title/><path d="M112 112l20 320"/></svg>';

interface TokenPage {
  tokens: readonly Token[];
  /** Whose tokens they are, as a path: `/user/alice`. */
  userPath: string;
  /** Who looks at the page may add a token here. */
  canGenerate: boolean;
  locale: string;
  now: Date;
}

/** What the cards depend on, made once: formats of dates are slow to make. */
interface Drawing {
  descriptor: string;
  locale: string;
  medium: Intl.DateTimeFormat;
  short: Intl.DateTimeFormat;
  now: Date;
  today: string;
}

/** `/user/<id>/security/`, as Jenkins draws it since 2.548. */
export function tokenPage(layout: Layout, content: TokenPage): Reply {
  const descriptor = escapedAttribute(`${content.userPath}/descriptorByName/jenkins.security.ApiTokenProperty`);
  const { locale, now } = content;
  const [medium, short] = [mediumDates(locale), shortDates(locale)];
  const drawing: Drawing = { descriptor, locale, medium, short, now, today: dayOf(now) };
  const sorted = [...content.tokens].sort((a, b) => compare(a.tokenName.toLowerCase(), b.tokenName.toLowerCase()));
  const cards = sorted.map((token) => card(token, drawing)).join("");
  const add = content.canGenerate ? addButton(descriptor) : "";
  const [hiddenWhenFilled, hiddenWhenEmpty] = sorted.length > 0 ? ["jenkins-hidden", ""] : ["", "jenkins-hidden"];

  const none = `<div class="token-list-empty-item ${hiddenWhenFilled} jenkins-!-margin-bottom-2"><div class="jenkins-notice"><div>No API tokens configured</div><div class="jenkins-notice__description">${add}</div></div></div>`;
  const list = `<div id="api-tokens" class="${hiddenWhenEmpty}"><div id="api-token-list">${cards}</div>${add}</div>`;
  const main = `<div class="jenkins-app-bar "><div class="jenkins-app-bar__content"><h1>
        Security
        </h1></div></div><form method="post" autocomplete="off" name="config" action="configSubmit">${templates(descriptor)}<div class="token-list ignore-dirty-panel">${none}${list}</div></form>`;
  return page(layout, 200, "Security - Jenkins", main);
}

/** Ends in `String.compareTo`, which knows no language. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function card(token: Token, drawing: Drawing): string {
  const { descriptor, medium, today } = drawing;
  const created = medium.format(token.createdAt);
  const title = `<div tooltip="" class="token-card__title "><span class="token-name">${escaped(token.tokenName)}</span></div>`;
  const creation = `<span tooltip="Created on ${created}" class="${alarm(token, today)} token-creation">${expiry(token, drawing)}</span>`;
  const stats = `<div class="token-stats">${creation}<span class="token-last-used">${use(token, drawing)}</span></div>`;
  const controls = `<div class="token-controls">${renameButton(descriptor)}${revokeButton(descriptor, token.tokenUuid)}</div>`;
  return `<div id="${token.tokenUuid}" class="token-card "><div class="token-card-inner">${title}${stats}</div>${controls}</div>`;
}

/** Red when it is over, yellow when that is near, and yellow too when it never will be. */
function alarm(token: Token, today: string): string {
  if (hasExpired(token, today)) return "error";
  return token.expiresOn === undefined || isAboutToExpire(token.expiresOn, today) ? "warning" : "";
}

function expiry(token: Token, { today, short }: Drawing): string {
  if (hasExpired(token, today)) return "This token has expired";
  if (token.expiresOn === undefined) return "This token does not expire";
  return `Expires on ${short.format(new Date(token.expiresOn))}`;
}

function use(token: Token, { now, medium, locale }: Drawing): string {
  if (token.lastUsed === undefined) {
    const never = locale.startsWith("sv") ? "Aldrig använd" : "Never used";
    return `<div tooltip="" class="token-never-used jenkins-!-text-color-secondary">
                                                            ${never}
                                                        </div>`;
  }
  const days = Math.floor((now.getTime() - token.lastUsed.getTime()) / (24 * 60 * 60 * 1000));
  const last = days === 0 ? "Last used today" : `Last used ${days} day(s) ago`;
  return `<span tooltip="${medium.format(token.lastUsed)}" class="jenkins-!-text-color-secondary">${last}</span><span class="token-use-counter">${token.useCount}</span>`;
}

function addButton(descriptor: string): string {
  return `<button data-target-url="${descriptor}/generateNewToken" data-message-name="Name" data-not-added="Token could not be added" data-generate="Generate" type="button" data-button-done="Done" class="api-token-property-add jenkins-button jenkins-button--secondary" data-cancel="Cancel" data-prompt-message="Create new API token">Add new token</button>`;
}

function renameButton(descriptor: string): string {
  return `<button data-rename-message="New name" data-target-url="${descriptor}/rename" data-rename-title="Rename token" data-button-text="Rename" tooltip="Rename" type="button" class="jenkins-button jenkins-button--tertiary api-token-property-token-rename">${icon}</button>`;
}

function revokeButton(descriptor: string, tokenUuid?: string): string {
  const uuid = tokenUuid === undefined ? "" : ` data-token-uuid="${tokenUuid}"`;
  return `<button data-confirm-title="Revoke token" data-target-url="${descriptor}/revoke" data-button-text="Revoke" tooltip="Revoke" data-confirm="Are you sure you want to revoke this token? Applications that are using it will be not able to connect anymore." data-message-if-legacy-revoked="The legacy token has been revoked" type="button" class="jenkins-button jenkins-button--tertiary jenkins-!-destructive-color api-token-property-token-revoke"${uuid}>${icon}</button>`;
}

/** What the page's script copies for a new token: a form, and a card like the others, but for its missing id. */
function templates(descriptor: string): string {
  const form = `<div id="api-token-add-template" class="jenkins-hidden"><div><input name="tokenName" placeholder="" type="text" class="jenkins-input   " value=""><select class="jenkins-select__input" name="expirationDuration"><option value="7">7 Days</option><option value="30" selected="true">30 Days</option><option value="60">60 Days</option><option value="90">90 Days</option><option value="custom">Custom</option><option value="never">No Expiration</option></select><input type="date" name="tokenExpiration" class="jenkins-hidden jenkins-input token-expiration-date"></div></div>`;
  const stats = `<div class="token-stats"><span data-never="This token does not expire" data-expires-on="Expires on __DATA__" class="api-token-new-expiration token-creation"></span><span class="token-last-used">Never used</span></div>`;
  const show = `<button tooltip="Show" type="button" data-button-done="Done" class="jenkins-button jenkins-button--tertiary api-token-property-token-show"></button>`;
  const row = `<div class="jenkins-hidden" id="api-token-row-template"><div class="token-card"><div class="token-card-inner"><div class="token-card__title"><span class="token-name"></span></div>${stats}</div><div class="token-controls">${show}${renameButton(descriptor)}${revokeButton(descriptor)}</div></div></div>`;
  return form + row;
}
