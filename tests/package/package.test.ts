import assert from "node:assert/strict";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { after, before, describe, it } from "mocha";
import manifest from "../../package.json" with { type: "json" };
import { sideBySide } from "../end-to-end/side-by-side.ts";
import {
  COMMONJS,
  leadsATokenThroughItsLife,
  MODULE,
  type Printed,
  Projects,
  PULUMI,
  QUIETLY,
  ROOT,
  run,
  writeJson,
} from "./projects.ts";

const DOCUMENTS = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json"];
const LARGEST_TARBALL_BYTES = 165_000;
const PNPM = "pnpm@10.34.9";

/** The compiler options that `pulumi new typescript` writes. */
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

describe("The package that npm publishes", function () {
  this.timeout("10m"); // Includes the build of the Pulumi CLI on a machine without it.

  const projects = new Projects();

  before(() => projects.pack());

  it("contains only the built sources, the types that programs can import, and the documents", () => {
    const built = globSync("{provider,sdk}/**/*.ts", { cwd: ROOT }).map((path) => `dist/${path.replace(/ts$/, "js")}`);
    const entries = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? [] : [entry.types],
    );
    const types = declarationsFrom(entries.map((path) => normalize(path)));
    const wanted = [...built, ...types, "dist/schema.json", ...DOCUMENTS];
    assert.deepEqual(new Set(projects.packed.files.map(({ path }) => path)), new Set(wanted));
  });

  it(`is smaller than ${LARGEST_TARBALL_BYTES / 1000} kB`, () => {
    const { filename, size, unpackedSize } = projects.packed;
    process.stdout.write(`    ${filename}: ${size / 1000} kB, ${unpackedSize / 1000} kB unpacked\n`);
    assert.ok(size < LARGEST_TARBALL_BYTES);
  });

  sideBySide({
    "adds no warning to the warnings of npm and pnpm about @pulumi/pulumi alone": async () => {
      const managers = {
        npm: (program: string) => run("npm", ["install", ...QUIETLY], program),
        pnpm: (program: string) => run("npx", ["--yes", PNPM, "install", "--prefer-offline"], program),
      };
      for (const [name, install] of Object.entries(managers)) {
        const alone = projects.add(`${name}-alone`, {}, { dependencies: PULUMI });
        const known = warnings(await install(alone));
        const { dependencies } = projects;
        const added = warnings(await install(projects.add(`${name}-both`, {}, { dependencies })));
        assert.deepEqual(
          added.filter((line) => !known.includes(line)),
          [],
          name,
        );
      }
    },

    "works in CommonJS with TypeScript 5.9, like in Pulumi's template": async (story) => {
      const program = projects.add("typescript-5", { "index.ts": MODULE }, { main: "index.ts" });
      writeJson(program, "tsconfig.json", { compilerOptions: PULUMIS_TEMPLATE, files: ["index.ts"] });
      await install(program, { typescript: "5.9.3", "@types/node": "22.20.5" });
      await leadsATokenThroughItsLife(story, program); // Pulumi also checks the types of this program.
    },

    "works in ES modules with TypeScript 6, and in JavaScript with both kinds of modules": async (story) => {
      const program = projects.add("typescript-6", { "index.ts": MODULE }, { type: "module", main: "index.ts" });
      const compilerOptions = { strict: true, target: "es2023", module: "nodenext", types: ["node"], noEmit: true };
      writeJson(program, "tsconfig.json", { compilerOptions, files: ["index.ts"] });
      await install(program, { typescript: "6.0.3", "@types/node": "22.20.5" });
      await run("node", ["node_modules/typescript/bin/tsc"], program);
      await leadsATokenThroughItsLife(story, program);
      const module = projects.add("typescript-6/module", { "index.js": MODULE }, { type: "module", main: "index.js" });
      await leadsATokenThroughItsLife(story, module);
      const commonjs = projects.add("typescript-6/commonjs", { "index.js": COMMONJS }, { main: "index.js" });
      await leadsATokenThroughItsLife(story, commonjs);
    },

    "contains the plugin for YAML programs and for the native class in TypeScript 5.9": async (story) => {
      const source = MODULE.replace(`"pulumi-jenkins"`, `"pulumi-jenkins/native"`);
      const program = projects.add("plugin", { "index.ts": source }, { main: "index.ts" });
      writeJson(program, "tsconfig.json", { compilerOptions: PULUMIS_TEMPLATE, files: ["index.ts"] });
      await install(program, { typescript: "5.9.3", "@types/node": "22.20.5" });
      const plugins = `plugins:\n  providers:\n    - name: jenkins\n      path: node_modules/.bin\n`;
      writeFileSync(join(program, "Pulumi.yaml"), `name: plugin\nruntime: nodejs\n${plugins}`);
      await leadsATokenThroughItsLife(story, program);
      const yaml = readFileSync(join(ROOT, "examples/yaml/Pulumi.yaml"), "utf8");
      writeFileSync(join(program, "Pulumi.yaml"), yaml + plugins); // Like the README of that example.
      await leadsATokenThroughItsLife(story, program);
    },

    "works as a dependency of a component with pnpm if the program hoists it, or depends on it, too": async (story) => {
      const component = { name: "our-component", version: "1.0.0", main: "index.js", peerDependencies: PULUMI };
      projects.add(
        "our-component",
        { "index.js": COMMONJS },
        { ...component, dependencies: { "pulumi-jenkins": projects.tarball } },
      );
      const dependencies = { ...PULUMI, "our-component": "file:../our-component" };
      const source = `module.exports = require("our-component");`;
      const program = projects.add("pnpm", { "index.js": source }, { main: "index.js", dependencies });
      const settings = join(program, "pnpm-workspace.yaml");
      const pnpm = (...args: string[]) =>
        run("npx", ["--yes", PNPM, ...args, "--ignore-scripts", "--prefer-offline"], program);
      // In a separate process, because this one would cache that the module was not found.
      const findProvider = () => run("node", ["--print", "require.resolve('pulumi-jenkins/provider')"], program);

      await pnpm("install", "--no-frozen-lockfile");
      await assert.rejects(findProvider(), /Cannot find module 'pulumi-jenkins\/provider'/);

      writeFileSync(settings, "publicHoistPattern: [pulumi-jenkins]\n");
      await pnpm("install", "--no-frozen-lockfile");
      await findProvider();

      rmSync(settings);
      await pnpm("add", projects.tarball);
      await leadsATokenThroughItsLife(story, program);
    },
  });

  after(() => projects.remove());

  async function install(program: string, devDependencies: Record<string, string>): Promise<void> {
    const present = createRequire(import.meta.url)(join(program, "package.json"));
    const { dependencies } = projects;
    writeJson(program, "package.json", { ...present, dependencies, devDependencies });
    await run("npm", ["install", "--ignore-scripts", ...QUIETLY], program);
  }
});

/** The declaration files in `files`, and all that they import. */
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

/** The warnings of a package manager about a slow or broken connection to the registry. */
const OF_NETWORK = /Request took|Tarball download|Will retry|stale data/i;

/** The warnings in the output that are about packages, without the lines of a tree. */
function warnings({ stdout, stderr }: Printed): string[] {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.replace(/^[\s│├└─┬]+/, ""));
  return lines.filter((line) => /\bwarn|deprecated|^✕|^Ignored/i.test(line) && !OF_NETWORK.test(line));
}
