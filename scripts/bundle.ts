// Packs the native provider into one script, for machines that have Node.js: node scripts/bundle.ts [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packAsset } from "./plugin/asset.ts";
import { bundle, version } from "./plugin/bundle.ts";

const NAME = "pulumi-resource-jenkins";
const NEEDS = `${NAME} needs Node.js 22.19 or later, and there is no node on the PATH. Install Node.js, or the executable of ${NAME}, which brings its own.`;

/** Checks the version of Node.js in old syntax: on an old Node.js, the bundle itself would fail with a SyntaxError. */
const LAUNCHER = `"use strict";
var version = process.versions.node.split(".");
if (+version[0] > 22 || (+version[0] === 22 && +version[1] >= 19)) {
  import("./plugin.mjs");
} else {
  console.error("${NAME} needs Node.js 22.19 or later, and the first on the PATH, " + process.execPath + ", is " + process.versions.node + ". Install a newer one, or the executable of ${NAME}, which brings its own.");
  process.exitCode = 1;
}
`;

const SH = `#!/bin/sh
if ! command -v node >/dev/null; then
  echo "${NEEDS}" >&2
  exit 1
fi
exec node "$(dirname "$0")/launcher.cjs" "$@"
`;

const CMD = [`@where node >nul 2>nul || (echo ${NEEDS} 1>&2 & exit /b 1)`, `@node "%~dp0launcher.cjs" %*`, ""].join(
  "\r\n",
);

await packAsset(process.argv[2] ?? ".", `${NAME}-script-v${version}.tgz`, async (folder) => {
  await bundle(folder);
  writeFileSync(join(folder, "launcher.cjs"), LAUNCHER);
  writeFileSync(join(folder, NAME), SH, { mode: 0o755 });
  writeFileSync(join(folder, `${NAME}.cmd`), CMD);
});
