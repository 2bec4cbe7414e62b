/** Tokens as a table for people. */
import { UNKNOWN_DAY } from "../../expiry.ts";
import { counted, type ListedToken, printable, printableId, remembering, say } from "../output.ts";
import type { Report } from "../report.ts";
import { sayFitted } from "./fitted.ts";

/** A token, and the controller on which it is. */
export interface Row extends ListedToken {
  jenkinsUrl: string;
}

export const HEAD = ["CONTROLLER", "USER", "NAME", "UUID", "CREATED", "LAST USED", "USES", "EXPIRES", "REMARKS"];

export function writeTable({ isFleet, whose, listings }: Report): void {
  const tokens = listings.flatMap(({ url, tokens }) => tokens.map((token) => ({ ...token, jenkinsUrl: url })));
  if (tokens.length > 0) sayTokens(tokens, isFleet);
  const all = listings.reduce((sum, listing) => sum + listing.all, 0);
  const [only] = listings;
  const place = isFleet ? counted(listings.length, "controller") : only?.url;
  say(`Tokens of ${isFleet && !whose ? "the signed-in users" : whose} on ${place}: ${tokens.length} of ${all}`);
}

/** Tokens as a table, what isn't known as a question mark. */
export function sayTokens(tokens: Row[], isFleet: boolean): void {
  const [print, printId] = remembering();
  const rows = tokens.map((token) => cellsOf(token, print, printId));
  sayFitted(isFleet ? HEAD : HEAD.slice(1), isFleet ? rows : rows.map((row) => row.slice(1)));
}

const MAY_BE = { one: "of", current: "current of", previous: "previous of", older: "an old one of" };

/** What is shown of a token, in the order of the columns. */
export function cellsOf(token: Row, print = printable, printId = printableId): string[] {
  const { jenkinsUrl, userId, tokenName, tokenUuid, createdAt, lastUsedAt, useCount } = token;
  const { expiresOn, isExpired, isLegacy, resource, isToBeRevoked, mayBeOf, mayBeAs = "one", isLeftover } = token;
  const day = (time = "?") => time.slice(0, 10);
  const lastUse = useCount === 0 ? "never" : day(lastUsedAt);
  const lastDay = expiresOn === UNKNOWN_DAY ? "?" : (expiresOn ?? "never");
  const remarks = [
    isLegacy && "legacy",
    resource && `resource ${resource}`,
    isToBeRevoked && "to be revoked by pulumi up",
    mayBeOf && `perhaps ${MAY_BE[mayBeAs]} ${mayBeOf}`,
    isLeftover && "LEFT OVER",
  ].filter(Boolean);
  const end = isExpired ? "expired" : lastDay;
  const facts = [tokenUuid, day(createdAt), lastUse, String(useCount ?? "?"), end, remarks.join(", ")];
  return [printId(jenkinsUrl), printId(userId), print(tokenName), ...facts.map((text) => print(text))];
}
