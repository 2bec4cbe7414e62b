/** Who can look after a token that exists, and what each of them is let do. */
import { type Login, loginFor, type Surroundings, transportFor } from "./connection.ts";
import { ForbiddenError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { type PendingState, type State, withoutSecrets } from "./schema.ts";
import { openSession, type Session } from "./session.ts";
import { openTokens } from "./tokens/store.ts";
import type { Tokens } from "./tokens/token.ts";

/** What the operations know besides their arguments. */
export interface Context extends Surroundings {
  /** Limits and pauses other than the usual ones, for tests. */
  limits?: Partial<Limits>;
}

/** Who can look after a token: the provider's own login where it belongs to that Jenkins, and the token itself. */
export function sessionsFor(state: State | PendingState, context: Context): Session[] {
  const transport = transportFor(state, context);
  const others = "pending" in state ? [presentLogin(state, context)] : ownLogin(state.userId, state.tokenValue);
  const logins = [loginFor(state, context), ...others].filter((login) => login !== undefined);
  return logins.map((login) => openSession(state.jenkinsUrl, login, transport, context.limits));
}

/** What the record of an attempt can be settled with when the login it keeps, of an argument, is not right any more. */
function presentLogin({ jenkinsUrl, connection = {} }: PendingState, context: Context): Login | undefined {
  return loginFor({ jenkinsUrl, connection: withoutSecrets(connection) }, context);
}

/** A token may rename, list and revoke itself: no changed password strands it. */
export function ownLogin(userId: string, tokenValue: string | undefined): Login[] {
  return tokenValue
    ? [{ username: userId, secret: { kind: "apiToken", value: tokenValue }, source: "the token itself" }]
    : [];
}

/** What the first session does that is not refused. The provider's comes first: a token's use counts as one. */
export async function byEachLogin<T>(
  tried: string,
  sessions: Session[],
  act: (session: Session) => Promise<T>,
): Promise<T> {
  const refusals: string[] = [];
  for (const session of new Set(sessions)) {
    try {
      return await act(session);
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

/** The tokens of `userId`; nothing when that user is certainly gone, and the tokens with it. */
export async function tokensOf(session: Session, userId: string): Promise<Tokens | undefined> {
  if (session.login.source !== "the token itself" && (await session.isUserGone(userId))) return undefined;
  return openTokens(session, userId);
}
