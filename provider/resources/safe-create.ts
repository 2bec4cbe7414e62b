/** Creates tokens so that none is ever left behind unknown, even if the reply is lost. */
import { CancelledError, type Effect, JenkinsError, RejectedError } from "../errors.ts";
import { lastDayAfter, UNKNOWN_DAY } from "../expiry.ts";
import type { Client } from "../jenkins/client.ts";
import type { IssuedToken, TokenRequest } from "../jenkins/token.ts";
import type { Tokens } from "../jenkins/tokens.ts";
import { pause, tell, uncancelled } from "../operation.ts";
import type { Pending } from "../settings/schema.ts";
import type { Account } from "./account.ts";
import { randomHex, uniqueEnd } from "./naming.ts";

/** A generate whose outcome can't be known now: it may have created a token with this name, or may still create one. */
export class PendingTokenError extends Error {
  readonly pending: Pending;

  constructor(pending: Pending, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.pending = pending;
  }
}

/** A name that no other token has, so that its token can be found even if the reply is lost. */
function uniqueName(tokenName: string): string {
  return tokenName + uniqueEnd(randomHex(16));
}

/** How often a token is requested while Jenkins itself fails, as it does while others write for the same user. */
export const MOST_GENERATES = 10;

/**
 * A new token as requested, or a token with a unique name that the caller has to rename. After a lost reply it looks at the list. It revokes what
 * the generate left, because the value of that token is lost, and creates another token.
 *
 * @param isUnique whether no other token can have this name.
 * @param now the clock of this machine.
 * @throws {PendingTokenError} if a token may be left that can't be found or revoked now.
 * @throws {RejectedError} if Jenkins is too old to support expiry.
 */
export async function issueToken(
  account: Account,
  request: TokenRequest,
  isUnique: boolean,
  now: () => Date,
): Promise<IssuedToken> {
  const { client, tokens } = account;
  const { pauseMs, repeatMs, lookAgainMs } = client.limits;
  const end = performance.now() + repeatMs;
  let tokenName = isUnique ? request.tokenName : uniqueName(request.tokenName);
  for (let tries = 1; ; tries++) {
    try {
      return await withLastDay(await tokens.generate({ ...request, tokenName }), request, account, now);
    } catch (error) {
      if (error instanceof PendingTokenError) throw error;
      const pending = pendingUnder(tokenName, client, now);
      const effect = error instanceof JenkinsError ? error.effect : "possible";
      if (effect === "none") {
        // Jenkins has refused one try. Before that, a proxy that repeats requests may have sent a try that created a token.
        if (error instanceof JenkinsError && error.isFromJenkins)
          await revokeByName(tokens, tokenName).catch(() => false);
        throw error;
      }
      const isCancelled = error instanceof CancelledError;
      const limitMs = isCancelled ? lookAgainMs : undefined; // A cancelled operation has to end soon.
      const name = tokenName;
      const deal = (isFresh?: boolean) => revokeByName(tokens, name, isFresh);
      const isClear = await uncancelled(() => clearAway(account, effect, deal), limitMs);
      if (!isClear) throw new PendingTokenError(pending, error);
      if (isCancelled) throw new CancelledError({ tried: error.message, remedy: "Nothing of it is left on Jenkins." });
      const mayTryAgain = tries === 1 || (effect === "ended" && tries < MOST_GENERATES && performance.now() < end);
      if (!mayTryAgain) throw error;
      if (effect === "ended") await pause(Math.random() * pauseMs * 2 ** Math.min(tries, 4));
    }
    tokenName = uniqueName(request.tokenName);
  }
}

/** A record with the time at which the generate ended. A generate may wait minutes for its turn, and its timeout may be an hour. */
export function pendingUnder(name: string, client: Client, now: () => Date): Pending {
  return { name, startedAt: client.controller.time().toISOString(), recordedAt: now().toISOString() };
}

/** The token with its last day. Jenkins may write that day in another language than the request asks for. */
export async function withLastDay(
  issued: IssuedToken,
  { expiresInDays }: TokenRequest,
  account: Account,
  now: () => Date,
): Promise<IssuedToken> {
  const { tokenUuid, tokenName, createdAt, expiresOn } = issued;
  if (expiresInDays === undefined) return { ...issued, expiresOn: undefined };
  if (!expiresOn) return await refuseImmortal(account, issued, now);
  if (expiresOn !== UNKNOWN_DAY) return issued;
  const listed = await account.tokens.listNow().catch(() => []);
  const shown = listed.find((token) => token.tokenUuid === tokenUuid)?.expiresOn;
  if (shown && shown !== UNKNOWN_DAY) return { ...issued, expiresOn: shown };
  const computed = lastDayAfter(createdAt, expiresInDays);
  const what = `Jenkins tells the last day of API token "${tokenName}" (${tokenUuid}) in another language than the one it is asked in`;
  const why = "The Locale plugin, or a proxy that changes Accept-Language, may be the reason.";
  tell("warning", `${what}. It is taken to be ${computed}, give or take a day. ${why}`);
  return { ...issued, expiresOn: computed };
}

/** Revokes a token that never expires. Jenkins before 2.548 does not refuse an expiry, but ignores it. */
async function refuseImmortal(
  { tokens, client }: Account,
  { tokenUuid, tokenName }: IssuedToken,
  now: () => Date,
): Promise<never> {
  const tried = `Creating the API token "${tokenName}" with an expiry`;
  const words = "this Jenkins made one that never expires, which was revoked again";
  const remedy = "Expiry needs Jenkins 2.548, LTS 2.555.1: upgrade it, or leave out expiresInDays.";
  await uncancelled(() => tokens.revoke(tokenUuid)).catch((error) => {
    throw new PendingTokenError(pendingUnder(tokenName, client, now), error);
  });
  throw new RejectedError({ tried, url: client.url, words, remedy });
}

/**
 * Whether a generate has certainly left nothing that `deal` has not dealt with: its token was there, or can't appear any more.
 *
 * @param deal looks for the token and deals with it. Returns whether it was there.
 */
export async function clearAway(
  { client }: Account,
  effect: Effect,
  deal: (isFresh?: boolean) => Promise<boolean>,
): Promise<boolean> {
  const { pauseMs: firstPauseMs, lookAgainMs, secondLookMs } = client.limits;
  try {
    if (await deal()) return true;
    if (effect === "ended") {
      await pause(secondLookMs); // A cache or a replica that lags behind may have shown the first list.
      await deal(true);
      return true;
    }
    const end = performance.now() + lookAgainMs;
    for (let pauseMs = firstPauseMs; performance.now() < end; pauseMs *= 2) {
      await pause(Math.min(pauseMs, Math.max(0, end - performance.now())));
      if (await deal(true)) return true;
    }
  } catch {
    // The caller records the token as pending, and reports the first error.
  }
  return false;
}

async function revokeByName(tokens: Tokens, name: string, isFresh = false): Promise<boolean> {
  const found = (await tokens.listNow(isFresh)).filter((token) => token.tokenName === name);
  for (const { tokenUuid } of found) await tokens.revoke(tokenUuid);
  return found.length > 0;
}

/** A time that was written by hand may lie beyond all dates that JavaScript knows. */
const LONGEST_WAIT_MS = 366 * 24 * 60 * 60 * 1000;

/**
 * Revokes what a pending generate left. If nothing is found, that is final only some minutes after the generate: a busy server may carry out a
 * request seconds after its sender has gone. The minutes have to be over by Jenkins' clock and by this machine's clock, because a proxy may tell
 * another time.
 *
 * @param now the clock of this machine.
 * @returns the time from which it can be settled. Undefined if it is settled.
 */
export async function settle(
  { tokens, client }: Pick<Account, "tokens" | "client">,
  pending: Pending,
  now: () => Date,
): Promise<Date | undefined> {
  const { worthWaitingMs } = client.limits;
  const { name, tokenUuid } = pending;
  if (tokenUuid) {
    await tokens.revoke(tokenUuid);
    await revokeByName(tokens, name); // A later run that was killed may have left another token.
    return undefined;
  }
  await client.whoAmI(); // Its reply tells Jenkins' time.
  const missingMs = missingOf(pending, client, now()); // Computed before the list is read, not after.
  if (await revokeByName(tokens, name)) return undefined;
  if (missingMs > worthWaitingMs) return new Date(now().getTime() + Math.min(missingMs, LONGEST_WAIT_MS));
  await pause(Math.max(0, missingMs));
  await revokeByName(tokens, name, true); // A cache may have shown the first list.
  return undefined;
}

/** What is tried, as the beginning of the message of a failure to settle. */
export function triedToSettle({ name }: Pending, userId: string): string {
  return `Looking for what an unfinished attempt may have left under the name "${name}" with ${userId}`;
}

/** How long until the generate is old enough by every clock that was known then and is known now. */
function missingOf({ startedAt, recordedAt }: Pending, client: Client, now: Date): number {
  // A start that was written by hand and is no time does not count.
  const missing = (since: string, time: Date) =>
    (Date.parse(since) || 0) + client.limits.settledAfterMs - time.getTime();
  // Another machine may have recorded it, and its clock may differ.
  const isKnownHere = recordedAt !== undefined && Date.parse(recordedAt) <= now.getTime();
  const missingHereMs = isKnownHere ? missing(recordedAt, now) : Number.NEGATIVE_INFINITY;
  if (isKnownHere && !client.controller.isTimeKnown) return missingHereMs;
  return Math.max(missing(startedAt, client.controller.time()), missingHereMs);
}
