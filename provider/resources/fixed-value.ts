/**
 * A token whose value is declared. The value is known before the request, so a lost reply loses nothing. Until the token is finished, its name is
 * derived from the value. A later create or delete finds the token by this name.
 */
import { createHash } from "node:crypto";
import { CancelledError, JenkinsError, RejectedError, UnexpectedResponseError } from "../errors.ts";
import { DAY_MS, lastDayAfter, timeOf, UNKNOWN_DAY } from "../expiry.ts";
import type { IssuedToken, ListedToken, TokenRequest } from "../jenkins/token.ts";
import type { Tokens } from "../jenkins/tokens.ts";
import { pause, uncancelled } from "../operation.ts";
import type { Inputs } from "../properties.ts";
import { keepSecret } from "../redaction.ts";
import type { PendingState, State } from "../settings/schema.ts";
import type { Account } from "./account.ts";
import type { Context, Memory } from "./context.ts";
import { UNIQUE_END, uniqueEnd } from "./naming.ts";
import { clearAway, MOST_GENERATES, PendingTokenError, pendingUnder, withLastDay } from "./safe-create.ts";

type FixedInputs = Inputs & { fixedValue: string };

/** `tokenName` is the name of the token until it is finished, and ends in `mark`. */
interface FixedTokenRequest extends TokenRequest {
  mark: string;
  fixedValue: string;
}

/** Whether the inputs declare another value than the token has, or no longer declare one. Declaring the value that the token has is no change. */
export function isFixedOtherwise({ fixedValue }: Inputs, state: State): boolean {
  if (fixedValue === undefined) return state.fixedValue !== undefined;
  return fixedValue !== (state.fixedValue ?? state.tokenValue);
}

/**
 * A token with the declared value, under its final name: the token that an earlier attempt has left, or a new one.
 *
 * @throws {PendingTokenError} if a token may be left that can't be found or finished now.
 * @throws {RejectedError} if Jenkins is too old to take a value.
 */
export async function issueFixed(account: Account, inputs: FixedInputs, context: Context): Promise<IssuedToken> {
  const { fixedValue, expiresInDays, tokenName = "", autoName = tokenName } = inputs;
  const { url, userId, client } = account;
  keepSecret(fixedValue);
  if (client.controller.lacks("fixedValues")) {
    const tried = `Creating the API token "${tokenName}" with a declared value`;
    const words = "this Jenkins chooses every value itself";
    const remedy = "A fixedValue needs Jenkins 2.260, LTS 2.263.1: upgrade it, or leave out fixedValue.";
    throw new RejectedError({ tried, url, words, remedy });
  }
  const mark = markOf({ ...inputs, fixedValue }, context.urn);
  const request = { tokenName: autoName + mark, mark, fixedValue, expiresInDays };
  return await inTurn(context.memory.fixed.turns, placeOf({ url, userId }, mark), async () => {
    const issued = await keepOrAdd(account, request, context);
    const finished = await finish(account, issued, { ...request, tokenName }, context);
    context.memory.fixed.uuids.add(issued.tokenUuid);
    return finished;
  });
}

/**
 * The end of the name of an unfinished token, the same in each run. It is a hash, so it does not reveal the value. The URN tells apart tokens of
 * other stacks with the same value. The dynamic host does not know the URN, and uses the default name, made of project, stack and resource name.
 */
function markOf(
  { fixedValue, autoName, tokenName }: Pick<Inputs, "fixedValue" | "autoName" | "tokenName">,
  urn?: string,
) {
  const identity = urn ?? autoName ?? tokenName;
  const hash = createHash("sha256").update(`pulumi-jenkins ${identity} ${fixedValue}`).digest("hex");
  return uniqueEnd(hash.slice(0, 16));
}

const placeOf = ({ url, userId }: Pick<Account, "url" | "userId">, mark: string) => `${url} ${userId}${mark}`;

/**
 * Runs calls with the same key one after the other. Two resources may have the same name and value: each may only find a token that the other
 * does not have.
 */
async function inTurn<T>(turns: Map<string, Promise<unknown>>, key: string, act: () => Promise<T>): Promise<T> {
  const turn = (turns.get(key) ?? Promise.resolve()).then(act);
  const over = turn.catch(() => undefined);
  turns.set(key, over);
  return await turn;
}

/** Looks for the token before it requests one, and after each reply that does not show the result of the request. */
async function keepOrAdd(account: Account, request: FixedTokenRequest, context: Context): Promise<IssuedToken> {
  const { client, tokens, url, userId } = account;
  const { pauseMs, repeatMs } = client.limits;
  const { fixed } = context.memory;
  const left = await leftToken(account, request, fixed.uuids, { isFresh: true, isOfThisCall: false });
  if (left) {
    fixed.kept.add(placeOf({ url, userId }, request.mark));
    return left;
  }
  const end = performance.now() + repeatMs;
  for (let tries = 1; ; tries++) {
    try {
      return await tokens.generate(request);
    } catch (error) {
      const found = await foundAfter(error, account, request, context);
      if (found) return found;
      const isEnded = error instanceof JenkinsError && error.effect === "ended"; // Jenkins failed, and the list shows no token.
      if (!isEnded || tries === MOST_GENERATES || (tries > 1 && performance.now() > end)) throw error;
      await pause(Math.random() * pauseMs * 2 ** Math.min(tries, 4));
    }
  }
}

/**
 * The token that a failed request has created all the same. Undefined if it certainly created none.
 *
 * @throws {PendingTokenError} if that can't be known yet, or if the operation has to end now.
 */
async function foundAfter(
  error: unknown,
  account: Account,
  request: FixedTokenRequest,
  context: Context,
): Promise<IssuedToken | undefined> {
  const { client } = account;
  const { lookAgainMs } = client.limits;
  const found: IssuedToken[] = [];
  const look = async (isFresh?: boolean) => {
    const token = await leftToken(account, request, context.memory.fixed.uuids, { isFresh, isOfThisCall: true });
    if (token) found.push(token);
    return token !== undefined;
  };
  const effect = error instanceof JenkinsError ? error.effect : "possible";
  if (effect === "none") {
    // Jenkins has refused one try. Before that, a proxy that repeats requests may have sent a try that created a token.
    if (error instanceof JenkinsError && error.isFromJenkins) await look(true).catch(() => false);
    return found[0];
  }
  const isCancelled = error instanceof CancelledError;
  const pending = pendingUnder(request.tokenName, client, () => timeOf(context));
  const isClear = await uncancelled(() => clearAway(account, effect, look), isCancelled ? lookAgainMs : undefined);
  const [token] = found;
  if (!isClear || (token && isCancelled)) throw new PendingTokenError(pending, error);
  if (isCancelled) throw new CancelledError({ tried: error.message, remedy: "Nothing of it is left on Jenkins." });
  return token;
}

/**
 * The listed token with this mark that no resource of this run has. Other tokens with the mark are revoked, also a token whose last day is not
 * the requested one: nobody knows of the attempts that left them.
 */
async function leftToken(
  { tokens, client }: Account,
  { tokenName, mark, fixedValue, expiresInDays }: FixedTokenRequest,
  uuids: Memory["fixed"]["uuids"],
  { isFresh, isOfThisCall }: { isFresh: boolean | undefined; isOfThisCall: boolean },
): Promise<IssuedToken | undefined> {
  const listed = await tokens.listNow(isFresh);
  const now = client.controller.time();
  const left = markedIn(listed, mark, uuids);
  const kept = left.find((token) => endsAsAsked(token, expiresInDays, now, isOfThisCall));
  for (const token of left) if (token !== kept) await tokens.revoke(token.tokenUuid);
  if (!kept) return undefined;
  return {
    tokenUuid: kept.tokenUuid,
    tokenName,
    tokenValue: fixedValue,
    createdAt: createdAtOf(kept, expiresInDays) ?? now,
  };
}

/** The tokens with the mark that no resource of this run has. */
function markedIn(listed: ListedToken[], mark: string, uuids: Set<string>): ListedToken[] {
  return listed.filter(({ tokenName, tokenUuid }) => tokenName.endsWith(mark) && !uuids.has(tokenUuid));
}

/** Two days: time zones make a difference of one, and a run that was killed is mostly followed by the next one within another. */
const TOLERANCE_MS = 2 * DAY_MS;

/** The time at which a token was created. A user's page does not show it. It is computed from the last day, because a renewal depends on it. */
function createdAtOf({ createdAt, expiresOn }: ListedToken, days: number | undefined): Date | undefined {
  if (createdAt) return new Date(createdAt);
  if (days === undefined || !expiresOn || expiresOn === UNKNOWN_DAY) return undefined;
  return new Date(Date.parse(expiresOn) - days * DAY_MS);
}

function endsAsAsked(
  { isExpired, expiresOn }: ListedToken,
  days: number | undefined,
  now: Date,
  isOfThisCall: boolean,
): boolean {
  if (isExpired || days === undefined || expiresOn === undefined)
    return !isExpired && days === undefined && expiresOn === undefined;
  if (expiresOn === UNKNOWN_DAY) return isOfThisCall; // Another run may have asked for another day.
  return Math.abs(Date.parse(expiresOn) - Date.parse(lastDayAfter(now, days))) <= TOLERANCE_MS;
}

/**
 * Gives the token its final name. Before that it reads the list. The reply may lack the last day, and a proxy may have repeated the request,
 * which leaves a second token with the same value.
 */
async function finish(
  account: Account,
  issued: IssuedToken,
  { tokenName, mark, fixedValue, expiresInDays }: FixedTokenRequest,
  context: Context,
): Promise<IssuedToken> {
  const { tokens, client } = account;
  const { tokenUuid } = issued;
  const now = () => timeOf(context);
  const orPending = <T>(act: Promise<T>, renamed?: { tokenUuid: string }) =>
    act.catch((error) => {
      throw new PendingTokenError({ ...pendingUnder(issued.tokenName, client, now), ...renamed }, error);
    });
  const listing = tokens.listNow(true);
  // Without an expiry the list is not necessary: delete also finds what a proxy has left.
  const listed = await (expiresInDays === undefined ? listing.catch(() => []) : orPending(listing));
  const shown = listed.find((token) => token.tokenUuid === tokenUuid);
  if (expiresInDays !== undefined && !shown) await orPending(notShown(account, tokenUuid));
  const others = markedIn(listed, mark, context.memory.fixed.uuids).filter((token) => token !== shown);
  for (const other of others) await orPending(tokens.revoke(other.tokenUuid));
  const expiresOn = shown?.expiresOn;
  const dated = await withLastDay({ ...issued, expiresOn }, { tokenName, expiresInDays }, account, now);
  await orPending(tokens.rename(tokenUuid, tokenName), { tokenUuid }); // The record needs the uuid, because the token may already have its final name.
  return { ...dated, tokenName, tokenValue: fixedValue };
}

/** Revokes the unfinished tokens that a proxy which repeats requests, or a run that was killed, has left beside the token. */
export async function revokeMarked(tokens: Tokens, state: State, { memory, urn }: Context): Promise<void> {
  const { jenkinsUrl: url, userId } = state;
  const mark = markOf(state, urn);
  await inTurn(memory.fixed.turns, placeOf({ url, userId }, mark), async () => {
    for (const { tokenUuid } of markedIn(await tokens.list(), mark, memory.fixed.uuids)) await tokens.revoke(tokenUuid);
  });
}

async function notShown({ userId, url }: Account, tokenUuid: string): Promise<never> {
  const tried = `Reading the last day of API token ${tokenUuid} of ${userId}`;
  const remedy = "Run again: the next `pulumi up` finds it.";
  throw new UnexpectedResponseError({ tried, url, words: "Jenkins does not show the token yet", remedy });
}

/** Keeps a token in a state from being revoked for a pending record. Another run may have kept the token, and ended before it deleted the record. */
export function keepFixed({ tokenUuid }: State, { fixed }: Memory): void {
  fixed.uuids.add(tokenUuid);
}

/** Whether a create of this process has kept the token of a pending record. Then there is nothing to look for. */
export function isKept({ pending, jenkinsUrl: url, userId }: PendingState, { fixed }: Memory): boolean {
  const { name, tokenUuid } = pending;
  if (tokenUuid) return fixed.uuids.has(tokenUuid);
  const [mark = ""] = new RegExp(`${UNIQUE_END}$`).exec(name) ?? [];
  return fixed.kept.delete(placeOf({ url, userId }, mark)); // A kept token answers only one record.
}
