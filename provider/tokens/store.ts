/** A user's API tokens on one Jenkins: one change at a time, each one certain, and one reading for all that ask. */
import { UnexpectedResponseError } from "../errors.ts";
import { pause, shared, uncancelled } from "../operation.ts";
import type { Inputs } from "../schema.ts";
import type { Session } from "../session.ts";
import { restTokens } from "./rest.ts";
import type { IssuedToken, ListedToken, Tokens } from "./token.ts";

/** By the uuids: each of a thousand resources looks for its own. */
type List = Map<string, ListedToken>;

/** What this process has under way for the tokens of one user, whoever signs in. */
interface Account {
  /** Ends with the last change that was asked for. */
  lastChange: Promise<unknown>;
  /** What was read since the last change. */
  list?: Promise<List> | undefined;
  secondList?: Promise<List> | undefined;
  /** A list that is not asked for yet. */
  nextList?: Promise<List> | undefined;
}

const accounts = new Map<string, Account>();

/** Forgets what was read, for tests that play several processes. */
export function forgetLists(): void {
  accounts.clear();
}

/** How often a change is asked for that an unmarked reply reports as done, and the list does not show. */
const MOST_TRIES = 3;

/**
 * The tokens of the user whose id the server spells `userId`.
 *
 * Changes of one user run one after the other: Jenkins writes the whole account at each, and of two at once one in ten is
 * answered 500 although it was carried out. A change makes the list that others share outdated when it starts and when it
 * ends, however it ends.
 */
export function openTokens(session: Session, userId: string, via?: Inputs["via"]): Tokens {
  const isConsole = via === "scriptConsole" && !session.isOfToken; // A token that looks after itself may not run scripts.
  const store = async () =>
    isConsole ? (await import("./console.ts")).consoleTokens(session, userId) : restTokens(session, userId);
  const account = accountAt(`${session.url} ${userId}`);
  const list = async (isFresh = false): Promise<List> => {
    return new Map((await (await store()).list(isFresh)).map((token) => [token.tokenUuid, token]));
  };
  const listForAll = () => shared(kept(account, "list", () => list()));

  const change = <T>(task: () => Promise<T>): Promise<T> => {
    const earlier = account.lastChange;
    const turn = shared(earlier).then(async () => {
      outdate(account);
      try {
        return await task();
      } finally {
        outdate(account);
      }
    });
    account.lastChange = Promise.allSettled([earlier, turn]); // A failure is its own caller's; the next one gets its turn.
    return turn;
  };

  /** A list read when no change is waiting. All changes that were answered before it is asked for share it. */
  const listAfterChanges = () => {
    account.nextList ??= uncancelled(async () => {
      await lastChangeOf(account);
      account.nextList = undefined;
      return await list(true);
    });
    return shared(account.nextList);
  };

  /** Makes a change, and looks whether it is carried out where the reply doesn't prove it. */
  const certainly = async (
    tried: string,
    task: () => Promise<boolean>,
    isDone: () => Promise<boolean>,
  ): Promise<void> => {
    for (let tries = 1; ; tries++) {
      if ((await change(task)) || (await isDone())) return;
      if (tries === MOST_TRIES) throw notDone(tried, session.url);
      await pause(session.limits.pauseMs * 2 ** tries);
    }
  };

  const revoke = (tokenUuid: string, isLogin = false) =>
    certainly(
      `Revoking API token ${tokenUuid} of ${userId}`,
      async () => (await store()).revoke(tokenUuid),
      async () => (isLogin ? !(await session.signsIn()) : !(await listAfterChanges()).has(tokenUuid)),
    );

  /** A proxy may have sent the request twice. */
  const revokeTwins = async (issued: IssuedToken): Promise<void> => {
    let listed = await listAfterChanges();
    for (let tries = 1; !listed.has(issued.tokenUuid); tries++) {
      if (tries === MOST_TRIES)
        throw notDone(`Creating the API token "${issued.tokenName}" for ${userId}`, session.url);
      await pause(session.limits.pauseMs * 2 ** tries);
      listed = await listAfterChanges();
    }
    const twins = [...listed.values()].filter((token) => isTwin(token, issued));
    for (const { tokenUuid } of twins) await revoke(tokenUuid);
  };

  return {
    list: async () => [...(await listForAll()).values()],
    find: async (tokenUuid) => (await listForAll()).get(tokenUuid),
    findAgain: async (tokenUuid) => {
      const listLater = async () => {
        await pause(session.limits.secondLookMs);
        return await list(true);
      };
      return (await shared(kept(account, "secondList", listLater))).get(tokenUuid);
    },
    listNow: async (isFresh) => [...(await list(isFresh)).values()],
    generate: async (request) => {
      const issued = await change(async () => (await store()).generate(request));
      if (issued.isMarked) return issued;
      return await revokeTwins(issued).then(
        () => issued,
        // What became of it can't be told by the look that has failed.
        (error: Error) => Promise.reject(Object.assign(error, { effect: "possible" })),
      );
    },
    rename: (tokenUuid, newName) =>
      certainly(
        `Renaming API token ${tokenUuid} of ${userId} to "${newName}"`,
        async () => (await store()).rename(tokenUuid, newName),
        async () => (await listAfterChanges()).get(tokenUuid)?.tokenName === newName,
      ),
    revoke,
  };
}

function accountAt(key: string): Account {
  const account = accounts.get(key) ?? { lastChange: Promise.resolve() };
  accounts.set(key, account);
  return account;
}

function outdate(account: Account): void {
  account.list = undefined;
  account.secondList = undefined;
}

/** A list that all share until it is outdated, or could not be read. */
function kept(account: Account, name: "list" | "secondList", read: () => Promise<List>): Promise<List> {
  const known = account[name];
  if (known) return known;
  const reading = uncancelled(read);
  account[name] = reading;
  reading.catch(() => {
    if (account[name] === reading) account[name] = undefined;
  });
  return reading;
}

async function lastChangeOf(account: Account): Promise<void> {
  let last: unknown;
  while (last !== account.lastChange) {
    last = account.lastChange;
    await last;
  }
}

/** Every generate has a name of its own. */
function isTwin(token: ListedToken, { tokenUuid, tokenName }: Pick<ListedToken, "tokenUuid" | "tokenName">): boolean {
  return token.tokenName === tokenName && token.tokenUuid !== tokenUuid;
}

function notDone(tried: string, url: string): UnexpectedResponseError {
  const words = "it was answered as done, but the user's page does not show it";
  const remedy =
    "Something before Jenkins answers in its place, or shows an old page. Run again when Jenkins can be reached.";
  return new UnexpectedResponseError({ tried, url, words, remedy, effect: "possible" });
}
