// Installs the dependencies if they are missing or stale. It is plain JavaScript for any Node.js, because nothing is installed yet. Then it
// builds the package, if asked to, and runs a script, both on the Node.js of the dependencies:
// node scripts/setup.mjs [--build] [SCRIPT [ARGUMENT ...]]
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const log = (line) => process.stderr.write(`${line}\n`);

if (Number.parseInt(process.versions.node, 10) < 20) {
  log(`Node.js 20 or later is needed, and this is ${process.versions.node}: see https://nodejs.org.`);
  process.exit(1);
}
const locked = packages(join(root, "package-lock.json"));
const { PULUMI_VERSION: sdk = "" } = process.env;
const isOther = sdk !== "" && sdk !== locked["node_modules/@pulumi/pulumi"].version;
if (!(isOther ? hasSdk() : isInstalled()) && (await install()) !== 0) {
  process.exit(1);
}
const [first, ...rest] = process.argv.slice(2);
if (first === "--build" && (await run("npm", ["run", "--silent", "build"])) !== 0) {
  process.exit(1);
}
const script = first === "--build" ? rest : process.argv.slice(2);
if (script.length > 0) {
  process.exit(await run("node", script)); // A new process uses the Node.js that was just installed.
}

/** After a complete install, npm records the contents of node_modules. This record has to match the lockfile. */
function isInstalled() {
  const record = join(root, "node_modules/.package-lock.json");
  if (!existsSync(record)) {
    return false;
  }
  const present = packages(record);
  return Object.entries(locked).every(([path, { version, integrity, optional }]) => {
    const found = present[path];
    return path === "" || (found ? found.version === version && found.integrity === integrity : optional);
  });
}

/** Whether Pulumi's SDK has the version in PULUMI_VERSION, which is not in the lockfile. */
function hasSdk() {
  const manifest = join(root, "node_modules/@pulumi/pulumi/package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === sdk;
}

function packages(lockfile) {
  return JSON.parse(readFileSync(lockfile, "utf8")).packages;
}

async function install() {
  const parts = ["dev", "optional", "peer"].map((part) => `--include=${part}`);
  const code = await npm("ci", ...parts);
  return code === 0 && isOther ? await npm("install", "--no-save", `@pulumi/pulumi@${sdk}`, ...parts) : code;
}

async function npm(...args) {
  // `npm run` puts node_modules/.bin first on PATH. There `npm ci` would remove the Node.js that it is running on.
  const path = process.env.PATH.split(delimiter);
  const PATH = path.filter((folder) => !folder.endsWith(join("node_modules", ".bin"))).join(delimiter);

  log(`Installing the dependencies (npm ${args[0]}) ...`);
  const started = Date.now();
  const heartbeat = setInterval(
    () => log(`  ${Math.round((Date.now() - started) / 1000)} s: still installing`),
    15_000,
  );
  const stdio = ["ignore", process.stderr, process.stderr];
  const options = { cwd: root, stdio, env: { ...process.env, PATH } };
  const code = await run("npm", [...args, "--loglevel=error"], options);
  clearInterval(heartbeat);
  if (code !== 0) {
    log(`The dependencies could not be installed: npm ${args[0]} failed, see above.`);
  }
  return code;
}

/** Runs a command to its end, and passes signals on to it. */
async function run(command, args, options = { stdio: "inherit" }) {
  const child = spawn(command, args, { ...options, shell: process.platform === "win32" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
  return await new Promise((resolve) => {
    child.on("error", () => resolve(1));
    child.on("exit", (status) => resolve(status ?? 1));
  });
}
