/**
 * For a Jenkins that has moved to another address. The page of the token's user at the declared url proves that it is the same Jenkins. Only the
 * provider's own login is sent there, never the value of a token, because it could be another Jenkins.
 */
import {
  ABSENT_STATUSES,
  CancelledError,
  ForbiddenError,
  JenkinsError,
  RejectedError,
  UnexpectedResponseError,
  UnreachableError,
} from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import { tell } from "../operation.ts";
import { UNKNOWN } from "../properties.ts";
import { ambientUrl, declaredUrl, loginFor, transportFor } from "../settings/connection.ts";
import type { State } from "../settings/schema.ts";
import type { Context } from "./context.ts";

type Home = Pick<State, "jenkinsUrl" | "userId" | "connection">;

/**
 * The url at which the Jenkins of a token is reached now.
 *
 * @param isThere whether a Jenkins shows the token. Called only if the same user id exists there.
 */
export async function presentUrl(
  state: Home,
  context: Context,
  isThere: (client: Client) => Promise<boolean>,
): Promise<string> {
  const { jenkinsUrl } = state;
  const declared = declaredUrl(state.connection, context);
  if (!declared || declared === UNKNOWN || declared === jenkinsUrl) return jenkinsUrl;
  const reason = await whyAnother({ ...state, jenkinsUrl: declared }, context, isThere);
  if (reason === undefined) {
    const proof = `it has the same user ${state.userId} with the same token`;
    announce(
      "info",
      `Jenkins has moved from ${jenkinsUrl} to ${declared}: ${proof}. Only the address in the state changes.`,
      context,
    );
    return declared;
  }
  const kept = `The state keeps ${jenkinsUrl}, and nothing is concluded from the other`;
  announce(
    "warning",
    `${declared} is not the same Jenkins as ${jenkinsUrl}, as far as can be told: ${reason.replace(/\.$/, "")}. ${kept}.`,
    context,
  );
  context.memory.announced.add(replacement(jenkinsUrl, declared)); // So that no message advises this refresh again.
  return jenkinsUrl;
}

/** Why it is not proven that the Jenkins at the url in `there` is the Jenkins of the token. Undefined if it is proven. */
async function whyAnother(there: Home, context: Context, isThere: (client: Client) => Promise<boolean>) {
  const { jenkinsUrl, userId } = there;
  const login = loginFor(there, context);
  if (!login) return "no login for it is configured outside of the resource's own `connection`";
  const client = context.memory.clients.open(jenkinsUrl, login, transportFor(there, context), context.limits);
  try {
    if ((await client.ownerOf(userId)) === userId && (await isThere(client))) return undefined;
    return `its user ${userId} has no such token`;
  } catch (error) {
    if (!(error instanceof JenkinsError) || error instanceof CancelledError) throw error;
    return error.message;
  }
}

/** Tells the user why the tokens of a Jenkins are going to be replaced, and what else is possible. */
export function announceReplacement(
  { connection }: Pick<State, "connection">,
  { jenkinsUrl }: Home,
  context: Context,
): void {
  const declared = declaredUrl(connection, context) ?? "";
  const key = replacement(jenkinsUrl, declared);
  if (context.memory.announced.has(key)) return;
  context.memory.announced.add(key);
  const steps = connection?.url
    ? `take \`url\` out of \`connection\`, set jenkins:url to ${jenkinsUrl} and run \`pulumi up\`; then set jenkins:url to ${declared} and run \`pulumi refresh --run-program\``
    : "run `pulumi refresh --run-program` first";
  const why = `The tokens of ${jenkinsUrl} are replaced by tokens of ${declared}, because this url is declared`;
  tell("warning", `${why}. If it is the same Jenkins at another address, ${steps}: the tokens then stay.`);
}

const replacement = (from: string, to: string) => `${from} is replaced by ${to}`;

/** Shows a message once in a process, not for each token. */
function announce(severity: "info" | "warning", text: string, { memory }: Context): void {
  if (memory.announced.has(text)) return;
  memory.announced.add(text);
  tell(severity, text);
}

/** The error of a read. If another url than the one in the state is named, the error says what the user can do. */
export function orMoved({ jenkinsUrl, connection }: Home, context: Context): (error: unknown) => never {
  const declared = declaredUrl(connection, context); // A warning has said why it is not the same Jenkins.
  const moved = declared ? "" : MOVED;
  const named = declared ?? ambientUrl(context);
  return (error) => {
    throw named && named !== jenkinsUrl ? withWaysOut(error, moved, context) : error;
  };
}

/**
 * The error of a delete. If the address may be gone for good, the error says what the user can do.
 *
 * @param isPending whether only the name of the token is known. No page can then prove that it is the same Jenkins, so a refresh does not help.
 */
export function orGoneForGood(
  { jenkinsUrl, connection }: Home,
  context: Context,
  isPending = false,
): (error: unknown) => never {
  return (error) => {
    const declared = declaredUrl(connection, context) ?? jenkinsUrl;
    // Pulumi has recorded the present stack config, so a refresh of the replaced resource finds the url there.
    const refresh = `If it is the same Jenkins as ${declared}, run \`pulumi refresh\`, and then \`pulumi up\` again.`;
    const advice = declared === jenkinsUrl ? MOVED : refresh;
    const isWithoutLogin = declared !== jenkinsUrl && error instanceof ForbiddenError && error.status === undefined;
    throw withWaysOut(error, isPending ? "" : advice, context, isWithoutLogin);
  };
}

const MOVED =
  'If this Jenkins has moved, set jenkins:url to its new url and run `pulumi refresh --run-program`: see "When Jenkins moves" in the documentation.';

function withWaysOut(error: unknown, moved: string, { urn = "<urn>" }: Context, isWithoutLogin = false): unknown {
  if (!(error instanceof JenkinsError) || !(isWithoutLogin || isOfDeadAddress(error))) return error;
  const gone = `If it is gone for good, \`pulumi state delete ${urn}\` takes the token out of the state: revoke it by hand where that is still possible.`;
  const { message: tried, effect, mayPass, cause, status } = error;
  const remedy = [moved, gone].filter(Boolean).join(" ");
  const circumstances = { tried, remedy, effect, mayPass, cause };
  if (error instanceof UnreachableError) return new UnreachableError({ ...circumstances, isDown: error.isDown });
  if (error instanceof ForbiddenError) return new ForbiddenError(circumstances);
  const Kind = error instanceof RejectedError ? RejectedError : UnexpectedResponseError;
  return Object.assign(new Kind(circumstances), { status }); // The message already shows the status.
}

/** Whether the error may come from an address that Jenkins has left. */
function isOfDeadAddress(error: JenkinsError): boolean {
  const { status = 0, isFromJenkins } = error;
  if (error instanceof UnreachableError || ABSENT_STATUSES.includes(status)) return true;
  if (error.message.includes("pulumi state delete")) return false; // The message already names this way out.
  return !isFromJenkins && ((status >= 300 && status < 400) || status === 404 || status === 410);
}
