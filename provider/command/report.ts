/** What `list` has found, and who writes it. */
import type { Asked, Format } from "./arguments.ts";
import type { Failure } from "./fleet.ts";
import type { ListedToken } from "./output.ts";

/** What one controller shows. */
export interface Listing {
  url: string;
  /** Absent for all users, and where there is no such user. */
  userId: string | undefined;
  /** Those that meet the filters. */
  tokens: ListedToken[];
  /** How many there are without filters. */
  all: number;
  /** By the clock of the controller. */
  now: Date;
}

export interface Report {
  /** Whether several controllers were asked. */
  isFleet: boolean;
  whose: string;
  listings: Listing[];
  failures: Failure[];
}

type Writer = (report: Report, asked: Asked) => void | Promise<void>;

/** One file a format, loaded when it is asked for. */
const WRITERS: Record<Format, () => Promise<Writer>> = {
  table: async () => (await import("./formats/table.ts")).writeTable,
  json: async () => (await import("./formats/json.ts")).writeJson,
  csv: async () => (await import("./formats/csv.ts")).writeCsv,
  markdown: async () => (await import("./formats/markdown.ts")).writeMarkdown,
  html: async () => (await import("./formats/html.ts")).writeHtml,
};

export function writerOf(format: Format): Promise<Writer> {
  return WRITERS[format]();
}
