import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { CONNECTION, INPUTS, OBSERVED, REVIEWED_TOKEN, TOKEN_QUERY } from "../../provider/properties.ts";
import { changes } from "../faults/changes.ts";
import { faults } from "../faults/faults.ts";
import { families } from "../faults/report.ts";
import { wireFaults } from "../faults/wire.ts";
import { compatibilityTable } from "../support/compatibility.ts";

const here = new URL("../../", import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, here), "utf8");
const readme = text("README.md");

/** The rows of the table under a heading, by what stands in code in their first column. */
function rows(heading: string): string[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name);
}

describe("The README", () => {
  it("shows the program of examples/basic", () => {
    assert.ok(readme.includes(`\`\`\`ts\n${text("examples/basic/index.ts")}\`\`\``));
  });

  it("names every example", () => {
    const named = [...readme.matchAll(/^\| \[`([\w-]+)`\]\(examples\/\1\) \|/gm)].map(([, name = ""]) => name);
    assert.deepEqual(new Set(named), new Set(readdirSync(new URL("examples", here))));
  });

  it("says from which Node.js and Pulumi on it works", () => {
    const { engines, peerDependencies } = JSON.parse(text("package.json"));
    const [node, pulumi] = [engines.node, peerDependencies["@pulumi/pulumi"]].map((range) => range.replace(/^\D+/, ""));
    assert.ok(readme.includes(`| Node.js | ${node.replace(/\.0$/, "")} and later`));
    assert.ok(readme.includes(`| \`@pulumi/pulumi\`, Pulumi CLI | ${pulumi} and later`));
  });

  const declared = Object.keys(INPUTS).filter((name) => name !== "autoName"); // Which users don't give.

  it("lists every input, and every setting of a connection", () => {
    assert.deepEqual(rows("Inputs"), declared);
    assert.deepEqual(rows("Connection"), Object.keys(CONNECTION));
  });

  it("lists every output that isn't an input as declared", () => {
    const computed = [...text("sdk/resource.ts").matchAll(/^ {2}get (\w+)/gm)].map(([, name = ""]) => name);
    assert.deepEqual(new Set(rows("Outputs")), new Set([...Object.keys(OBSERVED), ...computed]));
  });

  it("lists what the function that lists tokens takes, and everything that it gives of one", () => {
    const [, section = ""] = /\n## Reviewing tokens\n([\s\S]*?)\n## /.exec(readme) ?? [];
    const inTables = [...section.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = ""]) => cell.match(/\w+/g) ?? []);
    assert.deepEqual(new Set(inTables), new Set([...Object.keys(TOKEN_QUERY), ...Object.keys(REVIEWED_TOKEN)]));
  });

  it("counts every kind of fault in exactly one row of its table", () => {
    const kinds = Object.keys({ ...faults, ...wireFaults, ...changes });
    const rowsOf = (kind: string) => Object.values(families).filter((is) => is.test(kind));
    assert.deepEqual(
      kinds.filter((kind) => rowsOf(kind).length !== 1),
      [],
    );
    const counts = [...readme.matchAll(/^\| (.+) \| ([\d,]+) \| [\d,]+ \| 0 \|$/gm)];
    assert.deepEqual(
      counts.map(([, family]) => family),
      Object.keys(families),
    );
    assert.ok(counts.every(([, , runs]) => runs !== "0"));
  });

  it("says what works on which Jenkins", () => {
    const table = compatibilityTable(readdirSync(new URL("tests/fixtures/recordings", here)));
    assert.ok(readme.includes(`\n\n${table}\n`), `it has to say:\n\n${table}`);
  });
});
