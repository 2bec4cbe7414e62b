// Records terminal sessions and draws them for the documents, in a light and a dark version: npm run pictures
import { writeFileSync } from "node:fs";
import { draw, THEMES } from "./pictures/drawing.ts";
import { demo, list } from "./pictures/recordings.ts";

const PICTURES = {
  demo: { record: demo, title: "A terminal that shows the output of npm run demo" },
  list: { record: list, title: "A terminal that shows the output of pulumi-jenkins list" },
};

if (import.meta.main) {
  for (const [name, { record }] of Object.entries(PICTURES)) {
    const pictures = drawn(name as keyof typeof PICTURES, await record());
    for (const [path, text] of Object.entries(pictures)) writeFileSync(new URL(`../${path}`, import.meta.url), text);
  }
}

/** The pictures of a session, by their paths. */
export function drawn(name: keyof typeof PICTURES, recorded: string): Record<string, string> {
  const { title } = PICTURES[name];
  const entries = Object.entries(THEMES).map(([theme, colours]) => [
    `docs/pictures/${name}-${theme}.svg`,
    draw(recorded, title, colours),
  ]);
  return Object.fromEntries(entries);
}
