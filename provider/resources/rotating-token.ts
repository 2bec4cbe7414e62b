/**
 * The life of a token that is rotated with overlap: the one before stays valid until the next rotation. In the order in which
 * Pulumi calls these operations.
 */

import { ForbiddenError, RejectedError, UnfinishedTokenError } from "../errors.ts";
import { isExpired } from "../expiry.ts";
import type { Client } from "../jenkins/client.ts";
import type { Tokens } from "../jenkins/token.ts";
import { connectionFailures } from "../settings/connection.ts";
import {
  type CheckFailure,
  parseRotatingInputs,
  parseRotatingState,
  providerKeyOf,
  type RotatedToken,
  type RotatingInputs,
  type RotatingState,
  rotatingFailures,
  type State,
  toRotatingState,
} from "../settings/schema.ts";
import { accountOf, byEachLogin, type Context, clientsFor, clientsToRevoke, timeOf } from "./access.ts";
import { isNamed, tokensIn, whatRotates } from "./diff.ts";
import { findToken, tokensOf } from "./gone.ts";
import { finishEarlier, forgetAttempt, latestState, unfinished, unfinishedUpdate } from "./pending.ts";
import { hex, issueToken, settle, UnsettledAttempt } from "./safe-create.ts";

type Properties = Record<string, unknown>;

/** Validates the inputs, and names tokens without a name of their own after the resource. Contacts nothing. */
export function check(
  _olds: Properties,
  news: Properties,
  context: Context,
): { inputs: Properties; failures: CheckFailure[] } {
  const { autoName, ...declared } = news;
  const inputs = { ...declared, tokenName: declared["tokenName"] ?? autoName };
  const failures = rotatingFailures(inputs);
  if (failures.length > 0) return { inputs, failures };
  return { inputs, failures: connectionFailures(parseRotatingInputs(inputs).connection, context) };
}

export { rotatingChangesOf as changesOf, rotatingDiff as diff } from "./diff.ts";

/**
 * Makes the first token.
 *
 * @throws {UnfinishedTokenError} with the state under which Pulumi keeps what was begun, and which `update` goes on with.
 */
export async function create(properties: Properties, context: Context): Promise<{ id: string; outs: Properties }> {
  const inputs = parseRotatingInputs(properties);
  await finishEarlier(inputs);
  const { url, client, userId, tokens } = await accountOf(inputs, context);
  const id = `rotating-${hex(16)}`;
  const now = () => timeOf(context);
  const current = await issue(tokens, client, inputs, now).catch((error) => {
    if (!(error instanceof UnsettledAttempt)) throw error;
    const record = { ...properties, userId, jenkinsUrl: url, pending: [error.pending] };
    const tried = `Creating the first token of "${inputs.tokenName}" for ${userId} could not be finished, and it may exist on ${url} under the name "${error.pending.name}": ${error.message}`;
    throw unfinished({
      inputs,
      error: new UnfinishedTokenError(id, record, { tried, remedy: REMEDY }),
      settle: () => settle(tokens, client, error.pending, now),
    });
  });
  return { id, outs: toRotatingState(inputs, { userId, jenkinsUrl: url, current, unrevoked: [], pending: [] }) };
}

const REMEDY = "What is known is recorded: the next `pulumi up` or `pulumi destroy` looks for the rest.";

/** A new token with a name of its own. One that could not be given it is renamed by the next `update`. */
async function issue(
  tokens: Tokens,
  client: Client,
  { tokenName, expiresInDays }: RotatingInputs,
  now: () => Date,
): Promise<RotatedToken> {
  const name = `${tokenName}-${hex(8)}`;
  const asked = { tokenName: name, expiresInDays };
  const { createdAt, expiresOn, isProven, ...issued } = await issueToken(tokens, client, asked, true, now);
  const renamed =
    issued.tokenName === name ||
    (await tokens.rename(issued.tokenUuid, name).then(
      () => true,
      () => false,
    ));
  return {
    ...issued,
    tokenName: renamed ? name : issued.tokenName,
    createdAt: createdAt.toISOString(),
    ...(expiresOn && { expiresOn }),
  };
}

/** The two tokens, under the names they have now; an empty id when both are certainly gone. */
export async function read(id: string, properties: Properties, context: Context) {
  if (!("userId" in properties)) {
    const tried = `${id} can't be imported: a rotating token makes its own tokens`;
    throw new RejectedError({ tried, remedy: "Declare it, and revoke the old one." });
  }
  const state = parseRotatingState(properties);
  const known = tokensIn(state);
  if (known.length === 0) return { id, props: properties };
  const tried = `Reading the API tokens of "${state.tokenName}" of ${state.userId}`;
  const names = await byEachLogin(tried, clientsFor(stateOf(state), context), async (client) => {
    const tokens = await tokensOf(client, state);
    const found = new Map<string, string>();
    for (const token of known) {
      const listed = await findToken(client, tokens, { ...stateOf(state), ...token }, context);
      if (listed) found.set(token.tokenUuid, listed.tokenName);
    }
    return found;
  });
  const { current, previous, ...rest } = properties;
  const present = (token?: RotatedToken) =>
    token && names.has(token.tokenUuid) && { ...token, tokenName: names.get(token.tokenUuid) };
  const kept = { current: present(state.current), previous: present(state.previous) };
  if (!kept.current && !kept.previous && state.pending.length + state.unrevoked.length === 0)
    return { id: "", props: {} };
  return {
    id,
    props: {
      ...rest,
      ...(kept.current && { current: kept.current }),
      ...(kept.previous && { previous: kept.previous }),
    },
  };
}

/**
 * Rotates if it is time: the present token becomes the one before, and the one before that is revoked. Renames and finishes what
 * an earlier rotation has left.
 *
 * @throws {UnfinishedTokenError} with the state as it is then, where a part of that is not possible.
 */
export async function update(
  id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): Promise<{ outs: Properties }> {
  const inputs = parseRotatingInputs(news);
  const latest = latestState(id, olds);
  const state = parseRotatingState(latest);
  const { userId, jenkinsUrl } = state;
  let { current, previous, unrevoked, pending } = state;
  const record = (declared = inputs) =>
    toRotatingState(declared, { userId, jenkinsUrl, current, previous, unrevoked, pending });
  const failed = (tried: string, declared = inputs) => {
    const recorded = { ...record(declared), ...providerKeyOf(news) };
    return unfinishedUpdate(olds, new UnfinishedTokenError(id, recorded, { tried, remedy: REMEDY }));
  };
  const now = () => timeOf(context);
  forgetAttempt(id);

  if (whatRotates(inputs, state, now()).length > 0) {
    const account = accountOf({ ...inputs, user: userId }, context);
    const issuing = account.then(({ client, tokens }) => issue(tokens, client, inputs, now));
    const made = await issuing.catch((error) => {
      if (error instanceof UnsettledAttempt) pending = [...pending, error.pending];
      else if (latest === olds) throw error; // Else this record may be all that is known of what an earlier call has made.
      const tried = `Rotating the API token "${inputs.tokenName}" of ${userId} could not be finished: ${error.message}`;
      throw failed(tried, { ...inputs, triggers: state.triggers, expiresInDays: state.expiresInDays }); // Still to be done.
    });
    if (current && previous) unrevoked = [...unrevoked, previous.tokenUuid];
    [current, previous] = [made, current ?? previous]; // One that is gone takes nobody's place.
  }

  const problems: string[] = [];
  const present = { ...stateOf({ ...state, current, previous }), connection: inputs.connection };
  const attempt = async (tried: string, act: (tokens: Tokens, client: Client) => Promise<unknown>) => {
    const acted = async (client: Client) => {
      const tokens = await tokensOf(client, state);
      return tokens && (await act(tokens, client));
    };
    return await byEachLogin(tried, clientsToRevoke(present, context), acted).then(
      (left) => left === undefined,
      (error: Error) => void problems.push(error.message),
    );
  };
  for (const one of pending) {
    const tried = `Looking for what an unfinished attempt may have left under the name "${one.name}" with ${userId}`;
    if (await attempt(tried, (tokens, client) => settle(tokens, client, one, now)))
      pending = pending.filter((other) => other !== one);
  }
  for (const uuid of unrevoked) {
    if (await attempt(`Revoking API token ${uuid} of ${userId}`, (tokens) => tokens.revoke(uuid))) {
      unrevoked = unrevoked.filter((other) => other !== uuid);
    }
  }
  const named = async (token: RotatedToken | undefined) => {
    if (!token || isNamed(token, inputs.tokenName)) return token;
    const tokenName = `${inputs.tokenName}-${hex(8)}`;
    const tried = `Renaming API token ${token.tokenUuid} of ${userId}`;
    return (await attempt(tried, (tokens) => tokens.rename(token.tokenUuid, tokenName)))
      ? { ...token, tokenName }
      : token;
  };
  [current, previous] = [await named(current), await named(previous)];
  if (problems.length > 0)
    throw failed(`Rotating the API token "${inputs.tokenName}" of ${userId} is not done yet: ${problems.join(" ")}`);
  return { outs: record() };
}

/** Revokes all that there is. What is already gone, or whose user is, counts as revoked. */
export async function remove(id: string, properties: Properties, context: Context): Promise<void> {
  forgetAttempt(id);
  const state = parseRotatingState(properties);
  const { userId, jenkinsUrl, unrevoked, pending } = state;
  const now = () => timeOf(context);
  const known = tokensIn(state);
  const uuids = [...unrevoked, ...known.map(({ tokenUuid }) => tokenUuid).reverse()]; // The one that may sign in comes last.
  const tried = `Revoking the API tokens of "${state.tokenName}" of ${userId}`;
  const { unsettled, spared } = await byEachLogin(tried, clientsToRevoke(stateOf(state), context), async (client) => {
    const tokens = await tokensOf(client, state);
    const finalAt: (Date | undefined)[] = [];
    for (const one of tokens ? pending : []) finalAt.push(tokens && (await settle(tokens, client, one, now)));
    const unsettled = finalAt.filter((date) => date !== undefined);
    const own = known.find(({ tokenValue }) => tokenValue === client.login.secret.value);
    const spared = unsettled.length > 0 ? own : undefined; // Nobody else may be able to look once more.
    for (const uuid of uuids) if (uuid !== spared?.tokenUuid) await tokens?.revoke(uuid, uuid === own?.tokenUuid);
    if (!client.isOfToken && own && !spared) client.endBecauseRevoked();
    return { unsettled, spared };
  }).catch((error) => {
    const isOver = unrevoked.length + pending.length === 0 && known.every((token) => isExpired(token, now()));
    if (error instanceof ForbiddenError && isOver) return { unsettled: [], spared: undefined }; // Nobody may revoke them, and nobody can sign in with them.
    throw error;
  });
  const [latest] = unsettled.sort((one, other) => other.getTime() - one.getTime());
  if (!latest) return;
  const words = `all are revoked but ${spared ? "the one that signs in and " : ""}what an attempt may still make, which is not five minutes old`;
  throw new RejectedError({ tried, url: jenkinsUrl, words, remedy: `Run again at ${latest.toISOString()} or later.` });
}

/** As the state of one token, which can look after the others of its user as well. */
function stateOf({ current, previous, unrevoked, pending, ...declared }: RotatingState): State {
  const { connection, via, userId, jenkinsUrl } = declared;
  const one = current ?? previous;
  return {
    ...(connection && { connection }),
    ...(via && { via }),
    userId,
    jenkinsUrl,
    tokenUuid: one?.tokenUuid ?? "",
    tokenName: one?.tokenName ?? "",
    ...(one && { tokenValue: one.tokenValue }),
    ...(one?.expiresOn && { expiresOn: one.expiresOn }),
  };
}
