/** Writes the file for `pulumi import --file`, which imports all tokens of a user at once. */
import { redact } from "../../redaction.ts";
import { isOfStack } from "../filters.ts";
import { writeInto } from "../option-file.ts";
import type { Listing } from "../report.ts";

const TYPE = "jenkins:index:ApiToken";

/** @returns the number of tokens in the file. Legacy tokens can't be imported, and tokens in the stack need no import. */
export async function writeImportFile(file: string, listings: Listing[]): Promise<number> {
  const all = listings.flatMap(({ tokens }) => tokens);
  const wanted = all.filter((token) => !token.isLegacy && !isOfStack(token));
  const taken = new Set<string>();
  const resources = wanted.map(({ userId, tokenUuid, tokenName }) => {
    return { type: TYPE, name: uniqueName(redact(tokenName), taken), id: `${userId}/${tokenUuid}` };
  });
  await writeInto("--import-file", file, `${JSON.stringify({ resources }, undefined, 2)}\n`);
  return resources.length;
}

/** A unique name of a resource, in characters that are safe in all languages and shells. */
function uniqueName(tokenName: string, taken: Set<string>): string {
  const plain = tokenName
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const base = /^[a-z]/.test(plain) ? plain : `token-${plain}`.replace(/-$/, "");
  let name = base;
  for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
  taken.add(name);
  return name;
}
