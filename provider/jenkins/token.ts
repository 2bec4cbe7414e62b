/** A token, and the operations on a user's tokens, through any endpoint. */
import { DAY_MS, UNKNOWN_DAY } from "../expiry.ts";
import type { ReviewedToken } from "../properties.ts";
import { TOKEN_VALUE } from "../redaction.ts";
import * as z from "../zod.ts";

/** The form of a `tokenUuid`. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The properties of a token to create. */
export interface TokenRequest {
  tokenName: string;
  /** Whole days until it expires. Absent: never. */
  expiresInDays?: number | undefined;
  /** The value to give to the token. Absent: Jenkins chooses one. */
  fixedValue?: string | undefined;
}

/** A new token. Jenkins shows its value only this once. */
export interface IssuedToken {
  tokenUuid: string;
  tokenName: string;
  tokenValue: string;
  createdAt: Date;
  /** The ISO date of the last day on which the token is valid. Absent: never, or the server does not support expiry. */
  expiresOn?: string | undefined;
}

/** The answer to a generate. */
export interface GeneratedToken extends Pick<IssuedToken, "tokenUuid" | "tokenValue" | "expiresOn"> {
  /**
   * Whether the reply alone proves that there is exactly one such token. It proves nothing without a mark of Jenkins, or if the request was sent
   * twice.
   */
  isProven: boolean;
}

/** A token as Jenkins lists it, without its value. */
export type ListedToken = ReviewedToken;

/** A user's tokens through one endpoint of Jenkins. A change returns whether the reply proves it. Otherwise the list has to show the change. */
export interface TokenStore {
  /**
   * @param isFresh whether to read the list on a new connection, past any cache. Without effect through the script console: its answers come from no
   * cache, but both lists may come from one replica.
   */
  list(isFresh?: boolean): Promise<ListedToken[]>;
  generate(request: TokenRequest): Promise<GeneratedToken>;
  rename(tokenUuid: string, newName: string): Promise<boolean>;
  /** Succeeds for a token that is already gone. */
  revoke(tokenUuid: string): Promise<boolean>;
}

/** What is tried, as the beginning of the message of a failed change. */
export const TRIED = {
  generate: (tokenName: string, userId: string) => `Creating the API token "${tokenName}" for ${userId}`,
  rename: (tokenUuid: string, newName: string, userId: string) =>
    `Renaming API token ${tokenUuid} of ${userId} to "${newName}"`,
  revoke: (tokenUuid: string, userId: string) => `Revoking API token ${tokenUuid} of ${userId}`,
};

/** The value and the last day of a new token, in the replies of all endpoints. */
export const tokenValue = z.string().check(z.regex(TOKEN_VALUE, "is not 11 followed by 32 hexadecimal digits"));
export const expiresOn = z.pipe(z.optional(z.string()), z.transform(lastDayIn)); // Absent up to 2.547.

/** The last day that Jenkins names in a reply. Undefined if the token never expires, or Jenkins does not support expiry. */
function lastDayIn(text: string | undefined): string | undefined {
  if (text === undefined || text === "never") return undefined;
  return /^\d{4}-\d\d-\d\d$/.test(text) && Number.isFinite(Date.parse(text)) ? text : UNKNOWN_DAY;
}

/** Whether a token was certainly not used in the `days` before `now`. A token without usage data never counts as unused. */
export function isUnused(
  { createdAt, lastUsedAt, useCount }: Pick<ReviewedToken, "createdAt" | "lastUsedAt" | "useCount">,
  days: number,
  now: Date,
): boolean {
  const isBefore = (time = "") => Date.parse(time) <= now.getTime() - days * DAY_MS;
  if (useCount === undefined || !isBefore(createdAt)) return false;
  return useCount === 0 ? lastUsedAt === undefined : isBefore(lastUsedAt);
}
