/** Writes HTML reports of given tokens into a file in a new folder. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { read } from "../../provider/command/arguments.ts";
import { writeHtml } from "../../provider/command/formats/html.ts";
import type { KnownToken } from "../../provider/command/output.ts";
import type { Report } from "../../provider/command/report.ts";
import { perform } from "../../provider/operation.ts";

const NOW = new Date("2026-06-15T12:00:00Z");
const DAY_MS = 86_400_000;

/** The time this many days before the report, or after it if negative. */
export const ago = (days: number): string => new Date(NOW.getTime() - days * DAY_MS).toISOString();

export function token(more: Partial<KnownToken> = {}): KnownToken {
  const tokenUuid = "6fa1b7a9-7d1e-4a8c-9c1e-0d6f4e8a2b10";
  return { userId: "alice", tokenName: "deploy", tokenUuid, isLegacy: false, isExpired: false, ...more };
}

export function reportOf(tokens: KnownToken[], more: Partial<Report> = {}): Report {
  const { length } = tokens;
  const counts = { shown: length, all: length, lacksCounts: false };
  const listing = { url: "https://ci.example.com", userId: "alice", tokens, now: NOW, ...counts };
  const { listings = [listing] } = more;
  const all = listings.reduce((sum, one) => sum + one.all, 0);
  return { isFleet: false, whose: "alice", listings, all, failures: [], ...more };
}

/** The contents of a report's file. */
export interface Written {
  file: string;
  page: string;
  /** The data for its script. */
  data: { controllers?: string[]; findings: [bit: number, name: string][]; rows: (string | number)[][] };
}

export class Reports {
  readonly folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-html-"));
  readonly file = join(this.folder, "tokens.html");

  async write(report: Report, ...options: string[]): Promise<Written> {
    const wanted = read(["list", "--html", this.file, ...options]);
    if ("asked" in wanted) await perform({ tell: () => undefined }, () => writeHtml(report, wanted.asked));
    return this.written();
  }

  written(): Written {
    const page = readFileSync(this.file, "utf8");
    const [, data = ""] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
    return { file: this.file, page, data: JSON.parse(data) };
  }

  end(): void {
    rmSync(this.folder, { recursive: true });
  }
}
