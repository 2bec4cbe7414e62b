import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { safeguards } from "./safeguards.ts";

/** From here on, the provider is loaded without one of its safeguards. */
export function breakProduct(name: string): void {
  const patches = safeguards[name];
  if (!patches) throw new Error(`no safeguard ${name}: there are ${Object.keys(safeguards).join(", ")}`);
  for (const { file, find } of patches) {
    const source = readFileSync(new URL(`../../provider/${file}`, import.meta.url), "utf8");
    const times = source.split(find).length - 1;
    if (times !== 1) throw new Error(`${name}: ${file} has ${times} times what is to be taken out: ${find}`);
  }
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const { pathname } = new URL(url); // A second copy of it has a query.
      const due = patches.filter(({ file }) => pathname.endsWith(`/provider/${file}`));
      if (due.length === 0) return loaded;
      const source = readFileSync(fileURLToPath(url), "utf8");
      return { ...loaded, source: due.reduce((text, { find, replace }) => text.replace(find, () => replace), source) };
    },
  });
}
