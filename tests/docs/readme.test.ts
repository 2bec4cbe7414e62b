import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { CONNECTION, INPUTS, OBSERVED, REVIEWED_TOKEN, TOKEN_QUERY } from "../../provider/properties.ts";
import { changes } from "../faults/changes.ts";
import { faults } from "../faults/faults.ts";
import { families } from "../faults/report.ts";
import { wireFaults } from "../faults/wire.ts";
import { compatibilityTable } from "../support/compatibility.ts";
import { withoutCode } from "./blocks.ts";

const here = new URL("../../", import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, here), "utf8");
const readme = text("README.md");

/** The text under a heading of a document. */
function section(file: string, heading: string): string {
  return text(file).split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
}

/** The code in the first column of the table under a heading. */
function rows(file: string, heading: string): string[] {
  return [...section(file, heading).matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name);
}

/** The number of words outside code. */
function wordsIn(document: string): number {
  const words = withoutCode(document).split(/\s+/);
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** Readers look something up in these documents, and do not read them as a whole. */
const REFERENCES = [
  "inputs-and-outputs.md",
  "command.md",
  "installation-configuration.md",
  "performance.md",
  "troubleshooting.md",
];

describe("The README", () => {
  it("shows the program of examples/basic", () => {
    assert.ok(readme.includes(`\`\`\`ts\n${text("examples/basic/index.ts")}\`\`\``));
  });

  it("shows the repository's pictures by absolute URLs, because npm's page of the package has no files", () => {
    const main = "https://raw.githubusercontent.com/pulumi-jenkins/pulumi-jenkins/main/";
    const shown = [...readme.matchAll(/(?:src|srcset)="([^"]*)"/g)].map(([, address = ""]) => address);
    assert.equal(shown.length, 4);
    for (const address of shown) {
      assert.ok(address.startsWith(main), address);
      assert.match(text(address.slice(main.length)), /^<svg /);
    }
  });

  it("has at most 1,500 words outside code", () => {
    assert.ok(wordsIn(readme) <= 1500, `it has ${wordsIn(readme)}`);
  });

  it("names the lowest supported versions of Node.js and Pulumi", () => {
    const { engines, peerDependencies } = JSON.parse(text("package.json"));
    const [node, pulumi] = [engines.node, peerDependencies["@pulumi/pulumi"]].map((range) => range.replace(/^\D+/, ""));
    assert.ok(readme.includes(`| Node.js | ${node.replace(/\.0$/, "")} and later`));
    assert.ok(readme.includes(`| \`@pulumi/pulumi\`, Pulumi CLI | ${pulumi} and later`));
  });

  it("lists every setting of a connection", () => {
    assert.deepEqual(rows("README.md", "Settings"), Object.keys(CONNECTION));
  });
});

describe("The guides", () => {
  it("and the examples are all listed in docs/README.md", () => {
    const index = text("docs/README.md");
    const guides = readdirSync(new URL("docs", here)).filter((file) => /^(?!_index|README).*\.md$/.test(file));
    const linked = [...index.matchAll(/\]\(([\w-]+\.md)(?:#[\w-]+)?\)/g)].map(([, file = ""]) => file);
    assert.deepEqual(new Set(linked), new Set(guides));
    const named = [...index.matchAll(/^\| \[`([\w-]+)`\]\(\.\.\/examples\/\1\) \|/gm)].map(([, name = ""]) => name);
    assert.deepEqual(new Set(named), new Set(readdirSync(new URL("examples", here))));
  });

  it("have at most 900 words outside code, unless they are references", () => {
    const files = readdirSync(new URL("docs", here)).filter((file) => file.endsWith(".md"));
    const long = files.filter((file) => !REFERENCES.includes(file) && wordsIn(text(`docs/${file}`)) > 900);
    assert.deepEqual(long, []);
  });

  const declared = Object.keys(INPUTS).filter((name) => name !== "autoName"); // Users do not set it.

  it("list every input", () => {
    assert.deepEqual(rows("docs/inputs-and-outputs.md", "Inputs"), declared);
  });

  it("list every output that is not just a declared input", () => {
    const computed = [...text("sdk/resource.ts").matchAll(/^ {2}get (\w+)/gm)].map(([, name = ""]) => name);
    assert.deepEqual(
      new Set(rows("docs/inputs-and-outputs.md", "Outputs")),
      new Set([...Object.keys(OBSERVED), ...computed]),
    );
  });

  it("list every argument of getJenkinsApiTokens, and every property of its tokens", () => {
    const reviewing = section("docs/listing-tokens.md", "Reviewing tokens");
    const inTables = [...reviewing.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = ""]) => cell.match(/\w+/g) ?? []);
    assert.deepEqual(new Set(inTables), new Set([...Object.keys(TOKEN_QUERY), ...Object.keys(REVIEWED_TOKEN)]));
  });

  it("count every kind of fault in exactly one row of the table in docs/injected-faults.md", () => {
    const kinds = Object.keys({ ...faults, ...wireFaults, ...changes });
    const rowsOf = (kind: string) => Object.values(families).filter((is) => is.test(kind));
    assert.deepEqual(
      kinds.filter((kind) => rowsOf(kind).length !== 1),
      [],
    );
    const counts = [...text("docs/injected-faults.md").matchAll(/^\| (.+) \| ([\d,]+) \| [\d,]+ \| 0 \|$/gm)];
    assert.deepEqual(
      counts.map(([, family]) => family),
      Object.keys(families),
    );
    assert.ok(counts.every(([, , runs]) => runs !== "0"));
  });

  it("show the features of each version of Jenkins", () => {
    const table = compatibilityTable(readdirSync(new URL("tests/fixtures/recordings", here)));
    assert.ok(text("docs/compatibility.md").includes(`\n\n${table}\n`), `it has to say:\n\n${table}`);
  });
});
