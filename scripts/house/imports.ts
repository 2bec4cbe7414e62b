/** Measures the levels of the import graph, and finds imports in the wrong place. */
import type { Measure } from "./measure.ts";
import { type Import, importsOf, type Source, sourcesIn } from "./sources.ts";

const MOST_FLOORS = 8;
/** A fixture that has its own tests. */
const SIMULATED_JENKINS = /^tests\/jenkins\/(?!.*\.test\.ts$)/;

export function floors(): Measure[] {
  const sources = sourcesIn("provider", "sdk");
  const chain = longestChain(sources, ["value"]);
  const withLazy = longestChain(sources, ["value", "lazy"]);
  const name = "levels of the import graph of provider/ and sdk/, by static imports of values";
  const note = `${withLazy.length} with lazy imports`;
  return [{ name, value: chain.length, most: MOST_FLOORS, details: chain, note }];
}

export function places(): Measure[] {
  const flat = sourcesIn("tests").filter(({ path }) => path.split("/").length === 2);
  const ofTests = sourcesIn("scripts").flatMap((source) => {
    const imported = importsOf(source).filter(({ of }) => of.startsWith("tests/") && !SIMULATED_JENKINS.test(of));
    return imported.map(({ of }) => `${source.path} imports ${of}`);
  });
  return [
    { name: "test files flat in tests/", value: flat.length, most: 0, details: flat.map(({ path }) => path) },
    { name: "imports of tests in scripts/", value: ofTests.length, most: 0, details: ofTests },
  ];
}

/** The longest chain of files in which each file imports the next one. */
function longestChain(sources: Source[], kinds: Import["kind"][]): string[] {
  const imported = new Map(
    sources.map((source) => [source.path, importsOf(source).filter(({ kind }) => kinds.includes(kind))]),
  );
  const chains = new Map<string, string[]>();
  const chainFrom = (path: string): string[] => {
    const known = chains.get(path);
    if (known) return known;
    chains.set(path, [path]); // Breaks a cycle of lazy imports.
    const below = (imported.get(path) ?? []).filter(({ of }) => imported.has(of)).map(({ of }) => chainFrom(of));
    const chain = [path, ...longest(below)];
    chains.set(path, chain);
    return chain;
  };
  return longest([...imported.keys()].map(chainFrom));
}

function longest(chains: string[][]): string[] {
  return chains.reduce((best, chain) => (chain.length > best.length ? chain : best), []);
}
