// Draws the pictures of the documents, in a light and a dark version: terminal sessions, which it records, and plots. npm run pictures
import { readFileSync, writeFileSync } from "node:fs";
import { draw, THEMES, type Theme } from "./pictures/drawing.ts";
import { callsPlot, commandsPlot, drawPlot } from "./pictures/plots.ts";
import { demo, list } from "./pictures/recordings.ts";

const PICTURES = {
  demo: { record: demo, title: "A terminal that shows the output of npm run demo" },
  list: { record: list, title: "A terminal that shows the output of pulumi-jenkins list" },
};

const fileOf = (path: string) => new URL(`../${path}`, import.meta.url);

if (import.meta.main) {
  const all = [plots()];
  for (const [name, { record }] of Object.entries(PICTURES))
    all.push(drawn(name as keyof typeof PICTURES, await record()));
  for (const [path, text] of all.flatMap(Object.entries<string>)) writeFileSync(fileOf(path), text);
}

/** The pictures of a session, by their paths. */
export function drawn(name: keyof typeof PICTURES, recorded: string): Record<string, string> {
  return inBothThemes(name, (theme) => draw(recorded, PICTURES[name].title, theme));
}

/** The plots of docs/performance.md, by their paths. */
export function plots(): Record<string, string> {
  const page = readFileSync(fileOf("docs/performance.md"), "utf8");
  return {
    ...inBothThemes("commands", (theme) => drawPlot(commandsPlot(page), theme)),
    ...inBothThemes("calls", (theme) => drawPlot(callsPlot(page), theme)),
  };
}

function inBothThemes(name: string, drawIn: (theme: Theme) => string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(THEMES).map(([theme, colours]) => [`docs/pictures/${name}-${theme}.svg`, drawIn(colours)]),
  );
}
