// Generates schema.json, and the tables of errors and settings in the documents, from the sources: npm run docs
import { readFileSync, writeFileSync } from "node:fs";
import { OBSERVED } from "../provider/properties.ts";
import { VARIABLES } from "../provider/settings/connection.ts";
import { pulumiSchema } from "./schema.ts";

const fileOf = (path: string): URL => new URL(`../${path}`, import.meta.url);
const REFERENCE = "docs/inputs-and-outputs.md";

const ERROR_CLASS =
  /\/\*\*\n((?: \*.*\n)+?) \*\/\nexport class \w+ extends JenkinsError \{\n {2}readonly code = "(\w+)"/g;

if (import.meta.main) for (const [path, text] of Object.entries(documents())) writeFileSync(fileOf(path), text);

/** The texts of the documents that are generated, wholly or in part, by their paths. */
export function documents(): Record<string, string> {
  return {
    "schema.json": pulumiSchema(),
    [REFERENCE]: reference(),
    "docs/troubleshooting.md": withPart("docs/troubleshooting.md", "errors", errorTable()),
    "docs/installation-configuration.md": withPart("docs/installation-configuration.md", "settings", settingTable()),
  };
}

function reference(): string {
  const resource = JSON.parse(pulumiSchema()).resources["jenkins:index:ApiToken"];
  const parts = {
    inputs: propertyTable("input", resource.inputProperties),
    outputs: propertyTable("output", pick(resource.properties, Object.keys(OBSERVED))),
  };
  const text = readFileSync(fileOf(REFERENCE), "utf8");
  return Object.entries(parts).reduce((reference, [name, part]) => replaced(reference, name, part), text);
}

type Described = Record<string, { description: string }>;

function propertyTable(title: string, properties: Described): string {
  const rows = Object.entries(properties).map(([name, { description }]) => {
    return `| \`${name}\` | ${description.replaceAll("\n\n", " ").replaceAll("|", "\\|")} |\n`;
  });
  return `| ${title} | |\n|---|---|\n${rows.join("")}`;
}

function pick(properties: Described, names: string[]): Described {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}

/** The documents with the numbers of the last run, by the name of the generated part. */
const REPORTS = { faults: "docs/injected-faults.md", performance: "docs/performance.md" };

/** Writes the numbers of a run into their document. */
export function report(name: keyof typeof REPORTS, part: string): void {
  writeFileSync(fileOf(REPORTS[name]), withPart(REPORTS[name], name, part));
}

/** The document, with a new text between the two markers of this name. */
function withPart(path: string, name: string, part: string): string {
  return replaced(readFileSync(fileOf(path), "utf8"), name, part);
}

function replaced(text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`the markers ${begin.trim()} and ${end} are missing`);
  return [before, begin, part, end, after].join("");
}

function errorTable(): string {
  const rows = errorClasses().map(({ code, when, whatToDo }) => {
    return `| [\`${code}\`](#${code.toLowerCase()}) | ${when} | ${whatToDo} |\n`;
  });
  return `| code | when | what to do |\n|---|---|---|\n${rows.join("")}`;
}

/** The codes of errors, with the first two paragraphs of the doc comments of their classes. */
function errorClasses(): { code: string; when: string; whatToDo: string }[] {
  const source = readFileSync(fileOf("provider/errors.ts"), "utf8");
  return [...source.matchAll(ERROR_CLASS)].map(([, comment = "", code = ""]) => {
    const [when, whatToDo] = comment
      .replaceAll(/^ \* ?/gm, "")
      .trim()
      .split("\n\n");
    if (!when || !whatToDo)
      throw new Error(`The doc comment of ${code} needs two paragraphs: when it is thrown, and what to do`);
    return { code, when: when.replaceAll("\n", " "), whatToDo: whatToDo.replaceAll("\n", " ") };
  });
}

function settingTable(): string {
  const { variables } = JSON.parse(pulumiSchema()).config as { variables: Record<string, Variable> };
  const rows = Object.entries(variables).map(([name, { description, secret }]) => {
    const environment = VARIABLES[name]?.map((variable) => `\`${variable}\``).join(", ") ?? "";
    return `| \`jenkins:${name}\`${secret ? " (set with `--secret`)" : ""} | ${environment} | ${description} |\n`;
  });
  return `| option | environment | |\n|---|---|---|\n${rows.join("")}`;
}

interface Variable {
  description: string;
  secret?: true;
}
