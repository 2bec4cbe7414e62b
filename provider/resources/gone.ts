/**
 * What proves that a user or a token is gone, so that it may leave the state. A proxy may answer 404, and a cache may show an old page, so one
 * reply is never enough. See decisions/who-answered.md.
 */
import { ForbiddenError, RejectedError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import type { ListedToken } from "../jenkins/token.ts";
import { Tokens } from "../jenkins/tokens.ts";
import { pause, tell } from "../operation.ts";
import { ownLogin, transportFor } from "../settings/connection.ts";
import type { State } from "../settings/schema.ts";
import type { Context } from "./context.ts";

/** The tokens of `userId`. Undefined if that user is certainly gone, and the tokens with it. */
export async function tokensIfUserExists(
  client: Client,
  { userId, via }: Pick<State, "userId" | "via">,
): Promise<Tokens | undefined> {
  if (!client.isOfToken && (await isUserGone(client, userId, via))) return undefined;
  return new Tokens(client, userId, via);
}

/**
 * Whether there is certainly no user `userId`: not found twice, some seconds apart. In between, Jenkins has to be up and to recognise the login.
 *
 * @throws if that can't be known. A Jenkins that has moved to another path must not look like one without users.
 */
export async function isUserGone(client: Client, userId: string, via?: State["via"]): Promise<boolean> {
  const first = await notFoundBy(() => client.ownerOf(userId));
  if (!first) return false;
  await pause(client.limits.secondLookMs);
  const isUp = await client.isUp();
  await client.askWhoAmI(true);
  const second = await notFoundBy(() => client.askOwner(userId, true));
  if (!second) return false;
  if (!isUp) throw second;
  if (first.isFromJenkins && second.isFromJenkins) return true;
  if (via === "scriptConsole") return await isUnknownToConsole(client, userId);
  if (await findsOthers(client, userId)) return true;
  const tried = `Looking for the user ${userId}`;
  const words = "something before Jenkins may have answered 404 in its place, so the user may still be there";
  const remedy = `Have the requests below /user/ let through to Jenkins. If the user is gone, \`pulumi state delete\` takes the resource out of the state.`;
  throw new RejectedError({ tried, url: client.url, status: 404, words, remedy });
}

async function notFoundBy(look: () => Promise<unknown>): Promise<RejectedError | undefined> {
  try {
    await look();
    return undefined;
  } catch (error) {
    if (error instanceof RejectedError && error.status === 404) return error;
    throw error;
  }
}

async function isUnknownToConsole(client: Client, userId: string): Promise<boolean> {
  const { allUserIds } = await import("../jenkins/script-console.ts");
  return !(await allUserIds(client)).includes(userId);
}

/** Whether the logged-in user is found below `/user/`. Ids with special characters prove nothing, because proxies refuse them. */
async function findsOthers(client: Client, userId: string): Promise<boolean> {
  if (encodeURIComponent(userId) !== userId) return false;
  const me = await client.whoAmI();
  return encodeURIComponent(me) === me && (await notFoundBy(() => client.askOwner(me, true))) === undefined;
}

/**
 * The token of `state` as the list shows it. Undefined if it is certainly gone: it isn't on two lists of its user, and its value no longer signs
 * in.
 *
 * @throws if that can't be known, so that the token stays in the state.
 */
export async function findToken(
  client: Client,
  tokens: Tokens | undefined,
  state: State,
  context: Context,
): Promise<ListedToken | undefined> {
  const { tokenUuid, tokenName, userId, jenkinsUrl } = state;
  const found = (await tokens?.find(tokenUuid)) ?? (await tokens?.findAgain(tokenUuid));
  if (found) return found;
  if (tokens && (await isAlive(state, context))) throw await aliveError(tokens, state);
  const hint = client.controller.isCloudBees
    ? " A CloudBees controller that is connected to an Operations Center wipes its own tokens at the next login: declare them there."
    : "";
  tell("info", `API token "${tokenName}" (${tokenUuid}) of ${userId} is not on ${jenkinsUrl} any more.${hint}`);
  return undefined;
}

/**
 * Whether the token's value still logs in. At most one invalid value is tried for each user, because Jenkins and the realm behind it count
 * failed logins and may lock the user out. After that the lists decide.
 */
async function isAlive(state: State, context: Context): Promise<boolean> {
  const [login] = ownLogin(state, context);
  if (!login || state.fixedValue) return false; // Another token may have the same declared value.
  const key = `${state.jenkinsUrl} ${state.userId}`;
  let isAlive = false;
  const turn = (context.memory.triedDeadValues.get(key) ?? Promise.resolve(false)).then(async (isTried) => {
    if (isTried) return true;
    isAlive = await context.memory.clients
      .open(state.jenkinsUrl, login, transportFor(state, context), context.limits)
      .signsIn();
    return !isAlive;
  });
  const next = turn.catch((error) => {
    if (error instanceof ForbiddenError) throw error; // A front door may have answered, and Jenkins may have counted a failed login.
    return false;
  });
  next.catch(() => {});
  context.memory.triedDeadValues.set(key, next);
  await turn;
  return isAlive;
}

/**
 * The error for a token that is not on the list, although its value still logs in. A restored backup can give a token another uuid. A cache, or
 * a replica that lags behind, shows an old list.
 */
async function aliveError(tokens: Tokens, { tokenUuid, tokenName, userId, jenkinsUrl }: State): Promise<RejectedError> {
  const tried = `Reading API token ${tokenUuid} of ${userId}`;
  const twin = (await tokens.list()).find((token) => token.tokenName === tokenName);
  const words = twin
    ? `its value still logs in, but the token of its name now has the uuid ${twin.tokenUuid}, as after a backup was put back`
    : "its value still logs in, but the user's page does not show it: a cache, or a replica that lags behind, may have answered";
  const remedy = twin
    ? "Revoke that one on the user's page in Jenkins and run again: the next `pulumi up` makes another."
    : "Run again later. If a backup without this token was put back, restart Jenkins. If another token has the same value as its `fixedValue`, take this one out of the state with `pulumi state delete`.";
  return new RejectedError({ tried, url: jenkinsUrl, words, remedy });
}
