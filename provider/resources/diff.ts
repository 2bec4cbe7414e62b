/** What a change means: another token, another name, or nothing. A function of state, inputs and today's date alone. */
import { isDeepStrictEqual } from "node:util";
import { SettingsError } from "../errors.ts";
import { isDue, isDueForRenewal } from "../expiry.ts";
import { isSameUser } from "../jenkins/client.ts";
import { ambientUrl, declaredUrl, resolveConnection } from "../settings/connection.ts";
import {
  type Inputs,
  isTriggered,
  isUnknown,
  LEGACY,
  PENDING_ID,
  parseInputs,
  parsePendingState,
  parseRotatingInputs,
  parseRotatingState,
  parseState,
  type RotatedToken,
  type RotatingInputs,
  type RotatingState,
  type State,
  UNKNOWN,
  withoutSecrets,
} from "../settings/schema.ts";
import { type Context, timeOf } from "./access.ts";

type Properties = Record<string, unknown>;

/** The properties that make a difference to a token. */
export interface Changes {
  /** These make another token of it. */
  replaces: string[];
  /** These change the token, or only what is stored of it. */
  updates: string[];
}

type Declared = Pick<Inputs, "user" | "connection">;
type Home = Declared & Pick<State, "userId" | "jenkinsUrl">;

export function diff(id: string, olds: Properties, news: Properties, context: Context) {
  return summed(changesOf(id, olds, news, context));
}

function summed({ replaces, updates }: Changes) {
  return { changes: replaces.length + updates.length > 0, replaces };
}

export function changesOf(id: string, olds: Properties, news: Properties, context: Context): Changes {
  const inputs = parseInputs(news);
  if (PENDING_ID.test(id)) {
    const isElsewhere = livesElsewhere(inputs, parsePendingState(olds), context);
    return { replaces: isElsewhere ? ["pending", "connection"] : ["pending"], updates: [] };
  }
  const state = parseState(olds);
  const isLegacy = state.via === LEGACY;
  const isRotated = isTriggered(inputs, state);
  const replaces: string[] = [];
  const updates: string[] = [];
  if (livesElsewhere(inputs, state, context)) replaces.push("connection");
  if (belongsToAnother(inputs, state, context)) replaces.push("user");
  if (isRotated && !isLegacy) replaces.push("triggers");
  if (isLegacy !== (inputs.via === LEGACY) && !isUnknown(inputs.via)) replaces.push("via");
  if (inputs.expiresInDays !== state.expiresInDays) replaces.push("expiresInDays");
  if (isDueForRenewal(state, inputs.renewBeforeDays, timeOf(context))) replaces.push("expiresOn");
  if (!isLegacy && inputs.tokenName !== state.tokenName) updates.push("tokenName");
  if (isRotated && isLegacy) updates.push("triggers"); // Jenkins changes a legacy token in its place.
  if (isReachedOtherwise(inputs, state)) updates.push("connection");
  if (inputs.tokenValue && !state.tokenValue) updates.push("tokenValue"); // Of one that is there, it is no news.
  return { replaces, updates };
}

function livesElsewhere({ connection }: Declared, state: Home, context: Context): boolean {
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

function belongsToAnother({ user, connection }: Declared, state: Home, context: Context): boolean {
  if (user) return !isSameUser(user, state.userId);
  if (!state.user || isUnknown(connection)) return false; // Another login for the same declaration changes nothing.
  const { username } = resolveConnection(connection, context).login;
  return username !== UNKNOWN && !isSameUser(username, state.userId);
}

function isReachedOtherwise({ connection }: Declared, state: Home): boolean {
  if (isUnknown(connection)) return false;
  const reach = ({ url, username, ...rest }: NonNullable<Inputs["connection"]>) => withoutSecrets(rest);
  return !isDeepStrictEqual(reach(connection ?? {}), reach(state.connection ?? {}));
}

export function rotatingDiff(id: string, olds: Properties, news: Properties, context: Context) {
  return summed(rotatingChangesOf(id, olds, news, context));
}

/** The same for a rotating token. */
export function rotatingChangesOf(_id: string, olds: Properties, news: Properties, context: Context): Changes {
  const inputs = parseRotatingInputs(news);
  const state = parseRotatingState(olds);
  const replaces: string[] = [];
  if (livesElsewhere(inputs, state, context)) replaces.push("connection");
  if (belongsToAnother(inputs, state, context)) replaces.push("user");
  const updates = whatRotates(inputs, state, timeOf(context));
  if (tokensIn(state).some((token) => !isNamed(token, inputs.tokenName))) updates.push("tokenName");
  if (state.pending.length > 0) updates.push("pending");
  if (state.unrevoked.length > 0) updates.push("unrevoked");
  if (isReachedOtherwise(inputs, state)) updates.push("connection");
  return { replaces, updates };
}

/** The properties that want another token now; none before its time has come. */
export function whatRotates(inputs: RotatingInputs, { current, ...state }: RotatingState, now: Date): string[] {
  const why: string[] = [];
  if (isTriggered(inputs, state)) why.push("triggers");
  if (inputs.expiresInDays !== state.expiresInDays) why.push("expiresInDays");
  if (!current || isDue(Date.parse(current.createdAt), inputs.rotateEveryDays, now)) why.push("current");
  return why;
}

export function tokensIn({ current, previous }: RotatingState): RotatedToken[] {
  return [current, previous].filter((token) => token !== undefined);
}

/** Whether its name is one that this resource gives. */
export function isNamed(token: RotatedToken, tokenName = ""): boolean {
  return (
    token.tokenName.startsWith(`${tokenName}-`) && /^[0-9a-f]{8}$/.test(token.tokenName.slice(tokenName.length + 1))
  );
}
