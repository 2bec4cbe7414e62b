import { escapedAttribute, type Layout } from "./layout.ts";
import { profileOf } from "./profiles.ts";
import type { TokenPage } from "./token-page.ts";

export const tokenIsHidden = "Token is hidden";
export const noLegacyToken = "This user currently does not have a legacy token";

/** The field in which a user reads and replaces his legacy token. */
export function legacyTokenField(layout: Layout, { legacyToken, userPath }: TokenPage): string {
  if (legacyToken === undefined) return "";
  const { namedTokens, tokenPage } = profileOf(layout.version);
  const label = namedTokens ? "Legacy API Token" : "API Token";
  const isOld =
    tokenPage.markup === "legacy token only" || (tokenPage.markup === "rows" && tokenPage.widgets === "yui");
  const descriptor = escapedAttribute(`${userPath}/descriptorByName/jenkins.security.ApiTokenProperty`);
  return `<div class="advancedBody"><div class="setting-name">${label}</div><div class="setting-main"><input readonly="readonly" name="_.apiToken" id="apiToken" type="text" class="${isOld ? "setting-input" : "jenkins-input"}  " value="${escapedAttribute(legacyToken)}"></div><input data-validate-button-descriptor-url="${descriptor}" data-validate-button-method="changeToken" type="button" value="Change API Token" class="validate-button"></div>`;
}
