import { isAboutToExpire, localeOf, requestedExpiration, shortDates } from "./expiration.ts";
import { AccessDenied, administer, SentError, UncaughtException } from "./failures.ts";
import type { Profile } from "./profile.ts";
import { empty, errorJson, json, type Reply } from "./reply.ts";
import type { StaplerRequest } from "./request.ts";
import { defaultTokenName, translationFor } from "./token-words.ts";
import type { User } from "./user.ts";

/** The part of Jenkins that the descriptor's methods use. */
export interface Surroundings {
  profile: Profile;
  adminCanGenerateNewTokens: boolean;
  creationOfLegacyTokenEnabled: boolean;
  generateMs: number;
  now: () => Date;
  today: () => string;
}

export type Method = (request: StaplerRequest, user: User, jenkins: Surroundings) => Promise<Reply>;

/** The POST methods of the descriptor of jenkins.security.ApiTokenProperty, by the last part of their path. */
export const namedTokenMethods: ReadonlyMap<string, Method> = new Map([
  ["generateNewToken", generateNewToken],
  ["addFixedToken", addFixedToken],
  ["rename", rename],
  ["revoke", revoke],
]);

const uuidMissing = "The tokenUuid cannot be empty";

/** A user has administrator rights on his own account. */
export function mayAdminister(request: StaplerRequest, user: User): boolean {
  return request.authentication.user === user || request.authentication.user?.administrator === true;
}

export function mayGenerate(request: StaplerRequest, user: User, adminCanGenerateNewTokens: boolean): boolean {
  return request.authentication.user === user || (adminCanGenerateNewTokens && mayAdminister(request, user));
}

async function generateNewToken(request: StaplerRequest, user: User, jenkins: Surroundings): Promise<Reply> {
  // Only a status: `HttpResponses.forbidden()` has neither page nor headers.
  if (!mayGenerate(request, user, jenkins.adminCanGenerateNewTokens)) return empty(403);

  const now = jenkins.now();
  const today = jenkins.today();
  const { tokenName, expiresOn } = askedFor(request, jenkins);
  if (expiresOn !== undefined && expiresOn < today) return errorJson("Expiration date is in the past.");

  const { token, tokenValue } = user.tokenStore.generate(tokenName, now, expiresOn);
  await user.save("generate", jenkins.generateMs);

  const data = { tokenName, tokenUuid: token.tokenUuid, tokenValue };
  if (!jenkins.profile.expiry) return json({ status: "ok", data });
  const expirationDate =
    expiresOn === undefined
      ? "never"
      : shortDates(localeOf(request.header("Accept-Language"))).format(new Date(expiresOn));
  return json({ status: "ok", data: { aboutToExpire: isAboutToExpire(expiresOn, today), ...data, expirationDate } });
}

/** The name, by default chosen by Jenkins, and the last day, which older versions ignore. */
function askedFor(request: StaplerRequest, { profile, now, today }: Surroundings) {
  const asked = request.parameter("newTokenName") ?? "";
  const translation = translationFor(localeOf(request.header("Accept-Language")), profile.translations);
  const tokenName = isBlank(asked) ? defaultTokenName(now().toISOString(), translation) : asked;
  const expiresOn = profile.expiry
    ? requestedExpiration(request.parameter("expirationDuration"), request.parameter("tokenExpiration"), today())
    : undefined;
  return { tokenName, expiresOn };
}

/** Jenkins marks `addFixedToken` as internal. It does not check the expiry date, and does not return it. */
async function addFixedToken(request: StaplerRequest, user: User, jenkins: Surroundings): Promise<Reply> {
  if (!mayGenerate(request, user, jenkins.adminCanGenerateNewTokens)) return empty(403);

  const { tokenName, expiresOn } = askedFor(request, jenkins);
  const value = request.parameter("newTokenPlainValue");
  if (value === undefined) throw new UncaughtException("java.lang.NullPointerException");
  const { tokenUuid } = user.tokenStore.add(tokenName, value, jenkins.now(), expiresOn);
  await user.save("generate", jenkins.generateMs);
  return json({ status: "ok", data: { tokenName, tokenUuid } });
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

/** Also succeeds for a token that does not exist. */
async function revoke(request: StaplerRequest, user: User, jenkins: Surroundings): Promise<Reply> {
  if (!mayAdminister(request, user)) throw new AccessDenied(administer);

  const tokenUuid = request.parameter("tokenUuid") ?? "";
  if (isBlank(tokenUuid)) throw new SentError(400, uuidMissing);
  const token = user.tokenStore.find(tokenUuid);
  if (token) user.tokenStore.revoke(token);
  if (token || jenkins.profile.savesUnknownRevoke) await user.save("revoke", jenkins.generateMs);
  return empty(200);
}

/** Java does not treat a no-break space as blank, but JavaScript does. */
function isBlank(text: string): boolean {
  return text.replaceAll(/[\u00A0\u2007\u202F\uFEFF]/g, "x").trim() === "";
}
