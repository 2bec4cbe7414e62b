/** The steps of a rotation. Each one takes a state, and returns the state after it with the problems it met. */
import { isDue, timeOf } from "../expiry.ts";
import type { Client } from "../jenkins/client.ts";
import { TRIED } from "../jenkins/token.ts";
import type { Tokens } from "../jenkins/tokens.ts";
import type { RotatedToken, RotatingInputs } from "../properties.ts";
import { isTriggered, type Pending } from "../settings/schema.ts";
import { byEachLogin, clientsToRevoke, type Keeper } from "./access.ts";
import { type Account, accountOf } from "./account.ts";
import type { Context } from "./context.ts";
import { tokensIfUserExists } from "./gone.ts";
import { DRAWN_END, drawName } from "./naming.ts";
import type { RotatingState } from "./rotating-state.ts";
import { issueToken, PendingTokenError, settle, triedToSettle } from "./safe-create.ts";

/** A state, and the steps to it that failed. */
interface Step {
  state: RotatingState;
  problems: string[];
}

/** The properties that require a rotation now. Empty if none is due. */
export function whatRotates(inputs: RotatingInputs, { current, ...state }: RotatingState, now: Date): string[] {
  const why: string[] = [];
  if (isTriggered(inputs, state)) why.push("triggers");
  if (inputs.expiresInDays !== state.expiresInDays) why.push("expiresInDays");
  if (!current || isDue(Date.parse(current.createdAt), inputs.rotateEveryDays, now)) why.push("current");
  return why;
}

/** Whether the name of the token is one that this resource gives. */
export function isNamed(token: RotatedToken, tokenName = ""): boolean {
  const end = token.tokenName.slice(tokenName.length);
  return token.tokenName.startsWith(tokenName) && new RegExp(`^${DRAWN_END}$`).test(end);
}

export function tokensIn({ current, previous }: RotatingState): RotatedToken[] {
  return [current, previous].filter((token) => token !== undefined);
}

/** A new token with a name of its own. If its rename fails, the next `update` renames it. */
export async function issue(account: Account, inputs: RotatingInputs, context: Context): Promise<RotatedToken> {
  const tokenName = drawName(inputs.tokenName);
  const asked = { tokenName, expiresInDays: inputs.expiresInDays };
  const issued = await issueToken(account, asked, true, () => timeOf(context));
  const { tokenUuid, tokenValue, expiresOn } = issued;
  const isRenamed =
    issued.tokenName === tokenName ||
    (await account.tokens.rename(tokenUuid, tokenName).then(
      () => true,
      () => false,
    ));
  return {
    tokenUuid,
    tokenName: isRenamed ? tokenName : issued.tokenName,
    tokenValue,
    createdAt: issued.createdAt.toISOString(),
    ...(expiresOn && { expiresOn }),
  };
}

/** If it is time, a new token becomes the current one. The current one becomes the previous one, and the previous one is to be revoked. */
export async function rotate(state: RotatingState, inputs: RotatingInputs, context: Context): Promise<Step> {
  if (whatRotates(inputs, state, timeOf(context)).length === 0) return { state, problems: [] };
  const { current, previous, userId } = state;
  const account = await accountOf({ ...inputs, user: userId }, context);
  try {
    const made = await issue(account, inputs, context);
    const unrevoked = current && previous ? [...state.unrevoked, previous.tokenUuid] : state.unrevoked;
    // If the current token is gone, the previous one stays.
    return { state: { ...state, current: made, previous: current ?? previous, unrevoked }, problems: [] };
  } catch (error) {
    if (!(error instanceof PendingTokenError)) throw error;
    return { state: { ...state, pending: [...state.pending, error.pending] }, problems: [error.message] };
  }
}

/** Looks for the tokens that pending rotations may have left, and revokes them. */
export async function settlePending(state: RotatingState, context: Context): Promise<Step> {
  const left: Pending[] = [];
  const problems: string[] = [];
  for (const pending of state.pending) {
    const tried = triedToSettle(pending, state.userId);
    const look = (tokens: Tokens, client: Client) => settle({ tokens, client }, pending, () => timeOf(context));
    try {
      const finalAt = await inAccount(tried, state, context, look);
      if (finalAt) left.push(pending);
    } catch (error) {
      left.push(pending);
      problems.push((error as Error).message);
    }
  }
  return { state: { ...state, pending: left }, problems };
}

/** Revokes the tokens from before the previous one. */
export async function revokeOld(state: RotatingState, context: Context): Promise<Step> {
  const unrevoked: string[] = [];
  const problems: string[] = [];
  for (const tokenUuid of state.unrevoked) {
    const tried = TRIED.revoke(tokenUuid, state.userId);
    await inAccount(tried, state, context, (tokens) => tokens.revoke(tokenUuid)).catch((error: Error) => {
      unrevoked.push(tokenUuid);
      problems.push(error.message);
    });
  }
  return { state: { ...state, unrevoked }, problems };
}

/** Gives both tokens names that begin as declared. */
export async function rename(state: RotatingState, inputs: RotatingInputs, context: Context): Promise<Step> {
  const problems: string[] = [];
  const named = async (token: RotatedToken | undefined) => {
    if (!token || isNamed(token, inputs.tokenName)) return token;
    const tokenName = drawName(inputs.tokenName);
    const tried = `Renaming API token ${token.tokenUuid} of ${state.userId}`;
    return await inAccount(tried, state, context, (tokens) => tokens.rename(token.tokenUuid, tokenName)).then(
      () => ({ ...token, tokenName }),
      (error: Error) => {
        problems.push(error.message);
        return token;
      },
    );
  };
  return { state: { ...state, current: await named(state.current), previous: await named(state.previous) }, problems };
}

/** Acts on the tokens of the state's user with the first login that is not refused. If the user is gone, there is nothing to do. */
async function inAccount<T>(
  tried: string,
  state: RotatingState,
  context: Context,
  act: (tokens: Tokens, client: Client) => Promise<T>,
): Promise<T | undefined> {
  return await byEachLogin(tried, clientsToRevoke(keeperOf(state), context), async (client) => {
    const tokens = await tokensIfUserExists(client, state);
    return tokens && (await act(tokens, client));
  });
}

/** The state with the value of one token, which can manage the others, because they belong to the same user. */
export function keeperOf(state: RotatingState): Keeper {
  const { tokenValue, expiresOn } = state.current ?? state.previous ?? {};
  return { ...state, tokenValue, expiresOn };
}
