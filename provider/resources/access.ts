/** Which logins can manage an existing token, and what each of them may do. */
import { ForbiddenError, RejectedError } from "../errors.ts";
import type { Login } from "../jenkins/auth.ts";
import type { Client } from "../jenkins/client.ts";
import { loginFor, ownLogin, transportFor } from "../settings/connection.ts";
import { SECRETS_OF_CONNECTION, type State, withoutSecrets } from "../settings/schema.ts";
import type { Context } from "./context.ts";

/** The properties of a token that are needed to manage it. */
export type Keeper = Pick<State, "jenkinsUrl" | "userId" | "connection"> & {
  tokenValue?: string | undefined;
  expiresOn?: string | undefined;
};

/**
 * Clients for the logins that can manage a token: the provider's own login if it belongs to that Jenkins, and the token itself. Each client is
 * opened only when it is needed, because the first one mostly suffices, and a client for each token would add up.
 */
export function* clientsFor(state: Keeper, context: Context): Generator<Client> {
  const transport = transportFor(state, context);
  const logins = [loginFor(state, context), presentLogin(state, context), ...ownLogin(state, context)];
  for (const login of logins)
    if (login) yield context.memory.clients.open(state.jenkinsUrl, login, transport, context.limits);
}

/** The clients for revoking a token. Besides `clientsFor`, every other login that this run has used for the user may revoke it. */
export function* clientsToRevoke(state: Keeper, context: Context): Generator<Client> {
  yield* clientsFor(state, context);
  yield* context.memory.clients.actingFor(state.jenkinsUrl, state.userId);
}

/** The login outside of `connection`, for a pending record whose own login no longer works. */
function presentLogin({ jenkinsUrl, connection = {} }: Keeper, context: Context): Login | undefined {
  if (!SECRETS_OF_CONNECTION.some((secret) => secret in connection)) return undefined; // Both logins would be the same.
  return loginFor({ jenkinsUrl, connection: withoutSecrets(connection) }, context);
}

/** Returns the value that a program declares for an imported token, after checking that it logs in. */
export async function proven(tokenValue: string, state: State, context: Context): Promise<string> {
  const [login] = ownLogin({ ...state, tokenValue }, context);
  const tried = `Adopting the tokenValue that is given for API token ${state.tokenUuid} of ${state.userId}`;
  const remedy = "Give the value of this very token, or leave tokenValue out.";
  if (!login) throw new RejectedError({ tried, words: "the token has expired", remedy });
  const client = context.memory.clients.open(state.jenkinsUrl, login, transportFor(state, context), context.limits);
  await client.whoAmI().catch((error) => {
    if (!(error instanceof ForbiddenError)) throw error;
    throw new RejectedError({ tried, url: state.jenkinsUrl, words: "Jenkins does not accept it", remedy });
  });
  return tokenValue;
}

/** Tries the clients in order, and returns the result of the first that is not refused. */
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
