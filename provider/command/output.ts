/** Writes the output of the command, without secrets, and without control characters in texts from outside. */
import { styleText } from "node:util";
import type { ReviewedToken } from "../properties.ts";
import { maskAnywhere, presentable, redact, visible } from "../redaction.ts";
import { shortenedInMiddle, widthOf, wrapped } from "./columns.ts";
import { progress } from "./progress.ts";

/** A token, and what the command knows about it. */
export interface KnownToken extends ReviewedToken {
  userId: string;
  /** The resource of the token in the state of the stack. */
  resource?: string | undefined;
  /** The next `pulumi up` revokes it: its resource was replaced, or the state lists it as still to be revoked. */
  isToBeRevoked?: boolean | undefined;
  /** The rotating token that the token may belong to, by its name. The state hides the uuids of rotating tokens. */
  mayBeOf?: string | undefined;
  /** Which token of `mayBeOf` it may be, by its creation time. */
  mayBeAs?: "current" | "previous" | "older" | undefined;
  /** Whether it has a name of the stack and is not in the state, or an ended run of `exec` left it. */
  isLeftover?: boolean | undefined;
  /** Whether it meets `--fail-on`. */
  meetsFailOn?: boolean | undefined;
}

/** A token, and the URL of its controller. */
export interface Row extends KnownToken {
  jenkinsUrl: string;
}

export function rowsOn(url: string, tokens: KnownToken[]): Row[] {
  return tokens.map((token) => ({ ...token, jenkinsUrl: url }));
}

/** The longest cell. The name of a token of `exec` fits into it. */
const LONGEST_CELL = 120;

const STYLES = { head: "bold", good: "green", warning: "yellow", bad: "red" } as const;

/** A part of a line that has a colour if colours are on. */
export interface Painted {
  text: string;
  as: keyof typeof STYLES;
}

/** Prints one line on standard output. A line without colours is wrapped between words if the terminal is too narrow. */
export function say(...parts: (string | Painted)[]): void {
  const isPlain = parts.every((part) => typeof part === "string");
  write(process.stdout, isPlain ? broken(presentable(parts.join("")), process.stdout) : parts.map(inColour).join(""));
}

/** Like `say`, but the further lines of the text begin below its first word. */
export function sayHanging(before: (string | Painted)[], text: string): void {
  const indent = widthOf(before.map((part) => (typeof part === "string" ? part : part.text)).join(""));
  const shown = broken(presentable(text), process.stdout, indent);
  write(process.stdout, before.map(inColour).join("") + shown);
}

/** Prints one line on standard error, for people. */
export function tellAside(line: string): void {
  write(process.stderr, broken(presentable(line), process.stderr));
}

/** Prints a message of several lines on standard error. */
export function tellLines(message: string): void {
  for (const line of message.split("\n")) tellAside(line);
}

function write(stream: NodeJS.WriteStream, line: string): void {
  progress.erase();
  stream.write(`${line}\n`);
}

function broken(line: string, { columns }: NodeJS.WriteStream, indent = 0): string {
  return columns ? wrapped(line, columns - indent).join(`\n${" ".repeat(indent)}`) : line;
}

function inColour(part: string | Painted): string {
  return typeof part === "string" ? presentable(part) : painted({ ...part, text: presentable(part.text) });
}

/** A line of texts that `printable` has masked already: a second time would double the cost of a long table. */
export function inColours(...parts: (string | Painted)[]): string {
  return parts.map((part) => (typeof part === "string" ? part : painted(part))).join("");
}

/** Prints such lines on standard output, at once: a write for each line takes longer than all the rest. */
export function sayPrintable(lines: string[]): void {
  if (lines.length > 0) write(process.stdout, lines.join("\n"));
}

function painted({ text, as }: Painted): string {
  return styleText(STYLES[as], text, { stream: process.stdout });
}

/** A number with its noun: 1 controller, 2 controllers. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** The keys of our own words, the configured URL, ids and times. A word in them is not masked, even if a password is the same word. */
const OURS = new Set([
  ...["about", "result", "says", "jenkinsUrl", "userId", "error", "writtenAt"],
  ...["outcome", "keptBecause", "mayBeAs", "tokenUuid", "createdAt", "lastUsedAt", "expiresOn"],
]);

/** A text in a document for programs: `key` says whether somebody has written it in Jenkins. */
export function masked(key: string, text: string): string {
  return OURS.has(key) ? maskAnywhere(text) : redact(text);
}

/** Prints a JSON document. */
export function sayJson(document: object): void {
  const clean = (key: string, value: unknown) => (typeof value === "string" ? masked(key, value) : value);
  process.stdout.write(`${visible(JSON.stringify(document, clean, 2), "\n")}\n`);
}

/** A text from Jenkins, on one line of readable length. It is masked before it is shortened: half a secret would not be recognized. */
export function printable(text: string): string {
  return inCell(redact(text));
}

/** The same for an id or a text of ours. A word in it is not masked, even if a password is the same word. */
export function printableId(id: string): string {
  return inCell(maskAnywhere(id));
}

/** Longer texts are not remembered: days and counts recur, but names and UUIDs do not. */
const LONGEST_RECURRING = 12;

/** `printable` and `printableId` for thousands of tokens: they remember a short text, so that they mask it only once. */
export function remembering(): [print: typeof printable, printId: typeof printableId] {
  const remembered = (print: (text: string) => string, longest = Number.POSITIVE_INFINITY) => {
    const known = new Map<string, string>();
    return (text: string) => {
      if (text.length > longest) return print(text);
      const shown = known.get(text) ?? print(text);
      known.set(text, shown);
      return shown;
    };
  };
  return [remembered(printable, LONGEST_RECURRING), remembered(printableId)];
}

function inCell(masked: string): string {
  return shortenedInMiddle(visible(masked), LONGEST_CELL);
}
