import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { safeguards } from "./safeguards.ts";

/** Loads the provider without one of its safeguards from now on. */
export function breakProduct(name: string): void {
  const patches = safeguards[name];
  if (!patches) throw new Error(`no safeguard ${name}: there are ${Object.keys(safeguards).join(", ")}`);
  const [problem] = misplaced(name);
  if (problem) throw new Error(problem);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const { pathname } = new URL(url); // A second copy of a module has a query in its URL.
      const due = patches.filter(({ file }) => pathname.endsWith(`/provider/${file}`));
      if (due.length === 0) return loaded;
      const source = readFileSync(fileURLToPath(url), "utf8");
      return { ...loaded, source: due.reduce((text, { find, replace }) => text.replace(find, () => replace), source) };
    },
  });
}

/** The texts of this safeguard that are not in their file exactly once. Then the patch would not remove the safeguard. */
export function misplaced(name: string): string[] {
  return (safeguards[name] ?? []).flatMap(({ file, find }) => {
    const path = new URL(`../../provider/${file}`, import.meta.url);
    const times = existsSync(path) ? readFileSync(path, "utf8").split(find).length - 1 : 0;
    return times === 1 ? [] : [`${name}: provider/${file} has ${times} times what is to be taken out: ${find}`];
  });
}
