/** A user's API tokens on one Jenkins: one change at a time, and one reading for all that ask. */
import { shared, uncancelled } from "../operation.ts";
import type { Inputs } from "../schema.ts";
import type { Session } from "../session.ts";
import { restTokens } from "./rest.ts";
import type { ListedToken, Tokens } from "./token.ts";

/** By the uuids: each of a thousand resources looks for its own. */
const lists = new Map<string, Promise<Map<string, ListedToken>>>();
const queues = new Map<string, Promise<unknown>>();

/** Forgets what was read, for tests that play several processes. */
export function forgetLists(): void {
  lists.clear();
  queues.clear();
}

/**
 * The tokens of the user whose id the server spells `userId`.
 *
 * Changes of one user run one after the other: Jenkins writes the whole account at each, and of two at once one in ten is
 * answered 500 although it was carried out. A change makes the list that others share outdated when it starts and when it
 * ends, however it ends.
 */
export function openTokens(session: Session, userId: string, via?: Inputs["via"]): Tokens {
  // A token that looks after itself may not run scripts.
  const isConsole = via === "scriptConsole" && session.login.source !== "the token itself";
  const store = async () =>
    isConsole ? (await import("./console.ts")).consoleTokens(session, userId) : restTokens(session, userId);
  const key = `${session.url} ${userId}`;

  const change = <T>(task: () => Promise<T>): Promise<T> => {
    const earlier = queues.get(key) ?? Promise.resolve();
    const turn = shared(earlier).then(async () => {
      lists.delete(key);
      try {
        return await task();
      } finally {
        lists.delete(key);
      }
    });
    queues.set(key, Promise.allSettled([earlier, turn])); // A failure is its own caller's; the next one gets its turn.
    return turn;
  };

  const read = async () => new Map((await (await store()).list()).map((token) => [token.tokenUuid, token]));
  const share = (): Promise<Map<string, ListedToken>> => {
    const reading = uncancelled(read);
    lists.set(key, reading);
    reading.catch(() => {
      if (lists.get(key) === reading) lists.delete(key);
    });
    return reading;
  };
  const shownToAll = () => shared(lists.get(key) ?? share());

  return {
    list: async () => [...(await shownToAll()).values()],
    find: async (tokenUuid) => (await shownToAll()).get(tokenUuid),
    listNow: async () => (await store()).list(),
    generate: (request) => change(async () => (await store()).generate(request)),
    rename: (tokenUuid, newName) => change(async () => (await store()).rename(tokenUuid, newName)),
    revoke: (tokenUuid) => change(async () => (await store()).revoke(tokenUuid)),
  };
}
