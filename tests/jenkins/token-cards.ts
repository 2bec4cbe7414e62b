import { hasExpired, type Token } from "./api-token-store.ts";
import { dayOf, isAboutToExpire } from "./expiration.ts";
import { escaped } from "./layout.ts";
import type { CardsMarkup } from "./profile.ts";
import { type Drawing, daysBetween } from "./token-drawing.ts";

/** The icon of a button. Its parts have no class. */
const icon =
  '<svg class="icon-sm" xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="0 0 512 512"><title/><path d="M112 112l20 320"/></svg>';

export function cards(tokens: Token[], drawing: Drawing, markup: CardsMarkup): string {
  const { words, canGenerate } = drawing;
  const drawn = tokens.map((token) => card(token, drawing, markup)).join("");
  const add = canGenerate ? addButton(drawing, markup) : "";
  const [hiddenWhenFilled, hiddenWhenEmpty] = tokens.length > 0 ? ["jenkins-hidden", ""] : ["", "jenkins-hidden"];

  const none = `<div class="token-list-empty-item ${hiddenWhenFilled} jenkins-!-margin-bottom-2"><div class="jenkins-notice"><div>${words.empty}</div><div class="jenkins-notice__description">${add}</div></div></div>`;
  const list = `<div id="api-tokens" class="${hiddenWhenEmpty}"><div id="api-token-list">${drawn}</div>${add}</div>`;
  return `${templates(drawing, markup)}<div class="token-list ignore-dirty-panel">${none}${list}</div>`;
}

function card(token: Token, drawing: Drawing, markup: CardsMarkup): string {
  const { words } = drawing;
  const legacy = token.isLegacy ? "legacy-token" : "";
  const title = `<div tooltip="${token.isLegacy ? words.legacyToken : ""}" class="token-card__title ${legacy}">${token.isLegacy ? icon : ""}<span class="token-name">${escaped(token.tokenName)}</span></div>`;
  const creation = markup.tells === "age" ? age(token, drawing) : expiry(token, drawing);
  const stats = `<div class="token-stats">${creation}<span class="token-last-used">${use(token, drawing)}</span></div>`;
  const controls = `<div class="token-controls">${renameButton(drawing)}${revokeButton(drawing, token.tokenUuid)}</div>`;
  return `<div id="${token.tokenUuid}" class="${markup.cardClass} ${legacy}"><div class="token-card-inner">${title}${stats}</div>${controls}</div>`;
}

function age({ createdAt }: Token, drawing: Drawing): string {
  const text = createdAt ? `Created ${ago(createdAt, drawing.now)}` : "";
  return `<span tooltip="${creationDate(createdAt, drawing)}" class="token-creation jenkins-!-text-color-secondary">${text}</span>`;
}

function creationDate(createdAt: Date | undefined, { medium, words }: Drawing): string {
  return createdAt ? medium.format(createdAt) : words.noCreationDateTitle;
}

function ago(date: Date, now: Date): string {
  const days = daysBetween(date, now);
  return days === 0 ? "today" : `${days} days ago`;
}

/** The colour of an expiry: red if it is over, yellow if it is near, and yellow if there is none. */
function expiry(token: Token, drawing: Drawing): string {
  const { short, now } = drawing;
  const today = dayOf(now);
  const created = `Created on ${creationDate(token.createdAt, drawing)}`;
  const [alarm, text] = hasExpired(token, today)
    ? ["error", "This token has expired"]
    : token.expiresOn === undefined
      ? ["warning", "This token does not expire"]
      : [
          isAboutToExpire(token.expiresOn, today) ? "warning" : "",
          `Expires on ${short.format(new Date(token.expiresOn))}`,
        ];
  return `<span tooltip="${created}" class="${alarm} token-creation">${text}</span>`;
}

function use(token: Token, { words, statistics, medium, now }: Drawing): string {
  if (!statistics) {
    return `<span tooltip="${words.noStatisticsTitle}" class="no-statistics">${words.noStatistics}</span>`;
  }
  if (token.useCount === 0 || token.lastUsed === undefined) {
    return `<div tooltip="" class="token-never-used jenkins-!-text-color-secondary">
                                                            ${words.neverUsed}
                                                        </div>`;
  }
  return `<span tooltip="${medium.format(token.lastUsed)}" class="jenkins-!-text-color-secondary">Last used ${ago(token.lastUsed, now)}</span><span class="token-use-counter">${token.useCount}</span>`;
}

function addButton({ descriptor, words }: Drawing, { tells }: CardsMarkup): string {
  const message =
    tells === "expiry" ? 'data-not-added="Token could not be added"' : 'data-success-title="successfully created"';
  return `<button data-target-url="${descriptor}/generateNewToken" data-message-name="Name" ${message} data-generate="${words.generate}" type="button" data-button-done="Done" class="api-token-property-add jenkins-button jenkins-button--secondary" data-cancel="${words.cancel}" data-prompt-message="Create new API token">${words.addNew}</button>`;
}

function renameButton({ descriptor, words }: Drawing): string {
  return `<button data-rename-message="New name" data-target-url="${descriptor}/rename" data-rename-title="${words.rename}" data-button-text="Rename" tooltip="Rename" type="button" class="jenkins-button jenkins-button--tertiary api-token-property-token-rename">${icon}</button>`;
}

function revokeButton({ descriptor, words }: Drawing, tokenUuid?: string): string {
  const uuid = tokenUuid === undefined ? "" : ` data-token-uuid="${tokenUuid}"`;
  return `<button data-confirm-title="${words.confirmRevokeTitle}" data-target-url="${descriptor}/revoke" data-button-text="Revoke" tooltip="${words.revoke}" data-confirm="${words.confirmRevoke}" data-message-if-legacy-revoked="${words.legacyRevoked}" type="button" class="jenkins-button jenkins-button--tertiary jenkins-!-destructive-color api-token-property-token-revoke"${uuid}>${icon}</button>`;
}

/** The template that the page's script copies for a new token: a form, and a card without an id. */
function templates(drawing: Drawing, { cardClass, tells }: CardsMarkup): string {
  const { words } = drawing;
  const form = `<div id="api-token-add-template" class="jenkins-hidden"><div><input name="tokenName" placeholder="" type="text" class="jenkins-input   " value=""><select class="jenkins-select__input" name="expirationDuration"><option value="7">7 Days</option><option value="30" selected="true">30 Days</option><option value="60">60 Days</option><option value="90">90 Days</option><option value="custom">Custom</option><option value="never">No Expiration</option></select><input type="date" name="tokenExpiration" class="jenkins-hidden jenkins-input token-expiration-date"></div></div>`;
  const creation =
    tells === "expiry"
      ? '<span data-never="This token does not expire" data-expires-on="Expires on __DATA__" class="api-token-new-expiration token-creation"></span>'
      : '<span tooltip="Just Now" class="token-creation">Created just now</span>';
  const stats = `<div class="token-stats">${creation}<span class="token-last-used">${words.neverUsed}</span></div>`;
  const show = `<button tooltip="Show" type="button" data-button-done="Done" class="jenkins-button jenkins-button--tertiary api-token-property-token-show"></button>`;
  const row = `<div class="jenkins-hidden" id="api-token-row-template"><div class="${cardClass}"><div class="token-card-inner"><div class="token-card__title"><span class="token-name"></span></div>${stats}</div><div class="token-controls">${show}${renameButton(drawing)}${revokeButton(drawing)}</div></div></div>`;
  return (tells === "expiry" ? form : "") + row;
}
