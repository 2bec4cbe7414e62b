import { execFile } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Log, run } from "./run.ts";

export const version = "3.259.0";

interface Build {
  file: string;
  /** The folder here with the go.mod and go.sum that pin the build. Each has its own, because a language host's
   * dependencies are not those of the CLI. */
  module: string;
  package: string;
  version: string;
  /** The variable in which the program finds its version. */
  versionVariable: string;
  time: string;
}

const sdkVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

export const builds: Build[] = [
  {
    file: "pulumi",
    module: "cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version,
    versionVariable: sdkVersion,
    time: "5 minutes on 2 cores",
  },
  {
    file: "pulumi-language-nodejs",
    module: "language-nodejs",
    // The last version in which the host is part of this module: later ones are in a module that is not published.
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    version: "3.68.0",
    versionVariable: sdkVersion,
    time: "half a minute",
  },
  {
    file: "pulumi-language-yaml",
    module: "language-yaml",
    package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    version: "1.38.0",
    versionVariable: "github.com/pulumi/pulumi-yaml/pkg/version.Version",
    time: "2 minutes",
  },
];

const windows = process.platform === "win32";
const executable = (file: string): string => (windows ? `${file}.exe` : file);

export const cli: string = executable("pulumi");
/** What a folder with the CLI has to hold. */
export const files: string[] = builds.map(({ file }) => executable(file));

/** Puts the CLI and its language hosts into a folder, and answers that: those that are in `present` already are taken
 * over, and the others built with Go. */
export async function build(workshop: string, present: string, log: Log): Promise<string> {
  await requireGo(workshop, log);
  const bin = join(workshop, "bin");
  await mkdir(bin);
  for (const one of builds) {
    const file = executable(one.file);
    if (await isBuilt(join(present, file), one)) {
      await copyFile(join(present, file), join(bin, file));
    } else {
      await compile(one, join(bin, file), log);
    }
  }
  // The engine starts dynamic resources through this script; it comes with the SDK and not with a Go module.
  const script = windows ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";
  await copyFile(
    fileURLToPath(new URL(`../../node_modules/@pulumi/pulumi/${script}`, import.meta.url)),
    join(bin, script),
  );
  return bin;
}

/** Whether the file is of that package and version, as Go writes into all that it builds. */
async function isBuilt(file: string, { package: name, version }: Build): Promise<boolean> {
  const { stdout } = await promisify(execFile)("go", ["version", "-m", file]).catch(() => ({ stdout: "" }));
  const [, path, built] = /^\tpath\t(.*)\n\tmod\t.*\tv(.*)\t/m.exec(stdout) ?? [];
  return path === name && built === version;
}

async function compile(one: Build, output: string, log: Log): Promise<void> {
  const { file, module, package: name, version, versionVariable, time } = one;
  log(`Building ${file} ${version} from its Go modules, once per machine: about ${time} ...`);
  const flags = `-s -w -X ${versionVariable}=v${version}`;
  await run(
    "go",
    ["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", output, name],
    {
      cwd: fileURLToPath(new URL(`${module}/`, import.meta.url)),
      // Without cgo no C compiler is needed; a go.work in some folder above is none of ours.
      env: { CGO_ENABLED: "0", GOWORK: "off" },
      log,
      progress: (lines) => `${lines.filter((line) => !line.startsWith("go: ")).length} packages compiled, now`,
    },
  );
}

async function requireGo(workshop: string, log: Log): Promise<void> {
  try {
    await run("go", ["version"], { cwd: workshop, env: {}, log });
  } catch {
    throw new Error("there is no Go on PATH");
  }
}
