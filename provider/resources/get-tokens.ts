/** Which tokens a user has, and which of them are certainly not in use. */
import { isUnused } from "../jenkins/token.ts";
import type { ReviewedToken, TokenReview } from "../properties.ts";
import { parseQuery } from "../settings/schema.ts";
import { type Account, accountOf } from "./account.ts";
import type { Context } from "./context.ts";

/** The tokens of a user, as the query asks for them. It only reads. */
export async function getApiTokens(query: object, context: Context): Promise<TokenReview> {
  const { unusedForDays, ...whose } = parseQuery({ ...query });
  const account = await accountOf(whose, context);
  return { userId: account.userId, jenkinsUrl: account.url, tokens: await review(account, unusedForDays) };
}

/** All tokens of an account, or those that were certainly not used for so many days. */
async function review(
  { tokens, client }: Pick<Account, "tokens" | "client">,
  unusedForDays?: number,
): Promise<ReviewedToken[]> {
  const all = await tokens.listNow(); // A shared list may come from another endpoint, without times.
  return unusedForDays === undefined
    ? all
    : all.filter((token) => isUnused(token, unusedForDays, client.controller.time()));
}
