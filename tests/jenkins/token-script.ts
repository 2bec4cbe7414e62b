import { hasExpired, type Token } from "./api-token-store.ts";
import { requestedExpiration } from "./expiration.ts";
import type { Profile } from "./profile.ts";
import type { SecurityRealm } from "./security-realm.ts";
import type { User } from "./user.ts";

/** What the provider hands to its script. */
export interface ScriptData {
  verb: "list" | "generate" | "rename" | "revoke" | "users";
  /** Of all verbs but the last. */
  userId?: string;
  tokenName?: string;
  tokenUuid?: string;
  newName?: string;
  expiresInDays?: number;
}

/** The part of Jenkins that the script uses. */
export interface ScriptedJenkins {
  profile: Profile;
  realm: SecurityRealm;
  options: { now: () => Date; generateMs: number; usageStatisticsEnabled: boolean };
  today(): string;
}

const verbs: Record<
  Exclude<ScriptData["verb"], "users">,
  (user: User, data: ScriptData, jenkins: ScriptedJenkins) => Promise<object>
> = {
  list,
  generate,
  rename,
  revoke,
};

/** The script itself answers what it does with a verb that it doesn't know. */
export function isScriptData(data: unknown): data is ScriptData {
  const { verb, userId } = { verb: undefined, userId: undefined, ...(data as Partial<ScriptData> | null) };
  return verb === "users" || (typeof verb === "string" && typeof userId === "string");
}

/** Looks the user up by his id alone, and makes none. */
export async function runTokenScript(data: ScriptData, jenkins: ScriptedJenkins): Promise<object> {
  if (data.verb === "users") {
    const userIds = [...jenkins.realm.all()].map(({ id }) => id);
    return { status: "ok", userId: null, userIds };
  }
  const user = jenkins.realm.getById(data.userId ?? "");
  if (!user) return { status: "error", reason: "noSuchUser" };
  if (!Object.hasOwn(verbs, data.verb)) return { status: "error", reason: "unknownVerb" };
  return await verbs[data.verb](user, data, jenkins);
}

async function list(user: User, _: ScriptData, jenkins: ScriptedJenkins): Promise<object> {
  const tokens = user.tokenStore.tokens.map((token) => described(token, jenkins));
  return { status: "ok", userId: user.id, countsUses: jenkins.options.usageStatisticsEnabled, tokens };
}

/** Where uses aren't counted, a token has none, whatever was counted before. */
function described(token: Token, jenkins: ScriptedJenkins): object {
  const { profile, options } = jenkins;
  const { tokenUuid, tokenName, isLegacy = false } = token;
  const createdAt = token.createdAt ? instant(token.createdAt) : null;
  const useCount = options.usageStatisticsEnabled ? token.useCount : 0;
  const lastUsedAt = options.usageStatisticsEnabled && token.lastUsed ? instant(token.lastUsed) : null;
  const isExpired = profile.expiry && hasExpired(token, jenkins.today());
  const facts = { tokenUuid, tokenName, isLegacy, createdAt, useCount, lastUsedAt, isExpired };
  return profile.expiry ? { ...facts, expirationDate: token.expiresOn ?? "never" } : facts;
}

/** As Java's Instant writes itself, which leaves whole seconds without a fraction. */
function instant(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}

/** Unlike the descriptor it takes every name, and every day, past ones too. */
async function generate(user: User, data: ScriptData, jenkins: ScriptedJenkins): Promise<object> {
  const { tokenName = "", expiresInDays } = data;
  const { now, generateMs } = jenkins.options;
  const isExpiring = jenkins.profile.expiry && typeof expiresInDays === "number";
  const expiresOn = isExpiring ? requestedExpiration(String(expiresInDays), "", jenkins.today()) : undefined;
  const { token, tokenValue } = user.tokenStore.generate(tokenName, now(), expiresOn);
  await user.save("generate", generateMs);

  const made = { tokenName, tokenUuid: token.tokenUuid, tokenValue };
  const expirationDate = expiresOn ?? "never";
  return { status: "ok", userId: user.id, data: jenkins.profile.expiry ? { ...made, expirationDate } : made };
}

async function rename(
  user: User,
  { tokenUuid = "", newName = "" }: ScriptData,
  jenkins: ScriptedJenkins,
): Promise<object> {
  const token = user.tokenStore.find(tokenUuid);
  if (!token) return { status: "error", reason: "noSuchToken" };
  user.tokenStore.rename(token, newName);
  await user.save("rename", jenkins.options.generateMs);
  return { status: "ok", userId: user.id };
}

/** Succeeds for a token that isn't there, without writing anything. */
async function revoke(user: User, { tokenUuid = "" }: ScriptData, jenkins: ScriptedJenkins): Promise<object> {
  const token = user.tokenStore.find(tokenUuid);
  if (token) {
    user.tokenStore.revoke(token);
    await user.save("revoke", jenkins.options.generateMs);
  }
  return { status: "ok", userId: user.id };
}
