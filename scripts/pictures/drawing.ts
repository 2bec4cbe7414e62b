/** Draws the text of a terminal as an SVG that loads no other file. */
import { stripVTControlCharacters } from "node:util";

const COLUMNS = 80;
const FONT_SIZE = 14;
const COLUMN_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 18;

export interface Theme {
  background: string;
  border: string;
  text: string;
  /** The colours, by their terminal codes. */
  colours: Record<number, string>;
}

/** The colours of GitHub's own pages. */
export const THEMES: Record<"light" | "dark", Theme> = {
  light: {
    background: "#f6f8fa",
    border: "#d1d9e0",
    text: "#1f2328",
    colours: {
      31: "#d1242f",
      32: "#1a7f37",
      33: "#9a6700",
      34: "#0969da",
      35: "#8250df",
      36: "#0969da",
      90: "#59636e",
    },
  },
  dark: {
    background: "#151b23",
    border: "#3d444d",
    text: "#f0f6fc",
    colours: {
      31: "#f85149",
      32: "#3fb950",
      33: "#d29922",
      34: "#4493f8",
      35: "#ab7df8",
      36: "#4493f8",
      90: "#9198a1",
    },
  },
};

/** @param title the text for screen readers. */
export function draw(recorded: string, title: string, theme: Theme): string {
  const lines = recorded.trimEnd().split(/\r?\n/);
  const columns = Math.max(COLUMNS, ...lines.map((line) => stripVTControlCharacters(line).length));
  const width = Math.ceil(columns * COLUMN_WIDTH) + 2 * MARGIN;
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const style: Style = { isBold: false, isDim: false };
  const drawn = lines.map((line, index) => textOf(line, MARGIN + (index + 0.75) * LINE_HEIGHT, style, theme));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${title}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6" fill="${theme.background}" stroke="${theme.border}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, monospace" font-size="${FONT_SIZE}" fill="${theme.text}">
${drawn.filter(Boolean).join("\n")}
</g>
</svg>
`;
}

interface Style {
  colour?: number | undefined;
  isBold: boolean;
  isDim: boolean;
}

/** Draws one line. The style at its end continues in the next line. */
function textOf(line: string, y: number, style: Style, theme: Theme): string {
  const [first = "", ...others] = line.split("\u001b["); // All parts but the first begin with codes: "1;32m".
  let shown = first;
  let drawn = spanOf(first, style, theme);
  for (const piece of others) {
    const [, codes = "", text = ""] = /^([\d;]*)m(.*)$/s.exec(piece) ?? [];
    for (const code of codes.split(";")) apply(Number(code), style);
    shown += text;
    drawn += spanOf(text, style, theme);
  }
  if (shown.trim() === "") return "";
  // With `textLength`, every font takes the same columns.
  const length = (shown.length * COLUMN_WIDTH).toFixed(1);
  return `<text x="${MARGIN}" y="${y}" textLength="${length}">${drawn}</text>`;
}

function apply(code: number, style: Style): void {
  if (code === 0) Object.assign(style, { colour: undefined, isBold: false, isDim: false });
  else if (code === 1) style.isBold = true;
  else if (code === 2) style.isDim = true;
  else if (code === 22) Object.assign(style, { isBold: false, isDim: false });
  else if (code === 39) style.colour = undefined;
  else style.colour = code;
}

function spanOf(text: string, { colour, isBold, isDim }: Style, { colours }: Theme): string {
  if (text === "") return "";
  const fill = colours[isDim ? 90 : (colour ?? 0)];
  const attributes = `${fill ? ` fill="${fill}"` : ""}${isBold ? ' font-weight="bold"' : ""}`;
  return attributes ? `<tspan${attributes}>${escaped(text)}</tspan>` : escaped(text);
}

/** Escapes the text, and keeps blanks that SVG would merge. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(" ", "\u00a0");
}
