import { execFile } from "node:child_process";
import { copyFile, cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Log, run } from "./run.ts";

/** The version with which this package is developed. Its build is pinned here. */
export const pinned = "3.259.0";
/** The version to build. */
export const version: string = process.env["PULUMI_VERSION"] || pinned;

interface Build {
  file: string;
  /** The folder here with the go.mod and go.sum that pin the build. Each program has its own folder, because a language host
   * has other dependencies than the CLI. */
  module: string;
  package: string;
  version: string;
  /** The Go variable that contains the program's version. */
  versionVariable: string;
  time: string;
}

const SDK = "github.com/pulumi/pulumi/sdk/v3";
const sdkVersion = `${SDK}/go/common/version.Version`;
// Without cgo, Go needs no C compiler. A go.work in a parent folder is not ours.
const GO = { CGO_ENABLED: "0", GOWORK: "off" };

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
/** The files that a folder with the CLI has to contain. */
export const files: string[] = builds.map(({ file }) => executable(file));

/** Puts the CLI and its language hosts into a folder, and returns its path. Programs that are already in `present` are copied, and
 * the others are built with Go. */
export async function build(workshop: string, present: string, log: Log): Promise<string> {
  await requireGo(workshop, log);
  const bin = join(workshop, "bin");
  await mkdir(bin);
  for (const one of builds) {
    const file = executable(one.file);
    if (await isBuilt(join(present, file), one)) {
      await copyFile(join(present, file), join(bin, file));
    } else {
      await compile(one, await moduleOf(one, workshop, log), join(bin, file), log);
    }
  }
  // The engine starts dynamic resources through this script. It is in the SDK, not in a Go module.
  const script = windows ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";
  await copyFile(
    fileURLToPath(new URL(`../../node_modules/@pulumi/pulumi/${script}`, import.meta.url)),
    join(bin, script),
  );
  return bin;
}

/** Whether the file was built from that package and version, according to the build information that Go adds. */
async function isBuilt(file: string, { package: name, version }: Build): Promise<boolean> {
  const { stdout } = await promisify(execFile)("go", ["version", "-m", file]).catch(() => ({ stdout: "" }));
  const [, path, built] = /^\tpath\t(.*)\n\tmod\t.*\tv(.*)\t/m.exec(stdout) ?? [];
  return path === name && built === version;
}

/** The folder with the go.mod and go.sum of a build. For another version of the CLI than the pinned one they are generated. */
async function moduleOf({ module, package: name }: Build, workshop: string, log: Log): Promise<string> {
  const pins = fileURLToPath(new URL(`${module}/`, import.meta.url));
  if (module !== "cli" || version === pinned) {
    return pins;
  }
  const cwd = join(workshop, module);
  await cp(pins, cwd, { recursive: true });
  log(`Looking for the Go modules of the Pulumi CLI ${version} ...`);
  await run("go", ["get", `${name}@v${version}`, `${SDK}@v${version}`], { cwd, env: GO, log });
  return cwd;
}

async function compile(one: Build, module: string, output: string, log: Log): Promise<void> {
  const { file, package: name, version, versionVariable, time } = one;
  log(`Building ${file} ${version} from its Go modules, once per machine: about ${time} ...`);
  const flags = `-s -w -X ${versionVariable}=v${version}`;
  await run(
    "go",
    ["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", output, name],
    {
      cwd: module,
      env: GO,
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
