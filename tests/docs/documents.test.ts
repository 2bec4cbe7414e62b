import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { read } from "../../provider/command/arguments.ts";
import { VARIABLES } from "../../provider/settings/connection.ts";
import { documents as written } from "../../scripts/docs.ts";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { anchorsOf, blocksOf, type Command, commandsIn, docComments, documents, ROOT } from "./blocks.ts";
import { isProgram, mistakesInTypes } from "./programs.ts";
import { mistakesInYaml } from "./yaml.ts";

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const texts = documents();
const blocks = texts.flatMap(blocksOf);
const commands = texts.flatMap(commandsIn);
const blocksIn = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

describe("The documentation for users", () => {
  it("has the present output of `npm run docs` in its generated parts", () => {
    for (const [path, text] of Object.entries(written())) {
      assert.equal(readFileSync(join(ROOT, path), "utf8"), text, `${path}: npm run docs`);
    }
  });

  it("has only code blocks in languages that these tests check", () => {
    const checked = [
      "ts",
      "typescript",
      "js",
      "python",
      "go",
      "csharp",
      "groovy",
      "java",
      "yaml",
      "json",
      "sh",
      "text",
      "mermaid",
    ];
    const others = blocks.filter(({ language }) => !checked.includes(language));
    assert.deepEqual(
      others.map(({ at, language }) => `${at}: ${language || "none"}`),
      [],
    );
  });

  it("shows programs without type errors, in the documents and in doc comments", () => {
    const elsewhere = /^docs\/(testing|where-the-value-goes|scheduled-runs)\.md:/; // See testing.test.ts and stores.test.ts.
    const others = blocks.filter(({ at }) => !elsewhere.test(at));
    const programs = [...others, ...docComments().flatMap(blocksOf)].filter(isProgram);
    assert.ok(programs.length > 10);
    assert.deepEqual(mistakesInTypes(programs), []);
  }).timeout("10m");

  it("shows Python, Go, C# and Java only as copies of examples, which tests/languages/ checks", () => {
    const examples = {
      python: "examples/python/__main__.py",
      go: "examples/go/main.go",
      csharp: "examples/registry/ApiToken.cs",
      java: "examples/registry/ApiToken.java",
    };
    for (const [language, path] of Object.entries(examples)) {
      const shown = blocksIn(language);
      assert.ok(shown.length > 0, language);
      const example = readFileSync(join(ROOT, path), "utf8");
      for (const { at, text } of shown) assert.ok(example.includes(text), `${at}: ${path} has something else`);
    }
  });

  it("shows printed output only in documents where a test compares it with the real output", () => {
    assert.deepEqual(
      blocksIn("text").map(({ at }) => at.split(":")[0]),
      ["docs/command.md", "docs/command.md", "README.md"],
    );
  });

  it("shows valid YAML and JSON, with types and properties of the schema", () => {
    const inYaml = blocksIn("yaml").flatMap(({ at, text }) =>
      mistakesInYaml(text).map((mistake) => `${at}: ${mistake}`),
    );
    assert.deepEqual(inYaml, []);
    for (const { at, text } of blocksIn("json")) assert.doesNotThrow(() => JSON.parse(text), at);
  });

  it("shows only diagrams of kinds that Mermaid has", () => {
    const kinds = /^(flowchart|graph|sequenceDiagram|stateDiagram-v2|classDiagram|gantt|timeline|mindmap)\b/;
    for (const { at, text } of blocksIn("mermaid")) assert.match(text, kinds, at);
  });

  it("names only npm scripts that package.json has", () => {
    const run = commands.filter(({ words }) => words[0] === "npm" && /^(run|test)$/.test(words[1] ?? ""));
    const unknown = run.filter(({ words }) => !(scriptOf(words) in manifest.scripts));
    assert.ok(run.length > 10);
    assert.deepEqual(unknown.map(shown), []);
  });

  it("shows pulumi-jenkins only with arguments that the command accepts", () => {
    const called = commands.filter(({ words }) => words[1] === "pulumi-jenkins" && words.length > 2);
    assert.ok(called.length > 4);
    for (const command of called) {
      const [verb = "", ...args] = command.words.slice(2);
      assert.doesNotThrow(() => read([verb, ...(args.length > 0 ? args : ["--help"])]), shown(command));
    }
  });

  it("shows only commands and flags that Pulumi's CLI has", async () => {
    const called = commands.filter(({ words }) => words[0] === "pulumi" && words.length > 1);
    const different = new Map(called.map((command) => [usedIn(command), command]));
    const workshop = await Workshop.open();
    try {
      for (const command of different.values()) await assertKnown(workshop, command);
    } finally {
      workshop.close();
    }
  }).timeout("10m");

  it("names only environment variables that the provider reads, and only the present version", () => {
    const variables = Object.values(VARIABLES).flat();
    for (const { path, text } of texts) {
      for (const [name] of text.matchAll(/\bJENKINS_[A-Z_]+\b/g))
        assert.ok(variables.includes(name), `${path}: ${name}`);
      const versions = text.matchAll(/resource-jenkins-v([\d.]+)\.tgz|resource jenkins ([\d.]+)/g);
      for (const [found, one = "", other = ""] of versions)
        assert.equal(one || other, manifest.version, `${path}: ${found}`);
    }
  });

  it("links only to existing files and headings", () => {
    for (const document of texts) {
      for (const [, target = ""] of document.text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? document.path : join(dirname(document.path), path);
        assert.ok(existsSync(join(ROOT, file)), `${document.path}: ${target}`);
        const aimed = texts.find((one) => one.path === file);
        if (anchor && aimed) assert.ok(anchorsOf(aimed).includes(anchor), `${document.path}: ${target}`);
      }
    }
  });
});

function shown({ at, words }: Command): string {
  return `${at}: ${words.join(" ")}`;
}

function scriptOf([, verb = "", script = ""]: string[]): string {
  return verb === "test" ? "test" : script;
}

/** The command and flags of a command line, without arguments. No Pulumi command has more than two words. */
function usedIn({ words }: Command): string {
  return [...words.slice(1, 3), ...words.filter((word) => word.startsWith("-"))].join(" ");
}

/** Calls the command with --help. The CLI then checks the flags, but only shows the usage. */
async function assertKnown(workshop: Workshop, command: Command): Promise<void> {
  const { words } = command;
  const plugin = join(workshop.plugin, "pulumi-resource-jenkins");
  const from = words[1] === "do" ? ["--package", plugin] : []; // They come from the plugin's schema.
  const environment = workshop.environment(workshop.folder);
  const asked = await workshop.pulumi([...words.slice(1), ...from, "--help"], workshop.folder, environment);
  const { code, output: stdout } = asked;
  assert.ok(code === 0 && !stdout.includes("unknown flag"), `${shown(command)}: ${stdout}`);
  const usage = /^Usage:\n((?: .*\n)+)/m.exec(stdout)?.[1] ?? "";
  const path = /^ *(pulumi[a-z -]*[a-z])/.exec(usage)?.[1]?.split(" ") ?? [];
  const next = words[path.length] ?? "-"; // An unknown subcommand, or an argument.
  assert.ok(next.startsWith("-") || !usage.includes("[command]"), `${shown(command)}: there is no ${next}`);
}
