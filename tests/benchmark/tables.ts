/** The lines of a benchmark as a table, for the terminal and for docs/performance.md. */
import { report as writeReport } from "../../scripts/docs.ts";
import { type Bound, isKept, type Line, median } from "./lines.ts";

export const HEADER = `| part | what | measured | compared with | ratio | bound | |
|---|---|---|---|---|---|---|`;

export function rowOf(line: Line): string {
  const { part, what, values, unit, compared, figure, figureUnit, bound } = line;
  const cells = [
    part,
    what,
    spread(values, unit),
    compared ? `${compared.what}: ${spread(compared.values, unit)}` : "",
    compared ? withUnit(figure, figureUnit) : "",
    bound ? shownBound(bound, figureUnit) : "",
    bound ? verdict(line) : "",
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Writes the table into docs/performance.md. */
export function report(lines: Line[], notes: string[], command: string, conditions: string): void {
  const bound = lines.filter((line) => line.bound);
  const missed = bound.filter((line) => !isKept(line));
  const text = [
    `\`${command}\`, ${conditions}: ${bound.length - missed.length} of ${bound.length} bounds are kept.`,
    "",
    HEADER,
    ...[...HEADLINES.flatMap((is) => lines.filter(is)), ...missed].map(rowOf),
    "",
    "<details><summary>All lines of the run</summary>\n",
    HEADER,
    ...lines.map(rowOf),
    "",
    ...notes,
    "\n</details>\n",
  ].join("\n");
  writeReport("performance", text);
}

/** The lines above the complete table: the figures that most readers look for. */
const HEADLINES: ((line: Line) => boolean)[] = [
  ({ part, what }) => part === "100 tokens" && /^`(up|unchanged up|destroy)`, /.test(what),
  ({ part }) => part === "load",
  ({ part, what }) => part === "calls, one user" && what === "create",
];

function verdict(line: Line): string {
  return isKept(line) ? "ok" : "MISSED";
}

/** The median, and the range of the values. */
function spread(values: number[], unit: string): string {
  const middle = withUnit(median(values), unit);
  return values.length > 1 ? `${middle} (${rounded(Math.min(...values))} to ${rounded(Math.max(...values))})` : middle;
}

function withUnit(value: number, unit: string): string {
  return `${rounded(value)}${unit.startsWith("/") ? unit : unit && ` ${unit}`}`;
}

function shownBound(bound: Bound, unit: string): string {
  const [[kind, value] = ["", 0]] = Object.entries(bound);
  const sign = { atMost: "≤ ", atLeast: "≥ ", exactly: "" }[kind];
  return `${sign}${withUnit(value, unit)}`;
}

/** Three significant digits. Larger values are whole numbers. */
function rounded(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
