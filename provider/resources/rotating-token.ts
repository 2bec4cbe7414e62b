/**
 * The operations of a token that is rotated with overlap, in the order in which Pulumi calls them. The previous token stays valid until the next
 * rotation.
 */
import { ForbiddenError, RejectedError, UnfinishedTokenError } from "../errors.ts";
import { isExpired, timeOf } from "../expiry.ts";
import type { Client } from "../jenkins/client.ts";
import { Tokens } from "../jenkins/tokens.ts";
import { type RotatedToken, type RotatingInputs, UNKNOWN } from "../properties.ts";
import { previewedUrl } from "../settings/connection.ts";
import { providerKeyOf } from "../settings/schema.ts";
import { byEachLogin, clientsFor, clientsToRevoke } from "./access.ts";
import { accountOf } from "./account.ts";
import { changesBy, checked, isReachedOtherwise, whatMoves } from "./changes.ts";
import type { Context } from "./context.ts";
import { findToken, tokensIfUserExists } from "./gone.ts";
import { orGoneForGood, orMoved, presentUrl } from "./moved.ts";
import { namelessFailures, randomHex } from "./naming.ts";
import type { Changes, Checked, Properties, ReadResult } from "./resource.ts";
import {
  parseComparedRotatingInputs,
  parseRotatingInputs,
  parseRotatingState,
  type RotatingState,
  rotatingFailures,
  toRotatingState,
} from "./rotating-state.ts";
import {
  isNamed,
  issue,
  keeperOf,
  rename,
  revokeOld,
  rotate,
  settlePending,
  tokensIn,
  whatRotates,
} from "./rotation.ts";
import { PendingTokenError, settle } from "./safe-create.ts";

/** Validates the inputs, and gives tokens without a declared name the default name. Contacts nothing. */
export function check(olds: Properties, news: Properties, context: Context): Checked {
  const { autonaming } = context;
  const { autoName, ...declared } = news;
  const byDefault = autonaming ? (olds["tokenName"] ?? autonaming.proposedName) || undefined : autoName;
  const inputs = { ...declared, tokenName: declared["tokenName"] ?? byDefault };
  const nameless = inputs.tokenName === undefined ? namelessFailures(context) : [];
  return checked(inputs, [...nameless, ...rotatingFailures(inputs)], context);
}

/** What a change, or the time, means: a replacement, a rotation, other names, or nothing. */
export function diff(_id: string, olds: Properties, news: Properties, context: Context): Changes {
  const inputs = parseComparedRotatingInputs(news);
  const state = parseRotatingState(olds);
  const replaces = whatMoves(inputs, state, context);
  const updates = whatRotates(inputs, state, timeOf(context));
  if (tokensIn(state).some((token) => !isNamed(token, inputs.tokenName))) updates.push("tokenName");
  if (state.pending.length > 0) updates.push("pending");
  if (state.unrevoked.length > 0) updates.push("unrevoked");
  if (isReachedOtherwise(inputs, state)) updates.push("connection");
  return changesBy(replaces, updates);
}

/** A preview treats a missing property as unknown. This one is known to be absent. */
const NO_PREVIOUS = { previous: null };

/** The outputs of a rotating token that is going to be created. */
export function previewCreate(properties: Properties, context: Context): Properties {
  const inputs = parseRotatingInputs(properties);
  const jenkinsUrl = previewedUrl(inputs.connection, context);
  const known = { userId: UNKNOWN, jenkinsUrl, current: unknownToken(inputs), unrevoked: [], pending: [] };
  return { ...NO_PREVIOUS, ...toRotatingState(inputs, known) };
}

function unknownToken({ expiresInDays }: RotatingInputs): RotatedToken {
  const known = { tokenUuid: UNKNOWN, tokenName: UNKNOWN, tokenValue: UNKNOWN, createdAt: UNKNOWN };
  return { ...known, ...(expiresInDays !== undefined && { expiresOn: UNKNOWN }) };
}

const REMEDY = "What is known is recorded: the next `pulumi up` or `pulumi destroy` looks for the rest.";

/**
 * Creates the first token.
 *
 * @throws {UnfinishedTokenError} with the state that Pulumi records, and with which `update` continues.
 */
export async function create(properties: Properties, context: Context): Promise<{ id: string; outs: Properties }> {
  const inputs = parseRotatingInputs(properties);
  const key = context.urn ?? inputs;
  await context.memory.pending.settleCreates(key);
  const account = await accountOf(inputs, context);
  const { url, userId } = account;
  const id = `rotating-${randomHex(16)}`;
  const current = await issue(account, inputs, context).catch((error) => {
    if (!(error instanceof PendingTokenError)) throw error;
    const { pending, message } = error;
    const state = { ...properties, userId, jenkinsUrl: url, pending: [pending] };
    const tried = `Creating the first token of "${inputs.tokenName}" for ${userId} could not be finished, and it may exist on ${url} under the name "${pending.name}": ${message}`;
    throw context.memory.pending.keepCreate({
      key,
      error: new UnfinishedTokenError(id, state, { tried, remedy: REMEDY }),
      settle: () => settle(account, pending, () => timeOf(context)),
    });
  });
  return { id, outs: toRotatingState(inputs, { userId, jenkinsUrl: url, current, unrevoked: [], pending: [] }) };
}

/** The two tokens, with their present names. An empty id if both are certainly gone, and no pending or unrevoked token is left. */
export async function read(id: string, properties: Properties, context: Context): Promise<ReadResult> {
  if (!("userId" in properties)) {
    const tried = `${id} can't be imported: a rotating token makes its own tokens`;
    throw new RejectedError({ tried, remedy: "Declare it, and revoke the old one." });
  }
  const stored = parseRotatingState(properties);
  if (tokensIn(stored).length === 0) return { id, props: properties };
  const jenkinsUrl = await presentUrl(stored, context, (client) => hasPresent(client, stored));
  const state = { ...stored, jenkinsUrl };
  const names = await presentNames(state, context);
  const present = (token?: RotatedToken) => {
    const tokenName = token && names.get(token.tokenUuid);
    return tokenName === undefined ? undefined : { ...token, tokenName };
  };
  const [current, previous] = [present(state.current), present(state.previous)];
  const isLeft = current || previous || state.pending.length + state.unrevoked.length > 0;
  if (!isLeft) return { id: "", props: {} };
  const { current: _current, previous: _previous, ...rest } = properties;
  return { id, props: { ...rest, jenkinsUrl, ...(current && { current }), ...(previous && { previous }) } };
}

/**
 * Whether this Jenkins has the current token. A copy of Jenkins from before the last rotation has only the previous one: that is not the same
 * Jenkins.
 */
async function hasPresent(client: Client, state: RotatingState): Promise<boolean> {
  const tokenUuid = (state.current ?? state.previous)?.tokenUuid ?? "";
  return (await new Tokens(client, state.userId, state.via).find(tokenUuid)) !== undefined;
}

/** The names of the tokens that are still there, by uuid. */
async function presentNames(state: RotatingState, context: Context): Promise<Map<string, string>> {
  const tried = `Reading the API tokens of "${state.tokenName}" of ${state.userId}`;
  return await byEachLogin(tried, clientsFor(keeperOf(state), context), async (client) => {
    const tokens = await tokensIfUserExists(client, state);
    const names = new Map<string, string>();
    for (const token of tokensIn(state)) {
      const listed = await findToken(client, tokens, { ...state, ...token }, context);
      if (listed) names.set(token.tokenUuid, listed.tokenName);
    }
    return names;
  }).catch(orMoved(state, context));
}

/** The outputs of a rotating token after the next `update`. */
export function previewUpdate(_id: string, olds: Properties, news: Properties, context: Context): Properties {
  const inputs = parseRotatingInputs(news);
  const state = parseRotatingState(olds);
  const { userId, jenkinsUrl, current, previous } = state;
  const isDueNow = whatRotates(inputs, state, timeOf(context)).length > 0;
  const named = (token?: RotatedToken) =>
    token && (isNamed(token, inputs.tokenName) ? token : { ...token, tokenName: UNKNOWN });
  const tokens = isDueNow
    ? { current: unknownToken(inputs), previous: named(current ?? previous) }
    : { current: named(current), previous: named(previous) };
  return { ...NO_PREVIOUS, ...toRotatingState(inputs, { userId, jenkinsUrl, ...tokens, unrevoked: [], pending: [] }) };
}

/**
 * Rotates if it is time. Then settles, revokes and renames what this or a pending rotation has left.
 *
 * @throws {UnfinishedTokenError} with the state that was reached, if one of these steps fails.
 */
export async function update(
  id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): Promise<{ outs: Properties }> {
  const { pending: remembered } = context.memory;
  const inputs = parseRotatingInputs(news);
  const latest = remembered.latestState(id, olds);
  const before = { ...parseRotatingState(latest), connection: inputs.connection };
  const failed = (tried: string, declared: RotatingInputs, state: RotatingState) => {
    const outs = { ...outputsOf(declared, state), ...providerKeyOf(news) };
    return remembered.keepUpdate(olds, new UnfinishedTokenError(id, outs, { tried, remedy: REMEDY }));
  };
  remembered.delete(id);

  const rotated = await rotate(before, inputs, context).catch((error) => {
    if (latest === olds) throw error;
    return { state: before, problems: [error.message] }; // The state of the first call may be the only trace of a token.
  });
  const what = `the API token "${inputs.tokenName}" of ${before.userId}`;
  if (rotated.problems.length > 0) {
    const stillDue = { ...inputs, triggers: before.triggers, expiresInDays: before.expiresInDays };
    throw failed(`Rotating ${what} could not be finished: ${rotated.problems.join(" ")}`, stillDue, rotated.state);
  }
  const settled = await settlePending(rotated.state, context);
  const revoked = await revokeOld(settled.state, context);
  const renamed = await rename(revoked.state, inputs, context);
  const problems = [settled, revoked, renamed].flatMap((step) => step.problems);
  if (problems.length > 0)
    throw failed(`Rotating ${what} is not done yet: ${problems.join(" ")}`, inputs, renamed.state);
  return { outs: outputsOf(inputs, renamed.state) };
}

function outputsOf(inputs: RotatingInputs, state: RotatingState): Properties {
  const { userId, jenkinsUrl, current, previous, unrevoked, pending } = state;
  return toRotatingState(inputs, { userId, jenkinsUrl, current, previous, unrevoked, pending });
}

/** Revokes all tokens of the resource. A token that is already gone, or whose user is gone, counts as revoked. */
export async function remove(id: string, properties: Properties, context: Context): Promise<void> {
  context.memory.pending.delete(id);
  const state = parseRotatingState(properties);
  const { userId, jenkinsUrl, unrevoked, pending } = state;
  const now = () => timeOf(context);
  const tried = `Revoking the API tokens of "${state.tokenName}" of ${userId}`;
  const clients = clientsToRevoke(keeperOf(state), context);
  const { finalAt, spared } = await byEachLogin(tried, clients, (client) => revokeAll(client, state, context)).catch(
    (error) => {
      const isOver = unrevoked.length + pending.length === 0 && tokensIn(state).every((one) => isExpired(one, now()));
      if (error instanceof ForbiddenError && isOver) return { finalAt: undefined, spared: undefined }; // Nobody may revoke them or log in with them.
      return orGoneForGood(state, context, tokensIn(state).length === 0)(error);
    },
  );
  if (!finalAt) return;
  const words = `all are revoked but ${spared ? "the one that logs in and " : ""}what an attempt may still make, which is not five minutes old`;
  throw new RejectedError({ tried, url: jenkinsUrl, words, remedy: `Run again at ${finalAt.toISOString()} or later.` });
}

/**
 * Settles what is pending, and revokes every token. If another run is needed, keeps the token that logs in, because no other login may be able
 * to revoke.
 */
async function revokeAll(client: Client, state: RotatingState, context: Context) {
  const tokens = await tokensIfUserExists(client, state);
  if (!tokens) return { finalAt: undefined, spared: undefined };
  const times: number[] = [];
  for (const pending of state.pending) {
    const finalAt = await settle({ tokens, client }, pending, () => timeOf(context));
    if (finalAt) times.push(finalAt.getTime());
  }
  const known = tokensIn(state);
  const own = known.find(({ tokenValue }) => tokenValue === client.login.secret.value);
  const spared = times.length > 0 ? own : undefined;
  const uuids = [...state.unrevoked, ...known.map(({ tokenUuid }) => tokenUuid).reverse()]; // The one that may log in comes last.
  for (const uuid of uuids) if (uuid !== spared?.tokenUuid) await tokens.revoke(uuid, uuid === own?.tokenUuid);
  if (!client.isOfToken && own && !spared) await client.endIfRevoked();
  return { finalAt: times.length > 0 ? new Date(Math.max(...times)) : undefined, spared };
}
