/** The size of an installation. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Line, shown } from "./lines.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Locked {
  dependencies?: Record<string, string>;
}

/** The package and its dependencies, without the dependencies of `@pulumi/pulumi`. */
export function footprintLines(): Line[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const withPulumi = closureOf(packages, ["@pulumi/pulumi"]);
  const own = Object.keys(packages[""].dependencies);
  const added = [...closureOf(packages, own)].filter((path) => !withPulumi.has(path));
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" }),
  );
  const bytes = added.reduce((sum, path) => sum + sizeOf(join(root, path)), packed.unpackedSize);
  const part = "installation";
  return [
    shown({ part, what: "packages besides those of @pulumi/pulumi", unit: "" }, added.length + 1),
    shown({ part, what: "size of these", unit: "MB" }, bytes / 1e6),
    shown({ part, what: "the package itself, packed", unit: "kB" }, packed.size / 1e3),
  ];
}

/** The folders of `names` and of all their dependencies. Like npm, it takes the nearest folder of each package. */
function closureOf(packages: Record<string, Locked>, names: string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    for (let folder = from; ; folder = folder.replace(/\/?node_modules\/(?!.*node_modules\/).*$/, "")) {
      const path = `${folder && `${folder}/`}node_modules/${name}`;
      if (packages[path] && !found.has(path)) {
        found.add(path);
        for (const dependency of Object.keys(packages[path].dependencies ?? {})) visit(dependency, path);
      }
      if (packages[path] || folder === "") return;
    }
  };
  for (const name of names) visit(name, "");
  return found;
}

function sizeOf(folder: string): number {
  const files = globSync("**/*", { cwd: folder, exclude: (name) => name === "node_modules" });
  return files.reduce((sum, file) => {
    const { size, isFile } = statSyncOf(join(folder, file));
    return isFile ? sum + size : sum;
  }, 0);
}

function statSyncOf(path: string): { size: number; isFile: boolean } {
  const stats = statSync(path);
  return { size: stats.size, isFile: stats.isFile() };
}
