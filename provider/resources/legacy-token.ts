/**
 * The operations of a legacy token, in the order in which Pulumi calls them. In Jenkins before 2.129 each user has one token. Jenkins
 * shows its value again and again, and others may use it as well. So create takes the existing value, and delete ends only a value that this
 * resource has created or changed.
 */
import { JenkinsError, RejectedError, UnfinishedTokenError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import { changeLegacyValue, shownLegacyValue } from "../jenkins/legacy.ts";
import { tell } from "../operation.ts";
import { type Inputs, isUnknown, UNKNOWN } from "../properties.ts";
import { previewedUrl } from "../settings/connection.ts";
import {
  inputFailures,
  isTriggered,
  LEGACY,
  observedOf,
  parseComparedInputs,
  parseInputs,
  parseState,
  providerKeyOf,
  type State,
  toState,
} from "../settings/schema.ts";
import { byEachLogin, clientsFor, clientsToRevoke } from "./access.ts";
import { type Account, accountOf } from "./account.ts";
import { changesBy, checked, isReachedOtherwise, isRefreshedOtherwise, KNOWN_ABSENT, whatMoves } from "./changes.ts";
import type { Context } from "./context.ts";
import { tokensIfUserExists } from "./gone.ts";
import { orGoneForGood, orMoved, presentUrl } from "./moved.ts";
import type { Changes, Checked, Properties, ReadResult } from "./resource.ts";

/** Jenkins lists a legacy token under this name since 2.129. */
const NAME = "Legacy Token";

/** Validates the inputs. Contacts nothing. */
export function check(_olds: Properties, news: Properties, context: Context): Checked {
  const { autoName, ...inputs } = news;
  return checked(inputs, inputFailures(inputs), context);
}

/** What a change means: a token of another kind or place, another value, or nothing. */
export function diff(_id: string, olds: Properties, news: Properties, context: Context): Changes {
  const inputs = parseComparedInputs(news);
  const state = parseState(olds);
  const replaces = whatMoves(inputs, state, context);
  const updates: string[] = [];
  if (inputs.via !== LEGACY && !isUnknown(inputs.via)) replaces.push("via");
  if (inputs.expiresInDays !== state.expiresInDays) replaces.push("expiresInDays");
  if (isTriggered(inputs, state)) updates.push("triggers");
  if (isReachedOtherwise(inputs, state)) updates.push("connection");
  if (isRefreshedOtherwise(inputs, state)) updates.push("refreshBeforeUpdate");
  if (inputs.tokenValue && !state.tokenValue) updates.push("tokenValue");
  return changesBy(replaces, updates);
}

export function previewCreate(properties: Properties, context: Context): Properties {
  const inputs = parseInputs(properties);
  const outs = toState(inputs, {
    tokenUuid: UNKNOWN,
    tokenName: UNKNOWN,
    tokenValue: UNKNOWN,
    userId: UNKNOWN,
    jenkinsUrl: previewedUrl(inputs.connection, context),
    createdAt: UNKNOWN,
  });
  return { ...KNOWN_ABSENT, ...outs };
}

/** Takes the value that Jenkins shows. If the user has none, gives the user one. */
export async function create(properties: Properties, context: Context): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs(properties);
  const account = await accountOf(inputs, context);
  const { url, userId } = account;
  const { owners, values } = context.memory.legacyTokens;
  const tried = `Creating the legacy API token of ${userId}`;
  const owner = `${url} ${userId}`;
  if (owners.has(owner)) {
    const remedy = "Use the one that is declared, or tokens without `via`, of which there may be many.";
    throw new RejectedError({ tried, url, words: "a user has only one, and another resource has it already", remedy });
  }
  owners.add(owner); // Before the next `await`, because resources are created concurrently.
  try {
    const { tokenValue, ...created } = await showOrMake(tried, inputs, account, providerKeyOf(properties));
    values.add(tokenValue);
    return created;
  } catch (error) {
    owners.delete(owner);
    throw error;
  }
}

async function showOrMake(tried: string, inputs: Inputs, { url, client, userId }: Account, providerKey: Properties) {
  const id = `${LEGACY}:${userId}`;
  const observed = { tokenUuid: id, tokenName: NAME, userId, jenkinsUrl: url };
  const shown = await shownLegacyValue(client, userId, tried);
  if (shown !== undefined) return { id, tokenValue: shown, outs: toState(inputs, { ...observed, tokenValue: shown }) };
  const now = () => client.controller.time().toISOString();
  const tokenValue = await changeLegacyValue(client, userId).catch((error: unknown) => {
    if (!(error instanceof JenkinsError) || error.effect === "none") throw error;
    const state = { ...toState(inputs, { ...observed, createdAt: now() }), ...providerKey };
    const remedy = "The next `pulumi up` changes it once more; `pulumi destroy` ends it.";
    throw new UnfinishedTokenError(id, state, { tried: `${tried} could not be finished: ${error.message}`, remedy });
  });
  // Only a value that this resource has created or changed has a time.
  return { id, tokenValue, outs: toState(inputs, { ...observed, tokenValue, createdAt: now() }) };
}

/** The value as Jenkins shows it now. An empty id if the user has none any more. */
export async function read(id: string, properties: Properties, context: Context): Promise<ReadResult> {
  const before = parseState(properties);
  const tried = `Reading the legacy API token of ${before.userId}`;
  // The token has no uuid, but Jenkins shows its value again.
  const isThere = async (client: Client) => {
    const shown = await shownLegacyValue(client, before.userId, tried);
    return shown !== undefined && shown === before.tokenValue;
  };
  const jenkinsUrl = await presentUrl(before, context, isThere);
  const state = { ...before, jenkinsUrl };
  const tokenValue = await byEachLogin(tried, clientsFor(state, context), async (client) => {
    const tokens = await tokensIfUserExists(client, state);
    return tokens && (await shownLegacyValue(client, state.userId, tried));
  }).catch(orMoved(state, context));
  if (!tokenValue) return { id: "", props: {} };
  const { createdAt, ...rest } = properties;
  const isOwn = !state.tokenValue || tokenValue === state.tokenValue; // This resource must not end a value that others have created.
  return { id, props: { ...rest, jenkinsUrl, tokenValue, ...(isOwn && createdAt !== undefined && { createdAt }) } };
}

/** Whether update requests another value: a trigger has changed, or the value of an earlier try is not known. */
function isChanged(inputs: Inputs, state: State): boolean {
  return !state.tokenValue || isTriggered(inputs, state);
}

export function previewUpdate(_id: string, olds: Properties, news: Properties): Properties {
  const inputs = parseInputs(news);
  const state = parseState(olds);
  const observed = observedOf(state);
  return {
    ...KNOWN_ABSENT,
    ...toState(inputs, isChanged(inputs, state) ? { ...observed, tokenValue: UNKNOWN } : observed),
  };
}

export async function update(
  _id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): Promise<{ outs: Properties }> {
  const inputs = parseInputs(news);
  const state = parseState(olds);
  const observed = observedOf(state);
  if (!isChanged(inputs, state)) return { outs: toState(inputs, observed) };
  const { userId } = state;
  const clients = clientsFor({ ...state, connection: inputs.connection }, context);
  return await byEachLogin(`Changing the legacy API token of ${userId}`, clients, async (client) => {
    const tokenValue = await changeLegacyValue(client, userId);
    const createdAt = client.controller.time().toISOString();
    return { outs: toState(inputs, { ...observed, tokenValue, createdAt }) };
  });
}

/** Ends a value that this resource has created, if it still logs in. Leaves a value that Jenkins had before. */
export async function remove(_id: string, properties: Properties, context: Context): Promise<void> {
  const state = parseState(properties);
  const { tokenValue, userId, jenkinsUrl, createdAt } = state;
  if (createdAt === undefined) {
    tell("info", `The legacy API token of ${userId} on ${jenkinsUrl} was there before, and is left as it is.`);
    return;
  }
  // A replacement of this run has taken the value over, so it must not be ended with the old resource.
  if (tokenValue && context.memory.legacyTokens.values.has(tokenValue)) return;
  const tried = `Ending the legacy API token of ${userId}`;
  await byEachLogin(tried, clientsToRevoke(state, context), async (client) => {
    if (!(await tokensIfUserExists(client, state))) return;
    const shown = await shownLegacyValue(client, userId, tried);
    if (!shown || (tokenValue && shown !== tokenValue)) return; // Nothing was created, or others have changed it since.
    await changeLegacyValue(client, userId);
  }).catch(orGoneForGood(state, context));
}
