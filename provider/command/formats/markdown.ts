/** Tokens as a Markdown table, for a comment on a pull request. */
import { visible } from "../../redaction.ts";
import { counted, printableId, remembering, rowsOn } from "../output.ts";
import type { Report } from "../report.ts";
import { cellsOf, HEAD } from "./table.ts";

export function writeMarkdown({ isFleet, whose, listings, all, failures }: Report): void {
  const [print, printId] = remembering();
  const rows = listings.flatMap(({ url, tokens }) => rowsOn(url, tokens).map((row) => cellsOf(row, print, printId)));
  const place = isFleet ? counted(listings.length, "controller") : code(printableId(listings[0]?.url ?? ""));
  const owners = whose === "" ? "the logged-in users" : code(printableId(whose));
  const title = `API tokens of ${owners} on ${place}: ${rows.length} of ${all}`;
  const head = [
    `| ${HEAD.map((name) => name.charAt(0) + name.slice(1).toLowerCase()).join(" | ")} |`,
    `${HEAD.map(() => "|---").join("")}|`,
  ];
  const table = rows.length > 0 ? ["", ...head, ...rows.map((row) => `| ${row.map(code).join(" | ")} |`)] : [];
  const uncounted = listings.filter(({ lacksCounts }) => lacksCounts).map(({ url }) => `- ${code(printableId(url))}`);
  const failed = failures.map(({ name, message }) => `- ${code(printableId(name))}: ${code(visible(message))}`);
  const lists = [
    ...listBelow("Jenkins does not count uses, so no token is known to be unused, on", uncounted),
    ...listBelow("Failed for", failed),
  ];
  process.stdout.write(`${[title, ...table, ...lists].join("\n")}\n`);
}

function listBelow(title: string, controllers: string[]): string[] {
  if (controllers.length === 0) return [];
  return ["", `${title} ${counted(controllers.length, "controller")}:`, "", ...controllers];
}

/**
 * A text as code. All characters except letters, digits, blanks and hyphens are entities, so that no text is markup or ends a cell.
 * GitHub does not look for mentions of people in code.
 */
function code(text: string): string {
  if (text === "") return "";
  const safe = text.replace(/[^\p{L}\p{N} -]/gu, (char) => `&#${char.codePointAt(0)};`);
  return `<code>${safe}</code>`;
}
