import { isOlder, refusals } from "../../scripts/acceptance/needs.ts";
import type { Profile } from "../jenkins/profile.ts";
import { profileOf, versions } from "../jenkins/profiles.ts";

/** The features of each version of Jenkins. `tests/resources/versions.test.ts` tests them, and docs/compatibility.md shows them. */
export const columns = {
  "log in with a password or API token": () => "yes",
  "tokens with names: create, refresh, rename, revoke": ({ namedTokens }) => yes(namedTokens),
  '`via: "scriptConsole"`': ({ namedTokens }) => yes(namedTokens),
  "`fixedValue`": ({ fixedTokens }) => yes(fixedTokens),
  "`expiresInDays`": ({ expiry }) => yes(expiry),
  '`via: "legacy"`': ({ namedTokens }) => (namedTokens ? "if allowed" : "yes"),
} satisfies Record<string, (profile: Profile) => Works>;

type Works = "yes" | "no" | "if allowed";

export type Column = keyof typeof columns;

function yes(is: boolean): Works {
  return is ? "yes" : "no";
}

/** The table in docs/compatibility.md. In each row, all profiles up to the next row have the same features. */
export function compatibilityTable(recorded: string[]): string {
  const begins = [versions[0] ?? "", refusals.names.since, refusals.values.since, refusals.expiry.since];
  const rows = begins.map((since, at) => {
    const next = begins[at + 1];
    const tested = versions.filter((version) => !isOlder(version, since) && (!next || isOlder(version, next)));
    const cells = Object.values(columns).map((works) => {
      const found = new Set(tested.map((version) => works(profileOf(version))));
      if (found.size !== 1) throw new Error(`from ${since} on it is not all the same: ${[...found]}`);
      return [...found][0] ?? "";
    });
    const marked = tested.map((version) => (recorded.includes(version) ? version : `${version}*`));
    return [`from ${since}`, ...cells, marked.join(", ")];
  });
  const lines = [["Jenkins", ...Object.keys(columns), "tested"], rows[0]?.map(() => "---") ?? [], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
