/** Decides which tokens of a controller to revoke, and which to keep. */
import { RejectedError } from "../errors.ts";
import { LIKE_TOKEN_VALUE } from "../redaction.ts";
import type { Account } from "../resources/account.ts";
import { accountsFor, listedTokens, tokensOf, withFacts } from "./accounts.ts";
import type { Asked } from "./arguments.ts";
import type { ConfiguredController } from "./controllers.ts";
import { chosen, isOfStack } from "./filters.ts";
import { runOf } from "./leftovers.ts";
import type { KnownToken } from "./output.ts";
import type { StackState } from "./state.ts";

/** Why a token is kept: a stack manages it, the command may log in with it, or a run of `exec` may still use it. */
type Reason = "managed" | "signsIn" | "running";

export interface Kept {
  token: KnownToken;
  because: Reason;
}

/** The tokens of one user to revoke. */
export interface Group {
  account: Pick<Account, "tokens" | "userId">;
  doomed: KnownToken[];
  /** The tokens that are still to be revoked after the user has answered the question. */
  stillDoomed(): Promise<KnownToken[]>;
  /** Throws if the leaked value still logs in. Set if the client logs in with it, and so can't list what is left. */
  throwIfValid?: () => Promise<void>;
}

/** The tokens of one controller to revoke and to keep. */
export interface Plan {
  name: string;
  url: string;
  userId: string | undefined;
  groups: Group[];
  kept: Kept[];
  /** One of these tokens has the leaked value, but it is unknown which one. None is revoked. */
  candidates: KnownToken[];
  /** All users were searched for the leaked value, and not only `--user`. */
  searchedAllUsers?: boolean;
  /** Jenkins does not accept the leaked value for the user. */
  isRefused?: boolean;
}

export async function planFor(controller: ConfiguredController, asked: Asked, states: StackState[]): Promise<Plan> {
  const accounts = await accountsFor(asked, await controller.open());
  const { url, userId, client } = accounts;
  const kept: Kept[][] = [];
  const groups: Group[] = [];
  for (const account of accounts.accounts) {
    const now = () => client.controller.time();
    const known = async () => withFacts(await listedTokens(account, asked), url, now(), states);
    const all = await known();
    const wanted = asked.uuids.length > 0 ? named(all, asked, account) : chosen(all, asked, now());
    const parted = partedByState(wanted, asked);
    const used = parted.doomed.length > 0 ? await inUse(account, all) : new Set<string>();
    if (asked.uuids.length > 0) refuseInUse(parted.doomed, used, account);
    const doomed = parted.doomed.filter(({ tokenUuid }) => !used.has(tokenUuid));
    const own = parted.doomed.filter((token) => !doomed.includes(token));
    const ofLogin = own.map((token): Kept => ({ token, because: "signsIn" }));
    kept.push([...parted.kept, ...ofLogin, ...runningOf(all, asked, now())]);
    const stillDoomed = async () => (asked.filters.length > 0 ? chosen(await known(), asked, now()) : doomed);
    if (doomed.length > 0) groups.push({ account, doomed, stillDoomed });
  }
  return { name: controller.name, url, userId, groups, kept: kept.flat(), candidates: [] };
}

/** The tokens that `--leftover` keeps, because their runs may still be running. */
function runningOf(all: KnownToken[], asked: Asked, now: Date): Kept[] {
  const others = asked.filters.filter(({ name }) => name !== "leftover");
  if (others.length === asked.filters.length) return [];
  const running = chosen(all, { ...asked, filters: others }, now).filter((token) => runOf(token, now) === "running");
  return running.map((token) => ({ token, because: "running" }));
}

/** Keeps the tokens of the stack, and tokens that may belong to a rotating token of the stack. */
export function partedByState(wanted: KnownToken[], { evenManaged }: Asked): { doomed: KnownToken[]; kept: Kept[] } {
  const isManaged = (token: KnownToken) => !evenManaged && isOfStack(token);
  const doomed = wanted.filter((token) => !isManaged(token));
  return { doomed, kept: wanted.filter(isManaged).map((token) => ({ token, because: "managed" })) };
}

function named(all: KnownToken[], { uuids }: Asked, { userId, url }: Account): KnownToken[] {
  const missing = uuids.filter((uuid) => !all.some(({ tokenUuid }) => tokenUuid === uuid));
  if (missing.length > 0) {
    const tried = `Looking for API token ${missing.join(", ")} of ${userId}`;
    throw new RejectedError({
      tried,
      url,
      words: "there is no such token",
      remedy: "Nothing was revoked. `pulumi-jenkins list` shows the tokens of a user: name the user with --user.",
    });
  }
  return all.filter(({ tokenUuid }) => uuids.includes(tokenUuid));
}

const NOTHING_DONE = "Nothing was revoked. Log in with a password, or as another administrator.";

/**
 * The tokens that this command may log in with: their use count rises between two lists, because each list request uses the token.
 *
 * @throws {RejectedError} if no use count rises, because then every token may be the one that the command logs in with.
 */
async function inUse(account: Account, before: KnownToken[]): Promise<Set<string>> {
  const { client, userId, url } = account;
  const { kind, value } = client.login.secret;
  const isToken = kind === "apiToken" || LIKE_TOKEN_VALUE.test(value); // A legacy token may also be given as a password.
  if (!isToken || (await client.whoAmI()) !== userId) return new Set();
  const risen = risenBetween(before, await tokensOf(account));
  if (risen.length > 0) return new Set(risen.map(({ tokenUuid }) => tokenUuid));
  const words = "no use count rises, so it is unknown which of them this command logs in with";
  throw new RejectedError({ tried: `Revoking API tokens of ${userId}`, url, words, remedy: NOTHING_DONE });
}

/** The tokens whose use count is higher in the second list. */
export function risenBetween(before: KnownToken[], after: KnownToken[]): KnownToken[] {
  const counts = new Map(before.map(({ tokenUuid, useCount }) => [tokenUuid, useCount]));
  return after.filter(({ tokenUuid, useCount = 0 }) => useCount > (counts.get(tokenUuid) ?? Number.POSITIVE_INFINITY));
}

function refuseInUse(doomed: KnownToken[], used: Set<string>, { userId, url }: Account): void {
  const own = doomed.find(({ tokenUuid }) => used.has(tokenUuid));
  if (!own) return;
  const words = `API token ${own.tokenUuid} is in use now, and may be the one that this command logs in with`;
  throw new RejectedError({ tried: `Revoking API tokens of ${userId}`, url, words, remedy: NOTHING_DONE });
}
