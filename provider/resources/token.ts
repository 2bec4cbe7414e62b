/** An API token, in the order in which Pulumi calls these operations. */
import { ForbiddenError, type JenkinsError, RejectedError, UnfinishedTokenError } from "../errors.ts";
import { isDueForRenewal, isExpired, timeOf, UNKNOWN_DAY } from "../expiry.ts";
import type { Client } from "../jenkins/client.ts";
import type { IssuedToken, ListedToken } from "../jenkins/token.ts";
import { openTokens } from "../jenkins/tokens.ts";
import { tell } from "../operation.ts";
import { connectionFailures, ownLogin, previewedUrl, resolveConnection } from "../settings/connection.ts";
import {
  type CheckFailure,
  type Inputs,
  inputFailures,
  isTriggered,
  LEGACY,
  observedOf,
  PENDING_ID,
  parseInputs,
  parsePendingState,
  parseState,
  providerKeyOf,
  toState,
  UNKNOWN,
  UUID,
} from "../settings/schema.ts";
import { byEachLogin, clientsFor, clientsToRevoke, proven } from "./access.ts";
import { type Account, accountOf } from "./account.ts";
import { changesBy, isReachedOtherwise, livesElsewhere, whatMoves } from "./changes.ts";
import type { Context } from "./context.ts";
import { findToken, tokensIfUserExists } from "./gone.ts";
import type { Changes, Properties, ReadResult } from "./resource.ts";
import { issueToken, PendingTokenError, randomHex, settle } from "./safe-create.ts";

/** Validates the inputs, and gives a token without a name of its own one that it keeps. Contacts nothing. */
export function check(
  olds: Properties,
  news: Properties,
  context: Context,
): { inputs: Properties; failures: CheckFailure[] } {
  const inputs = withName(news, olds, context);
  const failures = inputFailures(inputs);
  if (failures.length > 0) return { inputs, failures };
  return { inputs, failures: connectionFailures(parseInputs(inputs).connection, context) };
}

function withName(news: Properties, olds: Properties, { randomSeed }: Context): Properties {
  const { autoName, ...inputs } = news;
  if (inputs["tokenName"] != null || autoName == null) return inputs;
  if (typeof autoName !== "string") return news; // What is wrong with it, the schema says.
  const kept = olds["autoName"] == null ? undefined : olds["tokenName"];
  const end = randomSeed?.length ? Buffer.from(randomSeed).toString("hex").slice(0, 8) : randomHex(8);
  return { ...inputs, autoName, tokenName: kept ?? `${autoName}-${end}` };
}

/** What a change means: another token, another name, or nothing. A function of state, inputs and today's date alone. */
export function diff(id: string, olds: Properties, news: Properties, context: Context): Changes {
  const inputs = parseInputs(news);
  if (PENDING_ID.test(id)) {
    const moves = livesElsewhere(inputs, parsePendingState(olds), context);
    return changesBy(moves ? ["pending", "connection"] : ["pending"], []);
  }
  const state = parseState(olds);
  const replaces = whatMoves(inputs, state, context);
  const updates: string[] = [];
  if (isTriggered(inputs, state)) replaces.push("triggers");
  if (inputs.via === LEGACY) replaces.push("via");
  if (inputs.expiresInDays !== state.expiresInDays) replaces.push("expiresInDays");
  if (isDueForRenewal(state, inputs.renewBeforeDays, timeOf(context))) replaces.push("expiresOn");
  if (inputs.tokenName !== state.tokenName) updates.push("tokenName");
  if (isReachedOtherwise(inputs, state)) updates.push("connection");
  if (inputs.tokenValue && !state.tokenValue) updates.push("tokenValue"); // Of one that is there, it is no news.
  return changesBy(replaces, updates);
}

/** Properties that are known to be absent. A preview treats a missing property as unknown. */
const ABSENT = { expiresOn: null };

/** The outputs of a token that is going to be created. */
export function previewCreate(properties: Properties, context: Context): Properties {
  const inputs = parseInputs(properties);
  const { connection, tokenName = UNKNOWN, autoName, expiresInDays } = inputs;
  const outs = toState(inputs, {
    tokenUuid: UNKNOWN,
    tokenName: autoName ? UNKNOWN : tokenName, // It ends otherwise when the token is created.
    tokenValue: UNKNOWN,
    userId: UNKNOWN,
    jenkinsUrl: previewedUrl(connection, context),
    createdAt: UNKNOWN,
    ...(expiresInDays !== undefined && { expiresOn: UNKNOWN }),
  });
  return { ...ABSENT, ...outs };
}

/**
 * Creates the token, and loses nothing: a token that may have been created and can't be found is recorded as pending.
 *
 * @throws {UnfinishedTokenError} with the id and the state under which Pulumi keeps what was begun.
 */
export async function create(properties: Properties, context: Context): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs(properties);
  const key = context.urn ?? inputs;
  await context.memory.pending.settleCreates(key);
  const account = await accountOf(inputs, context);
  const { client, tokens } = account;
  const { tokenName = "", expiresInDays } = inputs;
  if (inputs.tokenValue) tell("warning", "tokenValue is ignored: Jenkins chooses the value of a token that it makes.");
  const asked = { tokenName, expiresInDays };
  const now = () => timeOf(context);
  const issued = await issueToken(tokens, client, asked, Boolean(inputs.autoName), now).catch((error) => {
    if (!(error instanceof PendingTokenError)) throw error;
    throw context.memory.pending.keepCreate({
      key,
      error: pendingRecord(error, properties, tokenName, account),
      settle: () => settle(tokens, client, error.pending, now),
    });
  });
  if (issued.tokenName !== tokenName) {
    await tokens.rename(issued.tokenUuid, tokenName).catch((error: JenkinsError) => {
      throw context.memory.pending.keepCreate({
        key,
        error: misnamedRecord(error, properties, issued, account),
        settle: () => tokens.revoke(issued.tokenUuid),
      });
    });
  }
  return { id: issued.tokenUuid, outs: createdState(inputs, { ...issued, tokenName }, account) };
}

function createdState(inputs: Inputs, issued: IssuedToken, { userId, url }: Account): Properties {
  const { tokenUuid, tokenName, tokenValue, expiresOn } = issued;
  const createdAt = issued.createdAt.toISOString();
  const observed = { tokenUuid, tokenName, tokenValue, userId, jenkinsUrl: url, createdAt };
  return toState(inputs, { ...observed, ...(expiresOn && { expiresOn }) });
}

/** The record of a token that may exist. */
function pendingRecord(
  { pending, message }: PendingTokenError,
  properties: Properties,
  tokenName: string,
  { url, userId }: Account,
): UnfinishedTokenError {
  const id = `pending-${randomHex(16)}`;
  const { tokenValue, ...declared } = properties; // Of another token: this one's is lost.
  const record = { ...declared, jenkinsUrl: url, userId, pending };
  const tried = `Creating the API token "${tokenName}" for ${userId} could not be finished, and it may exist on ${url} under the name "${pending.name}": ${message}`;
  const remedy = `It is recorded as ${id}: the next \`pulumi up\` or \`pulumi destroy\` looks for it and revokes it.`;
  return new UnfinishedTokenError(id, record, { tried, remedy });
}

/** The record of a token that exists under another name than its own. */
function misnamedRecord(
  { message }: JenkinsError,
  properties: Properties,
  issued: IssuedToken,
  account: Account,
): UnfinishedTokenError {
  const { tokenUuid } = issued;
  const recorded = { ...createdState(parseInputs(properties), issued, account), ...providerKeyOf(properties) };
  const tried = `API token ${tokenUuid} of ${account.userId} was created, but could not be given its name: ${message}`;
  const remedy = "It is in the state under the name it has; the next `pulumi up` renames it.";
  return new UnfinishedTokenError(tokenUuid, recorded, { tried, remedy });
}

/**
 * The state with the token's present name; an empty id when the token is certainly gone.
 *
 * @throws when that can't be told, so that the token stays in the state.
 */
export async function read(id: string, properties: Properties, context: Context): Promise<ReadResult> {
  if (PENDING_ID.test(id)) return { id, props: properties };
  if (!("tokenUuid" in properties)) return await readForeign(id, properties, context);
  const state = parseState(properties);
  const tried = `Reading API token ${id} of ${state.userId}`;
  const listed = await byEachLogin(tried, clientsFor(state, context), async (client) => {
    return await findToken(client, await tokensIfUserExists(client, state), state, context);
  });
  return listed ? { id, props: { ...properties, tokenName: listed.tokenName } } : { id: "", props: {} };
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
  // What others read may be older than the token, which another resource of the same run may have made.
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
  const observed = observedOf(parseState(olds));
  const tokenValue = observed.tokenValue ?? inputs.tokenValue;
  const tokenName = inputs.tokenName ?? observed.tokenName;
  return { ...ABSENT, ...toState(inputs, { ...observed, tokenName, ...(tokenValue && { tokenValue }) }) };
}

/** Renames the token if its name has changed; else only stores. */
export async function update(
  id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): Promise<{ outs: Properties }> {
  const state = parseState(olds);
  const inputs = parseInputs(news);
  const tokenName = inputs.tokenName ?? state.tokenName;
  if (tokenName !== state.tokenName) {
    const { userId, jenkinsUrl } = state;
    const { url, login, transport } = resolveConnection(inputs.connection, context);
    const logins = url === jenkinsUrl ? [login] : []; // A login is never sent to another Jenkins, whoever calls this.
    const open = (by: typeof login) => context.memory.clients.open(jenkinsUrl, by, transport, context.limits);
    const rename = (client: Client) => openTokens(client, userId, inputs.via).rename(id, tokenName);
    const clients = [...logins, ...ownLogin(state, context)].map(open);
    await byEachLogin(`Renaming API token ${id} of ${userId}`, clients, rename);
    context.memory.pending.delete(id);
  }
  const tokenValue = state.tokenValue ?? (inputs.tokenValue && (await proven(inputs.tokenValue, state, context)));
  return { outs: toState(inputs, { ...observedOf(state), tokenName, ...(tokenValue && { tokenValue }) }) };
}

/** Revokes the token. One that is already gone, or whose user is, counts as revoked. */
export async function remove(id: string, properties: Properties, context: Context): Promise<void> {
  context.memory.pending.delete(id);
  if (PENDING_ID.test(id)) return await removePending(properties, context);
  const state = parseState(properties);
  const tried = `Revoking API token ${id} of ${state.userId}`;
  await byEachLogin(tried, clientsToRevoke(state, context), async (client) => {
    const tokens = await tokensIfUserExists(client, state);
    const isLogin = client.login.secret.value === state.tokenValue;
    await tokens?.revoke(id, isLogin);
    if (isLogin && !client.isOfToken) client.endBecauseRevoked();
  }).catch((error) => {
    // Nobody may revoke it, and nobody can sign in with it.
    if (!(error instanceof ForbiddenError && isExpired(state, timeOf(context)))) throw error;
  });
}

async function removePending(properties: Properties, context: Context): Promise<void> {
  const { tokenValue, ...state } = parsePendingState(properties); // A declared value is of another token.
  const tried = `Looking for what an unfinished attempt may have left under the name "${state.pending.name}" with ${state.userId}`;
  const finalAt = await byEachLogin(tried, clientsToRevoke(state, context), async (client) => {
    const tokens = await tokensIfUserExists(client, state);
    return tokens && (await settle(tokens, client, state.pending, () => timeOf(context)));
  });
  if (!finalAt) return;
  const words = "nothing is there yet, but the attempt is not five minutes old and may still be carried out";
  const remedy = `Run again at ${finalAt.toISOString()} or later.`;
  throw new RejectedError({ tried, url: state.jenkinsUrl, words, remedy });
}
