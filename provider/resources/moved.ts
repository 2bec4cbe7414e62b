/**
 * A Jenkins that has moved to another address. The page of the token's user at the declared url proves that it is the same Jenkins. Only the
 * provider's own login is sent there, never the value of a token: it could be another Jenkins.
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
 * @param isThere whether a Jenkins shows that it has the token. Only asked where the same user id is there.
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
  context.memory.announced.add(replacement(jenkinsUrl, declared)); // To advise the refresh again would lead in a circle.
  return jenkinsUrl;
}

/** Why the Jenkins at the url in `there` can't be taken for the one of the token. */
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

/** Says why the tokens of a Jenkins are going to be replaced, and what else is possible. */
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

/** Says it once in a process, however many tokens it is true of. */
function announce(severity: "info" | "warning", text: string, { memory }: Context): void {
  if (memory.announced.has(text)) return;
  memory.announced.add(text);
  tell(severity, text);
}

/** The error of a read, with the ways out where another url than the one in the state is named. */
export function orMoved({ jenkinsUrl, connection }: Home, context: Context): (error: unknown) => never {
  const declared = declaredUrl(connection, context); // A warning has said why it is not the same Jenkins.
  const moved = declared ? "" : MOVED;
  const named = declared ?? ambientUrl(context);
  return (error) => {
    throw named && named !== jenkinsUrl ? withWaysOut(error, moved, context) : error;
  };
}

/**
 * The error of a delete, with the ways out where the address may be gone for good.
 *
 * @param isPending whether only a name is known, of which no page can prove that it is the same Jenkins: a refresh does not help.
 */
export function orGoneForGood(
  { jenkinsUrl, connection }: Home,
  context: Context,
  isPending = false,
): (error: unknown) => never {
  return (error) => {
    const declared = declaredUrl(connection, context) ?? jenkinsUrl;
    // Pulumi has recorded the present stack config, so a refresh of what was replaced finds the url in it.
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
  return Object.assign(new Kind(circumstances), { status }); // The message has it already.
}

/** Whether an address looks like this from which a Jenkins has gone. */
function isOfDeadAddress(error: JenkinsError): boolean {
  const { status = 0, isFromJenkins } = error;
  if (error instanceof UnreachableError || ABSENT_STATUSES.includes(status)) return true;
  if (error.message.includes("pulumi state delete")) return false; // It names this way out itself.
  return !isFromJenkins && ((status >= 300 && status < 400) || status === 404 || status === 410);
}
