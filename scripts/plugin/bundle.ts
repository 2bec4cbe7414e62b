/** Packs the native provider and its dependencies into one file. Only Node.js is not included. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The version of the package. */
export const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Writes `plugin.mjs` into the folder, and `LICENSES.txt` with the licences of the bundled packages and of `more`. */
export async function bundle(folder: string, more: string[] = []): Promise<void> {
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
    // Bundled CommonJS modules call `require` for Node's own modules.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
  });
  writeFileSync(join(folder, "LICENSES.txt"), [...licences(metafile), ...more].join("\n\n"));
}

/** The licences of the bundled packages, which have to be distributed with the bundle. */
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
