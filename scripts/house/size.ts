/** Measures the length of files and functions. */
import ts from "typescript";
import type { Measure } from "./measure.ts";
import { lineOf, nodesOf, type Source, sourcesIn } from "./sources.ts";

const MOST_LINES_OF_A_FILE = 300;
const MOST_LINES_OF_A_FUNCTION = 40;

interface Sized {
  place: string;
  lines: number;
}

export function sizes(): Measure[] {
  const sources = sourcesIn("provider", "sdk", "scripts", "tests");
  const files = sources.map(({ path, text }) => ({ place: path, lines: text.trimEnd().split("\n").length }));
  return [
    over(MOST_LINES_OF_A_FILE, "files", files),
    over(MOST_LINES_OF_A_FUNCTION, "functions", sources.flatMap(functionsOf)),
  ];
}

function over(limit: number, things: string, all: Sized[]): Measure {
  const sorted = all.toSorted((one, other) => other.lines - one.lines);
  const details = sorted.filter(({ lines }) => lines > limit).map(described);
  const note = sorted[0] && `the longest: ${described(sorted[0])}`;
  return { name: `${things} over ${limit} lines`, value: details.length, most: 0, details, ...(note && { note }) };
}

function described({ place, lines }: Sized): string {
  return `${place} has ${lines} lines`;
}

/** All functions, except the callbacks of `describe` and `it`. */
function functionsOf(source: Source): Sized[] {
  return nodesOf(source.tree).flatMap((node) => {
    if (!(ts.isFunctionLike(node) && "body" in node && node.body) || isClaim(node)) return [];
    const first = lineOf(source, node.getStart());
    return [{ place: `${source.path}:${first} ${nameOf(node)}`, lines: lineOf(source, node.end) - first + 1 }];
  });
}

function isClaim({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && /^(describe|it)\b/.test(parent.expression.getText());
}

function nameOf(node: ts.SignatureDeclaration): string {
  const { parent } = node;
  const name =
    node.name ?? (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined);
  return name?.getText() ?? (ts.isConstructorDeclaration(node) ? "constructor" : "(anonymous)");
}
