/** The project layouts in `docs/surroundings.md`. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { after, before, describe } from "mocha";
import { sideBySide } from "../end-to-end/side-by-side.ts";
import type { Story } from "../end-to-end/story.ts";
import {
  COMMONJS,
  leadsATokenThroughItsLife,
  MODULE,
  Projects,
  PULUMI,
  QUIETLY,
  run,
  writeFiles,
  writeJson,
} from "./projects.ts";

const PNPM = "pnpm@10.34.9";
const YARN = ["--yes", "--package=@yarnpkg/cli-dist@4.18.1", "yarn"];
const TOOLS = { "@types/node": "22.20.5", typescript: "5.9.3", webpack: "5.113.0", "webpack-cli": "7.3.1" };

/** The external packages that the page sets for both bundlers. */
const EXTERNAL = ["@pulumi/pulumi", "pulumi-jenkins"];
const IN_AND_OUT = { entryPoints: ["index.js"], outfile: "bundle.cjs" };
const WEBPACK = `module.exports = {
  mode: "development",
  target: "node",
  entry: "./index.js",
  output: { path: __dirname, filename: "bundle.cjs", library: { type: "commonjs2" } },
  externals: { "@pulumi/pulumi": "commonjs @pulumi/pulumi", "pulumi-jenkins": "commonjs pulumi-jenkins" },
};`;

/** A script whose arguments are the folder of the CLI and the `main` where Pulumi looks for packages. */
const AUTOMATION = `
import * as automation from "@pulumi/pulumi/automation/index.js";
import { JenkinsApiToken } from "pulumi-jenkins";

const [root, main] = process.argv.slice(2);
const pulumiCommand = await automation.PulumiCommand.get({ root });
const program = async () => ({ value: new JenkinsApiToken("ci").tokenValue });
const projectSettings = main && { name: "script", runtime: "nodejs", main };
const stack = await automation.LocalWorkspace.createOrSelectStack(
  { projectName: "script", stackName: main ? "with-main" : "without", program },
  { pulumiCommand, projectSettings },
);
const outcome = await stack.up().then(({ outputs }) => \`secret: \${outputs.value.secret}\`, String);
await stack.destroy();
console.log(outcome);
`;

const COMPONENT = `import * as pulumi from "@pulumi/pulumi";
import { JenkinsApiToken } from "pulumi-jenkins/native";

export interface LoginArgs {
  tokenName: pulumi.Input<string>;
}

export class Login extends pulumi.ComponentResource {
  readonly userId: pulumi.Output<string>;
  readonly tokenName: pulumi.Output<string>;
  readonly tokenValue: pulumi.Output<string>;

  constructor(name: string, args: LoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("our-logins:index:Login", name, args, opts);
    const token = new JenkinsApiToken(name, { tokenName: args.tokenName }, { parent: this });
    this.userId = token.userId;
    this.tokenName = token.tokenName;
    this.tokenValue = token.tokenValue;
    this.registerOutputs();
  }
}
`;

const WITH_COMPONENT = `name: with-component
runtime: yaml
plugins:
  providers:
    - { name: our-logins, path: ../logins/bin }
    - { name: jenkins, path: ../node_modules/.bin }
resources:
  login: { type: "our-logins:index:Login", properties: { tokenName: deploy } }
outputs: { userId: "\${login.userId}", tokenName: "\${login.tokenName}", tokenValue: "\${login.tokenValue}" }
`;

describe("The package", function () {
  this.timeout("10m");
  const projects = new Projects();
  let root: string;

  before(async () => {
    await projects.pack();
    root = projects.add("npm", {}, { workspaces: ["infra"], devDependencies: TOOLS });
    projects.add("npm/infra", { "index.js": MODULE }, { type: "module", dependencies: projects.dependencies });
    await run("npm", ["install", "--ignore-scripts", ...QUIETLY], root);
  });

  sideBySide({
    "is found in an npm workspace, in a folder above the program": async (story) => {
      await leadsATokenThroughItsLife(story, join(root, "infra"));
    },

    "is found with `main: infra/`, and with `--run-program`": async (story) => {
      const settings = "name: main\nruntime: nodejs\nmain: infra/\n";
      const program = projects.add("npm/main", { "Pulumi.yaml": settings, "infra/index.js": COMMONJS }, {});
      writeJson(join(program, "infra"), "package.json", { main: "index.js" });
      const stack = await story.stackIn(program, story.tokenLogin);
      await stack.up();
      await stack.refresh("--run-program");
      assert.equal(story.tokens().length, 1);
      await stack.destroy("--run-program");
      assert.deepEqual(story.tokens(), []);
    },

    "is found by an inline program of the Automation API through the working directory or `main`": async (story) => {
      writeFiles(root, { "infra/script.mjs": AUTOMATION });
      assert.equal(await runScript(story, join(root, "infra")), "secret: true\n");
      assert.equal(await runScript(story, projects.folder, join(root, "infra")), "secret: true\n");
      const elsewhere = await runScript(story, projects.folder);
      assert.match(elsewhere, /Cannot find module '@pulumi\/pulumi\/cmd\/dynamic-provider'/);
      assert.deepEqual(story.tokens(), []);
    },

    "works as an external package of a bundle by esbuild or webpack": async (story) => {
      const bundlers = {
        esbuild: (cwd: string) =>
          build({ absWorkingDir: cwd, platform: "node", bundle: true, ...IN_AND_OUT, external: EXTERNAL }),
        webpack: (cwd: string) => run("node", [join(root, "node_modules/webpack-cli/bin/cli.js")], cwd),
      };
      for (const [name, bundle] of Object.entries(bundlers)) {
        const settings = `name: ${name}\nruntime: nodejs\nmain: bundle.cjs\n`;
        const files = { "index.js": MODULE, "webpack.config.cjs": WEBPACK, "Pulumi.yaml": settings };
        const program = projects.add(`npm/${name}`, files, {});
        await bundle(program);
        await leadsATokenThroughItsLife(story, program);
      }
    },

    "has to be installed even if a bundle contains it": async (story) => {
      const program = projects.add("alone", { "index.js": MODULE }, { main: "bundle.cjs", dependencies: PULUMI });
      await run("npm", ["install", "--ignore-scripts", ...QUIETLY], program);
      const nodePaths = [join(root, "node_modules")];
      const external = ["@pulumi/pulumi"];
      await build({ absWorkingDir: program, platform: "node", bundle: true, ...IN_AND_OUT, external, nodePaths });
      const stack = await story.stackIn(program, story.tokenLogin);
      assert.match(await stack.failing("up"), /Cannot find module 'pulumi-jenkins\/provider'/);
      assert.deepEqual(story.tokens(), []);
    },

    "works in a Node.js component of a YAML program, with the native class": async (story) => {
      const plugin = "pulumi-resource-our-logins";
      const component = projects.add(
        "npm/logins",
        { "index.ts": COMPONENT, "PulumiPlugin.yaml": "runtime: nodejs\n" },
        {},
      );
      writeJson(component, "package.json", {
        name: "our-logins",
        version: "1.0.0",
        dependencies: projects.dependencies,
      });
      writeJson(component, "tsconfig.json", {
        compilerOptions: { strict: true, module: "commonjs", target: "es2022" },
      });
      // Later language hosts of Pulumi do this themselves.
      const host = join(root, "node_modules/@pulumi/pulumi/cmd/run-plugin");
      writeFiles(component, {
        [`bin/${plugin}`]: `#!/bin/sh\nexec "${process.execPath}" "${host}" "${component}" "$@"\n`,
      });
      chmodSync(join(component, "bin", plugin), 0o755);
      await leadsATokenThroughItsLife(story, projects.add("npm/yaml", { "Pulumi.yaml": WITH_COMPONENT }, {}));
    },

    "is found in a pnpm workspace": async (story) => {
      const workspace = projects.add("pnpm", { "pnpm-workspace.yaml": "packages: [infra]\n" }, {});
      const { dependencies } = projects;
      const program = projects.add("pnpm/infra", { "index.js": MODULE }, { type: "module", dependencies });
      await run("npx", ["--yes", PNPM, "install", "--ignore-scripts", "--prefer-offline"], workspace);
      await leadsATokenThroughItsLife(story, program);
    },

    "is found in a Yarn workspace with node_modules": async (story) => {
      const settings = { ".yarnrc.yml": "nodeLinker: node-modules\nenableScripts: false\n", "yarn.lock": "" };
      const workspace = projects.add("yarn", settings, { workspaces: ["infra"] });
      const { dependencies } = projects;
      const program = projects.add("yarn/infra", { "index.js": MODULE }, { type: "module", dependencies });
      const { stdout } = await run("npm", ["config", "get", "registry"], workspace);
      const environment = { YARN_NPM_REGISTRY_SERVER: stdout.trim(), YARN_ENABLE_TELEMETRY: "0" };
      await run("npx", [...YARN, "install", "--no-immutable"], workspace, environment);
      await leadsATokenThroughItsLife(story, program);
    },
  });

  after(() => projects.remove());

  async function runScript(story: Story, cwd: string, main = ""): Promise<string> {
    const env = { ...story.workshop.environment(story.backend), ...story.tokenLogin };
    const args = [join(root, "infra/script.mjs"), dirname(story.workshop.bin), main];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env });
    return stdout;
  }
});
