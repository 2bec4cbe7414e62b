/** What the command writes: no secret in any of it, and no character that a terminal obeys. */
import { redact } from "../errors.ts";
import type { ReviewedToken } from "../schema.ts";

/** A token, and what is known of it besides. */
export interface ListedToken extends ReviewedToken {
  userId: string;
  /** The resource by which the state of a stack knows it. */
  resource?: string | undefined;
  /** A rotating token of the state that has tokens of such names, hidden in it. */
  mayBeOf?: string | undefined;
  /** Named for a stack whose state doesn't know it. */
  isLeftover?: boolean | undefined;
}

const LONGEST_CELL = 60;

/** A line on the standard output. */
export function say(line: string): void {
  process.stdout.write(`${redact(line)}\n`);
}

/** A line beside the output, for whoever looks on. */
export function tellAside(line: string): void {
  process.stderr.write(`${redact(line)}\n`);
}

/** A document for programs. */
export function sayJson(document: object): void {
  const clean = (_: string, value: unknown) => (typeof value === "string" ? redact(value) : value);
  process.stdout.write(`${JSON.stringify(document, clean, 2)}\n`);
}

/** Tokens as a table, what isn't known as a question mark. */
export function sayTokens(tokens: ListedToken[]): void {
  const head = ["USER", "NAME", "UUID", "CREATED", "LAST USED", "USES", "EXPIRES", "REMARKS"];
  const rows = [head, ...tokens.map(rowOf)].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function rowOf(token: ListedToken): string[] {
  const { userId, tokenName, tokenUuid, createdAt, lastUsedAt, useCount, expiresOn, isExpired } = token;
  const day = (time = "?") => time.slice(0, 10);
  const lastUse = useCount === 0 ? "never" : day(lastUsedAt);
  const end = isExpired ? "expired" : (expiresOn ?? "never");
  const { isLegacy, resource, mayBeOf, isLeftover } = token;
  const maybe = mayBeOf && `perhaps of ${mayBeOf}`;
  const remarks = [isLegacy && "legacy", resource && `resource ${resource}`, maybe, isLeftover && "LEFT OVER"].filter(
    Boolean,
  );
  return [userId, tokenName, tokenUuid, day(createdAt), lastUse, String(useCount ?? "?"), end, remarks.join(", ")];
}

/** What somebody has written in Jenkins, in one line of readable length: half a secret would not be known as one. */
export function printable(text: string): string {
  const plain = redact(text).replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (char) => `\\u${hex(char)}`);
  return plain.length > LONGEST_CELL ? `${plain.slice(0, LONGEST_CELL - 1)}…` : plain;
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(4, "0");
