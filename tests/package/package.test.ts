import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import manifest from "../../package.json" with { type: "json" };
import { sideBySide } from "../end-to-end/side-by-side.ts";
import type { Story } from "../end-to-end/story.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DOCUMENTS = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json"];
const LARGEST_TARBALL_BYTES = 115_000;
const PNPM = "pnpm@10.34.9";
const QUIETLY = ["--prefer-offline", "--no-audit", "--no-fund"];

const PULUMI = { "@pulumi/pulumi": "3.259.0" };
const MODULE = `import { JenkinsApiToken } from "pulumi-jenkins";

const token = new JenkinsApiToken("ci");
export const { userId, tokenName, tokenValue } = token;
`;
const COMMONJS = `const { JenkinsApiToken } = require("pulumi-jenkins");

const { userId, tokenName, tokenValue } = new JenkinsApiToken("ci");
module.exports = { userId, tokenName, tokenValue };
`;

/** What `pulumi new typescript` writes. */
const PULUMIS_TEMPLATE = {
  strict: true,
  outDir: "bin",
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  sourceMap: true,
  experimentalDecorators: true,
  pretty: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
};

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

interface Printed {
  stdout: string;
  stderr: string;
}

describe("The package that npm publishes", function () {
  this.timeout("10m"); // On a machine without the Pulumi CLI it is built here.

  const folder = mkdtempSync(join(realpathSync(tmpdir()), "pulumi-jenkins-package-"));
  let packed: Packed;
  let tarball: string;

  before(async () => {
    // Without the scripts: prepack deletes dist and builds it again, and other tests use it at the same time.
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const { stdout } = await run("npm", pack, ROOT);
    [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [Packed];
    tarball = `file:${join(folder, packed.filename)}`;
  });

  it("holds what is built from the present sources, the types that somebody can import, its documents, and nothing else", () => {
    const built = globSync("{provider,sdk}/**/*.ts", { cwd: ROOT }).map((path) => `dist/${path.replace(/ts$/, "js")}`);
    const entries = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? [] : [entry.types],
    );
    const types = declarationsFrom(entries.map((path) => normalize(path)));
    const wanted = [...built, ...types, "dist/schema.json", ...DOCUMENTS];
    assert.deepEqual(new Set(packed.files.map(({ path }) => path)), new Set(wanted));
  });

  it(`is smaller than ${LARGEST_TARBALL_BYTES / 1000} kB`, () => {
    process.stdout.write(
      `    ${packed.filename}: ${packed.size / 1000} kB, ${packed.unpackedSize / 1000} kB unpacked\n`,
    );
    assert.ok(packed.size < LARGEST_TARBALL_BYTES);
  });

  sideBySide({
    "adds no warning to those that npm and pnpm print of @pulumi/pulumi alone": async () => {
      const managers = {
        npm: (program: string) => run("npm", ["install", ...QUIETLY], program),
        pnpm: (program: string) => run("npx", ["--yes", PNPM, "install", "--prefer-offline"], program),
      };
      for (const [name, install] of Object.entries(managers)) {
        const alone = project(`${name}-alone`, {}, { dependencies: PULUMI });
        const known = warnings(await install(alone));
        const dependencies = { ...PULUMI, "pulumi-jenkins": tarball };
        const added = warnings(await install(project(`${name}-both`, {}, { dependencies })));
        assert.deepEqual(
          added.filter((line) => !known.includes(line)),
          [],
          name,
        );
      }
    },

    "works in CommonJS with TypeScript 5.9, as Pulumi's template has it": async (story) => {
      const program = project("typescript-5", { "index.ts": MODULE }, { main: "index.ts" });
      writeJson(program, "tsconfig.json", { compilerOptions: PULUMIS_TEMPLATE, files: ["index.ts"] });
      await install(program, { typescript: "5.9.3", "@types/node": "22.20.5" });
      await leadsATokenThroughItsLife(story, program); // Pulumi checks the types of such a program.
    },

    "works in ES modules with TypeScript 6, and in JavaScript of either kind": async (story) => {
      const program = project("typescript-6", { "index.ts": MODULE }, { type: "module", main: "index.ts" });
      const compilerOptions = { strict: true, target: "es2023", module: "nodenext", types: ["node"], noEmit: true };
      writeJson(program, "tsconfig.json", { compilerOptions, files: ["index.ts"] });
      await install(program, { typescript: "6.0.3", "@types/node": "22.20.5" });
      await run("node", ["node_modules/typescript/bin/tsc"], program);
      await leadsATokenThroughItsLife(story, program);
      const module = project("typescript-6/module", { "index.js": MODULE }, { type: "module", main: "index.js" });
      await leadsATokenThroughItsLife(story, module);
      const commonjs = project("typescript-6/commonjs", { "index.js": COMMONJS }, { main: "index.js" });
      await leadsATokenThroughItsLife(story, commonjs);
    },

    "brings the plugin, which serves YAML and the class of programs in TypeScript 5.9": async (story) => {
      const source = MODULE.replace(`"pulumi-jenkins"`, `"pulumi-jenkins/native"`);
      const program = project("plugin", { "index.ts": source }, { main: "index.ts" });
      writeJson(program, "tsconfig.json", { compilerOptions: PULUMIS_TEMPLATE, files: ["index.ts"] });
      await install(program, { typescript: "5.9.3", "@types/node": "22.20.5" });
      const yaml = readFileSync(join(ROOT, "examples/yaml/Pulumi.yaml"), "utf8");
      const plugins = /^plugins:\n( .*\n)*/m.exec(yaml)?.[0] ?? "";
      writeFileSync(join(program, "Pulumi.yaml"), `name: plugin\nruntime: nodejs\n${plugins}`);
      await leadsATokenThroughItsLife(story, program);
      writeFileSync(join(program, "Pulumi.yaml"), yaml);
      await leadsATokenThroughItsLife(story, program);
    },

    "works below a component under pnpm, where the program hoists it or depends on it too": async (story) => {
      const component = { name: "our-component", version: "1.0.0", main: "index.js", peerDependencies: PULUMI };
      project("our-component", { "index.js": COMMONJS }, { ...component, dependencies: { "pulumi-jenkins": tarball } });
      const dependencies = { ...PULUMI, "our-component": "file:../our-component" };
      const source = `module.exports = require("our-component");`;
      const program = project("pnpm", { "index.js": source }, { main: "index.js", dependencies });
      const settings = join(program, "pnpm-workspace.yaml");
      const pnpm = (...args: string[]) =>
        run("npx", ["--yes", PNPM, ...args, "--ignore-scripts", "--prefer-offline"], program);
      // In a process of its own: this one would remember what it did not find.
      const findProvider = () => run("node", ["--print", "require.resolve('pulumi-jenkins/provider')"], program);

      await pnpm("install", "--no-frozen-lockfile");
      await assert.rejects(findProvider(), /Cannot find module 'pulumi-jenkins\/provider'/);

      writeFileSync(settings, "publicHoistPattern: [pulumi-jenkins]\n");
      await pnpm("install", "--no-frozen-lockfile");
      await findProvider();

      rmSync(settings);
      await pnpm("add", tarball);
      await leadsATokenThroughItsLife(story, program);
    },
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  function project(name: string, files: Record<string, string>, manifest: Record<string, unknown>): string {
    const path = join(folder, name);
    mkdirSync(path);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
    writeFileSync(join(path, "Pulumi.yaml"), `name: ${name.replace("/", "-")}\nruntime: nodejs\n`);
    writeJson(path, "package.json", { name: name.replace("/", "-"), private: true, ...manifest });
    return path;
  }

  async function install(program: string, devDependencies: Record<string, string>): Promise<void> {
    const present = createRequire(import.meta.url)(join(program, "package.json"));
    const dependencies = { ...PULUMI, "pulumi-jenkins": tarball };
    writeJson(program, "package.json", { ...present, dependencies, devDependencies });
    await run("npm", ["install", "--ignore-scripts", ...QUIETLY], program);
  }
});

/** What is declared in `files`, and in all that they import. */
function declarationsFrom(files: string[], found = new Set<string>()): Set<string> {
  for (const file of files.filter((path) => !found.has(path))) {
    found.add(file);
    const imports = readFileSync(join(ROOT, file), "utf8").matchAll(/(?:from |import\()"(\.[^"]+)\.ts"/g);
    declarationsFrom(
      [...imports].map(([, path = ""]) => join(dirname(file), `${path}.d.ts`)),
      found,
    );
  }
  return found;
}

async function leadsATokenThroughItsLife(story: Story, program: string): Promise<void> {
  const stack = await story.stackIn(program, story.tokenLogin);
  await stack.up();
  const { userId, tokenName, tokenValue } = await stack.outputs();
  assert.equal(userId, "alice");
  assert.deepEqual(story.tokenNames(), [tokenName]);
  assert.equal(await story.statusFor(tokenValue), 200);
  await stack.destroy();
  assert.deepEqual(story.tokenNames(), []);
}

/** The lines that warn of something, without where they stand in a tree. */
function warnings({ stdout, stderr }: Printed): string[] {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.replace(/^[\s│├└─┬]+/, ""));
  return lines.filter((line) => /\bwarn|deprecated|^✕|^Ignored/i.test(line));
}

function writeJson(folder: string, file: string, content: unknown): void {
  writeFileSync(join(folder, file), JSON.stringify(content));
}

/** Runs a command as somebody would by hand: nothing of the `npm run` and of the coverage around these tests reaches it. */
async function run(command: string, args: string[], cwd: string): Promise<Printed> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|NODE_V8_COVERAGE|JENKINS_)/.test(name),
  );
  const PATH = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = { ...Object.fromEntries(own), PATH };
  try {
    return await promisify(execFile)(command, args, { cwd, env });
  } catch (error) {
    const { stdout, stderr } = error as Printed;
    const needs = /^(npm|npx)$/.test(command)
      ? " It needs the npm registry, or a cache that holds these packages."
      : "";
    throw new Error(`${command} ${args.join(" ")} failed.${needs}\n${stdout}${stderr}`);
  }
}
