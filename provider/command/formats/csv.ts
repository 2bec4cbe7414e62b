/** Tokens as CSV for spreadsheets. An unknown property is an empty cell. */
import { visible } from "../../redaction.ts";
import { masked, type Row, rowsOn } from "../output.ts";
import { progress } from "../progress.ts";
import type { Listing, Writer } from "../report.ts";

const COLUMNS = [
  "jenkinsUrl",
  "userId",
  "tokenName",
  "tokenUuid",
  "isLegacy",
  "createdAt",
  "lastUsedAt",
  "useCount",
  "expiresOn",
  "isExpired",
  "resource",
  "mayBeOf",
  "isLeftover",
] as const satisfies (keyof Row)[];

export class CsvWriter implements Writer {
  #isBegun = false;

  add({ url, tokens }: Listing): void {
    const rows = rowsOn(url, tokens);
    this.#write(rows.map((row) => COLUMNS.map((name) => fieldOf(name, row[name])).join(",")));
  }

  end(): void {
    this.#write([]);
  }

  #write(lines: string[]): void {
    const head = this.#isBegun ? [] : [COLUMNS.join(",")];
    this.#isBegun = true;
    progress.erase();
    process.stdout.write([...head, ...lines].map((line) => `${line}\r\n`).join(""));
  }
}

/**
 * The beginning of a text that a spreadsheet would run as a formula. Some spreadsheets skip blanks and quotes before it, read full-width characters like
 * ASCII, or begin a new cell at each semicolon.
 */
const FORMULA = /(^|;)(?=[\s"]*[=+\-@＝＋－＠])/g;

function fieldOf(name: (typeof COLUMNS)[number], value: string | number | boolean = ""): string {
  const shown = typeof value === "string" ? masked(name, value) : String(value);
  const plain = visible(shown).replace(FORMULA, "$1'");
  return /[",;\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
