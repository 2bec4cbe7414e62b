// Packs the native provider with all it needs but Node.js into one file, for `pulumi plugin install --file`: for those who use
// it from YAML or another language, and have no npm.
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [, , target = root] = process.argv;
const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-bundle-"));
try {
  const { metafile } = await build({
    entryPoints: [join(root, "provider/plugin/main.ts")],
    outfile: join(folder, "plugin.mjs"),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node22.19",
    format: "esm",
    minify: true,
    keepNames: true,
    legalComments: "none",
    metafile: true,
    // What is bundled of CommonJS asks for Node's own modules in its own way.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
  });
  writeFileSync(join(folder, "LICENSES.txt"), licences(metafile).join("\n\n"));
  const name = "pulumi-resource-jenkins";
  writeFileSync(join(folder, name), `#!/bin/sh\nexec node "$(dirname "$0")/plugin.mjs" "$@"\n`, { mode: 0o755 });
  writeFileSync(join(folder, `${name}.cmd`), `@node "%~dp0plugin.mjs" %*\r\n`);
  mkdirSync(target, { recursive: true });
  const file = join(target, `${name}-v${version}.tgz`);
  execFileSync("tar", ["-czf", file, "-C", folder, "."]);
  process.stdout.write(`${file}: ${Math.round(statSync(file).size / 1000)} kB\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The licences of what is bundled, which have to go with it. */
function licences({ inputs }: Metafile): string[] {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  return [".", ...packages].map((path) => {
    const [file] = globSync("{LICENSE,LICENCE,license}*", { cwd: join(root, path) });
    const title = path === "." ? "pulumi-jenkins" : path.replace(/^.*node_modules\//, "");
    if (file) return `${title}\n\n${readFileSync(join(root, path, file), "utf8")}`;
    const { license } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
    return `${title}\n\n${license}`;
  });
}
