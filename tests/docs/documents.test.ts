import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import { read } from "../../provider/command/arguments.ts";
import { VARIABLES } from "../../provider/settings/connection.ts";
import { documents as written } from "../../scripts/docs.ts";
import { pulumiCli } from "../../scripts/pulumi-cli.ts";
import { anchorsOf, blocksOf, type Command, commandsIn, docComments, documents, ROOT } from "./blocks.ts";
import { isProgram, mistakesInTypes } from "./programs.ts";
import { mistakesInYaml } from "./yaml.ts";

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const texts = documents();
const blocks = texts.flatMap(blocksOf);
const commands = texts.flatMap(commandsIn);
const blocksIn = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

describe("What users read", () => {
  it("is, where `npm run docs` writes it, what that writes now", () => {
    for (const [path, text] of Object.entries(written())) {
      assert.equal(readFileSync(join(ROOT, path), "utf8"), text, `${path}: npm run docs`);
    }
  });

  it("has only blocks of languages that are checked here", () => {
    const checked = ["ts", "typescript", "js", "yaml", "json", "sh", "mermaid"];
    const others = blocks.filter(({ language }) => !checked.includes(language));
    assert.deepEqual(
      others.map(({ at, language }) => `${at}: ${language || "none"}`),
      [],
    );
  });

  it("shows programs that have right types, in the documents and in the editor", () => {
    const programs = [...blocks, ...docComments().flatMap(blocksOf)].filter(isProgram);
    assert.ok(programs.length > 10);
    assert.deepEqual(mistakesInTypes(programs), []);
  }).timeout("3m");

  it("shows YAML and JSON that can be parsed, with types and properties that the schema knows", () => {
    const inYaml = blocksIn("yaml").flatMap(({ at, text }) =>
      mistakesInYaml(text).map((mistake) => `${at}: ${mistake}`),
    );
    assert.deepEqual(inYaml, []);
    for (const { at, text } of blocksIn("json")) assert.doesNotThrow(() => JSON.parse(text), at);
  });

  it("shows diagrams of kinds that there are", () => {
    const kinds = /^(flowchart|graph|sequenceDiagram|stateDiagram-v2|classDiagram|gantt|timeline|mindmap)\b/;
    for (const { at, text } of blocksIn("mermaid")) assert.match(text, kinds, at);
  });

  it("names only scripts of npm that there are", () => {
    const run = commands.filter(({ words }) => words[0] === "npm" && /^(run|test)$/.test(words[1] ?? ""));
    const unknown = run.filter(({ words }) => !(scriptOf(words) in manifest.scripts));
    assert.ok(run.length > 10);
    assert.deepEqual(unknown.map(shown), []);
  });

  it("shows the command pulumi-jenkins as it can be called", () => {
    const called = commands.filter(({ words }) => words[1] === "pulumi-jenkins" && words.length > 2);
    assert.ok(called.length > 4);
    for (const command of called) {
      const [verb = "", ...args] = command.words.slice(2);
      assert.doesNotThrow(() => read([verb, ...(args.length > 0 ? args : ["--help"])]), shown(command));
    }
  });

  it("shows commands and flags that Pulumi's CLI has", async () => {
    const { bin } = await pulumiCli();
    const called = commands.filter(({ words }) => words[0] === "pulumi" && words.length > 1);
    const different = new Map(called.map((command) => [usedIn(command), command]));
    for (const command of different.values()) await assertKnown(join(bin, "pulumi"), command);
  }).timeout("5m");

  it("names only variables that are looked at, and this version", () => {
    const variables = Object.values(VARIABLES).flat();
    for (const { path, text } of texts) {
      for (const [name] of text.matchAll(/\bJENKINS_[A-Z_]+\b/g))
        assert.ok(variables.includes(name), `${path}: ${name}`);
      const versions = text.matchAll(/resource-jenkins-v([\d.]+)\.tgz|resource jenkins ([\d.]+)/g);
      for (const [found, one = "", other = ""] of versions)
        assert.equal(one || other, manifest.version, `${path}: ${found}`);
    }
  });

  it("leads to files and headings that are there", () => {
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

/** What a command of Pulumi is about, without its arguments: no command of it has more than two words. */
function usedIn({ words }: Command): string {
  return [...words.slice(1, 3), ...words.filter((word) => word.startsWith("-"))].join(" ");
}

/** Asked for help, the CLI reads the flags and then only shows how the command is used. */
async function assertKnown(cli: string, command: Command): Promise<void> {
  const { words } = command;
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  const asked = promisify(execFile)(cli, [...words.slice(1), "--help"], { env });
  const { stdout } = await asked.catch((error) => assert.fail(`${shown(command)}: ${error.stderr}`));
  const usage = /^Usage:\n((?: .*\n)+)/m.exec(stdout)?.[1] ?? "";
  const path = /^ *(pulumi[a-z -]*[a-z])/.exec(usage)?.[1]?.split(" ") ?? [];
  const next = words[path.length] ?? "-"; // Where it isn't a command of this one, it is an argument, if there may be one.
  assert.ok(next.startsWith("-") || !usage.includes("[command]"), `${shown(command)}: there is no ${next}`);
}
