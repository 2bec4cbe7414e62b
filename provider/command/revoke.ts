/** Ends tokens, once whoever sits there has seen which, and never the one that it signs in with. */
import { createInterface } from "node:readline/promises";
import { RejectedError } from "../errors.ts";
import { presentable } from "../redaction.ts";
import type { Account } from "../resources/account.ts";
import type { Context } from "../resources/context.ts";
import { type Asked, WrongUsage } from "./arguments.ts";
import { accountFor, chosen, tokensOf } from "./list.ts";
import { type ListedToken, printable, say, sayJson, sayTokens } from "./output.ts";

export async function revoke(asked: Asked, context: Context): Promise<number> {
  const { json, yes, "dry-run": dryRun } = asked;
  if (!yes && !dryRun && !process.stdin.isTTY) {
    throw new WrongUsage("There is no terminal to ask at: give --yes to revoke, or --dry-run to see what would be.");
  }
  const account = await accountFor(asked, context);
  const { url, userId } = account;
  const doomed = await toBeRevoked(asked, account);
  if (!json && doomed.length > 0) sayTokens(doomed);
  const isAgreed = yes || dryRun || doomed.length === 0 || (await agree(doomed, account));
  const revoked: string[] = [];
  try {
    if (isAgreed && !dryRun) for await (const tokenUuid of end(doomed, asked, account)) revoked.push(tokenUuid);
  } finally {
    // Whoever reads it is told what was done also where the rest failed.
    if (json) {
      const tokens = doomed.map((token) => ({ ...token, isRevoked: revoked.includes(token.tokenUuid) }));
      sayJson({ jenkinsUrl: url, userId, tokens });
    } else if (dryRun) say(`Tokens of ${userId} on ${url} that would be revoked: ${doomed.length}`);
    else say(`Revoked tokens of ${userId} on ${url}: ${revoked.length} of ${doomed.length}`);
  }
  return isAgreed ? 0 : 1;
}

async function toBeRevoked(asked: Asked, account: Account): Promise<ListedToken[]> {
  const { uuids, unusedForDays } = asked;
  const all = await tokensOf(account);
  const missing = uuids.filter((uuid) => !all.some(({ tokenUuid }) => tokenUuid === uuid));
  if (missing.length > 0) {
    const tried = `Looking for API token ${missing.join(", ")} of ${account.userId}`;
    throw new RejectedError({
      tried,
      url: account.url,
      words: "there is no such token",
      remedy: "Nothing was revoked. `pulumi-jenkins list` shows this user's; --user names another one.",
    });
  }
  const isNamed = ({ tokenUuid }: ListedToken) => uuids.includes(tokenUuid);
  const doomed = unusedForDays === undefined ? all.filter(isNamed) : chosen(all, asked, account);
  if (doomed.length > 0) await refuseOwnLogin(doomed, all, account);
  return doomed;
}

/**
 * The token in use is used by each look, so it is among those whose count rises between two. Where none does, any may be it.
 *
 * @throws {RejectedError} where one of `doomed` may be it.
 */
async function refuseOwnLogin(doomed: ListedToken[], before: ListedToken[], account: Account): Promise<void> {
  const { client, userId, url } = account;
  const { kind, value } = client.login.secret;
  const isToken = kind === "apiToken" || /^(..)?[0-9a-f]{32}$/.test(value); // A legacy one passes for a password, too.
  if (!isToken || (await client.whoAmI()) !== userId) return;
  const counts = new Map(before.map(({ tokenUuid, useCount }) => [tokenUuid, useCount]));
  const now = await tokensOf(account);
  const risen = now.filter(
    ({ tokenUuid, useCount = 0 }) => useCount > (counts.get(tokenUuid) ?? Number.POSITIVE_INFINITY),
  );
  const own = doomed.find(({ tokenUuid }) => risen.some((one) => one.tokenUuid === tokenUuid));
  if (risen.length > 0 && !own) return;
  const words = own
    ? `API token ${own.tokenUuid} is in use at this moment, and may be the one that this command signs in with`
    : "no count of uses rises, so which of them this command signs in with can't be told";
  const remedy = "Nothing was revoked. Sign in with a password, or as another administrator.";
  throw new RejectedError({ tried: `Revoking API tokens of ${userId}`, url, words, remedy });
}

async function agree(doomed: ListedToken[], { userId, url }: Account): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  lines.once("close", () => ended.abort()); // Nobody answers any more.
  const question = `Revoke these tokens of ${userId} on ${url} for good, ${doomed.length} in all? [y/N] `;
  const answer = await lines.question(presentable(question), { signal: ended.signal }).catch(() => "");
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Revokes them one by one, but for what was used while the question was open, and gives the uuid of each that is revoked. */
async function* end(doomed: ListedToken[], asked: Asked, account: Account): AsyncGenerator<string> {
  const still = asked.unusedForDays === undefined ? doomed : chosen(await tokensOf(account), asked, account);
  for (const { tokenUuid, tokenName } of doomed) {
    if (!still.some((one) => one.tokenUuid === tokenUuid)) continue;
    await account.tokens.revoke(tokenUuid);
    if (!asked.json) say(`Revoked ${tokenUuid} ${printable(tokenName)}`);
    yield tokenUuid;
  }
}
