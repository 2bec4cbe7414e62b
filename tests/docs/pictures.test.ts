import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { before, describe, it } from "mocha";
import { demo, list } from "../../scripts/pictures/recordings.ts";
import { drawn, plots } from "../../scripts/pictures.ts";
import { hasTerminal } from "../support/command.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("The demo", function () {
  this.timeout("15m");
  let recorded: string;

  before(async () => {
    recorded = await demo();
  });

  it("shows the life of a token in at most 50 lines of 80 columns, without the requests", () => {
    const lines = stripVTControlCharacters(recorded).split("\n");
    assert.ok(lines.length <= 50, `${lines.length} lines`);
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    assert.equal(lines.filter((line) => line.startsWith("✓ ")).length, 6);
    assert.doesNotMatch(recorded, /(GET|POST) \w/);
  });

  it("looks like its pictures", () => {
    for (const [path, text] of Object.entries(drawn("demo", recorded)))
      assert.equal(read(path), text, `${path}: npm run pictures`);
  });
});

describe("The list of tokens", () => {
  it("looks like its pictures", async function () {
    if (!hasTerminal) this.skip(); // Only `script` can open a terminal here.
    for (const [path, text] of Object.entries(drawn("list", await list())))
      assert.equal(read(path), text, `${path}: npm run pictures`);
  });
});

describe("The plots of docs/performance.md", () => {
  it("show the numbers of its table", () => {
    const drawnNow = plots();
    assert.equal(Object.keys(drawnNow).length, 4);
    for (const [path, text] of Object.entries(drawnNow)) {
      assert.equal(read(path), text, `${path}: npm run pictures`);
      const numbers = [...text.matchAll(/>([\d.]+)( s|\/s)<\/text>/g)].map(([, number]) => number ?? "");
      assert.ok(numbers.length >= 9, path);
      for (const number of numbers) assert.ok(read("docs/performance.md").includes(`${number}`), number);
    }
  });
});
