/** Tools for the tests of other languages. Each is built once per machine, in a folder outside the repository. */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exclusively } from "../../scripts/pulumi-cli/exclusively.ts";
import { type Log, run } from "../../scripts/pulumi-cli/run.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const toStderr: Log = (line) => void process.stderr.write(`${line}\n`);

/** The folder that `make` has filled. It is made again when the files in `from` change. */
export async function made(from: string, make: (source: string, folder: string) => Promise<void>): Promise<string> {
  const source = join(HERE, from);
  const place = join(homeOfTools(), `${from.replace(/\W+/g, "-")}-${digestOf(source)}`);
  if (!existsSync(place)) {
    await exclusively(`${place}.workshop`, toStderr, async (workshop) => {
      if (existsSync(place)) return; // Another process has made it in the meantime.
      const folder = join(workshop, "made");
      await mkdir(folder);
      await make(source, folder);
      await rename(folder, place);
    });
  }
  return place;
}

function homeOfTools(): string {
  return join(process.env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "versions", "languages");
}

function digestOf(folder: string): string {
  const digest = createHash("sha256");
  for (const name of globSync("*.{go,mod,sum,txt}", { cwd: folder }).sort()) {
    digest.update(name).update(readFileSync(join(folder, name)));
  }
  return digest.digest("hex").slice(0, 12);
}

export async function compile(module: string, name: string, output: string): Promise<void> {
  const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", output, name];
  const built = name === "." ? "Pulumi's generators" : name;
  await tool("go", args, module, `Building ${built} from Go modules`, { CGO_ENABLED: "0", GOWORK: "off" });
}

/** Runs a program that may take minutes. */
export async function tool(
  command: string,
  args: string[],
  cwd: string,
  doing: string,
  env: Record<string, string> = {},
): Promise<void> {
  toStderr(`${doing} ...`);
  await run(command, args, { cwd, env, log: toStderr }).catch((error: Error) => {
    throw new Error(`${doing} failed: ${error.message}`, { cause: error });
  });
}
