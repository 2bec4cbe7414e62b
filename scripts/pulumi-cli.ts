import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, cli, files, version as wanted } from "./pulumi-cli/build.ts";
import { exclusively } from "./pulumi-cli/exclusively.ts";
import { type Log, run } from "./pulumi-cli/run.ts";

interface PulumiCli {
  /** The folder to put first on PATH. */
  bin: string;
  version: string;
  origin: "path" | "installed" | "downloaded" | "built";
}

/** Finds the Pulumi CLI with its language hosts, or downloads or builds it, once per machine. */
export async function pulumiCli(log: Log = toStderr): Promise<PulumiCli> {
  const { PULUMI_HOME } = process.env;
  const versions = join(PULUMI_HOME || join(homedir(), ".pulumi"), "versions");
  const bin = join(versions, wanted, "bin");
  return (
    (await onPath(log)) ??
    (await installed(bin)) ??
    // The working folder is on the same file system as the target, so that moving the result is one atomic step.
    (await exclusively(join(versions, `.${wanted}.workshop`), log, async (workshop) => {
      return (await installed(bin)) ?? (await obtain(workshop, bin, log));
    }))
  );
}

async function onPath(log: Log): Promise<PulumiCli | undefined> {
  const { PATH = "" } = process.env;
  for (const folder of PATH.split(delimiter)) {
    const found = join(folder, cli);
    if (!(folder && existsSync(found))) {
      continue;
    }
    // The folder of npm's launcher has no language hosts. The folder of a package manager's link may have them.
    for (const bin of new Set([dirname(realpathSync(found)), folder])) {
      const version = await versionIn(bin);
      if (version && isWanted(version)) {
        return { bin, version, origin: "path" };
      }
      if (version) {
        log(`The Pulumi CLI in ${bin} has version ${version} instead of ${wanted}, so it is not used.`);
      }
    }
  }
  return undefined;
}

async function installed(bin: string): Promise<PulumiCli | undefined> {
  const version = await versionIn(bin);
  return version && isWanted(version) ? { bin, version, origin: "installed" } : undefined;
}

async function versionIn(folder: string): Promise<string | undefined> {
  if (!files.every((file) => existsSync(join(folder, file)))) {
    return undefined;
  }
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { stdout } = await promisify(execFile)(join(folder, cli), ["version"], { env }).catch(() => {
    return { stdout: "" };
  });
  return /^v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}

/** A later version is accepted, unless PULUMI_VERSION asks for an exact one. */
function isWanted(version: string): boolean {
  const isLater = version.localeCompare(wanted, "en", { numeric: true }) > 0;
  return version === wanted || (isLater && !process.env["PULUMI_VERSION"]);
}

async function obtain(workshop: string, bin: string, log: Log): Promise<PulumiCli> {
  const ways = [
    { origin: "downloaded", make: () => download(workshop, log) },
    { origin: "built", make: () => build(workshop, bin, log) },
  ] as const;
  const failures: string[] = [];
  for (const { origin, make } of ways) {
    try {
      const made = await make();
      const version = await versionIn(made);
      if (!version) {
        throw new Error(`the ${origin} CLI does not run`);
      }
      await moveIntoPlace(made, bin, workshop);
      log(`The Pulumi CLI ${version} is in ${bin}.`);
      return { bin, version, origin };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`  not ${origin}: ${reason}`);
      failures.push(`could not be ${origin} (${reason})`);
    }
  }
  throw new Error(
    `The Pulumi CLI ${wanted} and its language hosts are needed. They are neither on PATH nor in ${bin}, and ` +
      `${failures.join(" and ")}. Install Pulumi (https://www.pulumi.com/docs/install/) or Go (https://go.dev/dl/).`,
  );
}

/** Runs npm's launcher, which starts Pulumi's own installer. It installs below PULUMI_HOME. */
async function download(workshop: string, log: Log): Promise<string> {
  log(`Downloading the Pulumi CLI ${wanted}, once per machine ...`);
  const launcher = fileURLToPath(new URL("../node_modules/pulumi/run.js", import.meta.url));
  const env = { PULUMI_HOME: workshop, PULUMI_VERSION: wanted, PULUMI_SKIP_UPDATE_CHECK: "true" };
  await run(process.execPath, [launcher, "version"], { cwd: workshop, env, log });
  return join(workshop, "versions", wanted, "bin");
}

async function moveIntoPlace(made: string, bin: string, workshop: string): Promise<void> {
  await mkdir(dirname(bin), { recursive: true });
  if (existsSync(bin)) {
    await rename(bin, join(workshop, "replaced"));
  }
  await rename(made, bin);
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) {
  try {
    const { bin } = await pulumiCli();
    process.stdout.write(`${bin}\n`);
  } catch (error) {
    toStderr(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
