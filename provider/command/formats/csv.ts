/** Tokens as CSV for spreadsheets. What isn't known is empty. */
import { maskAnywhere, redact, visible } from "../../redaction.ts";
import type { Report } from "../report.ts";
import type { Row } from "./table.ts";

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

export function writeCsv({ listings }: Report): void {
  const rows = listings.flatMap(({ url, tokens }) => tokens.map((token): Row => ({ ...token, jenkinsUrl: url })));
  const lines = rows.map((row) => COLUMNS.map((name) => fieldOf(name, row[name])).join(","));
  process.stdout.write([COLUMNS.join(","), ...lines, ""].join("\r\n"));
}

function fieldOf(name: (typeof COLUMNS)[number], value: string | number | boolean = ""): string {
  const isOurs = name === "jenkinsUrl" || name === "userId";
  const text = visible(isOurs ? maskAnywhere(String(value)) : redact(String(value)));
  // A spreadsheet runs a text that begins like a formula.
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
