/** What the command writes: no secret in any of it, and no character that a terminal obeys. */
import { styleText } from "node:util";
import { maskAnywhere, presentable, redact, visible } from "../redaction.ts";
import type { ReviewedToken } from "../settings/schema.ts";
import { shortenedInMiddle, widthOf, wrapped } from "./columns.ts";
import { progress } from "./progress.ts";

/** A token, and what is known of it besides. */
export interface ListedToken extends ReviewedToken {
  userId: string;
  /** The resource by which the state of a stack knows it. */
  resource?: string | undefined;
  /** The next `pulumi up` revokes it: its resource was replaced, or the state lists it as still to be revoked. */
  isToBeRevoked?: boolean | undefined;
  /** A rotating token of the state that has tokens of such names, hidden in it. */
  mayBeOf?: string | undefined;
  /** Which token of `mayBeOf` it may be, by the time of its creation. */
  mayBeAs?: "current" | "previous" | "older" | undefined;
  /** Named for a stack whose state doesn't know it, or left by a run of `exec` that has ended. */
  isLeftover?: boolean | undefined;
}

/** The name of a token of `exec` is not shortened. */
const LONGEST_CELL = 120;

const STYLES = { head: "bold", good: "green", warning: "yellow", bad: "red" } as const;

/** A part of a line that has a colour where the terminal wants colours. */
export interface Painted {
  text: string;
  as: keyof typeof STYLES;
}

/** One line on the standard output. A terminal that is too narrow for it gets several, without a broken word. */
export function say(...parts: (string | Painted)[]): void {
  const isPlain = parts.every((part) => typeof part === "string");
  write(process.stdout, isPlain ? broken(presentable(parts.join("")), process.stdout) : parts.map(inColour).join(""));
}

/** The same, with a text that goes on below its own beginning. */
export function sayHanging(before: (string | Painted)[], text: string): void {
  const indent = widthOf(before.map((part) => (typeof part === "string" ? part : part.text)).join(""));
  const shown = broken(presentable(text), process.stdout, indent);
  write(process.stdout, before.map(inColour).join("") + shown);
}

/** One line on the standard error, for people. */
export function tellAside(line: string): void {
  write(process.stderr, broken(presentable(line), process.stderr));
}

/** A message of several lines on the standard error. */
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
  if (typeof part === "string") return presentable(part);
  return styleText(STYLES[part.as], presentable(part.text), { stream: process.stdout });
}

/** A number with its noun: 1 controller, 2 controllers. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Sentences of ours, the URL that is in the settings, and user ids: a password may be one of the words in them. */
const OURS = new Set(["about", "result", "says", "jenkinsUrl", "userId", "error", "outcome"]);

/** A document for programs. */
export function sayJson(document: object): void {
  const clean = (key: string, value: unknown) => {
    if (typeof value !== "string") return value;
    return OURS.has(key) ? maskAnywhere(value) : redact(value);
  };
  process.stdout.write(`${visible(JSON.stringify(document, clean, 2), "\n")}\n`);
}

/** What somebody has written in Jenkins, in one line of readable length: half a secret would not be known as one. */
export function printable(text: string): string {
  return inCell(redact(text));
}

/** The same of a user's id, which may be a word that is also a password. */
export function printableId(userId: string): string {
  return inCell(maskAnywhere(userId));
}

/** Days and counts recur. Names and UUIDs are longer, and do not. */
const LONGEST_RECURRING = 12;

/** `printable` and `printableId` for thousands of tokens: both mask a text that recurs once. */
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
