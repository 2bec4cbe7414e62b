/** The operations of an API token, in the order in which Pulumi calls them. */
import { ForbiddenError, type JenkinsError, RejectedError, UnfinishedTokenError } from "../errors.ts";
import { isDueForRenewal, isExpired, timeOf, UNKNOWN_DAY } from "../expiry.ts";
import type { Client } from "../jenkins/client.ts";
import { type IssuedToken, type ListedToken, TRIED, UUID } from "../jenkins/token.ts";
import { Tokens } from "../jenkins/tokens.ts";
import { tell } from "../operation.ts";
import { type Inputs, UNKNOWN } from "../properties.ts";
import { ownLogin, previewedUrl, resolveConnection } from "../settings/connection.ts";
import {
  inputFailures,
  isTriggered,
  LEGACY,
  observedOf,
  PENDING_ID,
  parseComparedInputs,
  parseInputs,
  parsePendingState,
  parseState,
  providerKeyOf,
  toState,
} from "../settings/schema.ts";
import { byEachLogin, clientsFor, clientsToRevoke, proven } from "./access.ts";
import { type Account, accountOf } from "./account.ts";
import {
  changesBy,
  checked,
  isReachedOtherwise,
  isRefreshedOtherwise,
  KNOWN_ABSENT,
  livesElsewhere,
  whatMoves,
} from "./changes.ts";
import type { Context } from "./context.ts";
import { isFixedOtherwise, isKept, issueFixed, keepFixed, revokeMarked } from "./fixed-value.ts";
import { findToken, tokensIfUserExists } from "./gone.ts";
import { orGoneForGood, orMoved, presentUrl } from "./moved.ts";
import { drawName, named, nameFor, namelessFailures, previewedName, randomHex, withName } from "./naming.ts";
import type { Changes, Checked, Properties, ReadResult } from "./resource.ts";
import { issueToken, PendingTokenError, settle, triedToSettle } from "./safe-create.ts";

/** Validates the inputs. Contacts nothing. Create draws a default name, because a name drawn here would differ from a saved plan. */
export function check(olds: Properties, news: Properties, context: Context): Checked {
  const inputs = withName(news, olds, context);
  const isNameless = inputs["tokenName"] == null && olds["autoName"] == null;
  return checked(inputs, [...(isNameless ? namelessFailures(context) : []), ...inputFailures(inputs)], context);
}

/** What a change means: a replacement, an update, or nothing. Contacts nothing. */
export function diff(id: string, olds: Properties, news: Properties, context: Context): Changes {
  const inputs = parseComparedInputs(news);
  if (PENDING_ID.test(id)) {
    const moves = livesElsewhere(inputs, parsePendingState(olds), context);
    return changesBy(moves ? ["pending", "connection"] : ["pending"], []);
  }
  const state = parseState(olds);
  if (state.fixedValue) keepFixed(state, context.memory);
  const replaces = whatMoves(inputs, state, context);
  const updates: string[] = [];
  if (isTriggered(inputs, state)) replaces.push("triggers");
  if (inputs.via === LEGACY) replaces.push("via");
  if (inputs.expiresInDays !== state.expiresInDays) replaces.push("expiresInDays");
  if (isFixedOtherwise(inputs, state)) replaces.push("fixedValue");
  else if (inputs.fixedValue !== state.fixedValue) updates.push("fixedValue");
  if (isDueForRenewal(state, inputs.renewBeforeDays, timeOf(context))) replaces.push("expiresOn");
  if (nameFor(inputs, state) !== state.tokenName) updates.push("tokenName");
  if (isReachedOtherwise(inputs, state)) updates.push("connection");
  if (isRefreshedOtherwise(inputs, state)) updates.push("refreshBeforeUpdate");
  if (inputs.tokenValue && !state.tokenValue) updates.push("tokenValue"); // A value that the state has stays.
  return changesBy(replaces, updates);
}

/** The outputs of a token that is going to be created. */
export function previewCreate(properties: Properties, context: Context): Properties {
  const inputs = parseInputs(properties);
  const { connection, tokenName = UNKNOWN, autoName, expiresInDays } = inputs;
  const outs = toState(inputs, {
    tokenUuid: UNKNOWN,
    tokenName: autoName ? UNKNOWN : tokenName, // Create draws another random end.
    tokenValue: inputs.fixedValue ?? UNKNOWN,
    userId: UNKNOWN,
    jenkinsUrl: previewedUrl(connection, context),
    createdAt: UNKNOWN,
    ...(expiresInDays !== undefined && { expiresOn: UNKNOWN }),
  });
  return { ...KNOWN_ABSENT, ...outs };
}

/**
 * Creates the token, and loses none: a token that may have been created and can't be found is recorded as pending.
 *
 * @throws {UnfinishedTokenError} with the id and the state that Pulumi records.
 */
export async function create(properties: Properties, context: Context): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs(properties);
  const key = context.urn ?? inputs;
  await context.memory.pending.settleCreates(key);
  const account = await accountOf(inputs, context);
  const { tokens } = account;
  const { tokenName = drawName(inputs.autoName), expiresInDays } = inputs;
  if (inputs.tokenValue) tell("warning", "tokenValue is ignored: Jenkins chooses the value of a token that it makes.");
  const now = () => timeOf(context);
  const isUnique = inputs.tokenName === undefined; // A name by `pulumi:autonaming` may have no random digits.
  const { fixedValue } = inputs;
  const issuing = fixedValue
    ? issueFixed(account, { ...inputs, tokenName, fixedValue }, context)
    : issueToken(account, { tokenName, expiresInDays }, isUnique, now);
  const issued = await issuing.catch((error) => {
    if (!(error instanceof PendingTokenError)) throw error;
    throw context.memory.pending.keepCreate({
      key,
      error: pendingError(error, properties, tokenName, account),
      settle: () => settle(account, error.pending, now),
    });
  });
  if (issued.tokenName !== tokenName) {
    await tokens.rename(issued.tokenUuid, tokenName).catch((error: JenkinsError) => {
      throw context.memory.pending.keepCreate({
        key,
        error: misnamedError(error, properties, issued, tokenName, account),
        settle: () => tokens.revoke(issued.tokenUuid),
      });
    });
  }
  return { id: issued.tokenUuid, outs: createdState(inputs, { ...issued, tokenName }, account) };
}

function createdState(inputs: Inputs, issued: IssuedToken, { userId, url }: Account): Properties {
  const { tokenUuid, tokenName, tokenValue, expiresOn } = issued;
  const createdAt = issued.createdAt.toISOString();
  const observed = { tokenUuid, ...named(inputs, tokenName), tokenValue, userId, jenkinsUrl: url, createdAt };
  return toState(inputs, { ...observed, ...(expiresOn && { expiresOn }) });
}

/** The error for a token that may exist, with the state that Pulumi keeps. */
function pendingError(
  { pending, message }: PendingTokenError,
  properties: Properties,
  tokenName: string,
  { url, userId }: Account,
): UnfinishedTokenError {
  const id = `pending-${randomHex(16)}`;
  const { tokenValue, ...declared } = properties; // It is the value of another token. The value of this one is lost.
  const state = { ...declared, jenkinsUrl: url, userId, pending };
  const tried = `Creating the API token "${tokenName}" for ${userId} could not be finished, and it may exist on ${url} under the name "${pending.name}": ${message}`;
  const follows = declared["fixedValue"]
    ? "the next `pulumi up` looks for it and keeps it, and `pulumi destroy` revokes it"
    : "the next `pulumi up` or `pulumi destroy` looks for it and revokes it";
  const remedy = `It is recorded as ${id}: ${follows}.`;
  return new UnfinishedTokenError(id, state, { tried, remedy });
}

/** The error for a token that exists, but not under its own name. */
function misnamedError(
  { message }: JenkinsError,
  properties: Properties,
  issued: IssuedToken,
  ownName: string,
  account: Account,
): UnfinishedTokenError {
  const { tokenUuid, tokenName } = issued;
  const renamed = createdState(parseInputs(properties), { ...issued, tokenName: ownName }, account);
  const state = { ...renamed, tokenName, ...providerKeyOf(properties) };
  const tried = `API token ${tokenUuid} of ${account.userId} was created, but could not be given its name: ${message}`;
  const remedy = "It is in the state under the name it has; the next `pulumi up` renames it.";
  return new UnfinishedTokenError(tokenUuid, state, { tried, remedy });
}

/**
 * The state with the token's present name. An empty id if the token is certainly gone.
 *
 * @throws if that can't be known, so that the token stays in the state.
 */
export async function read(id: string, properties: Properties, context: Context): Promise<ReadResult> {
  if (PENDING_ID.test(id)) return { id, props: properties };
  if (!("tokenUuid" in properties)) return await readForeign(id, properties, context);
  const stored = parseState(properties);
  const { userId, via } = stored;
  const isThere = async (client: Client) => Boolean(await new Tokens(client, userId, via).find(id));
  const jenkinsUrl = await presentUrl(stored, context, isThere);
  const state = { ...stored, jenkinsUrl };
  const tried = `Reading API token ${id} of ${userId}`;
  const listed = await byEachLogin(tried, clientsFor(state, context), async (client) => {
    return await findToken(client, await tokensIfUserExists(client, state), state, context);
  }).catch(orMoved(state, context));
  return listed ? { id, props: { ...properties, jenkinsUrl, tokenName: listed.tokenName } } : { id: "", props: {} };
}

/** A token that the program only looks up, by its uuid, or that is imported, by `<user>/<uuid>`. */
async function readForeign(id: string, properties: Properties, context: Context): Promise<ReadResult> {
  const inputs = parseInputs(properties);
  const [, owner, named = id] = /^(.+)\/([^/]+)$/.exec(id) ?? [];
  const tokenUuid = named.toLowerCase();
  if (!UUID.test(tokenUuid)) {
    const remedy = "It is <user id>/<the token's uuid>, or the uuid alone for a token of the signed-in user.";
    throw new RejectedError({ tried: `"${id}" is not the id of an API token`, remedy });
  }
  const { url, client, userId, tokens } = await accountOf({ ...inputs, ...(owner && { user: owner }) }, context);
  // The shared list may be older than the token, which another resource of the same run may have created.
  const isIt = (token: ListedToken) => token.tokenUuid === tokenUuid;
  const listed = (await tokens.find(tokenUuid)) ?? (await tokens.listNow()).find(isIt);
  if (!listed) {
    // The engine takes a look-up that finds nothing for a resource without outputs.
    const tried = `Looking up API token ${tokenUuid} of ${userId}`;
    const remedy = "`npx pulumi-jenkins list` shows which there are.";
    throw new RejectedError({ tried, url, words: "there is no such token", remedy });
  }
  const { tokenName, isExpired: hasExpired, expiresOn = hasExpired ? UNKNOWN_DAY : undefined } = listed;
  const user = userId === (await client.whoAmI()) ? {} : { user: userId };
  const declared = { ...user, ...inputs, tokenName };
  const observed = { tokenUuid, tokenName, userId, jenkinsUrl: url, ...(expiresOn && { expiresOn }) };
  return { id: tokenUuid, props: toState(declared, observed), inputs: declared };
}

/** The outputs of a token that is going to be renamed, adopted or only stored. */
export function previewUpdate(_id: string, olds: Properties, news: Properties): Properties {
  const inputs = parseInputs(news);
  const state = parseState(olds);
  const observed = observedOf(state);
  const tokenValue = observed.tokenValue ?? inputs.tokenValue;
  const name = named(inputs, previewedName(inputs, state) ?? UNKNOWN);
  return { ...KNOWN_ABSENT, ...toState(inputs, { ...observed, ...name, ...(tokenValue && { tokenValue }) }) };
}

/** Renames the token if its name has changed. Otherwise only changes the state. */
export async function update(
  id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): Promise<{ outs: Properties }> {
  const state = parseState(olds);
  const inputs = parseInputs(news);
  const tokenName = nameFor(inputs, state) ?? drawName(inputs.autoName);
  if (tokenName !== state.tokenName) {
    const { userId, jenkinsUrl, tokenUuid } = state; // `pulumi do` gives the id as the user wrote it: <user>/<uuid>.
    const { url, login, transport } = resolveConnection(inputs.connection, context);
    const logins = url === jenkinsUrl ? [login] : []; // A login is never sent to another Jenkins, whoever calls this.
    const open = (by: typeof login) => context.memory.clients.open(jenkinsUrl, by, transport, context.limits);
    const rename = (client: Client) => new Tokens(client, userId, inputs.via).rename(tokenUuid, tokenName);
    const clients = [...logins, ...ownLogin(state, context)].map(open);
    await byEachLogin(`Renaming API token ${tokenUuid} of ${userId}`, clients, rename);
    context.memory.pending.delete(id);
  }
  const tokenValue = state.tokenValue ?? (inputs.tokenValue && (await proven(inputs.tokenValue, state, context)));
  return {
    outs: toState(inputs, { ...observedOf(state), ...named(inputs, tokenName), ...(tokenValue && { tokenValue }) }),
  };
}

/** Revokes the token. A token that is already gone, or whose user is gone, counts as revoked. */
export async function remove(id: string, properties: Properties, context: Context): Promise<void> {
  context.memory.pending.delete(id);
  if (PENDING_ID.test(id)) return await removePending(properties, context);
  const state = parseState(properties);
  const tried = TRIED.revoke(id, state.userId);
  await byEachLogin(tried, clientsToRevoke(state, context), async (client) => {
    const tokens = await tokensIfUserExists(client, state);
    if (tokens && state.fixedValue) await revokeMarked(tokens, state, context).catch(unlessForbidden);
    const isLogin = client.login.secret.value === state.tokenValue;
    await tokens?.revoke(id, isLogin);
    if (isLogin && !client.isOfToken) await client.endIfRevoked();
  }).catch((error) => {
    // No login may revoke it, and nobody can log in with it.
    if (!(error instanceof ForbiddenError && isExpired(state, timeOf(context)))) orGoneForGood(state, context)(error);
  });
}

/** Ignores a refusal, because a user who may not read the list may still revoke the token. */
function unlessForbidden(error: unknown): void {
  if (!(error instanceof ForbiddenError)) throw error;
}

async function removePending(properties: Properties, context: Context): Promise<void> {
  const { tokenValue, ...state } = parsePendingState(properties); // A declared value belongs to another token.
  if (isKept(state, context.memory)) return;
  const tried = triedToSettle(state.pending, state.userId);
  const finalAt = await byEachLogin(tried, clientsToRevoke(state, context), async (client) => {
    const tokens = await tokensIfUserExists(client, state);
    return tokens && (await settle({ tokens, client }, state.pending, () => timeOf(context)));
  }).catch(orGoneForGood(state, context, true));
  if (!finalAt) return;
  const words = "nothing is there yet, but the attempt is not five minutes old and may still be carried out";
  const remedy = `Run again at ${finalAt.toISOString()} or later.`;
  throw new RejectedError({ tried, url: state.jenkinsUrl, words, remedy });
}
