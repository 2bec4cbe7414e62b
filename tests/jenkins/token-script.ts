import { hasExpired, type Token } from "./api-token-store.ts";
import { requestedExpiration } from "./expiration.ts";
import { UncaughtException } from "./failures.ts";
import type { Profile } from "./profile.ts";
import type { SecurityRealm } from "./security-realm.ts";
import type { User } from "./user.ts";

/** The data that the provider passes to its script. */
export interface ScriptData {
  verb: "list" | "generate" | "rename" | "revoke" | "users" | "find";
  /** For all verbs except the last two. */
  userId?: string;
  /** For `find`. */
  hash?: string;
  tokenName?: string;
  tokenUuid?: string;
  newName?: string;
  expiresInDays?: number;
  fixedValue?: string;
}

/** The part of Jenkins that the script uses. */
export interface ScriptedJenkins {
  profile: Profile;
  realm: SecurityRealm;
  options: { now: () => Date; generateMs: number; usageStatisticsEnabled: boolean };
  today(): string;
}

const verbs: Record<
  Exclude<ScriptData["verb"], "users" | "find">,
  (user: User, data: ScriptData, jenkins: ScriptedJenkins) => Promise<object>
> = {
  list,
  generate,
  rename,
  revoke,
};

/** The script itself replies to an unknown verb. */
export function isScriptData(data: unknown): data is ScriptData {
  const { verb, userId } = { verb: undefined, userId: undefined, ...(data as Partial<ScriptData> | null) };
  return verb === "users" || verb === "find" || (typeof verb === "string" && typeof userId === "string");
}

/** Looks a user up only by id, and creates no user. */
export async function runTokenScript(data: ScriptData, jenkins: ScriptedJenkins): Promise<object> {
  if (data.verb === "users") {
    const userIds = [...jenkins.realm.all()].map(({ id }) => id);
    return { status: "ok", userId: null, userIds };
  }
  if (data.verb === "find") {
    const tokens = [...jenkins.realm.all()].flatMap((user) => {
      const matching = user.tokenStore.tokens.filter(({ hash }) => hash === data.hash);
      return matching.map((token) => ({ ...described(token, jenkins), userId: user.id }));
    });
    return { status: "ok", userId: null, countsUses: jenkins.options.usageStatisticsEnabled, tokens };
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

/** If statistics are off, a token has no uses, even if some were counted before. */
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

/** The time in the form of Java's Instant, which writes whole seconds without a fraction. */
function instant(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}

const NO_SUCH_METHOD =
  "groovy.lang.MissingMethodException: No signature of method: jenkins.security.apitoken.ApiTokenStore.addFixedNewToken() is applicable";

/** Unlike the descriptor, it accepts every name and every day, even in the past. */
async function generate(user: User, data: ScriptData, jenkins: ScriptedJenkins): Promise<object> {
  const { tokenName = "", expiresInDays, fixedValue } = data;
  const { now, generateMs } = jenkins.options;
  const isExpiring = jenkins.profile.expiry && typeof expiresInDays === "number";
  const expiresOn = isExpiring ? requestedExpiration(String(expiresInDays), "", jenkins.today()) : undefined;
  if (fixedValue !== undefined && !jenkins.profile.fixedTokens) throw new UncaughtException(NO_SUCH_METHOD);
  const { token, tokenValue } =
    fixedValue === undefined
      ? user.tokenStore.generate(tokenName, now(), expiresOn)
      : { token: user.tokenStore.add(tokenName, fixedValue, now(), expiresOn), tokenValue: fixedValue };
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

/** Succeeds for a token that does not exist, without writing the file. */
async function revoke(user: User, { tokenUuid = "" }: ScriptData, jenkins: ScriptedJenkins): Promise<object> {
  const token = user.tokenStore.find(tokenUuid);
  if (token) {
    user.tokenStore.revoke(token);
    await user.save("revoke", jenkins.options.generateMs);
  }
  return { status: "ok", userId: user.id };
}
