// Packs the native provider and the Node.js that runs this script into one executable, for the platform of this machine:
// node scripts/executable.ts [FOLDER]. See decisions/executables.md.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packAsset } from "./plugin/asset.ts";
import { bundle, version } from "./plugin/bundle.ts";

/** Pulumi looks for a plugin under Go's names of operating systems and processors. */
const SYSTEMS: Record<string, string> = { linux: "linux", darwin: "darwin", win32: "windows" };
const PROCESSORS: Record<string, string> = { x64: "amd64", arm64: "arm64" };

const NAME = "pulumi-resource-jenkins";
const { platform, arch, execPath } = process;
const system = SYSTEMS[platform];
const processor = PROCESSORS[arch];
if (!system || !processor) throw new Error(`Pulumi has no plugins for ${platform} on ${arch}`);
if (Number.parseInt(process.versions.node, 10) < 26) {
  throw new Error(`this script needs Node.js 26 for --build-sea, and runs on ${process.versions.node}`);
}

await packAsset(process.argv[2] ?? ".", `${NAME}-v${version}-${system}-${processor}.tar.gz`, async (folder, work) => {
  await bundle(folder, [`Node.js ${process.versions.node}\n\n${licenceOfNode()}`]);
  const output = join(folder, system === "windows" ? `${NAME}.exe` : NAME);
  const config = join(work, "executable.json");
  const options = { mainFormat: "module", useCodeCache: true, disableExperimentalSEAWarning: true };
  writeFileSync(config, JSON.stringify({ main: join(folder, "plugin.mjs"), output, ...options }));
  execFileSync(execPath, ["--build-sea", config]);
  rmSync(join(folder, "plugin.mjs"));
  if (system === "darwin") execFileSync("codesign", ["--force", "--sign", "-", output]); // macOS starts only signed programs.
});

/** The licence of Node.js is beside the executable or beside its folder `bin`. */
function licenceOfNode(): string {
  const folders = [dirname(execPath), dirname(dirname(execPath))];
  const file = folders.map((folder) => join(folder, "LICENSE")).find((path) => existsSync(path));
  if (!file) throw new Error(`the licence of Node.js is not beside ${execPath}`);
  return readFileSync(file, "utf8");
}
