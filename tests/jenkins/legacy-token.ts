import { mayAdminister, type Surroundings } from "./api-token-property.ts";
import { AccessDenied, administer } from "./failures.ts";
import { noLegacyToken, tokenIsHidden } from "./legacy-token-field.ts";
import { html, type Reply } from "./reply.ts";
import type { StaplerRequest } from "./request.ts";
import type { User } from "./user.ts";

type Switches = Pick<Surroundings, "profile" | "creationOfLegacyTokenEnabled">;

/** A user with a legacy token may change it, even if legacy tokens are switched off. */
function hasField(user: User, { profile, creationOfLegacyTokenEnabled }: Switches): boolean {
  return !profile.namedTokens || creationOfLegacyTokenEnabled || user.tokenStore.legacyToken !== undefined;
}

/** The text of the field on the user's page, for this viewer. */
export function shownLegacyToken(request: StaplerRequest, user: User, jenkins: Switches): string | undefined {
  return hasField(user, jenkins) ? toldTo(request, user) : undefined;
}

/** An administrator may change another user's token, but not read it. */
function toldTo(request: StaplerRequest, user: User): string {
  if (request.authentication.user !== user) return tokenIsHidden;
  return user.tokenStore.legacyToken ?? noLegacyToken;
}

export async function changeToken(request: StaplerRequest, user: User, jenkins: Surroundings): Promise<Reply> {
  if (!mayAdminister(request, user)) throw new AccessDenied(administer);
  if (!hasField(user, jenkins)) {
    return html(
      "<div>Capability to generate a legacy token without an existing one is currently disabled in the security configuration</div>",
    );
  }

  const value = user.tokenStore.changeLegacyToken(jenkins.now());
  await user.save("generate", jenkins.generateMs);

  const isOwn = request.authentication.user === user;
  const text = isOwn ? "See the new token in the field above" : "You need to login as the user to see the token";
  return html(`<div>Updated. ${text}</div>`, callback(jenkins.profile.changeTokenHeader, value, isOwn));
}

/** A script in the page reads the value from this header. The newer header also shows it to an administrator. */
function callback(
  header: Surroundings["profile"]["changeTokenHeader"],
  value: string,
  isOwn: boolean,
): Record<string, string> {
  return header === "script"
    ? { script: `document.getElementById('apiToken').value='${isOwn ? value : tokenIsHidden}'` }
    : { [header]: JSON.stringify({ callback: "changeTokenCallback", arguments: [value] }) };
}
