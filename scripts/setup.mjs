// Installs the dependencies where they are missing or stale. It runs before anything is installed, so it is plain
// JavaScript for whatever Node is there; what comes after it runs on the Node 24 among the dependencies.
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
if (!isInstalled()) {
  process.exit(await install());
}

/** npm writes down what lies in node_modules when an install is complete: that record has to agree with the lockfile. */
function isInstalled() {
  const record = join(root, "node_modules/.package-lock.json");
  if (!existsSync(record)) {
    return false;
  }
  const wanted = packages(join(root, "package-lock.json"));
  const present = packages(record);
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = present[path];
    return path === "" || (found ? found.version === version && found.integrity === integrity : optional);
  });
}

function packages(lockfile) {
  return JSON.parse(readFileSync(lockfile, "utf8")).packages;
}

async function install() {
  // `npm run` puts node_modules/.bin first on PATH, and `npm ci` would remove the very Node it is running on.
  const path = process.env.PATH.split(delimiter);
  process.env.PATH = path.filter((folder) => !folder.endsWith(join("node_modules", ".bin"))).join(delimiter);

  log("Installing the dependencies (npm ci) ...");
  const started = Date.now();
  const heartbeat = setInterval(
    () => log(`  ${Math.round((Date.now() - started) / 1000)} s: still installing`),
    15_000,
  );
  const parts = ["dev", "optional", "peer"].map((part) => `--include=${part}`);
  const npm = spawn("npm", ["ci", "--loglevel=error", ...parts], {
    cwd: root,
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
  const code = await new Promise((resolve) => {
    npm.on("error", () => resolve(1));
    npm.on("exit", (status) => resolve(status ?? 1));
  });
  clearInterval(heartbeat);
  if (code !== 0) {
    log("The dependencies could not be installed: npm ci failed, see above.");
  }
  return code;
}
