/** What `pulumi import --file` reads, so that all tokens of a user come into a stack at once. */
import { redact } from "../../redaction.ts";
import { writeInto } from "../option-file.ts";
import type { Listing } from "../report.ts";

const TYPE = "jenkins:index:ApiToken";

/** @returns how many tokens were written. The legacy token can't be imported, and one that the stack knows needs no import. */
export async function writeImportFile(file: string, listings: Listing[]): Promise<number> {
  const wanted = listings.flatMap(({ tokens }) => tokens).filter(({ isLegacy, resource }) => !isLegacy && !resource);
  const taken = new Set<string>();
  const resources = wanted.map(({ userId, tokenUuid, tokenName }) => {
    return { type: TYPE, name: uniqueName(redact(tokenName), taken), id: `${userId}/${tokenUuid}` };
  });
  await writeInto("--import-file", file, `${JSON.stringify({ resources }, undefined, 2)}\n`);
  return resources.length;
}

/** A name of a resource, in characters that are no trouble in any language or shell. */
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
