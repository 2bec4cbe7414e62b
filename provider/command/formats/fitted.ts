/** A table of tokens in the width of a terminal, with colours. Without a terminal it is as wide as it needs to be. */
import { blanksAfter, shortenedInMiddle, widthOf, wrapped } from "../columns.ts";
import { inColours, type Painted, sayPrintable } from "../output.ts";

interface Column {
  /** Its place in a row. */
  at: number;
  name: string;
  width: number;
}

const GAP = "  ";
/** How wide days, counts and remarks are at least, where not all rows are known yet. */
const LEAST_WIDTHS: Record<string, number> = { CREATED: 10, "LAST USED": 10, USES: 6, EXPIRES: 10, REMARKS: 20 };
/** The shortest width of a name, if a token has one line, and if it has several lines. */
const SHORTEST_NAME = 24;
const SHORTEST_NAME_BETWEEN_LINES = 8;
/** If a token has several lines, these columns are not on the first line. */
const NOT_ON_FIRST_LINE = ["CONTROLLER", "USER", "UUID", "REMARKS"];
const UUID_WIDTH = 36;
/** The remarks that are shown as a warning. */
export const WARNINGS = { isLeftover: "LEFT OVER", meetsFailOn: "meets --fail-on" };
/** The width before the remarks, if a token has several lines. */
const BEFORE_REMARKS = GAP.length + UUID_WIDTH + GAP.length;

/**
 * Writes the head of a table. Each token gets one line if it fits, if necessary without empty columns and with shorter names.
 * Otherwise each token gets several lines.
 *
 * @param rows these rows decide the widths.
 * @param isComplete whether no other rows follow.
 * @returns a function that writes rows.
 */
export function beginTable(head: string[], rows: string[][], isComplete: boolean): (rows: string[][]) => void {
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  const least = isComplete ? {} : LEAST_WIDTHS;
  const all = head.map((name, at): Column => ({ at, name, width: Math.max(widest(name, rows, at), least[name] ?? 0) }));
  const says = ({ at }: Column) => !isComplete || rows.some((row) => !["", "?"].includes(row[at] ?? ""));
  const columns = lengthOf(all) <= width ? all : fittedInto(width, all.filter(says), SHORTEST_NAME);
  if (lengthOf(columns) > width) return severalLines(all.filter(says), head, width, isComplete);
  const isToFit = width < Number.POSITIVE_INFINITY;
  const used = isComplete ? columns : withLongerNames(columns, width);
  sayPrintable([lineOf(used, head, isToFit, "head")]);
  return (more) => sayPrintable(more.map((row) => lineOf(used, row, isToFit)));
}

function widest(name: string, rows: string[][], at: number): number {
  return rows.reduce((most, row) => Math.max(most, widthOf(row[at] ?? "")), name.length);
}

/** The width of a line. */
function lengthOf(columns: Column[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

/** The columns, with the NAME column as narrow as necessary, but not below `shortest`. */
function fittedInto(width: number, columns: Column[], shortest: number): Column[] {
  const over = Math.max(0, lengthOf(columns) - width);
  return withNames(columns, (own) => Math.min(own, Math.max(own - over, shortest)));
}

/** The columns, with another width of the NAME column. */
function withNames(columns: Column[], widthFor: (own: number) => number): Column[] {
  return columns.map((column) => (column.name === "NAME" ? { ...column, width: widthFor(column.width) } : column));
}

/** The columns, with the rest of a line for the names in later rows, which may be longer. */
function withLongerNames(columns: Column[], width: number): Column[] {
  const rest = width < Number.POSITIVE_INFINITY ? Math.max(0, width - lengthOf(columns)) : 0;
  return withNames(columns, (own) => own + rest);
}

function lineOf(columns: Column[], row: string[], isToFit: boolean, as?: Painted["as"]): string {
  const last = columns.findLastIndex(({ at }) => row[at]);
  let line = "";
  for (const [index, { at, name, width }] of columns.slice(0, last + 1).entries()) {
    const whole = row[at] ?? "";
    const text = isToFit && name !== "USES" ? shortenedInMiddle(whole, width) : whole;
    const blanks = index < last ? blanksAfter(text, width) + GAP : "";
    line += inColours(painted(text, as ?? warningFor(name, text))) + blanks;
  }
  return line;
}

function painted(text: string, as: Painted["as"] | undefined): string | Painted {
  return as && text !== "" ? { text, as } : text;
}

function warningFor(name: string, cell: string): "warning" | undefined {
  const warnings = { EXPIRES: ["expired"], REMARKS: Object.values(WARNINGS) }[name] ?? [];
  return warnings.some((warning) => cell.includes(warning)) ? "warning" : undefined;
}

/** A line above the tokens names their user and controller. A line below each token has its uuid and remarks. */
function severalLines(columns: Column[], head: string[], width: number, isComplete: boolean) {
  const first = columns.filter(({ name }) => !NOT_ON_FIRST_LINE.includes(name));
  const fitted = fittedInto(width, first, SHORTEST_NAME_BETWEEN_LINES);
  const fittedColumns = isComplete ? fitted : withLongerNames(fitted, width);
  const cell = (row: string[], wanted: string) => row[columns.find(({ name }) => name === wanted)?.at ?? -1] ?? "";
  sayPrintable([
    lineOf(fittedColumns, head, true, "head"),
    ...linesBelow("UUID", cell(head, "REMARKS"), width, "head"),
  ]);
  let place = "";
  return (rows: string[][]) => {
    const lines: string[] = [];
    for (const row of rows) {
      const own = [cell(row, "USER"), cell(row, "CONTROLLER")].filter(Boolean).join(" on ");
      if (own !== place) lines.push(inColours(painted(own, "head")));
      place = own;
      lines.push(lineOf(fittedColumns, row, true));
      const remarks = cell(row, "REMARKS");
      lines.push(...linesBelow(cell(row, "UUID"), remarks, width, warningFor("REMARKS", remarks)));
    }
    sayPrintable(lines);
  };
}

function linesBelow(uuid: string, remarks: string, width: number, as: Painted["as"] | undefined): string[] {
  const left = Math.max(SHORTEST_NAME_BETWEEN_LINES, width - BEFORE_REMARKS);
  const lines = wrapped(remarks, left).map((line) => shortenedInMiddle(line, left));
  const [first = "", ...more] = lines;
  const before = painted(
    GAP + uuid + (first ? blanksAfter(uuid, UUID_WIDTH) + GAP : ""),
    as === "head" ? as : undefined,
  );
  return [
    inColours(before, painted(first, as)),
    ...more.map((line) => inColours(" ".repeat(BEFORE_REMARKS), painted(line, as))),
  ];
}
