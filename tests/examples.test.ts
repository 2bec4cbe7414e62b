import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "./jenkins/server.ts";
import { type OtherStacks, playEngine, resolved } from "./mocks.ts";

const examples = new URL("../examples/", import.meta.url);
/** A token, or a header made of one. */
const SIGNS_IN = /^11[0-9a-f]{32}$|^Basic /;

/** In this order, because a program in a folder of another one uses that one's outputs. */
const programs = globSync("**/index.ts", { cwd: examples, exclude: ["**/node_modules"] })
  .map((path) => dirname(path))
  .sort((a, b) => a.localeCompare(b));

describe("Each example", () => {
  let jenkins: Jenkins;
  const stacks: OtherStacks = {};

  before(async () => {
    jenkins = await startJenkins();
  });

  after(() => jenkins.close());

  for (const folder of globSync("*/tsconfig.json", { cwd: examples }).map((path) => dirname(path))) {
    it(`has right types, by its own settings: ${folder}`, async () => {
      const compiler = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
      const project = fileURLToPath(new URL(folder, examples));
      const env = { ...process.env, NODE_V8_COVERAGE: "" };
      const checked = promisify(execFile)(process.execPath, [compiler, "-p", project], { env });
      const { stdout } = await checked.catch((error) => error);
      assert.equal(stdout, "");
    });
  }

  for (const folder of programs) {
    it(`runs, makes its tokens, and shows their values as secrets alone: ${folder}`, async () => {
      const project = projectIn(folder);
      const above = dirname(folder);
      pulumi.runtime.setAllConfig(above === "." ? {} : { [`${project}:producer`]: stackOf(above) });
      const asked = await playEngine(jenkins, project, stacks);
      const exported: Record<string, pulumi.Output<unknown>> = await import(
        new URL(`${folder}/index.ts`, examples).href
      );
      const outputs = await Promise.all(
        Object.entries(exported).map(async ([name, output]): Promise<[string, unknown]> => {
          const value = await resolved(output);
          assert.ok(value, `${name} has no value`);
          if (SIGNS_IN.test(String(value))) assert.equal(await pulumi.isSecret(output), true, name);
          return [name, value];
        }),
      );
      stacks[stackOf(folder)] = Object.fromEntries(outputs);

      const made = jenkins.tokens("alice").map(({ tokenName }) => tokenName.replace(/-[0-9a-f]{8}$/, ""));
      const declared = asked.filter(({ type }) => type.endsWith("jenkins:ApiToken"));
      for (const { name } of declared) assert.ok(made.includes(`${project}/dev/${name}`), name);
    });
  }
});

function projectIn(folder: string): string {
  const settings = readFileSync(new URL(`${folder}/Pulumi.yaml`, examples), "utf8");
  return /^name: (.*)$/m.exec(settings)?.[1] ?? "";
}

function stackOf(folder: string): string {
  return `organization/${projectIn(folder)}/dev`;
}
