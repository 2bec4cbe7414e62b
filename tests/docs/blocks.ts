/** The documents for users, the code blocks in them, and the command lines in code blocks and in running text. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Document {
  path: string;
  text: string;
}

export interface Block {
  /** The file and line of its beginning: `README.md:30`. */
  at: string;
  language: string;
  text: string;
}

const OURS = ["*.md", "docs/**/*.md", "examples/**/README.md"];

export function documents(): Document[] {
  return read(globSync(OURS, { cwd: ROOT, exclude: ["**/node_modules"] }));
}

/** The sources of sdk/, whose doc comments editors show, without the asterisks. */
export function docComments(): Document[] {
  return read(globSync("sdk/*.ts", { cwd: ROOT })).map(({ path, text }) => {
    return { path, text: text.replace(/^ *\* ?/gm, "") };
  });
}

function read(paths: string[]): Document[] {
  const sorted = paths.sort((one, other) => one.localeCompare(other));
  return sorted.map((path) => ({ path, text: readFileSync(`${ROOT}/${path}`, "utf8") }));
}

const FENCED = /^( *)```(.*)\n([\s\S]*?)^\1```$/gm;

export function blocksOf({ path, text }: Document): Block[] {
  return [...text.matchAll(FENCED)].map((found) => {
    const [, indent = "", language = "", content = ""] = found;
    const line = text.slice(0, found.index).split("\n").length;
    return { at: `${path}:${line}`, language, text: content.replaceAll(new RegExp(`^${indent}`, "gm"), "") };
  });
}

export function withoutCode(text: string): string {
  return text.replaceAll(FENCED, "");
}

/** The words of a command line. */
export interface Command {
  at: string;
  words: string[];
}

/** The command lines in shell blocks and in running text. */
export function commandsIn(document: Document): Command[] {
  const inBlocks = blocksOf(document).filter(({ language }) => language === "sh");
  const spans = withoutCode(document.text).matchAll(/`((?:npm|npx|pulumi) [^`]+)`/g);
  const inText = [...spans].map(([, text = ""]) => ({ at: document.path, text }));
  return [...inBlocks, ...inText].flatMap(({ at, text }) => {
    const substituted = [...text.matchAll(/\$\(([^()]+)\)/g)].map(([, inner = ""]) => inner);
    const lines = text.replaceAll("\\\n", " ").replaceAll(/(^|\s)#.*$/gm, "");
    const commands = [...lines.split(/\n|&&|\|\||;/), ...substituted].map((line) => wordsOf(line));
    return commands.filter((words) => words.length > 0).map((words) => ({ at, words }));
  });
}

function wordsOf(line: string): string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ""));
}

/** The anchors of a document's headings, as GitHub derives them. */
export function anchorsOf({ text }: Document): string[] {
  const headings = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}

/** The cells of the table under a heading, row by row, without the row of titles. */
export function tableUnder({ path, text }: Document, heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const [titles, rule, ...rows] = section.match(/^\|.*\|$/gm) ?? [];
  if (!titles || !/^[|-]+$/.test(rule ?? "")) throw new Error(`${path} has no table under "${heading}"`);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
