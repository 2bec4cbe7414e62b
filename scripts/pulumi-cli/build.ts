import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Log, run } from "./run.ts";

export const version = "3.259.0";

/** `module` is the folder here with the go.mod and go.sum that pin the build. Each has its own, because a language host's
 * dependencies are not those of the CLI. */
const builds = [
  {
    file: "pulumi",
    module: "cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version,
    time: "5 minutes on 2 cores",
  },
  {
    file: "pulumi-language-nodejs",
    module: "language-nodejs",
    // The last version in which the host is part of this module: later ones are in a module that is not published.
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    version: "3.68.0",
    time: "half a minute",
  },
];

const windows = process.platform === "win32";
const executable = (file: string): string => (windows ? `${file}.exe` : file);

export const cli: string = executable("pulumi");
/** What a folder with the CLI has to hold. */
export const files: string[] = builds.map(({ file }) => executable(file));

/** Builds the CLI and its language hosts with Go, and answers the folder they are in. */
export async function build(workshop: string, log: Log): Promise<string> {
  await requireGo(workshop, log);
  const bin = join(workshop, "bin");
  await mkdir(bin);
  for (const { file, module, package: name, version, time } of builds) {
    log(`Building ${file} ${version} from its Go modules, once per machine: about ${time} ...`);
    const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
    const output = join(bin, executable(file));
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
  // The engine starts dynamic resources through this script; it comes with the SDK and not with a Go module.
  const script = windows ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";
  await copyFile(
    fileURLToPath(new URL(`../../node_modules/@pulumi/pulumi/${script}`, import.meta.url)),
    join(bin, script),
  );
  return bin;
}

async function requireGo(workshop: string, log: Log): Promise<void> {
  try {
    await run("go", ["version"], { cwd: workshop, env: {}, log });
  } catch {
    throw new Error("there is no Go on PATH");
  }
}
