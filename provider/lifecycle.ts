/** The life of a token, in the order in which Pulumi calls these operations. Parse, resolve, talk, return. */
import { isDeepStrictEqual } from "node:util";
import { byEachLogin, type Context, ownLogin, sessionsFor, tokensOf } from "./access.ts";
import { ambientUrl, declaredUrl, resolveConnection } from "./connection.ts";
import { type JenkinsError, RejectedError, SettingsError, UnfinishedTokenError } from "./errors.ts";
import {
  type CheckFailure,
  failure,
  type Inputs,
  inputFailures,
  type Observed,
  PENDING_ID,
  type PendingState,
  PROVIDER_KEY,
  parseInputs,
  parsePendingState,
  parseState,
  type State,
  toState,
  UNKNOWN,
  withoutSecrets,
} from "./schema.ts";
import { forgetSessions, isSameUser, openSession, sessionsAt } from "./session.ts";
import { hex, issueToken, settle, UnsettledAttempt } from "./tokens/issue.ts";
import { forgetLists, openTokens } from "./tokens/store.ts";
import type { ListedToken } from "./tokens/token.ts";
import { finishEarlier, forgetAttempt, forgetAttempts, unfinished } from "./unfinished.ts";

export type { Context };

type Properties = Record<string, unknown>;

/** Validates the inputs, and gives a token without a name of its own one that it keeps. Contacts nothing. */
export function check(
  olds: Properties,
  news: Properties,
  context: Context,
): { inputs: Properties; failures: CheckFailure[] } {
  const inputs = withName(news, olds);
  const failures = inputFailures(inputs);
  if (failures.length > 0 || inputs["connection"] === UNKNOWN) return { inputs, failures };
  try {
    resolveConnection(parseInputs(inputs).connection, context);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    failures.push(failure(error.property, error.reason));
  }
  return { inputs, failures };
}

function withName(news: Properties, olds: Properties): Properties {
  const { autoName, ...inputs } = news;
  if (inputs["tokenName"] != null || autoName == null) return inputs;
  if (typeof autoName !== "string") return news; // What is wrong with it, the schema says.
  const kept = olds["autoName"] == null ? undefined : olds["tokenName"];
  return { ...inputs, autoName, tokenName: kept ?? `${autoName}-${hex(8)}` };
}

/** What a change of the inputs means: another token, another name, or nothing. A function of state and inputs alone. */
export function diff(
  id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): { changes: boolean; replaces: string[] } {
  const inputs = parseInputs(news);
  if (PENDING_ID.test(id)) {
    const isElsewhere = livesElsewhere(inputs, parsePendingState(olds), context);
    return { changes: true, replaces: isElsewhere ? ["pending", "connection"] : ["pending"] };
  }
  const state = parseState(olds);
  const replaces: string[] = [];
  if (livesElsewhere(inputs, state, context)) replaces.push("connection");
  if (belongsToAnother(inputs, state, context)) replaces.push("user");
  if (!isDeepStrictEqual(inputs.triggers ?? {}, state.triggers ?? {})) replaces.push("triggers");
  const isRenamed = inputs.tokenName !== state.tokenName;
  return { changes: replaces.length > 0 || isRenamed || isReachedOtherwise(inputs, state), replaces };
}

function livesElsewhere({ connection }: Inputs, state: State | PendingState, context: Context): boolean {
  if (isUnknown(connection)) return false;
  const declared = declaredUrl(connection, context);
  if (declared) return declared !== UNKNOWN && declared !== state.jenkinsUrl;
  const url = ambientUrl(context); // Not the whole connection: a refresh asks for a diff too, and may do without a login.
  if (!url || url === state.jenkinsUrl) return false;
  // Every Jenkins build has JENKINS_URL set: it must not move a token to the Jenkins that happens to run the program.
  const both = `the token lives on ${state.jenkinsUrl}, but JENKINS_URL is ${url}`;
  const remedy = "Set JENKINS_URL to the former, or declare the url in `connection` or jenkins:url to move the token";
  throw new SettingsError("connection.url", `${both}. ${remedy}`);
}

function belongsToAnother({ user, connection }: Inputs, state: State, context: Context): boolean {
  if (user) return !isSameUser(user, state.userId);
  if (!state.user || isUnknown(connection)) return false; // Another login for the same declaration changes nothing.
  const { username } = resolveConnection(connection, context).login;
  return username !== UNKNOWN && !isSameUser(username, state.userId);
}

function isReachedOtherwise({ connection }: Inputs, state: State): boolean {
  if (isUnknown(connection)) return false;
  const reach = ({ url, username, ...rest }: NonNullable<Inputs["connection"]>) => withoutSecrets(rest);
  return !isDeepStrictEqual(reach(connection ?? {}), reach(state.connection ?? {}));
}

const isUnknown = (connection: unknown): boolean => connection === UNKNOWN;

/**
 * Makes the token, and loses nothing: a token that may have been made and can't be found is recorded as pending.
 *
 * @throws {UnfinishedTokenError} with the id and the state under which Pulumi keeps what was begun.
 */
export async function create(properties: Properties, context: Context): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs(properties);
  const { url, session, userId, tokens } = await accountOf(inputs, context);
  const tokenName = inputs.tokenName ?? "";
  const key = JSON.stringify([url, userId, tokenName]);
  await finishEarlier(key);

  const issued = await issueToken(tokens, session, tokenName, Boolean(inputs.autoName)).catch((error) => {
    if (!(error instanceof UnsettledAttempt)) throw error;
    throw unfinished({
      key,
      error: pendingError(error, properties, { url, userId, tokenName }),
      settle: () => settle(tokens, session, error.pending),
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
  };
  if (issued.tokenName !== tokenName) {
    await tokens.rename(tokenUuid, tokenName).catch((error: JenkinsError) => {
      const state = toState(inputs, { ...observed, tokenName: issued.tokenName });
      const tried = `API token ${tokenUuid} of ${userId} was created, but could not be given its name: ${error.message}`;
      const remedy = "It is in the state under the name it has; the next `pulumi up` renames it.";
      const recorded = { ...state, ...providerKeyOf(properties) };
      throw unfinished({
        key,
        error: new UnfinishedTokenError(tokenUuid, recorded, { tried, remedy }),
        settle: () => tokens.revoke(tokenUuid),
      });
    });
  }
  return { id: tokenUuid, outs: toState(inputs, observed) };
}

/** The account whose tokens the inputs mean, signed in to as they say. */
async function accountOf(inputs: Inputs, context: Context) {
  const { url, login, transport } = resolveConnection(inputs.connection, context);
  const session = openSession(url, login, transport, context.limits);
  const userId = await session.ownerOf(inputs.user ?? (await session.whoAmI()));
  const tokens = openTokens(session, userId);
  return { url, session, userId, tokens };
}

/** Forgets what a process remembers of earlier operations, for tests that play several. */
export function forgetProcess(): void {
  forgetAttempts();
  forgetLists();
  forgetSessions();
}

function pendingError(
  { pending, message }: UnsettledAttempt,
  properties: Properties,
  { url, userId, tokenName }: { url: string; userId: string; tokenName: string },
): UnfinishedTokenError {
  const id = `pending-${hex(16)}`;
  const record = { ...properties, jenkinsUrl: url, userId, pending };
  const tried = `Creating the API token "${tokenName}" for ${userId} could not be finished, and it may exist on ${url} under the name "${pending.name}": ${message}`;
  const remedy = `It is recorded as ${id}: the next \`pulumi up\` or \`pulumi destroy\` looks for it and revokes it.`;
  return new UnfinishedTokenError(id, record, { tried, remedy });
}

/** The host adds this property to what is returned, but not to what an error carries. */
function providerKeyOf(properties: Properties): Properties {
  return PROVIDER_KEY in properties ? { [PROVIDER_KEY]: properties[PROVIDER_KEY] } : {};
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
): Promise<{ id: string; props: Properties }> {
  if (PENDING_ID.test(id)) return { id, props: properties };
  if (!("tokenUuid" in properties)) return await readForeign(id, properties, context);
  const state = parseState(properties);
  const tried = `Reading API token ${id} of ${state.userId}`;
  const listed = await byEachLogin(tried, sessionsFor(state, context), async (session) => {
    const tokens = await tokensOf(session, state.userId);
    return (await tokens?.list())?.find(({ tokenUuid }) => tokenUuid === id);
  });
  return listed ? { id, props: { ...properties, tokenName: listed.tokenName } } : { id: "", props: {} };
}

/** A token that the program only looks up, by `JenkinsApiToken.get`. */
async function readForeign(
  id: string,
  properties: Properties,
  context: Context,
): Promise<{ id: string; props: Properties }> {
  const inputs = parseInputs(properties);
  const { url, userId, tokens } = await accountOf(inputs, context);
  const find = (listed: ListedToken[]) => listed.find(({ tokenUuid }) => tokenUuid === id);
  // What others read may be older than the token, which another resource of the same run may have made.
  const listed = find(await tokens.list()) ?? find(await tokens.listNow());
  if (!listed) {
    // The engine takes a look-up that finds nothing for a resource without outputs.
    const tried = `Looking up API token ${id} of ${userId}`;
    throw new RejectedError({ tried, url, words: "there is no such token" });
  }
  return { id, props: toState(inputs, { tokenUuid: id, tokenName: listed.tokenName, userId, jenkinsUrl: url }) };
}

/** Renames the token if its name has changed; else only stores. Always returns the whole state, or the value would be lost. */
export async function update(
  id: string,
  olds: Properties,
  news: Properties,
  context: Context,
): Promise<{ outs: Properties }> {
  const { tokenUuid, tokenValue, userId, jenkinsUrl, createdAt, ...old } = parseState(olds);
  const inputs = parseInputs(news);
  const tokenName = inputs.tokenName ?? old.tokenName;
  if (tokenName !== old.tokenName) {
    const { url, login, transport } = resolveConnection(inputs.connection, context);
    const logins = url === jenkinsUrl ? [login] : []; // A login is never sent to another Jenkins, whoever calls this.
    const sessions = [...logins, ...ownLogin(userId, tokenValue)].map((by) =>
      openSession(jenkinsUrl, by, transport, context.limits),
    );
    const tried = `Renaming API token ${id} of ${userId}`;
    await byEachLogin(tried, sessions, (session) => openTokens(session, userId).rename(id, tokenName));
    forgetAttempt(id);
  }
  const observed: Observed = { tokenUuid, tokenName, userId, jenkinsUrl };
  return { outs: toState(inputs, { ...observed, ...(tokenValue && { tokenValue }), ...(createdAt && { createdAt }) }) };
}

/** Revokes the token. One that is already gone, or whose user is, counts as revoked. */
export async function remove(id: string, properties: Properties, context: Context): Promise<void> {
  forgetAttempt(id);
  if (PENDING_ID.test(id)) return await removePending(properties, context);
  const state = parseState(properties);
  const sessions = [...sessionsFor(state, context), ...sessionsAt(state.jenkinsUrl, state.userId)];
  await byEachLogin(`Revoking API token ${id} of ${state.userId}`, sessions, async (session) => {
    const tokens = await tokensOf(session, state.userId);
    await tokens?.revoke(id);
    const { secret, source } = session.login;
    if (source !== "the token itself" && secret.value === state.tokenValue) session.endBecauseRevoked();
  });
}

async function removePending(properties: Properties, context: Context): Promise<void> {
  const state = parsePendingState(properties);
  const tried = `Looking for what an unfinished attempt may have left under the name "${state.pending.name}" with ${state.userId}`;
  const sessions = [...sessionsFor(state, context), ...sessionsAt(state.jenkinsUrl, state.userId)];
  const finalAt = await byEachLogin(tried, sessions, async (session) => {
    const tokens = await tokensOf(session, state.userId);
    return tokens && (await settle(tokens, session, state.pending));
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
