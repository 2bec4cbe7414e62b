/** Making a token so that none is ever left behind unknown, whatever becomes of the reply. */
import { randomBytes } from "node:crypto";
import { CancelledError, type Effect, JenkinsError, RejectedError } from "../errors.ts";
import { lastDayAfter, UNKNOWN_DAY } from "../expiry.ts";
import type { Client } from "../jenkins/client.ts";
import type { IssuedToken, TokenRequest, Tokens } from "../jenkins/token.ts";
import { pause, tell, uncancelled } from "../operation.ts";
import type { Pending } from "../settings/schema.ts";

/** A generate whose outcome can't be found out now: it may have made a token of this name, or may still make one. */
export class PendingTokenError extends Error {
  readonly pending: Pending;

  constructor(pending: Pending, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.pending = pending;
  }
}

export function randomHex(digits: number): string {
  return randomBytes(digits / 2).toString("hex");
}

/** A name that no other token has, by which its token is found even when the reply is lost. */
function uniqueName(tokenName: string): string {
  return `${tokenName} (pulumi ${randomHex(16)})`;
}

/** How often a token is asked for anew where Jenkins itself fails, as it does while others write for the same user. */
const MOST_TRIES = 10;

/**
 * A new token as asked for, or one of a unique name made from its own that is to be renamed. A lost reply is followed by a
 * look at the list: what the attempt left is revoked, because its value is lost, and a token is made once more.
 *
 * @param isUnique whether no other token can have this name.
 * @param now the clock of this machine.
 * @throws {PendingTokenError} when a token may be left that can't be found or revoked now.
 * @throws {RejectedError} when Jenkins is too old to know of an expiry.
 */
export async function issueToken(
  tokens: Tokens,
  client: Client,
  request: TokenRequest,
  isUnique: boolean,
  now: () => Date,
): Promise<IssuedToken> {
  const { pauseMs, repeatMs, lookAgainMs } = client.limits;
  const end = Date.now() + repeatMs;
  let tokenName = isUnique ? request.tokenName : uniqueName(request.tokenName);
  for (let tries = 1; ; tries++) {
    try {
      return await withLastDay(await tokens.generate({ ...request, tokenName }), request, tokens, client, now);
    } catch (error) {
      if (error instanceof PendingTokenError) throw error;
      const pending = pendingUnder(tokenName, client, now);
      const effect = error instanceof JenkinsError ? error.effect : "possible";
      if (effect === "none") {
        // Jenkins has refused one try. A proxy that repeats requests may have made another one before.
        if (error instanceof JenkinsError && error.isFromJenkins)
          await revokeByName(tokens, tokenName).catch(() => false);
        throw error;
      }
      const isCancelled = error instanceof CancelledError;
      const limitMs = isCancelled ? lookAgainMs : undefined; // A cancelled operation has to end soon.
      const isClear = await uncancelled(() => clearAway(tokens, client, tokenName, effect), limitMs);
      if (!isClear) throw new PendingTokenError(pending, error);
      if (isCancelled) throw new CancelledError({ tried: error.message, remedy: "Nothing of it is left on Jenkins." });
      const mayTryAgain = tries === 1 || (effect === "ended" && tries < MOST_TRIES && Date.now() < end);
      if (!mayTryAgain) throw error;
      if (effect === "ended") await pause(Math.random() * pauseMs * 2 ** Math.min(tries, 4));
    }
    tokenName = uniqueName(request.tokenName);
  }
}

/** With the time of the attempt's end: its turn may have come minutes after the call, and a time-out may be an hour long. */
function pendingUnder(name: string, client: Client, now: () => Date): Pending {
  return { name, startedAt: client.controller.time().toISOString(), recordedAt: now().toISOString() };
}

/** The token with its last day as asked for, which Jenkins may tell in another language than the one it is asked in. */
async function withLastDay(
  issued: IssuedToken,
  { expiresInDays }: TokenRequest,
  tokens: Tokens,
  client: Client,
  now: () => Date,
): Promise<IssuedToken> {
  const { tokenUuid, tokenName, createdAt, expiresOn } = issued;
  if (expiresInDays === undefined) return { ...issued, expiresOn: undefined };
  if (!expiresOn) return await refuseImmortal(tokens, client, issued, now);
  if (expiresOn !== UNKNOWN_DAY) return issued;
  const listed = await tokens.listNow().catch(() => []);
  const shown = listed.find((token) => token.tokenUuid === tokenUuid)?.expiresOn;
  if (shown && shown !== UNKNOWN_DAY) return { ...issued, expiresOn: shown };
  const computed = lastDayAfter(createdAt, expiresInDays);
  const what = `Jenkins tells the last day of API token "${tokenName}" (${tokenUuid}) in another language than the one it is asked in`;
  const why = "The Locale plugin, or a proxy that changes Accept-Language, may be the reason.";
  tell("warning", `${what}. It is taken to be ${computed}, give or take a day. ${why}`);
  return { ...issued, expiresOn: computed };
}

/** Jenkins before 2.548 doesn't refuse an expiry but ignores it: the token must not stay. */
async function refuseImmortal(
  tokens: Tokens,
  client: Client,
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

/** Whether certainly nothing is left of a generate of this unique name: it was there and is revoked, or can't come any more. */
async function clearAway(tokens: Tokens, client: Client, name: string, effect: Effect): Promise<boolean> {
  const { pauseMs: firstPauseMs, lookAgainMs, secondLookMs } = client.limits;
  try {
    if (await revokeByName(tokens, name)) return true;
    if (effect === "ended") {
      await pause(secondLookMs); // A cache or a replica that lags behind may have shown the first list.
      await revokeByName(tokens, name, true);
      return true;
    }
    const end = Date.now() + lookAgainMs;
    for (let pauseMs = firstPauseMs; Date.now() < end; pauseMs *= 2) {
      await pause(Math.min(pauseMs, Math.max(0, end - Date.now())));
      if (await revokeByName(tokens, name, true)) return true;
    }
  } catch {
    // The caller records the attempt and reports its first error.
  }
  return false;
}

async function revokeByName(tokens: Tokens, name: string, isFresh = false): Promise<boolean> {
  const found = (await tokens.listNow(isFresh)).filter((token) => token.tokenName === name);
  for (const { tokenUuid } of found) await tokens.revoke(tokenUuid);
  return found.length > 0;
}

/**
 * Revokes what a recorded attempt left. That nothing is found is final only some minutes after the attempt: a request
 * whose sender has gone is still carried out, seconds later on a busy server. They have to be over by Jenkins' clock and by this
 * machine's, because a proxy may tell another time.
 *
 * @param now the clock of this machine.
 * @returns nothing when the attempt is settled, else the time from which it will be.
 */
export async function settle(
  tokens: Tokens,
  client: Client,
  pending: Pending,
  now: () => Date,
): Promise<Date | undefined> {
  const { worthWaitingMs } = client.limits;
  const { name } = pending;
  await client.whoAmI(); // Its reply tells Jenkins' time.
  const missingMs = missingOf(pending, client, now()); // When it is looked, not when that is answered.
  if (await revokeByName(tokens, name)) return undefined;
  if (missingMs > worthWaitingMs) return new Date(now().getTime() + missingMs);
  await pause(Math.max(0, missingMs));
  await revokeByName(tokens, name, true); // A cache may have shown the first list.
  return undefined;
}

/** How long until the attempt is old enough by every clock that was known then and is known now. */
function missingOf({ startedAt, recordedAt }: Pending, client: Client, now: Date): number {
  const missing = (since: string, time: Date) => Date.parse(since) + client.limits.settledAfterMs - time.getTime();
  // The record may be of another machine, whose clock differs.
  const isKnownHere = recordedAt !== undefined && Date.parse(recordedAt) <= now.getTime();
  const missingHereMs = isKnownHere ? missing(recordedAt, now) : Number.NEGATIVE_INFINITY;
  if (isKnownHere && !client.controller.isTimeKnown) return missingHereMs;
  return Math.max(missing(startedAt, client.controller.time()), missingHereMs);
}
