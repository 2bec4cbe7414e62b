/** The life of a token, in the order in which Pulumi calls these operations. Parse, resolve, talk, return. */

import { ForbiddenError, type JenkinsError, RejectedError, UnfinishedTokenError } from "../errors.ts";
import { isExpired, UNKNOWN_DAY } from "../expiry.ts";
import { forgetClients, openClient } from "../jenkins/client.ts";
import type { ListedToken } from "../jenkins/token.ts";
import { forgetLists, openTokens } from "../jenkins/tokens.ts";
import { tell } from "../operation.ts";
import { connectionFailures, resolveConnection } from "../settings/connection.ts";
import {
  type CheckFailure,
  inputFailures,
  LEGACY,
  observedOf,
  PENDING_ID,
  parseInputs,
  parsePendingState,
  parseState,
  providerKeyOf,
  toState,
  UUID,
} from "../settings/schema.ts";
import {
  accountOf,
  byEachLogin,
  type Context,
  clientsFor,
  clientsToRevoke,
  ownLogin,
  proven,
  timeOf,
} from "./access.ts";
import { findToken, forgetDead, tokensOf } from "./gone.ts";
import { createLegacy, forgetLegacy, readLegacy, removeLegacy, updateLegacy } from "./legacy-token.ts";
import { finishEarlier, forgetAttempt, forgetAttempts, unfinished } from "./pending.ts";
import { hex, issueToken, settle, UnsettledAttempt } from "./safe-create.ts";

export { changesOf, diff } from "./diff.ts";
export type { Context };

type Properties = Record<string, unknown>;

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
  if (inputs["via"] === LEGACY) return inputs;
  if (inputs["tokenName"] != null || autoName == null) return inputs;
  if (typeof autoName !== "string") return news; // What is wrong with it, the schema says.
  const kept = olds["autoName"] == null ? undefined : olds["tokenName"];
  const end = randomSeed?.length ? Buffer.from(randomSeed).toString("hex").slice(0, 8) : hex(8);
  return { ...inputs, autoName, tokenName: kept ?? `${autoName}-${end}` };
}

/**
 * Makes the token, and loses nothing: a token that may have been made and can't be found is recorded as pending.
 *
 * @throws {UnfinishedTokenError} with the id and the state under which Pulumi keeps what was begun.
 */
export async function create(properties: Properties, context: Context): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs(properties);
  await finishEarlier(inputs);
  const account = await accountOf(inputs, context);
  if (inputs.via === LEGACY) return await createLegacy(inputs, account, providerKeyOf(properties));
  const { url, client, userId, tokens } = account;
  const { tokenName = "", expiresInDays } = inputs;
  if (inputs.tokenValue) tell("warning", "tokenValue is ignored: Jenkins chooses the value of a token that it makes.");
  const asked = { tokenName, expiresInDays };
  const now = () => timeOf(context);
  const issued = await issueToken(tokens, client, asked, Boolean(inputs.autoName), now).catch((error) => {
    if (!(error instanceof UnsettledAttempt)) throw error;
    throw unfinished({
      inputs,
      error: pendingError(error, properties, { url, userId, tokenName }),
      settle: () => settle(tokens, client, error.pending, now),
    });
  });
  const { tokenUuid, tokenValue } = issued;
  const observed = {
    tokenUuid,
    tokenName,
    tokenValue,
    userId,
    jenkinsUrl: url,
    createdAt: issued.createdAt.toISOString(),
    ...(issued.expiresOn && { expiresOn: issued.expiresOn }),
  };
  if (issued.tokenName !== tokenName) {
    await tokens.rename(tokenUuid, tokenName).catch((error: JenkinsError) => {
      const state = toState(inputs, { ...observed, tokenName: issued.tokenName });
      const tried = `API token ${tokenUuid} of ${userId} was created, but could not be given its name: ${error.message}`;
      const remedy = "It is in the state under the name it has; the next `pulumi up` renames it.";
      const recorded = { ...state, ...providerKeyOf(properties) };
      throw unfinished({
        inputs,
        error: new UnfinishedTokenError(tokenUuid, recorded, { tried, remedy }),
        settle: () => tokens.revoke(tokenUuid),
      });
    });
  }
  return { id: tokenUuid, outs: toState(inputs, observed) };
}

/** Forgets what a process remembers of earlier operations, for tests that play several. */
export function forgetProcess(): void {
  forgetAttempts();
  forgetDead();
  forgetLegacy();
  forgetLists();
  forgetClients();
}

function pendingError(
  { pending, message }: UnsettledAttempt,
  properties: Properties,
  { url, userId, tokenName }: { url: string; userId: string; tokenName: string },
): UnfinishedTokenError {
  const id = `pending-${hex(16)}`;
  const { tokenValue, ...declared } = properties; // Of another token: this one's is lost.
  const record = { ...declared, jenkinsUrl: url, userId, pending };
  const tried = `Creating the API token "${tokenName}" for ${userId} could not be finished, and it may exist on ${url} under the name "${pending.name}": ${message}`;
  const remedy = `It is recorded as ${id}: the next \`pulumi up\` or \`pulumi destroy\` looks for it and revokes it.`;
  return new UnfinishedTokenError(id, record, { tried, remedy });
}

/**
 * The state with the token's present name; an empty id when the token is certainly gone.
 *
 * @throws when that can't be told, so that the token stays in the state.
 */
export async function read(
  id: string,
  properties: Properties,
  context: Context,
): Promise<{ id: string; props: Properties; inputs?: Properties }> {
  if (PENDING_ID.test(id)) return { id, props: properties };
  if (!("tokenUuid" in properties)) return await readForeign(id, properties, context);
  const state = parseState(properties);
  if (state.via === LEGACY) return await readLegacy(id, properties, state, context);
  const tried = `Reading API token ${id} of ${state.userId}`;
  const listed = await byEachLogin(tried, clientsFor(state, context), async (client) => {
    return await findToken(client, await tokensOf(client, state), state, context);
  });
  return listed ? { id, props: { ...properties, tokenName: listed.tokenName } } : { id: "", props: {} };
}

/** A token that the program only looks up, by its uuid, or that is imported, by `<user>/<uuid>`. */
async function readForeign(id: string, properties: Properties, context: Context) {
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

/** Renames the token if its name has changed; else only stores. Always returns the whole state, or the value would be lost. */
export async function update(
  id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): Promise<{ outs: Properties }> {
  const state = parseState(olds);
  const inputs = parseInputs(news);
  if (state.via === LEGACY) return await updateLegacy(inputs, state, context);
  const { userId, jenkinsUrl } = state;
  const tokenName = inputs.tokenName ?? state.tokenName;
  if (tokenName !== state.tokenName) {
    const { url, login, transport } = resolveConnection(inputs.connection, context);
    const logins = url === jenkinsUrl ? [login] : []; // A login is never sent to another Jenkins, whoever calls this.
    const clients = [...logins, ...ownLogin(state, context)].map((by) =>
      openClient(jenkinsUrl, by, transport, context.limits),
    );
    const tried = `Renaming API token ${id} of ${userId}`;
    await byEachLogin(tried, clients, (client) => openTokens(client, userId, inputs.via).rename(id, tokenName));
    forgetAttempt(id);
  }
  const tokenValue = state.tokenValue ?? (inputs.tokenValue && (await proven(inputs.tokenValue, state, context)));
  return { outs: toState(inputs, { ...observedOf(state), tokenName, ...(tokenValue && { tokenValue }) }) };
}

/** Revokes the token. One that is already gone, or whose user is, counts as revoked. */
export async function remove(id: string, properties: Properties, context: Context): Promise<void> {
  forgetAttempt(id);
  if (PENDING_ID.test(id)) return await removePending(properties, context);
  const state = parseState(properties);
  const clients = clientsToRevoke(state, context);
  if (state.via === LEGACY) return await removeLegacy(state, clients);
  await byEachLogin(`Revoking API token ${id} of ${state.userId}`, clients, async (client) => {
    const tokens = await tokensOf(client, state);
    const isLogin = client.login.secret.value === state.tokenValue;
    await tokens?.revoke(id, isLogin);
    if (isLogin && !client.isOfToken) client.endBecauseRevoked();
  }).catch((error) => {
    // Nobody may revoke it, and nobody can sign in with it.
    if (!(error instanceof ForbiddenError && isExpired(state, timeOf(context)))) throw error;
  });
}

async function removePending(properties: Properties, context: Context): Promise<void> {
  const state = parsePendingState(properties);
  const tried = `Looking for what an unfinished attempt may have left under the name "${state.pending.name}" with ${state.userId}`;
  const finalAt = await byEachLogin(tried, clientsToRevoke(state, context), async (client) => {
    const tokens = await tokensOf(client, state);
    return tokens && (await settle(tokens, client, state.pending, () => timeOf(context)));
  });
  if (finalAt) {
    const words = `nothing is there yet, but the attempt is not five minutes old and may still be carried out`;
    throw new RejectedError({
      tried,
      url: state.jenkinsUrl,
      words,
      remedy: `Run again at ${finalAt.toISOString()} or later.`,
    });
  }
}
