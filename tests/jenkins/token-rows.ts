import type { Token } from "./api-token-store.ts";
import { escaped, escapedAttribute } from "./layout.ts";
import type { RowsMarkup } from "./profile.ts";
import { type Drawing, daysBetween } from "./token-drawing.ts";

const iconSize = 'style="width: 16px; height: 16px; "';

/** The list as a form of inputs. The first row is a template for new tokens. It is not a token. */
export function rows(tokens: Token[], drawing: Drawing, markup: RowsMarkup): string {
  const { words, canGenerate } = drawing;
  const hidden = tokens.length > 0 ? "hidden-message" : "";
  const existing = tokens.map((token) => row(token, drawing, markup)).join("");
  const add = canGenerate ? addButton(words.addNew, markup) : "";
  return `<div class="token-list ignore-dirty-panel"><div class="token-list-item token-list-empty-item ${hidden}"><div class="list-empty-message">${words.empty}</div></div><div class="repeated-container">${template(drawing, markup)}${existing}<div class="repeatable-insertion-point"></div>${add}</div></div>`;
}

function row(token: Token, drawing: Drawing, markup: RowsMarkup): string {
  const { words } = drawing;
  const header = markup.widgets === "scriptless" ? '<div class="repeated-chunk__header"></div>' : "";
  const legacy = token.isLegacy ? "legacy-token" : "";
  const uuid = `<input name="tokenUuid" type="hidden" class="token-uuid-input" value="${token.tokenUuid}">`;
  const name = nameInput(markup, markup.widgets === "yui" ? "" : 'placeholder="" ', token.tokenName);
  const warning = token.isLegacy ? warningIcon(drawing, markup, ` title="${words.legacyToken}"`) : "";
  return `<div name="tokenStore" class="repeated-chunk">${header}<div class="token-list-item token-list-existing-item force-dirty-panel ${legacy}">${uuid}${name}${warning}${age(token, drawing)}<span class="to-right">${use(token, drawing, markup)}${revokeLink(drawing, markup, ` data-message-if-legacy-revoked="${words.legacyRevoked}"`, "")}</span></div></div>`;
}

function age({ createdAt }: Token, { words, medium, now }: Drawing): string {
  const [title, text] = createdAt
    ? [medium.format(createdAt), words.created(daysBetween(createdAt, now))]
    : [words.noCreationDateTitle, words.noCreationDate];
  return `<span title="${title}" class="token-creation age-ok">${text}</span>`;
}

/** The only place with a name in an attribute. */
function nameInput({ widgets }: RowsMarkup, placeholder: string, tokenName: string): string {
  const input = widgets === "yui" ? "setting-input" : "jenkins-input";
  const plain = escapedAttribute(tokenName);
  const value = widgets === "scriptless" ? plain : plain.replaceAll(">", "&gt;");
  return `<input ${placeholder}name="tokenName" type="text" class="${input}   token-name" value="${value}">`;
}

function use(token: Token, drawing: Drawing, markup: RowsMarkup): string {
  const { words, statistics, medium, numbers, now } = drawing;
  if (!statistics) return `<span title="${words.noStatisticsTitle}" class="no-statistics">${words.noStatistics}</span>`;
  if (token.useCount === 0 || token.lastUsed === undefined) {
    return `<span class="token-use-counter"><strong title="${words.neverUsedTitle}">${warningIcon(drawing, markup, "")} ${words.neverUsed}</strong></span>`;
  }
  const text = words.used(numbers.format(token.useCount), numbers.format(daysBetween(token.lastUsed, now)));
  return `<span title="${medium.format(token.lastUsed)}" class="token-use-counter">${text}</span>`;
}

function warningIcon({ images }: Drawing, { warningIcon }: RowsMarkup, title: string): string {
  return `<img src="${images}/${warningIcon}" ${iconSize}${title} class="icon-warning icon-sm">`;
}

const revokeButtonClass = "jenkins-button jenkins-button--tertiary jenkins-!-destructive-color";

function revokeLink(drawing: Drawing, { widgets, revokeIcon }: RowsMarkup, message: string, hidden: string): string {
  const { words, descriptor, images } = drawing;
  const script = widgets === "scriptless" ? "" : ' onclick="return revokeToken(this)"';
  const title = widgets === "scriptless" ? ` data-confirm-title="${words.confirmRevokeTitle}"` : "";
  const className = {
    yui: "token-revoke",
    jenkins: `${revokeButtonClass} token-revoke`,
    scriptless: `${revokeButtonClass} api-token-property-token-revoke`,
  }[widgets];
  const alt = hidden === "" ? ` alt="${words.revoke}"` : "";
  const icon = revokeIcon
    ? `<img src="${images}/${revokeIcon}"${alt} ${iconSize} class="icon-text-error icon-sm">`
    : '<svg class="icon-sm"></svg>';
  return `<a${title} data-target-url="${descriptor}/revoke"${script} data-confirm="${words.confirmRevoke}" href="#"${message} class="${className}${hidden}">${icon}</a>`;
}

function template(drawing: Drawing, markup: RowsMarkup): string {
  const { words } = drawing;
  const header = markup.widgets === "yui" ? "" : '<div class="repeated-chunk__header"></div>';
  const name = nameInput(markup, `placeholder="${words.defaultName}" `, "");
  const revoke = revokeLink(drawing, markup, "", " hidden-button");
  const controls =
    markup.widgets === "yui"
      ? revoke + copyButton(drawing, markup)
      : `<div class="controls-container">${copyButton(drawing, markup)}${revoke}</div>`;
  return `<div name="tokenStore" class="repeated-chunk to-be-removed">${header}<div class="token-list-item token-list-new-item"><input name="tokenUuid" type="hidden" class="token-uuid-input">${name}<span class="new-token-value"></span>${generateButton(drawing, markup)}${cancelButton(words.cancel, markup)}${controls}<div class="error token-error-message"></div><div class="warning display-after-generation">${escaped(words.copyNow)}</div></div></div>`;
}

function generateButton({ words, descriptor }: Drawing, { widgets }: RowsMarkup): string {
  const target = `data-target-url="${descriptor}/generateNewToken" tabindex="0"`;
  const script = 'onclick="saveApiToken(this)" type="button"';
  switch (widgets) {
    case "yui":
      return `<span class="yui-button token-save"><button ${target} ${script}>${words.generate}</button></span>`;
    case "jenkins":
      return `<span class="token-save"><button ${target} ${script} class="jenkins-button">${words.generate}</button></span>`;
    case "scriptless":
      return `<span class="token-save"><button ${target} id="api-token-property-token-save" type="button" class="jenkins-button">${words.generate}</button></span>`;
  }
}

function cancelButton(cancel: string, { widgets }: RowsMarkup): string {
  const button =
    widgets === "yui"
      ? `<input type="button" title="${cancel}" value="${cancel}" class="repeatable-delete danger">`
      : `<button tooltip="${cancel}" type="button" class="repeatable-delete danger"></button>`;
  return `<span class="token-cancel">${button}</span>`;
}

function copyButton({ words, adjuncts }: Drawing, { copyButton }: RowsMarkup): string {
  const button = `<button tooltip="${words.copy}" text="" message="${words.copied}" type="button" class="copy-button jenkins-button jenkins-button--tertiary jenkins-copy-button jenkins-hidden"><span class="jenkins-copy-button__icon"></span></button>`;
  switch (copyButton) {
    case "none":
      return "";
    case "input":
      return `<span text="" title="${words.copy}" message="${words.copied}" class="copy-button invisible"><input type="button"></span><link rel="stylesheet" href="${adjuncts}/lib/layout/copyButton/copyButton.css" type="text/css">`;
    case "button":
      return button;
    case "button with notice":
      return `<span data-message-insecure="Copy is only supported with a secure (HTTPS) connection.">${button}</span>`;
  }
}

function addButton(addNew: string, { widgets }: RowsMarkup): string {
  return widgets === "scriptless"
    ? `<button type="button" class="jenkins-button repeatable-add">${addNew}</button>`
    : `<input type="button" value="${addNew}" class="repeatable-add">`;
}
