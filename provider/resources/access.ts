/** Who can look after a token that exists, and what each of them is let do. */

import { ForbiddenError, RejectedError } from "../errors.ts";
import { isExpired } from "../expiry.ts";
import { type Client, clientsAt, openClient } from "../jenkins/client.ts";
import type { Limits } from "../jenkins/limits.ts";
import type { Tokens } from "../jenkins/token.ts";
import { openTokens } from "../jenkins/tokens.ts";
import { type Login, loginFor, resolveConnection, type Surroundings, transportFor } from "../settings/connection.ts";
import {
  type Inputs,
  LEGACY,
  type PendingState,
  SECRETS_OF_CONNECTION,
  type State,
  withoutSecrets,
} from "../settings/schema.ts";

/** What the operations know besides their arguments. */
export interface Context extends Surroundings {
  /** Limits and pauses other than the usual ones, for tests. */
  limits?: Partial<Limits>;
  /** The clock that decides what has expired, for tests. */
  now?: () => Date;
  /** What the engine gives for the end of a default name, where it gives anything. */
  randomSeed?: Uint8Array;
}

/** Now, by the clock that decides what has expired. */
export function timeOf({ now }: Context): Date {
  return now?.() ?? new Date();
}

/** A user whose tokens are looked after, and the client that does it. */
export interface Account {
  url: string;
  client: Client;
  userId: string;
  tokens: Tokens;
}

/** The account whose tokens the inputs mean, signed in to as they say. */
export async function accountOf(inputs: Inputs, context: Context): Promise<Account> {
  const { url, login, transport } = resolveConnection(inputs.connection, context);
  const client = openClient(url, login, transport, context.limits);
  const userId = await client.ownerOf(inputs.user ?? (await client.whoAmI()));
  if (inputs.via !== LEGACY && client.isOlderThan("2.129")) {
    const words = "before 2.129 Jenkins has one token per user, without name or uuid";
    const remedy = 'Upgrade Jenkins, or declare that one token with `via: "legacy"`.';
    throw new RejectedError({ tried: `Opening the API tokens of ${userId}`, url, words, remedy });
  }
  return { url, client, userId, tokens: openTokens(client, userId, inputs.via) };
}

/**
 * Who can look after a token: the provider's own login where it belongs to that Jenkins, and the token itself. Opened one after the
 * other, as the first one mostly does: a client for each token would add up.
 */
export function* clientsFor(state: State | PendingState, context: Context): Generator<Client> {
  const transport = transportFor(state, context);
  const itself = "pending" in state ? [] : ownLogin(state, context);
  for (const login of [loginFor(state, context), presentLogin(state, context), ...itself])
    if (login) yield openClient(state.jenkinsUrl, login, transport, context.limits);
}

/** The same for revoking, for which every other login does that this run has used for the user. */
export function* clientsToRevoke(state: State | PendingState, context: Context): Generator<Client> {
  yield* clientsFor(state, context);
  yield* clientsAt(state.jenkinsUrl, state.userId);
}

/** What the record of an attempt can be settled with when the login it keeps, of an argument, is not right any more. */
function presentLogin({ jenkinsUrl, connection = {} }: State | PendingState, context: Context): Login | undefined {
  if (!SECRETS_OF_CONNECTION.some((secret) => secret in connection)) return undefined; // It is no other one.
  return loginFor({ jenkinsUrl, connection: withoutSecrets(connection) }, context);
}

/** A token may rename, list and revoke itself: no changed password strands it. A dead one only counts as a failed login. */
export function ownLogin(state: State, context: Context): Login[] {
  const { userId, tokenValue: value } = state;
  if (!value || isExpired(state, timeOf(context))) return [];
  return [{ username: userId, secret: { kind: "apiToken", value }, source: "the token itself" }];
}

/** The value that a program gives of a token which Pulumi has not made itself, once it has signed in with it. */
export async function proven(tokenValue: string, state: State, context: Context): Promise<string> {
  const [login] = ownLogin({ ...state, tokenValue }, context);
  const tried = `Adopting the tokenValue that is given for API token ${state.tokenUuid} of ${state.userId}`;
  const remedy = "Give the value of this very token, or leave tokenValue out.";
  if (!login) throw new RejectedError({ tried, words: "the token has expired", remedy });
  const client = openClient(state.jenkinsUrl, login, transportFor(state, context), context.limits);
  await client.whoAmI().catch((error) => {
    if (!(error instanceof ForbiddenError)) throw error;
    throw new RejectedError({ tried, url: state.jenkinsUrl, words: "Jenkins does not accept it", remedy });
  });
  return tokenValue;
}

/** What the first client does that is not refused. The provider's comes first: a token's use counts as one. */
export async function byEachLogin<T>(
  tried: string,
  clients: Iterable<Client>,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  const refusals: string[] = [];
  const asked = new Set<Client>();
  for (const client of clients) {
    if (asked.has(client)) continue;
    asked.add(client);
    try {
      return await act(client);
    } catch (error) {
      if (!(error instanceof ForbiddenError)) throw error;
      refusals.push(error.message);
    }
  }
  const words =
    refusals.length > 0 ? refusals.join(" ") : "no login for its Jenkins is known, and its own value isn't either";
  const remedy =
    "Set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN of that user or of an administrator, and run again.";
  throw new ForbiddenError({
    tried: `${tried} is not possible, and whether it still exists can't be told: ${words}`,
    remedy,
  });
}
