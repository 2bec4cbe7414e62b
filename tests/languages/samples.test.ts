import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { YamlStack } from "../../scripts/pulumi-cli/stack.ts";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "../end-to-end/story.ts";
import { convertToPcl, generateCSharp, needsGenerators } from "./generators.ts";
import { runsSamples, sampleOf } from "./samples.ts";

const textOf = (name: string, ending: string) => readFileSync(sampleOf(name, ending), "utf8");

describe("The samples of the registry", function () {
  this.timeout("15m");
  let workshop: Workshop;
  let story: Story;
  let stack: YamlStack;

  before(async () => {
    workshop = await Workshop.open();
    story = await Story.begin(workshop);
    stack = await story.yamlStack("");
  });

  after(async () => {
    await story?.end();
    workshop?.close();
  });

  it("run in YAML", async () => {
    await runsSamples(story, stack, (name) => stack.write(textOf(name, "yaml")));
  });

  describe("in C#", () => {
    needsGenerators("codegen/older");

    for (const name of ["ApiToken", "RotatingApiToken", "getApiTokens"]) {
      it(`are what Pulumi converts the YAML sample to: ${name}`, async () => {
        stack.write(textOf(name, "yaml"));
        await generateCSharp(await convertToPcl(workshop, stack), stack.folder);
        const generated = readFileSync(join(stack.folder, "Program.cs"), "utf8");
        // For a program without resources, this generator ignores the root namespace.
        const named = generated.replace("= Pulumi.Jenkins;", "= PulumiJenkins.Jenkins;");
        assert.equal(textOf(name, "cs"), `${named.replaceAll(/ +$/gm, "").trim()}\n`);
      });
    }
  });
});
