/** The users on one controller whose tokens the command lists or revokes. */
import { isDeepStrictEqual } from "node:util";
import { RejectedError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import { Tokens } from "../jenkins/tokens.ts";
import { type Account, accountOf } from "../resources/account.ts";
import type { Context } from "../resources/context.ts";
import { type Asked, isFleet, needConsole } from "./arguments.ts";
import { runOf } from "./leftovers.ts";
import { counted, type KnownToken } from "./output.ts";
import { progress } from "./progress.ts";
import type { StackState } from "./state.ts";

export interface Accounts {
  url: string;
  client: Client;
  /** The requested user. Absent for all users, and if one of several controllers has no such user. */
  userId: string | undefined;
  accounts: Account[];
}

/** The requested accounts. They use the script console if an option needs it. */
export async function accountsFor(asked: Asked, context: Context): Promise<Accounts> {
  const { user, allUsers } = asked;
  const byConsole = isByConsole(asked) && ({ via: "scriptConsole" } as const);
  // Logs in first, so that a refused login does not look like a missing user.
  const own = isFleet(asked) && user !== undefined ? await accountOf({ ...byConsole }, context) : undefined;
  const account = await accountOf({ user, ...byConsole }, context).catch((error: unknown) => {
    if (own && isMissing(error)) return undefined;
    throw error;
  });
  if (!account) return { url: own?.url ?? "", client: (own as Account).client, userId: undefined, accounts: [] };
  const { url, client, userId } = account;
  if (!allUsers) return { url, client, userId, accounts: [account] };
  const userIds = await (await import("../jenkins/script-console.ts")).allUserIds(client);
  const accounts = userIds.map((id) => ({ url, client, userId: id, tokens: new Tokens(client, id, "scriptConsole") }));
  return { url, client, userId: undefined, accounts };
}

interface SearchedController {
  userId?: string | undefined;
  searchedAllUsers?: boolean;
}

/** Whether none of several controllers has the user in `--user`. The id may be mistyped. A search of all users proves nothing about this user. */
export function isUserUnknown(found: SearchedController[], { user }: Asked): boolean {
  const forUser = found.filter(({ searchedAllUsers }) => !searchedAllUsers);
  return user !== undefined && forUser.length > 0 && forUser.every(({ userId }) => userId === undefined);
}

/** Whether the tokens are read through the script console. */
export function isByConsole({ allUsers, via, filters, failOn }: Asked): boolean {
  return allUsers || via !== undefined || needConsole([...filters, ...failOn]);
}

export const isMissing = (error: unknown): boolean =>
  error instanceof RejectedError && error.status === 404 && error.isFromJenkins;

/** The current tokens of these accounts. */
export async function tokensOfAll({ accounts }: Accounts, asked: Asked): Promise<KnownToken[]> {
  const lists: KnownToken[][] = [];
  for (const [index, account] of accounts.entries()) {
    if (!isFleet(asked) && asked.allUsers) progress.show(`${index} of ${counted(accounts.length, "user")}`);
    lists.push(await listedTokens(account, asked));
  }
  return lists.flat();
}

/** The current tokens of a requested user. With `--all-users`, none if the user was deleted since the users were listed. */
export async function listedTokens(account: Account, { allUsers }: Asked): Promise<KnownToken[]> {
  return await tokensOf(account).catch(async (error: unknown) => {
    if (!allUsers || !(error instanceof RejectedError)) throw error;
    const { allUserIds } = await import("../jenkins/script-console.ts");
    if ((await allUserIds(account.client)).includes(account.userId)) throw error;
    return [];
  });
}

/** The current tokens of a user, sorted by name. The user's page and the script console return them in different orders. */
export async function tokensOf({ tokens, userId }: Pick<Account, "tokens" | "userId">): Promise<KnownToken[]> {
  const all = (await tokens.listNow()).map((token) => ({ userId, ...token }));
  return all.sort(
    (one, other) => NAMES.compare(one.tokenName, other.tokenName) || NAMES.compare(one.tokenUuid, other.tokenUuid),
  );
}

const NAMES = new Intl.Collator("en", { numeric: true });

/** Adds to each token whether an ended run of `exec` left it and, with `--stack`, what the state says about it. */
export async function withFacts(
  all: KnownToken[],
  url: string,
  now: Date,
  states: StackState[],
): Promise<KnownToken[]> {
  const known = all.map((token) => (runOf(token, now) === "ended" ? { ...token, isLeftover: true } : token));
  if (states.length === 0) return known;
  const { knownInStacks } = await import("./state.ts");
  return knownInStacks(known, url, states);
}

/** The states of the stacks in `--stack`. */
export async function statesFor({ stacks }: Asked): Promise<StackState[]> {
  if (stacks.length === 0) return [];
  const { stateOf } = await import("./state.ts");
  const states: StackState[] = [];
  for (const stack of new Set(stacks)) {
    progress.show(`Waiting for the state of stack ${stack}`);
    const state = await stateOf(stack).finally(() => progress.end());
    if (!states.some((known) => isDeepStrictEqual(known, state))) states.push(state); // A stack has a short name and a full one.
  }
  return states;
}
