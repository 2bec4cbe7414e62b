/** Making a token so that none is ever left behind unknown, whatever becomes of the reply. */
import { randomBytes } from "node:crypto";
import { CancelledError, type Effect, JenkinsError, RejectedError } from "../errors.ts";
import { pause, uncancelled } from "../operation.ts";
import type { Pending } from "../schema.ts";
import type { Session } from "../session.ts";
import type { IssuedToken, TokenRequest, Tokens } from "./token.ts";

/** A generate whose outcome can't be found out now: it may have made a token of this name, or may still make one. */
export class UnsettledAttempt extends Error {
  readonly pending: Pending;

  constructor(pending: Pending, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.pending = pending;
  }
}

export function hex(digits: number): string {
  return randomBytes(digits / 2).toString("hex");
}

/** A name that no other token has, by which its token is found even when the reply is lost. */
function uniqueName(tokenName: string): string {
  return `${tokenName} (pulumi ${hex(16)})`;
}

/**
 * A new token as asked for, or one of a unique name made from its own that is to be renamed. A lost reply is followed by a
 * look at the list: what the attempt left is revoked, because its value is lost, and a token is made once more.
 *
 * @param isUnique whether no other token can have this name.
 * @throws {UnsettledAttempt} when a token may be left that can't be found or revoked now.
 * @throws {RejectedError} when Jenkins is too old to know of an expiry.
 */
export async function issueToken(
  tokens: Tokens,
  session: Session,
  request: TokenRequest,
  isUnique: boolean,
): Promise<IssuedToken> {
  let tokenName = isUnique ? request.tokenName : uniqueName(request.tokenName);
  for (let attempt = 1; ; attempt++) {
    try {
      const issued = await tokens.generate({ ...request, tokenName });
      if (request.expiresInDays === undefined || issued.expiresOn) return issued;
      return await refuseImmortal(tokens, session, issued);
    } catch (error) {
      if (error instanceof UnsettledAttempt) throw error;
      const pending = pendingUnder(tokenName, session);
      const effect = error instanceof JenkinsError ? error.effect : "possible";
      if (effect === "none") throw error;
      const isCancelled = error instanceof CancelledError;
      const limitMs = isCancelled ? session.limits.lookAgainMs : undefined; // Whoever cancels doesn't wait for minutes.
      const isClear = await uncancelled(() => clearAway(tokens, session, tokenName, effect), limitMs);
      if (!isClear) throw new UnsettledAttempt(pending, error);
      if (isCancelled) throw new CancelledError({ tried: error.message, remedy: "Nothing of it is left on Jenkins." });
      if (attempt === 2) throw error;
    }
    tokenName = uniqueName(request.tokenName);
  }
}

/** With the time of the attempt's end: its turn may have come minutes after the call, and a time-out may be an hour long. */
function pendingUnder(name: string, session: Session): Pending {
  return { name, startedAt: session.serverTime().toISOString() };
}

/** Jenkins before 2.548 doesn't refuse an expiry but ignores it: the token must not stay. */
async function refuseImmortal(tokens: Tokens, session: Session, { tokenUuid, tokenName }: IssuedToken): Promise<never> {
  const tried = `Creating the API token "${tokenName}" with an expiry`;
  const words = "this Jenkins made one that never expires, which was revoked again";
  const remedy = "Expiry needs Jenkins 2.548, LTS 2.555.1: upgrade it, or leave out expiresInDays.";
  await uncancelled(() => tokens.revoke(tokenUuid)).catch((error) => {
    throw new UnsettledAttempt(pendingUnder(tokenName, session), error);
  });
  throw new RejectedError({ tried, url: session.url, words, remedy });
}

/** Whether certainly nothing is left of a generate of this unique name: it was there and is revoked, or can't come any more. */
async function clearAway(tokens: Tokens, session: Session, name: string, effect: Effect): Promise<boolean> {
  const end = Date.now() + session.limits.lookAgainMs;
  try {
    for (let pauseMs = session.limits.pauseMs; ; pauseMs *= 2) {
      if (await revokeByName(tokens, name)) return true;
      if (effect === "ended") return true;
      if (Date.now() >= end) return false;
      await pause(Math.min(pauseMs, Math.max(0, end - Date.now())));
    }
  } catch {
    return false; // Whoever can't look or revoke now leaves a record; the first error says what began it.
  }
}

async function revokeByName(tokens: Tokens, name: string): Promise<boolean> {
  const found = (await tokens.listNow()).filter((token) => token.tokenName === name);
  for (const { tokenUuid } of found) await tokens.revoke(tokenUuid);
  return found.length > 0;
}

/**
 * Revokes what a recorded attempt left. That nothing is found is final only some minutes after the attempt: a request
 * whose sender has gone is still carried out, seconds later on a busy server.
 *
 * @returns nothing when the attempt is settled, else the time from which it will be.
 */
export async function settle(tokens: Tokens, session: Session, pending: Pending): Promise<Date | undefined> {
  const { settledAfterMs, worthWaitingMs } = session.limits;
  await session.whoAmI(); // From then on Jenkins' clock is known.
  const finalAt = new Date(Date.parse(pending.startedAt) + settledAfterMs);
  const missingMs = finalAt.getTime() - session.serverTime().getTime(); // When it is looked, not when that is answered.
  if (await revokeByName(tokens, pending.name)) return undefined;
  if (missingMs <= 0) return undefined;
  if (missingMs > worthWaitingMs) return finalAt;
  await pause(missingMs);
  await revokeByName(tokens, pending.name);
  return undefined;
}
