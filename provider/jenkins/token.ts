/** What a token is, and what can be done with a user's tokens, whichever way they are reached. */
import { DAY_MS, UNKNOWN_DAY } from "../expiry.ts";
import type { ReviewedToken } from "../properties.ts";
import * as z from "../zod.ts";

/** What Jenkins gives a token as its id. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a new token is asked for. */
export interface TokenRequest {
  tokenName: string;
  /** Whole days until it expires. Absent: never. */
  expiresInDays?: number | undefined;
  /** The value that it is to have. Absent: Jenkins chooses one. */
  fixedValue?: string | undefined;
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

/** How a token is answered. */
export interface GeneratedToken extends Pick<IssuedToken, "tokenUuid" | "tokenValue" | "expiresOn"> {
  /** Whether the reply alone proves that there is one such token. Without a mark of Jenkins, or sent twice, it doesn't. */
  isProven: boolean;
}

/** A token as it can be looked up later: what users are shown of it. */
export type ListedToken = ReviewedToken;

/** A user's tokens by one way into Jenkins. A change answers whether its reply proves it: if not, the list has to show it. */
export interface TokenStore {
  /** @param isFresh whether it has to be the list of this moment: asked on a new connection, past any cache. */
  list(isFresh?: boolean): Promise<ListedToken[]>;
  generate(request: TokenRequest): Promise<GeneratedToken>;
  rename(tokenUuid: string, newName: string): Promise<boolean>;
  /** Succeeds for a token that is already gone. */
  revoke(tokenUuid: string): Promise<boolean>;
}

/** The beginning of the sentence that a failed change is told in. */
export const TRIED = {
  generate: (tokenName: string, userId: string) => `Creating the API token "${tokenName}" for ${userId}`,
  rename: (tokenUuid: string, newName: string, userId: string) =>
    `Renaming API token ${tokenUuid} of ${userId} to "${newName}"`,
  revoke: (tokenUuid: string, userId: string) => `Revoking API token ${tokenUuid} of ${userId}`,
};

/** What a new token's value looks like, and its last day, whichever way it was made. */
export const tokenValue = z.string().check(z.regex(/^11[0-9a-f]{32}$/, "is not 11 and 32 hexadecimal digits"));
export const expiresOn = z.pipe(z.optional(z.string()), z.transform(lastDayIn)); // Absent up to 2.547.

/** The last day that Jenkins names in a reply; nothing where it says "never", or knows of no expiry. */
function lastDayIn(text: string | undefined): string | undefined {
  if (text === undefined || text === "never") return undefined;
  return /^\d{4}-\d\d-\d\d$/.test(text) && Number.isFinite(Date.parse(text)) ? text : UNKNOWN_DAY;
}

/** Whether a token was certainly not used in the `days` before `now`. Unknown is never unused. */
export function isUnused(
  { createdAt, lastUsedAt, useCount }: Pick<ReviewedToken, "createdAt" | "lastUsedAt" | "useCount">,
  days: number,
  now: Date,
): boolean {
  const isBefore = (time = "") => Date.parse(time) <= now.getTime() - days * DAY_MS;
  if (useCount === undefined || !isBefore(createdAt)) return false;
  return useCount === 0 ? lastUsedAt === undefined : isBefore(lastUsedAt);
}
