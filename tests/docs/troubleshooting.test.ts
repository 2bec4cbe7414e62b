import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { anchorsOf, ROOT } from "./blocks.ts";

const PATH = "docs/troubleshooting.md";
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const page = read(PATH);
const sources = globSync("provider/**/*.ts", { cwd: ROOT }).map(read);

/** A message begins with the operation, and continues with the failure. Users look up only the failure. */
const TRIED =
  /^(Adopting|Asking|Changing|Creating|Ending|Listing|Logging|Looking|Opening|Reading|Renaming|Revoking|Rotating) /;

/** Texts that are not on the page, with the reason. */
const EXCEPTIONS: Record<string, string> = {
  "or as an argument of an explicit provider": "one of the places that the message lists itself",
  "or as arguments of an explicit provider": "one of the places that the message lists itself",
  "it has the same user": "the proof of a move, after which nothing is to be done",
  "No valid crumb was included in the request": "words of Jenkins, which are recognised",
};

describe(PATH, () => {
  it("quotes only messages that the sources contain", () => {
    const literals = sources.map(unescaped);
    const pieces = quotedOnPage().flatMap((message) => message.split("…").map((piece) => piece.trim()));
    assert.ok(pieces.length > 200);
    const unknown = pieces.filter((piece) => !literals.some((text) => text.includes(piece)));
    assert.deepEqual(unknown, []);
  });

  it("has an anchor for each error code", () => {
    const codes = sources.join().match(/(?<=readonly code = ")ERR_JENKINS_\w+/g) ?? [];
    assert.equal(codes.length, 7);
    const anchors = anchorsOf({ path: PATH, text: page });
    assert.deepEqual(
      codes.filter((code) => !anchors.includes(code.toLowerCase())),
      [],
    );
  });

  it("contains every sentence of the errors", () => {
    const words = plain(page);
    const folders = globSync("provider/{jenkins,resources,settings}/*.ts", { cwd: ROOT });
    const sentences = new Set(folders.map(read).flatMap(sentencesIn));
    assert.ok(sentences.size > 100);
    const missing = [...sentences].filter((sentence) => !words.includes(sentence));
    assert.deepEqual(new Set(missing), new Set(Object.keys(EXCEPTIONS)));
  });
});

/** The code spans in the first column of the tables. */
function quotedOnPage(): string[] {
  const cells = [...page.matchAll(/^\| (`.*?) \| /gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , quoted = ""]) => quoted.trim()));
}

/** The longest fixed part of each text, if it has at least five words. Shorter texts are rarely a message. */
function sentencesIn(source: string): string[] {
  const literals = source.replaceAll(COMMENT, "").match(LITERAL) ?? [];
  const longest = literals.map((literal) => {
    const pieces = literal.slice(1, -1).split(/\$\{[^}]*\}/);
    return plain(unescaped(pieces.reduce((one, other) => (other.length > one.length ? other : one))));
  });
  return longest.filter((piece) => /^(\S+ ){4}\S/.test(piece) && !TRIED.test(piece));
}

const COMMENT = /\/\*[\s\S]*?\*\/|\s\/\/ .*$/gm;
const LITERAL = /`(?:[^`\\\n]|\\.)*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

function unescaped(source: string): string {
  return source.replaceAll(/\\([`"'])/g, "$1");
}

/** The text without backticks, and without punctuation at its ends. */
function plain(text: string): string {
  return text.replaceAll("`", "").replaceAll(/^[.,:;)"\s]+|[.,:;("\s]+$/g, "");
}
