/** Counts synonyms of a term in identifiers, and the files that mention a feature. */
import ts from "typescript";
import type { Measure } from "./measure.ts";
import { nodesOf, type Source, sourcesIn } from "./sources.ts";

/** Synonyms that the code must not use: an operation with an unknown outcome is "pending". */
const OTHER_WORDS = ["attempt", "unsettled", "unfinished", "earlier", "record"];

/** Allowed names: names of TypeScript, zod and Node.js, public names, and names in states. */
const KEPT = /^(Record|record|UnfinishedTokenError|getDefaultAutoSelectFamilyAttemptTimeout|recordedAt)$/;

const MOST_FILES_WITH_AN_INPUT = 5;

/**
 * provider/properties.ts, the resource, its row in the table of resources, the entry that Pulumi's host loads, its two SDK classes, and
 * sdk/index.ts, which exports one of them.
 */
const MOST_FILES_WITH_ROTATION = 7;

export function words(): Measure[] {
  const names = identifiersIn(sourcesIn("provider"));
  const withWord = (word: string) => names.filter((name) => name.toLowerCase().includes(word));
  const count = (word: string): Measure => {
    const details = withWord(word).length > 0 ? [withWord(word).join(", ")] : [];
    return { name: `identifiers in provider/ with "${word}"`, value: withWord(word).length, most: 0, details };
  };
  const pending = { name: `identifiers in provider/ with "pending"`, value: withWord("pending").length, details: [] };
  return [pending, ...OTHER_WORDS.map(count)];
}

export function mentions(): Measure[] {
  // Without this script, which searches for these names, and without the acceptance cases and the CLI stack, which test them.
  const isTesting = /^scripts\/(house|acceptance|pulumi-cli)/;
  const sources = sourcesIn("provider", "sdk", "scripts").filter(({ path }) => !isTesting.test(path));
  const mentioning = (what: string, pattern: RegExp, most: number): Measure => {
    const files = sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
    return {
      name: `files in provider/, sdk/ and scripts/ that mention ${what}`,
      value: files.length,
      most,
      details: files,
    };
  };
  return [
    mentioning("expiresInDays", /expiresInDays/, MOST_FILES_WITH_AN_INPUT),
    mentioning("renewBeforeDays", /renewBeforeDays/, MOST_FILES_WITH_AN_INPUT),
    mentioning("the rotating token", /rotat/i, MOST_FILES_WITH_ROTATION),
  ];
}

function identifiersIn(sources: Source[]): string[] {
  const nodes = sources.flatMap(({ tree }) => nodesOf(tree));
  const names = nodes.filter((node) => ts.isIdentifier(node) || ts.isPrivateIdentifier(node)).map(({ text }) => text);
  return [...new Set(names)].filter((name) => !KEPT.test(name)).sort((one, other) => one.localeCompare(other));
}
