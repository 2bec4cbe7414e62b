/** Tokens as a table for people. */
import { UNKNOWN_DAY } from "../../expiry.ts";
import { counted, type printable, printableId, type Row, remembering, rowsOn, say } from "../output.ts";
import type { Listing, Report, Writer } from "../report.ts";
import { beginTable, WARNINGS } from "./fitted.ts";

export const HEAD = ["CONTROLLER", "USER", "NAME", "UUID", "CREATED", "LAST USED", "USES", "EXPIRES", "REMARKS"];

/** The first controllers that have tokens, up to this number, decide how wide the columns are. Later rows are written as they come. */
const DECIDING = 16;

export class TableWriter implements Writer {
  readonly #isFleet: boolean;
  readonly #remembered = remembering();
  /** Those that wait for the widths of the columns. */
  readonly #waiting: Listing[] = [];
  #sayRows: ((rows: string[][]) => void) | undefined;

  constructor(isFleet: boolean) {
    this.#isFleet = isFleet;
  }

  add(listing: Listing): void {
    if (listing.tokens.length === 0) return;
    if (this.#sayRows) this.#sayRows(this.#cellsIn([listing]));
    else if (this.#waiting.push(listing) >= DECIDING) this.#begin(false);
  }

  end({ whose, listings, all }: Report): void {
    if (!this.#sayRows) this.#begin(true);
    const shown = listings.reduce((sum, listing) => sum + listing.shown, 0);
    const place = this.#isFleet ? counted(listings.length, "controller") : listings[0]?.url;
    say(`Tokens of ${this.#isFleet && !whose ? "the logged-in users" : whose} on ${place}: ${shown} of ${all}`);
  }

  #begin(isComplete: boolean): void {
    const rows = this.#cellsIn(this.#waiting);
    if (rows.length === 0) return;
    this.#waiting.length = 0;
    this.#sayRows = beginTable(headOf(this.#isFleet), rows, isComplete);
    this.#sayRows(rows);
  }

  #cellsIn(listings: Listing[]): string[][] {
    const tokens = listings.flatMap(({ url, tokens }) => rowsOn(url, tokens));
    return cellsOfAll(tokens, this.#isFleet, this.#remembered);
  }
}

/** Prints tokens as a table. An unknown property is a question mark. */
export function sayTokens(tokens: Row[], isFleet: boolean): void {
  const rows = cellsOfAll(tokens, isFleet, remembering());
  beginTable(headOf(isFleet), rows, true)(rows);
}

const headOf = (isFleet: boolean): string[] => (isFleet ? HEAD : HEAD.slice(1));

function cellsOfAll(tokens: Row[], isFleet: boolean, [print, printId]: ReturnType<typeof remembering>): string[][] {
  return tokens.map((token) => cellsOf(token, print, printId).slice(isFleet ? 0 : 1));
}

const MAY_BE = { one: "of", current: "current of", previous: "previous of", older: "an old one of" };

/** The cells of a token, in the order of the columns. */
export function cellsOf(token: Row, print: typeof printable, printId: typeof printableId): string[] {
  const { jenkinsUrl, userId, tokenName, tokenUuid, createdAt, lastUsedAt, useCount } = token;
  const { expiresOn, isExpired, isLegacy, resource, isToBeRevoked, mayBeOf, mayBeAs = "one" } = token;
  const day = (time = "?") => time.slice(0, 10);
  const lastUse = useCount === 0 ? "never" : day(lastUsedAt);
  const lastDay = expiresOn === UNKNOWN_DAY ? "?" : (expiresOn ?? "never");
  const remarks = [
    isLegacy && "legacy",
    resource && `resource ${print(resource)}`,
    isToBeRevoked && "to be revoked by pulumi up",
    mayBeOf && `perhaps ${MAY_BE[mayBeAs]} ${print(mayBeOf)}`,
    token.isLeftover && WARNINGS.isLeftover,
    token.meetsFailOn && WARNINGS.meetsFailOn,
  ].filter(Boolean);
  const end = isExpired ? "expired" : lastDay;
  const facts = [day(createdAt), lastUse, String(useCount ?? "?"), end].map((text) => printId(text));
  // These two differ from token to token, so remembering them would only take memory.
  const [uuid, remark] = [printableId(tokenUuid), printableId(remarks.join(", "))];
  return [printId(jenkinsUrl), printId(userId), print(tokenName), uuid, ...facts, remark];
}
