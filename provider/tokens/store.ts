/** A user's API tokens on one Jenkins, whichever way they are reached. */
import type { Session } from "../session.ts";
import { restTokens } from "./rest.ts";

/** What a new token is answered with. Its value is shown this once. */
export interface IssuedToken {
  tokenUuid: string;
  tokenName: string;
  tokenValue: string;
  createdAt: Date;
}

/** A token as it can be looked up later. */
export interface ListedToken {
  tokenUuid: string;
  tokenName: string;
}

export interface TokenStore {
  list(): Promise<ListedToken[]>;
  generate(tokenName: string): Promise<IssuedToken>;
  rename(tokenUuid: string, newName: string): Promise<void>;
  /** Succeeds for a token that is already gone. */
  revoke(tokenUuid: string): Promise<void>;
}

/** A store as the life cycle uses it: one change at a time, and one reading for all that ask between two changes. */
export interface Tokens extends TokenStore {
  /** The list as it is now, read for this caller alone. */
  listNow(): Promise<ListedToken[]>;
}

const lists = new Map<string, Promise<ListedToken[]>>();
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
export function openTokens(session: Session, userId: string): Tokens {
  const store = restTokens(session, userId);
  const key = `${session.url} ${userId.toLowerCase()}`;

  const change = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = (queues.get(key) ?? Promise.resolve()).then(async () => {
      lists.delete(key);
      try {
        return await task();
      } finally {
        lists.delete(key);
      }
    });
    queues.set(
      key,
      turn.catch(() => undefined),
    ); // A failure is its own caller's; the next one gets its turn.
    return turn;
  };

  const share = (reading: Promise<ListedToken[]>): Promise<ListedToken[]> => {
    lists.set(key, reading);
    reading.catch(() => {
      if (lists.get(key) === reading) lists.delete(key);
    });
    return reading;
  };

  return {
    list: () => lists.get(key) ?? share(store.list()),
    listNow: () => store.list(),
    generate: (tokenName) => change(() => store.generate(tokenName)),
    rename: (tokenUuid, newName) => change(() => store.rename(tokenUuid, newName)),
    revoke: (tokenUuid) => change(() => store.revoke(tokenUuid)),
  };
}
