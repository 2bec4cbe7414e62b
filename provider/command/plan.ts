/** Which tokens of a controller are to be revoked, and which are kept. */
import { RejectedError } from "../errors.ts";
import type { Account } from "../resources/safe-create.ts";
import { accountsFor, tokensOf, withFacts } from "./accounts.ts";
import type { Asked } from "./arguments.ts";
import type { Controller } from "./controllers.ts";
import { chosen } from "./filters.ts";
import { runOf } from "./leftovers.ts";
import type { ListedToken } from "./output.ts";
import type { State } from "./state.ts";

/** Why a token is kept: the state of the stack knows it, the command may sign in with it, or a run of `exec` may still use it. */
type Reason = "managed" | "signsIn" | "running";

export interface Kept {
  token: ListedToken;
  because: Reason;
}

/** What is to be revoked of one user. */
export interface Group {
  account: Pick<Account, "tokens" | "userId">;
  doomed: ListedToken[];
  /** Those that are still to be revoked, asked for once the question is answered. */
  stillDoomed(): Promise<ListedToken[]>;
  /** Whether it is the very token that the client signs in with, and can't be looked at once it is revoked. */
  isLogin?: boolean;
}

/** What is to be revoked on one controller. */
export interface Plan {
  name: string;
  url: string;
  userId: string | undefined;
  groups: Group[];
  kept: Kept[];
  /** One of these tokens has the leaked value, but which one can't be told. None is revoked. */
  candidates: ListedToken[];
  /** Jenkins does not accept the leaked value for the user. */
  isRefused?: boolean;
}

export async function planFor(controller: Controller, asked: Asked, state?: State): Promise<Plan> {
  const accounts = await accountsFor(asked, await controller.open());
  const { url, userId, client } = accounts;
  const kept: Kept[] = [];
  const groups: Group[] = [];
  for (const account of accounts.accounts) {
    const now = () => client.controller.time();
    const known = async () => withFacts(await tokensOf(account), url, now(), state);
    const all = await known();
    const wanted = asked.uuids.length > 0 ? named(all, asked, account) : chosen(all, asked, now());
    const parted = partedByState(wanted, asked);
    const used = parted.doomed.length > 0 ? await inUse(account, all) : new Set<string>();
    if (asked.uuids.length > 0) refuseInUse(parted.doomed, used, account);
    const doomed = parted.doomed.filter(({ tokenUuid }) => !used.has(tokenUuid));
    const own = parted.doomed.filter((token) => !doomed.includes(token));
    kept.push(...parted.kept, ...own.map((token): Kept => ({ token, because: "signsIn" })));
    kept.push(...runningOf(all, asked, now()));
    const stillDoomed = async () => (asked.filters.length > 0 ? chosen(await known(), asked, now()) : doomed);
    if (doomed.length > 0) groups.push({ account, doomed, stillDoomed });
  }
  return { name: controller.name, url, userId, groups, kept, candidates: [] };
}

/** The tokens that `--leftover` would choose if their runs had certainly ended. */
function runningOf(all: ListedToken[], asked: Asked, now: Date): Kept[] {
  const others = asked.filters.filter(({ name }) => name !== "leftover");
  if (others.length === asked.filters.length) return [];
  const running = chosen(all, { ...asked, filters: others }, now).filter((token) => runOf(token, now) === "running");
  return running.map((token) => ({ token, because: "running" }));
}

/** A token of the stack stays, and so does one that may be of a rotating token of it. */
export function partedByState(wanted: ListedToken[], { evenManaged }: Asked): { doomed: ListedToken[]; kept: Kept[] } {
  const isManaged = ({ resource, mayBeOf }: ListedToken) => !evenManaged && Boolean(resource ?? mayBeOf);
  const doomed = wanted.filter((token) => !isManaged(token));
  return { doomed, kept: wanted.filter(isManaged).map((token) => ({ token, because: "managed" })) };
}

function named(all: ListedToken[], { uuids }: Asked, { userId, url }: Account): ListedToken[] {
  const missing = uuids.filter((uuid) => !all.some(({ tokenUuid }) => tokenUuid === uuid));
  if (missing.length > 0) {
    const tried = `Looking for API token ${missing.join(", ")} of ${userId}`;
    throw new RejectedError({
      tried,
      url,
      words: "there is no such token",
      remedy: "Nothing was revoked. `pulumi-jenkins list` shows this user's; --user names another one.",
    });
  }
  return all.filter(({ tokenUuid }) => uuids.includes(tokenUuid));
}

const NOTHING_DONE = "Nothing was revoked. Sign in with a password, or as another administrator.";

/**
 * The tokens of which any may be the one that this command signs in with. Each look uses that one, so its count of uses rises between two.
 *
 * @throws {RejectedError} where no count rises, so that any of them may be it.
 */
async function inUse(account: Account, before: ListedToken[]): Promise<Set<string>> {
  const { client, userId, url } = account;
  const { kind, value } = client.login.secret;
  const isToken = kind === "apiToken" || /^(..)?[0-9a-f]{32}$/.test(value); // A legacy one passes for a password, too.
  if (!isToken || (await client.whoAmI()) !== userId) return new Set();
  const risen = risenBetween(before, await tokensOf(account));
  if (risen.length > 0) return new Set(risen.map(({ tokenUuid }) => tokenUuid));
  const words = "no count of uses rises, so which of them this command signs in with can't be told";
  throw new RejectedError({ tried: `Revoking API tokens of ${userId}`, url, words, remedy: NOTHING_DONE });
}

/** Those that have been used between two looks. */
export function risenBetween(before: ListedToken[], after: ListedToken[]): ListedToken[] {
  const counts = new Map(before.map(({ tokenUuid, useCount }) => [tokenUuid, useCount]));
  return after.filter(({ tokenUuid, useCount = 0 }) => useCount > (counts.get(tokenUuid) ?? Number.POSITIVE_INFINITY));
}

function refuseInUse(doomed: ListedToken[], used: Set<string>, { userId, url }: Account): void {
  const own = doomed.find(({ tokenUuid }) => used.has(tokenUuid));
  if (!own) return;
  const words = `API token ${own.tokenUuid} is in use at this moment, and may be the one that this command signs in with`;
  throw new RejectedError({ tried: `Revoking API tokens of ${userId}`, url, words, remedy: NOTHING_DONE });
}
