/** Draws the measurements in docs/performance.md as bars. */
import type { Theme } from "./drawing.ts";

interface Bar {
  label: string;
  value: number;
}

interface Plot {
  title: string;
  unit: string;
  groups: { label: string; bars: Bar[] }[];
}

/** A line of the table: what was measured, the value, and the value that it is compared with. */
interface Line {
  part: string;
  what: string;
  value: number;
  compared: Bar | undefined;
}

const COMMANDS = ["preview", "up", "unchanged up", "refresh", "destroy"];

/** How long Pulumi's commands take for the largest number of tokens of one user. */
export function commandsPlot(page: string): Plot {
  const lines = linesOf(page);
  const most = Math.max(...lines.map(({ part }) => Number(/^(\d+) tokens$/.exec(part)?.[1] ?? 0)));
  const groups = COMMANDS.map((command) => {
    const of = (face: string) =>
      lines.find(({ part, what }) => part === `${most} tokens` && what === `\`${command}\`, ${face}`);
    return { label: command, bars: barsOf({ dynamic: of("dynamic"), plugin: of("plugin") }) };
  });
  return {
    title: `Pulumi's commands with ${most.toLocaleString("en")} tokens of one user, in seconds`,
    unit: "s",
    groups,
  };
}

/** How many tokens change in a second while eight users are served at once. */
export function callsPlot(page: string): Plot {
  const lines = linesOf(page).filter(({ part }) => part === "calls, 8 users at once");
  const groups = ["create", "update", "delete"].map((call) => {
    const of = (what: string) => lines.find((line) => line.what === what);
    const measured = { "this package": of(call), "bare provider": of(`${call}, by a provider of bare requests`) };
    return { label: call, bars: barsOf(measured) };
  });
  return { title: "Calls in a second, for 8 users at once", unit: "/s", groups };
}

/** What they are compared with comes first, as it is the same for all. */
function barsOf(measured: Record<string, Line | undefined>): Bar[] {
  const found = Object.entries(measured).flatMap(([label, line]) => (line ? [{ label, ...line }] : []));
  const compared = found.flatMap((line) => line.compared ?? []).slice(0, 1);
  return [...compared, ...found.map(({ label, value }) => ({ label, value }))];
}

function linesOf(page: string): Line[] {
  const rows = page.split("\n").filter((line) => /^\| .* \|$/.test(line));
  return rows.map((row) => {
    const [part = "", what = "", value = "", compared = ""] = row.slice(2, -2).split(" | ");
    const [, label = "", other = ""] = /^(.*): ([\d.]+)/.exec(compared) ?? [];
    return {
      part,
      what,
      value: Number.parseFloat(value),
      compared: label ? { label, value: Number(other) } : undefined,
    };
  });
}

const [WIDTH, LABELS, ROW, TOP] = [680, 190, 20, 44];
const LONGEST = WIDTH - LABELS - 90;
/** The codes of the theme's colours, in the order of the bars of a group. */
const COLOURS = [90, 34, 35];

export function drawPlot({ title, unit, groups }: Plot, { background, border, text, colours }: Theme): string {
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  let y = TOP;
  const drawn = groups.map(({ label, bars }) => {
    const lines = bars.map((bar, index) => {
      const width = Math.max(2, Math.round((bar.value / most) * LONGEST));
      const at = y + index * ROW;
      return `<text x="${LABELS - 10}" y="${at + 14}" text-anchor="end" fill="${colours[90]}">${bar.label}</text>
<rect x="${LABELS}" y="${at + 3}" width="${width}" height="${ROW - 6}" rx="2" fill="${colours[COLOURS[index] ?? 0]}"/>
<text x="${LABELS + width + 8}" y="${at + 14}">${bar.value}${unit === "s" ? " s" : unit}</text>`;
    });
    const head = `<text x="20" y="${y + 14}" font-weight="bold">${label}</text>`;
    y += bars.length * ROW + 10;
    return [head, ...lines].join("\n");
  });
  const height = y + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${title}</title>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6" fill="${background}" stroke="${border}"/>
<g font-family="system-ui, sans-serif" font-size="13" fill="${text}">
<text x="20" y="26" font-size="15">${title}</text>
${drawn.join("\n")}
</g>
</svg>
`;
}
