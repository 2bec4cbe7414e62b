/** What a token is, and what can be done with a user's tokens, whichever way they are reached. */
import type { ReviewedToken } from "../schema.ts";

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
}

/** A token as it can be looked up later: what users are shown of it. */
export type ListedToken = ReviewedToken;

export interface TokenStore {
  list(): Promise<ListedToken[]>;
  generate(request: TokenRequest): Promise<IssuedToken>;
  rename(tokenUuid: string, newName: string): Promise<void>;
  /** Succeeds for a token that is already gone. */
  revoke(tokenUuid: string): Promise<void>;
}

/** A store as the life cycle uses it: one change at a time, and one reading for all that ask between two changes. */
export interface Tokens extends TokenStore {
  /** The token of this uuid on the list that all share; nothing where it isn't there. */
  find(tokenUuid: string): Promise<ListedToken | undefined>;
  /** The list as it is now, read for this caller alone. */
  listNow(): Promise<ListedToken[]>;
}
