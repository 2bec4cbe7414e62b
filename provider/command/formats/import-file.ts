/** Writes the file for `pulumi import --file`, which imports all tokens of a user at once. */
import { redact } from "../../redaction.ts";
import { isOfStack } from "../filters.ts";
import { runOf } from "../leftovers.ts";
import { writeInto } from "../option-file.ts";
import type { KnownToken } from "../output.ts";
import type { Listing } from "../report.ts";

const TYPE = "jenkins:index:ApiToken";

/**
 * Legacy tokens can't be imported, tokens in the stack need no import, and the others that it leaves out should not live on.
 *
 * @returns the number of tokens in the file.
 */
export async function writeImportFile(file: string, listings: Listing[]): Promise<number> {
  const wanted = listings.flatMap(({ tokens, now }) => {
    const isOfNoUse = (token: KnownToken) => token.isExpired || token.isLeftover || runOf(token, now);
    return tokens.filter((token) => !token.isLegacy && !isOfStack(token) && !isOfNoUse(token));
  });
  const taken = new Map<string, number>();
  const resources = wanted.map(({ userId, tokenUuid, tokenName }) => {
    return { type: TYPE, name: uniqueName(redact(tokenName), taken), id: `${userId}/${tokenUuid}` };
  });
  await writeInto("--import-file", file, `${JSON.stringify({ resources }, undefined, 2)}\n`);
  return resources.length;
}

/**
 * A unique name of a resource, in characters that are safe in all languages and shells.
 *
 * @param taken the names in use, each with the number of the last name that begins with it.
 */
function uniqueName(tokenName: string, taken: Map<string, number>): string {
  const plain = tokenName
    .normalize("NFKD")
    .replace(/\p{M}/gu, "") // The accents.
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const base = /^[a-z]/.test(plain) ? plain : `token-${plain}`.replace(/-$/, "");
  let name = base;
  let count = taken.get(base) ?? 1;
  while (taken.has(name)) name = `${base}-${++count}`;
  taken.set(base, count).set(name, 1);
  return name;
}
