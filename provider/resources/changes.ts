/** What all resources compare in the same way: where a token lives, whose it is, and how it is reached. */
import { isDeepStrictEqual } from "node:util";
import { SettingsError } from "../errors.ts";
import { isSameUser } from "../jenkins/users.ts";
import { ambientUrl, declaredUrl, resolveConnection } from "../settings/connection.ts";
import { type Inputs, isUnknown, type State, UNKNOWN, withoutSecrets } from "../settings/schema.ts";
import type { Context } from "./context.ts";
import type { Changes } from "./resource.ts";

type Declared = Pick<Inputs, "user" | "connection">;
type Home = Declared & Pick<State, "userId" | "jenkinsUrl">;

export function changesBy(replaces: string[], updates: string[]): Changes {
  return { changes: replaces.length + updates.length > 0, replaces, updates };
}

/** The properties that give the token another Jenkins or another user. */
export function whatMoves(inputs: Declared, state: Home, context: Context): string[] {
  return [
    ...(livesElsewhere(inputs, state, context) ? ["connection"] : []),
    ...(belongsToAnother(inputs, state, context) ? ["user"] : []),
  ];
}

export function livesElsewhere({ connection }: Declared, state: Home, context: Context): boolean {
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

/** Whether the connection differs in more than its url and its login. */
export function isReachedOtherwise({ connection }: Declared, state: Home): boolean {
  if (isUnknown(connection)) return false;
  const reach = ({ url, username, ...rest }: NonNullable<Inputs["connection"]>) => withoutSecrets(rest);
  return !isDeepStrictEqual(reach(connection ?? {}), reach(state.connection ?? {}));
}
