/** Packs a folder into a release file. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Packs the files that `fill` writes into an empty folder as `<target>/<name>`, and prints the size. */
export async function packAsset(
  target: string,
  name: string,
  fill: (folder: string, work: string) => Promise<void>,
): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "pulumi-jenkins-asset-"));
  const folder = join(work, "asset");
  try {
    mkdirSync(folder);
    await fill(folder, work);
    mkdirSync(target, { recursive: true });
    const file = join(target, name);
    execFileSync("tar", ["-czf", file, "-C", folder, "."]);
    process.stdout.write(`${file}: ${Math.round(statSync(file).size / 1000)} kB\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
