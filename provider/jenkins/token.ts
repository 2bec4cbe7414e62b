/** What a token is, and what can be done with a user's tokens, whichever way they are reached. */
import type { ReviewedToken } from "../settings/schema.ts";

/** What a new token is asked for. */
export interface TokenRequest {
  tokenName: string;
  /** Whole days until it expires. Absent: never. */
  expiresInDays?: number | undefined;
}

/** What a new token is answered with. Its value is shown this once. */
export interface IssuedToken {
  tokenUuid: string;
  tokenName: string;
  tokenValue: string;
  createdAt: Date;
  /** ISO date of the last day on which it signs in. Absent: never, or the server doesn't know of expiry. */
  expiresOn?: string | undefined;
  /** Whether the reply alone proves that there is one such token. Without a mark of Jenkins, or sent twice, it doesn't. */
  isProven: boolean;
}

/** A token as it can be looked up later: what users are shown of it. */
export type ListedToken = ReviewedToken;

/** A user's tokens by one way into Jenkins. A change answers whether its reply proves it: if not, the list has to show it. */
export interface TokenStore {
  /** @param isFresh whether it has to be the list of this moment: asked on a new connection, past any cache. */
  list(isFresh?: boolean): Promise<ListedToken[]>;
  generate(request: TokenRequest): Promise<IssuedToken>;
  rename(tokenUuid: string, newName: string): Promise<boolean>;
  /** Succeeds for a token that is already gone. */
  revoke(tokenUuid: string): Promise<boolean>;
}

/** The tokens as the life cycle uses them: one change at a time, each one certain, and one reading for all between two changes. */
export interface Tokens {
  list(): Promise<ListedToken[]>;
  /** The token of this uuid on the list that all share; nothing where it isn't there. */
  find(tokenUuid: string): Promise<ListedToken | undefined>;
  /** The same on a second list, read some seconds later on a new connection, which all share as well. */
  findAgain(tokenUuid: string): Promise<ListedToken | undefined>;
  /**
   * The list as it is now, read for this caller alone.
   *
   * @param isFresh whether to read it on a new connection, past any cache.
   */
  listNow(isFresh?: boolean): Promise<ListedToken[]>;
  generate(request: TokenRequest): Promise<IssuedToken>;
  rename(tokenUuid: string, newName: string): Promise<void>;
  /** @param isLogin whether it is the very token that the client signs in with. */
  revoke(tokenUuid: string, isLogin?: boolean): Promise<void>;
}
