/** Projects that install the package as npm publishes it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { version } from "../../scripts/pulumi-cli/build.ts";
import type { Story } from "../end-to-end/story.ts";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
export const QUIETLY = ["--prefer-offline", "--no-audit", "--no-fund"];
export const PULUMI = { "@pulumi/pulumi": version };

/** Programs that declare one token. */
export const MODULE = `import { JenkinsApiToken } from "pulumi-jenkins";

const token = new JenkinsApiToken("ci");
export const { userId, tokenName, tokenValue } = token;
`;
export const COMMONJS = `const { JenkinsApiToken } = require("pulumi-jenkins");

const { userId, tokenName, tokenValue } = new JenkinsApiToken("ci");
module.exports = { userId, tokenName, tokenValue };
`;

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

export interface Printed {
  stdout: string;
  stderr: string;
}

/** A folder for projects, with the packed package in it. */
export class Projects {
  readonly folder: string = mkdtempSync(join(realpathSync(tmpdir()), "pulumi-jenkins-package-"));
  packed!: Packed;

  async pack(): Promise<void> {
    // Without scripts, because prepack deletes and rebuilds dist, which other tests use at the same time.
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", this.folder];
    const { stdout } = await run("npm", pack, ROOT);
    [this.packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [Packed];
  }

  get tarball(): string {
    return `file:${join(this.folder, this.packed.filename)}`;
  }

  /** The dependencies of a program. */
  get dependencies(): Record<string, string> {
    return { ...PULUMI, "pulumi-jenkins": this.tarball };
  }

  add(name: string, files: Record<string, string>, manifest: Record<string, unknown>): string {
    const path = join(this.folder, name);
    const project = name.replaceAll("/", "-");
    writeFiles(path, { "Pulumi.yaml": `name: ${project}\nruntime: nodejs\n`, ...files });
    writeJson(path, "package.json", { name: project, private: true, ...manifest });
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

export function writeJson(folder: string, file: string, content: unknown): void {
  writeFileSync(join(folder, file), JSON.stringify(content));
}

export async function leadsATokenThroughItsLife(story: Story, program: string): Promise<void> {
  const stack = await story.stackIn(program, story.tokenLogin);
  await stack.up();
  const { userId, tokenName, tokenValue } = await stack.outputs();
  assert.equal(userId, "alice");
  assert.deepEqual(story.tokenNames(), [tokenName]);
  assert.equal(await story.statusFor(tokenValue), 200);
  await stack.destroy();
  assert.deepEqual(story.tokenNames(), []);
}

/** Runs a command as if by hand, without the variables of `npm run` and of coverage. */
export async function run(command: string, args: string[], cwd: string, environment = {}): Promise<Printed> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|NODE_V8_COVERAGE|JENKINS_)/.test(name),
  );
  const PATH = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = { ...Object.fromEntries(own), PATH, ...environment };
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
