import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "../end-to-end/story.ts";
import { convertToPcl, generateProgram, generateSdk, needsGenerators } from "./generators.ts";
import { runsSamples, sampleOf } from "./samples.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

const YAML = `
config: { turn: { type: string, default: "1" } }
resources:
  ci:
    type: jenkins:ApiToken
    properties: { tokenName: ci, via: rest, triggers: { turn: "\${turn}", isOn: "true" } }
  nightly:
    type: jenkins:RotatingApiToken
    properties: { rotateEveryDays: 30, via: rest }
outputs: { value: "\${ci.tokenValue}", current: "\${nightly.current.tokenValue}" }
`;

describe("The TypeScript that Pulumi generates", function () {
  this.timeout("15m");
  needsGenerators("codegen");
  let workshop: Workshop;
  let story: Story;
  let folder: string;

  before(async function () {
    this.timeout("20m");
    workshop = await Workshop.open();
    story = await Story.begin(workshop);
    folder = mkdtempSync(join(workshop.folder, "typescript-"));
    await installBoth(folder);
  });

  after(async () => {
    await story?.end();
    workshop?.close();
  });

  it("is a package that works beside the npm package in one program", async () => {
    const stack = await program(
      "both",
      `import * as jenkins from "pulumi-jenkins-native";
       import { JenkinsApiToken } from "pulumi-jenkins";
       export const generated = new jenkins.ApiToken("generated", { tokenName: "generated", via: "rest" }).tokenValue;
       export const dynamic = new JenkinsApiToken("dynamic", { tokenName: "dynamic" }).tokenValue;`,
    );
    await stack.up();
    const { generated, dynamic } = await stack.outputs();
    assert.deepEqual(new Set(story.tokenNames()), new Set(["dynamic", "generated"]));
    for (const value of [generated, dynamic]) assert.equal(await story.statusFor(value), 200);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  });

  it("for an imported token compiles and changes nothing, even with the class of the npm package", async () => {
    const { tokenUuid } = story.jenkins.generate("alice", "made by hand");
    const stack = await program("imported", "");
    await stack.import(
      "jenkins:index:ApiToken",
      "ci",
      `alice/${tokenUuid}`,
      "--protect=false",
      "--generate-code=false",
    );
    const exported = join(stack.folder, "exported.json");
    writeFileSync(exported, await stack.exported());
    await generateProgram("import", exported, stack.folder);
    await compile(stack.folder);
    await stack.preview("--expect-no-changes");
    await stack.up("--expect-no-changes");

    const index = join(stack.folder, "index.ts");
    const printed = readFileSync(index, "utf8");
    assert.match(printed, /new jenkins\.ApiToken\("ci", \{[^}]*tokenName: "made by hand"/);
    const rewritten = printed
      .replace("pulumi-jenkins-native", "pulumi-jenkins/native")
      .replace(".ApiToken", ".JenkinsApiToken");
    writeFileSync(index, rewritten);
    await compile(stack.folder);
    await stack.preview("--expect-no-changes");
    assert.deepEqual(story.tokenNames(), ["made by hand"]);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  });

  it("for a YAML program compiles, and changes nothing in the stack of that program", async () => {
    const stack = await story.yamlStack(YAML);
    await stack.up();
    const made = await stack.outputs();
    await convert(stack);
    await compile(stack.folder);
    await stack.preview("--expect-no-changes");
    await stack.up("--expect-no-changes");
    assert.deepEqual(await stack.outputs(), made);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  });

  it("runs the samples of the registry", async () => {
    const stack = await program("samples", "");
    await runsSamples(story, stack, (name) => cpSync(sampleOf(name, "ts"), join(stack.folder, "index.ts")));
  });

  it("prints and writes no password, token, crumb or cookie in the clear", () => {
    assert.deepEqual(workshop.leaks().slice(0, 20), []);
  });

  /** A stack of a TypeScript program in a project that has both packages. */
  async function program(name: string, source: string): Promise<Stack> {
    const place = join(folder, name);
    mkdirSync(place);
    asTypeScript(place, name);
    writeFileSync(join(place, "index.ts"), source);
    if (source) await compile(place);
    return await story.stackIn(place, story.tokenLogin);
  }

  /** Converts the project of a YAML program to TypeScript, like `pulumi convert --language typescript`. */
  async function convert(stack: Stack): Promise<void> {
    await generateProgram("program", await convertToPcl(workshop, stack), stack.folder);
    asTypeScript(stack.folder, stack.project);
    symlinkSync(join(folder, "node_modules"), join(stack.folder, "node_modules"));
  }

  function asTypeScript(place: string, name: string): void {
    const plugins = `plugins: { providers: [{ name: jenkins, path: ${JSON.stringify(workshop.plugin)} }] }`;
    writeFileSync(join(place, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n${plugins}\n`);
    for (const file of ["package.json", "tsconfig.json"]) {
      cpSync(join(CHECKOUT, "examples/basic", file), join(place, file));
    }
  }
});

/** Puts the generated package and the npm package into one `node_modules`, each under its own name. */
async function installBoth(folder: string): Promise<void> {
  const [sdk, modules] = [join(folder, "sdks/jenkins"), join(folder, "node_modules")];
  await generateSdk("nodejs", sdk);
  mkdirSync(modules);
  for (const name of ["@pulumi", "@types", "typescript", "pulumi-jenkins"]) {
    symlinkSync(join(CHECKOUT, "node_modules", name), join(modules, name));
  }
  const { name } = JSON.parse(readFileSync(join(sdk, "package.json"), "utf8"));
  symlinkSync(sdk, join(modules, name)); // Fails if both packages have the same name.
  await compile(sdk, "--types", "node");
  cpSync(join(sdk, "package.json"), join(sdk, "bin/package.json")); // Like its postinstall script.
}

async function compile(folder: string, ...flags: string[]): Promise<void> {
  const tsc = join(CHECKOUT, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, ...flags], { cwd: folder }).catch((error) => {
    throw new Error(error.stdout, { cause: error });
  });
}
