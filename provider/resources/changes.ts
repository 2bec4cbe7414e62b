/** What all resources check and compare in the same way: the Jenkins and the user of a token, and the connection. */
import { isDeepStrictEqual } from "node:util";
import { SettingsError } from "../errors.ts";
import { isSameUser } from "../jenkins/replies.ts";
import { type Inputs, isUnknown, UNKNOWN } from "../properties.ts";
import { ambientUrl, connectionFailures, declaredUrl, resolveConnection } from "../settings/connection.ts";
import { type CheckFailure, failure } from "../settings/failure.ts";
import { type State, withoutSecrets } from "../settings/schema.ts";
import type { Context } from "./context.ts";
import { announceReplacement } from "./moved.ts";
import type { Changes, Checked, Properties } from "./resource.ts";

type DeclaredAccount = Pick<Inputs, "user" | "connection">;
type AccountInState = DeclaredAccount & Pick<State, "userId" | "jenkinsUrl">;

/** The properties of a preview that are known to be absent. A preview treats a missing property as unknown. */
export const KNOWN_ABSENT = { expiresOn: null };

/** The end of each check. If the inputs are valid, the connection that they name is checked, too. */
export function checked(inputs: Properties, failures: CheckFailure[], context: Context): Checked {
  const connection = (inputs["connection"] ?? undefined) as Inputs["connection"];
  const all = [...failures, ...(context.urn === undefined ? nativeFailures(inputs) : [])];
  return { inputs, failures: all.length > 0 ? all : connectionFailures(connection, context) };
}

/** The failures of inputs that need the native plugin: the dynamic host can't ask the engine for a refresh. */
function nativeFailures(inputs: Properties): CheckFailure[] {
  if (inputs["refreshBeforeUpdate"] == null) return [];
  return [
    failure(
      "refreshBeforeUpdate",
      "is for the native plugin alone: use `pulumi-jenkins/native`, or leave it out",
      inputs,
    ),
  ];
}

/** Whether `refreshBeforeUpdate` has changed. */
export function isRefreshedOtherwise(inputs: Inputs, state: State): boolean {
  return (inputs.refreshBeforeUpdate ?? false) !== (state.refreshBeforeUpdate ?? false);
}

export function changesBy(replaces: string[], updates: string[]): Changes {
  return { changes: replaces.length + updates.length > 0, replaces, updates };
}

/** The properties whose change moves the token to another Jenkins or another user. */
export function whatMoves(inputs: DeclaredAccount, state: AccountInState, context: Context): string[] {
  const isElsewhere = livesElsewhere(inputs, state, context);
  if (isElsewhere) announceReplacement(inputs, state, context);
  return [...(isElsewhere ? ["connection"] : []), ...(belongsToAnother(inputs, state, context) ? ["user"] : [])];
}

export function livesElsewhere({ connection }: DeclaredAccount, state: AccountInState, context: Context): boolean {
  if (isUnknown(connection)) return false;
  const declared = declaredUrl(connection, context);
  if (declared) return declared !== UNKNOWN && declared !== state.jenkinsUrl;
  const url = ambientUrl(context); // Only the url, because a refresh calls diff, too, and may have no login.
  if (!url || url === state.jenkinsUrl) return false;
  // Every Jenkins build has JENKINS_URL set: it must not move a token to the Jenkins that happens to run the program.
  const both = `the token lives on ${state.jenkinsUrl}, but JENKINS_URL is ${url}`;
  const remedy =
    "Set JENKINS_URL to the former. If Jenkins has moved, set jenkins:url to its new url and run `pulumi refresh --run-program`: " +
    "the token stays. If the token is to be replaced by one of another Jenkins, declare that url in `connection` or jenkins:url";
  throw new SettingsError("connection.url", `${both}. ${remedy}`);
}

function belongsToAnother({ user, connection }: DeclaredAccount, state: AccountInState, context: Context): boolean {
  if (user) return !isSameUser(user, state.userId);
  if (!state.user || isUnknown(connection)) return false; // Another login for the same declaration changes nothing.
  const { username } = resolveConnection(connection, context).login;
  return username !== UNKNOWN && !isSameUser(username, state.userId);
}

/** Whether the connection differs in more than its url and its login, or no longer names a url. A refresh uses the url in the state. */
export function isReachedOtherwise({ connection }: DeclaredAccount, state: AccountInState): boolean {
  if (isUnknown(connection)) return false;
  if (state.connection?.url && !connection?.url) return true;
  const reach = ({ url, username, ...rest }: NonNullable<Inputs["connection"]>) => withoutSecrets(rest);
  return !isDeepStrictEqual(reach(connection ?? {}), reach(state.connection ?? {}));
}
