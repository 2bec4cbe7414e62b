/** What the command writes: no secret in any of it, and no character that a terminal obeys. */
import { UNKNOWN_DAY } from "../expiry.ts";
import { maskAnywhere, presentable, redact, shortened, visible } from "../redaction.ts";
import type { ReviewedToken } from "../settings/schema.ts";

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

/** One line on the standard output. */
export function say(line: string): void {
  process.stdout.write(`${presentable(line)}\n`);
}

/** One line on the standard error, for people. */
export function tellAside(line: string): void {
  process.stderr.write(`${presentable(line)}\n`);
}

/** Sentences of ours, the URL that is in the settings, and user ids: a password may be one of the words in them. */
const OURS = new Set(["about", "result", "says", "jenkinsUrl", "userId"]);

/** A document for programs. */
export function sayJson(document: object): void {
  const clean = (key: string, value: unknown) => {
    if (typeof value !== "string") return value;
    return OURS.has(key) ? maskAnywhere(value) : redact(value);
  };
  process.stdout.write(`${visible(JSON.stringify(document, clean, 2), "\n")}\n`);
}

/** Tokens as a table, what isn't known as a question mark. */
export function sayTokens(tokens: ListedToken[]): void {
  const head = ["USER", "NAME", "UUID", "CREATED", "LAST USED", "USES", "EXPIRES", "REMARKS"];
  const rows = [head, ...tokens.map(rowOf)];
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
  const lastDay = expiresOn === UNKNOWN_DAY ? "?" : (expiresOn ?? "never");
  const end = isExpired ? "expired" : lastDay;
  const { isLegacy, resource, mayBeOf, isLeftover } = token;
  const maybe = mayBeOf && `perhaps of ${mayBeOf}`;
  const remarks = [isLegacy && "legacy", resource && `resource ${resource}`, maybe, isLeftover && "LEFT OVER"].filter(
    Boolean,
  );
  const facts = [tokenUuid, day(createdAt), lastUse, String(useCount ?? "?"), end, remarks.join(", ")];
  return [cell(maskAnywhere(userId)), ...[tokenName, ...facts].map(printable)];
}

/** What somebody has written in Jenkins, in one line of readable length: half a secret would not be known as one. */
export function printable(text: string): string {
  return cell(redact(text));
}

function cell(masked: string): string {
  const plain = visible(masked);
  return plain.length > LONGEST_CELL ? shortened(plain, LONGEST_CELL - 1) : plain;
}
