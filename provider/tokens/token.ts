/** What a token is, and what can be done with a user's tokens, whichever way they are reached. */

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
