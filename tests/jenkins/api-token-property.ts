import { isAboutToExpire, localeOf, requestedExpiration, shortDates } from "./expiration.ts";
import { AccessDenied, administer, SentError } from "./failures.ts";
import type { Profile } from "./profile.ts";
import { empty, errorJson, json, type Reply } from "./reply.ts";
import type { StaplerRequest } from "./request.ts";
import { defaultTokenName, translationFor } from "./token-words.ts";
import type { User } from "./user.ts";

/** The part of Jenkins that the methods of the descriptor depend on. */
export interface Surroundings {
  profile: Profile;
  adminCanGenerateNewTokens: boolean;
  creationOfLegacyTokenEnabled: boolean;
  generateMs: number;
  now: () => Date;
  today: () => string;
}

export type Method = (request: StaplerRequest, user: User, jenkins: Surroundings) => Promise<Reply>;

/** Methods of jenkins.security.ApiTokenProperty's descriptor that take a POST, by the last part of their path. */
export const namedTokenMethods: ReadonlyMap<string, Method> = new Map([
  ["generateNewToken", generateNewToken],
  ["rename", rename],
  ["revoke", revoke],
]);

const uuidMissing = "The tokenUuid cannot be empty";

/** A user administers himself. */
export function mayAdminister(request: StaplerRequest, user: User): boolean {
  return request.authentication.user === user || request.authentication.user?.administrator === true;
}

export function mayGenerate(request: StaplerRequest, user: User, adminCanGenerateNewTokens: boolean): boolean {
  return request.authentication.user === user || (adminCanGenerateNewTokens && mayAdminister(request, user));
}

async function generateNewToken(request: StaplerRequest, user: User, jenkins: Surroundings): Promise<Reply> {
  // Refused by status alone: `HttpResponses.forbidden()` has neither page nor headers.
  if (!mayGenerate(request, user, jenkins.adminCanGenerateNewTokens)) return empty(403);

  const now = jenkins.now();
  const today = jenkins.today();
  const locale = localeOf(request.header("Accept-Language"));
  const asked = request.parameter("newTokenName") ?? "";
  const tokenName = isBlank(asked)
    ? defaultTokenName(now.toISOString(), translationFor(locale, jenkins.profile.translations))
    : asked;
  const expiresOn = jenkins.profile.expiry
    ? requestedExpiration(request.parameter("expirationDuration"), request.parameter("tokenExpiration"), today)
    : undefined;
  if (expiresOn !== undefined && expiresOn < today) return errorJson("Expiration date is in the past.");

  const { token, tokenValue } = user.tokenStore.generate(tokenName, now, expiresOn);
  await user.save("generate", jenkins.generateMs);

  const data = { tokenName, tokenUuid: token.tokenUuid, tokenValue };
  if (!jenkins.profile.expiry) return json({ status: "ok", data });
  const expirationDate = expiresOn === undefined ? "never" : shortDates(locale).format(new Date(expiresOn));
  return json({ status: "ok", data: { aboutToExpire: isAboutToExpire(expiresOn, today), ...data, expirationDate } });
}

async function rename(request: StaplerRequest, user: User, jenkins: Surroundings): Promise<Reply> {
  if (!mayAdminister(request, user)) throw new AccessDenied(administer);

  const newName = request.parameter("newName") ?? "";
  const tokenUuid = request.parameter("tokenUuid") ?? "";
  if (isBlank(newName)) return errorJson("The name cannot be empty");
  if (isBlank(tokenUuid)) {
    if (jenkins.profile.renameReply === "empty") throw new SentError(400, uuidMissing);
    return errorJson(uuidMissing);
  }
  const token = user.tokenStore.find(tokenUuid);
  if (!token) return errorJson("No token found, try refreshing the page");

  user.tokenStore.rename(token, newName);
  await user.save("rename", jenkins.generateMs);
  return jenkins.profile.renameReply === "json" ? json({ status: "ok" }) : empty(200);
}

/** Succeeds for a token that isn't there, too. */
async function revoke(request: StaplerRequest, user: User, jenkins: Surroundings): Promise<Reply> {
  if (!mayAdminister(request, user)) throw new AccessDenied(administer);

  const tokenUuid = request.parameter("tokenUuid") ?? "";
  if (isBlank(tokenUuid)) throw new SentError(400, uuidMissing);
  const token = user.tokenStore.find(tokenUuid);
  if (token) user.tokenStore.revoke(token);
  if (token || jenkins.profile.savesUnknownRevoke) await user.save("revoke", jenkins.generateMs);
  return empty(200);
}

/** Java doesn't count a no-break space as blank, JavaScript does. */
function isBlank(text: string): boolean {
  return text.replaceAll(/[\u00A0\u2007\u202F\uFEFF]/g, "x").trim() === "";
}
