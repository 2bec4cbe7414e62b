/**
 * The life of a legacy token, the one that each user has in Jenkins before 2.129. It is shown again and again, and others may
 * use it as well: so creating it shows what is there, and only what this resource has made or changed is ended by it.
 */

import { JenkinsError, RejectedError, UnfinishedTokenError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import { changeLegacyValue, shownLegacyValue } from "../jenkins/legacy.ts";
import { tell } from "../operation.ts";
import { type Inputs, isTriggered, LEGACY, observedOf, type State, toState } from "../settings/schema.ts";
import { type Account, byEachLogin, type Context, clientsFor } from "./access.ts";
import { tokensOf } from "./gone.ts";

type Properties = Record<string, unknown>;

/** The name by which Jenkins lists it from 2.129 on. */
const NAME = "Legacy Token";

/** The values that create has given in this process: what a replacement has taken over must not be ended with the old. */
const given = new Set<string>();
const owners = new Set<string>();

/** Forgets them, for tests that play several processes. */
export function forgetLegacy(): void {
  given.clear();
  owners.clear();
}

export async function createLegacy(inputs: Inputs, { url, client, userId }: Account, providerKey: Properties) {
  const tried = `Creating the legacy API token of ${userId}`;
  const owner = `${url} ${userId}`;
  if (owners.has(owner)) {
    const remedy = "Use the one that is declared, or tokens without `via`, of which there may be many.";
    throw new RejectedError({ tried, url, words: "a user has only one, and another resource has it already", remedy });
  }
  owners.add(owner); // Before anything is waited for: resources are created at the same time.
  try {
    return await showOrMake(tried, inputs, { url, client, userId }, providerKey);
  } catch (error) {
    owners.delete(owner);
    throw error;
  }
}

async function showOrMake(
  tried: string,
  inputs: Inputs,
  { url, client, userId }: Pick<Account, "url" | "client" | "userId">,
  providerKey: Properties,
) {
  const id = `${LEGACY}:${userId}`;
  const observed = { tokenUuid: id, tokenName: NAME, userId, jenkinsUrl: url };
  let tokenValue = await shownLegacyValue(client, userId, tried);
  const isShown = tokenValue !== undefined;
  tokenValue ??= await changeLegacyValue(client, userId).catch((error: unknown) => {
    if (!(error instanceof JenkinsError) || error.effect === "none") throw error;
    const state = {
      ...toState(inputs, { ...observed, createdAt: client.serverTime().toISOString() }),
      ...providerKey,
    };
    const remedy = "The next `pulumi up` changes it once more; `pulumi destroy` ends it.";
    throw new UnfinishedTokenError(id, state, { tried: `${tried} could not be finished: ${error.message}`, remedy });
  });
  given.add(tokenValue);
  // Only what this resource has made or changed has a time.
  const createdAt = isShown ? {} : { createdAt: client.serverTime().toISOString() };
  return { id, outs: toState(inputs, { ...observed, tokenValue, ...createdAt }) };
}

/** Another value when a trigger has changed, or where the one of an attempt is not known; else only stores. */
export async function updateLegacy(inputs: Inputs, state: State, context: Context): Promise<{ outs: Properties }> {
  const { userId } = state;
  const observed = observedOf(state);
  if (state.tokenValue && !isTriggered(inputs, state)) {
    return { outs: toState(inputs, observed) };
  }
  const tried = `Changing the legacy API token of ${userId}`;
  const clients = clientsFor({ ...state, connection: inputs.connection }, context);
  return await byEachLogin(tried, clients, async (client) => {
    const changed = await changeLegacyValue(client, userId);
    return {
      outs: toState(inputs, { ...observed, tokenValue: changed, createdAt: client.serverTime().toISOString() }),
    };
  });
}

/** The value as Jenkins shows it now; an empty id where there is none any more. */
export async function readLegacy(id: string, properties: Properties, state: State, context: Context) {
  const tried = `Reading the legacy API token of ${state.userId}`;
  const tokenValue = await byEachLogin(tried, clientsFor(state, context), async (client) => {
    const tokens = await tokensOf(client, state);
    return tokens && (await shownLegacyValue(client, state.userId, tried));
  });
  if (!tokenValue) return { id: "", props: {} };
  const { createdAt, ...rest } = properties;
  const isOwn = !state.tokenValue || tokenValue === state.tokenValue; // Others' value is not this resource's to end.
  return { id, props: { ...rest, tokenValue, ...(isOwn && createdAt !== undefined && { createdAt }) } };
}

/** Ends the value that this resource has made, if it still signs in; leaves one that it was only shown. */
export async function removeLegacy(state: State, clients: Iterable<Client>) {
  const { tokenValue, userId, jenkinsUrl, createdAt } = state;
  if (createdAt === undefined) {
    tell("info", `The legacy API token of ${userId} on ${jenkinsUrl} was there before, and is left as it is.`);
    return;
  }
  if (tokenValue && given.has(tokenValue)) return;
  const tried = `Ending the legacy API token of ${userId}`;
  await byEachLogin(tried, clients, async (client) => {
    if (!(await tokensOf(client, state))) return;
    const shown = await shownLegacyValue(client, userId, tried);
    if (!shown || (tokenValue && shown !== tokenValue)) return; // Nothing was made, or others have changed it since.
    await changeLegacyValue(client, userId);
  });
}
