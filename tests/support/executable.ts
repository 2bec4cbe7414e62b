/** The executable of the plugin for this machine. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "yaml";
import { version } from "../../scripts/plugin/bundle.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;

/** The file in which Pulumi looks for the plugin of this platform. */
export const ARCHIVE = `pulumi-resource-jenkins-v${version}-${platform}.tar.gz`;

/** Packs the executable into {@link ARCHIVE}, with the Node.js of the release workflow. */
export async function buildExecutable(folder: string): Promise<void> {
  const { jobs } = parse(readFileSync(join(ROOT, ".github/workflows/release.yml"), "utf8"));
  const steps: { with?: Record<string, string> }[] = jobs.executable.steps;
  const node = steps.find((step) => step.with?.["node-version"])?.with?.["node-version"];
  const name = `node-${process.platform}-${process.arch}@${node}`; // Not npm's `node`, because that package has to run an install script.
  const script = join(ROOT, "scripts/executable.ts");
  await run("npx", ["--yes", "--prefer-offline", `--package=${name}`, "--", "node", script, folder], { cwd: ROOT });
}

/** Unpacks {@link ARCHIVE}. @returns the path of the executable. */
export async function unpackExecutable(archives: string, folder: string): Promise<string> {
  await run("tar", ["-xzf", join(archives, ARCHIVE), "-C", folder]);
  return join(folder, "pulumi-resource-jenkins");
}
