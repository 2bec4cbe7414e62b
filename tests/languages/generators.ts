/** Pulumi's generators, built from the Go module proxy: `codegen/main.go`, and `codegen/older/main.go` for Java and C#. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { before } from "mocha";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { compile, made } from "./tools.ts";

const SCHEMA = fileURLToPath(new URL("../../schema.json", import.meta.url));

export type Language = "csharp" | "go" | "java" | "nodejs" | "python";

/** Generates the SDK for a language from schema.json, as `pulumi package gen-sdk` does. */
export async function generateSdk(language: Language, folder: string): Promise<void> {
  const module = language === "java" || language === "csharp" ? "codegen/older" : "codegen";
  await promisify(execFile)(await generator(module), [SCHEMA, language, folder]);
}

/**
 * Writes index.ts into the folder.
 *
 * @param from `program`: the file is in PCL, Pulumi's intermediate language, which `pulumi convert` uses. `import`: the file is an
 *   exported stack, and the program declares its resources as `pulumi import` prints them.
 */
export async function generateProgram(from: "program" | "import", file: string, folder: string): Promise<void> {
  await promisify(execFile)(await generator("codegen"), [SCHEMA, from, file, folder]);
}

/** Writes Program.cs into the folder, for a file in PCL. */
export async function generateCSharp(file: string, folder: string): Promise<void> {
  await promisify(execFile)(await generator("codegen/older"), [SCHEMA, "program", file, folder]);
}

/** Converts a program in YAML to PCL, Pulumi's intermediate language. @returns the file. */
export async function convertToPcl(workshop: Workshop, { folder, environment }: Stack): Promise<string> {
  const pcl = join(folder, "pcl");
  const { PATH = "", ...rest } = environment;
  const path = [await converterOfYaml(), workshop.plugin, PATH].join(delimiter);
  const args = ["convert", "--language", "pcl", "--out", pcl];
  const { code, output } = await workshop.pulumi(args, folder, { ...rest, PATH: path });
  assert.equal(code, 0, output);
  return join(pcl, "program.pp");
}

/** The folder with the plugin that reads YAML for `pulumi convert`. */
async function converterOfYaml(): Promise<string> {
  const name = "github.com/pulumi/pulumi-yaml/cmd/pulumi-converter-yaml";
  return await made("../../scripts/pulumi-cli/language-yaml", (module, folder) =>
    compile(module, name, join(folder, "pulumi-converter-yaml")),
  );
}

/** Skips the tests of the enclosing suite if the generators cannot be built. With CI set, this is a failure. */
export function needsGenerators(...modules: ("codegen" | "codegen/older")[]): void {
  before(async function () {
    this.timeout(1_200_000);
    try {
      for (const module of modules) await generator(module);
      await converterOfYaml();
    } catch (error) {
      if (process.env["CI"] || !(error instanceof Error)) throw error;
      process.stdout.write(`  skipped: ${error.message}\n`);
      this.skip();
    }
  });
}

async function generator(module: "codegen" | "codegen/older"): Promise<string> {
  return join(await made(module, (source, folder) => compile(source, ".", join(folder, "codegen"))), "codegen");
}
