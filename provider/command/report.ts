/** The result of `list`, and the writers of the formats. */
import type { Asked, Format } from "./arguments.ts";
import type { Failure } from "./fleet.ts";
import type { KnownToken } from "./output.ts";

/** The tokens of one controller. */
export interface Listing {
  url: string;
  /** Absent for all users, and if there is no such user. */
  userId: string | undefined;
  /** The tokens that meet the filters. Empty in the report if `add` has written them. */
  tokens: KnownToken[];
  /** The number of tokens that meet the filters. */
  shown: number;
  /** The number of tokens without filters. */
  all: number;
  /** The time on the clock of the controller. */
  now: Date;
  /** Whether a filter needs use counts, and the controller does not count uses. */
  lacksCounts: boolean;
}

export interface Report {
  /** Whether several controllers were asked. */
  isFleet: boolean;
  whose: string;
  listings: Listing[];
  /** How many tokens there are without filters, on all controllers. */
  all: number;
  failures: Failure[];
}

export interface Writer {
  /** Writes the tokens of one controller before the next ones are known. */
  add?(listing: Listing): void;
  /** Writes the rest, or everything. */
  end(report: Report, asked: Asked): void | Promise<void>;
}

/** One file per format, loaded when it is needed. */
const WRITERS: Record<Format, (isFleet: boolean) => Promise<Writer>> = {
  table: async (isFleet) => new (await import("./formats/table.ts")).TableWriter(isFleet),
  json: async () => ({ end: (await import("./formats/json.ts")).writeJson }),
  csv: async () => new (await import("./formats/csv.ts")).CsvWriter(),
  markdown: async () => ({ end: (await import("./formats/markdown.ts")).writeMarkdown }),
  html: async () => ({ end: (await import("./formats/html.ts")).writeHtml }),
};

export function writerOf(format: Format, isFleet: boolean): Promise<Writer> {
  return WRITERS[format](isFleet);
}
