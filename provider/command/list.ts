/** The tokens of a user, or of all: filtered, and held against the state of a stack. */

import { allUserIds } from "../jenkins/script-console.ts";
import { openTokens } from "../jenkins/tokens.ts";
import { type Account, accountOf } from "../resources/account.ts";
import type { Context } from "../resources/context.ts";
import { isUnused } from "../resources/get-tokens.ts";
import type { Asked } from "./arguments.ts";
import { type ListedToken, say, sayJson, sayTokens, tellAside } from "./output.ts";
import { knownOf, stateOf } from "./state.ts";

const USERS_PER_MESSAGE = 50;

export async function list(asked: Asked, context: Context): Promise<number> {
  const { json, expired, stack, "all-users": allUsers } = asked;
  const state = stack === undefined ? undefined : await stateOf(stack);
  const account = await accountFor(asked, context);
  const { url, userId } = account;
  const all = allUsers ? await ofAllUsers(account) : await tokensOf(account);
  const found = chosen(all, asked, account)
    .filter(({ isExpired }) => isExpired || !expired)
    .map((token) => ({ ...token, ...(state && knownOf(token, url, state)) }));
  if (json) sayJson({ jenkinsUrl: url, tokens: found });
  else {
    if (found.length > 0) sayTokens(found);
    say(`Tokens of ${allUsers ? "all users" : userId} on ${url}: ${found.length} of ${all.length}`);
  }
  return 0;
}

/** The account whose tokens are asked for, by the way that shows of them what is asked. */
export async function accountFor(asked: Asked, context: Context): Promise<Account> {
  const isByConsole = asked.via ?? asked.unusedForDays ?? asked["all-users"];
  return await accountOf({ user: asked.user, ...(isByConsole && { via: "scriptConsole" }) }, context);
}

/** All tokens of a user, as they are now. */
export async function tokensOf({ tokens, userId }: Pick<Account, "tokens" | "userId">): Promise<ListedToken[]> {
  return (await tokens.listNow()).map((token) => ({ userId, ...token }));
}

/** Those that are certainly unused, where these are asked for. */
export function chosen(all: ListedToken[], { unusedForDays }: Asked, { client }: Account): ListedToken[] {
  if (unusedForDays === undefined) return all;
  const isCounted = all.length === 0 || all.some(({ useCount }) => useCount !== undefined);
  if (!isCounted)
    tellAside("Jenkins does not count uses, so no token is known to be unused: switch on its usage statistics.");
  return all.filter((token) => isUnused(token, unusedForDays, client.controller.time()));
}

async function ofAllUsers({ client }: Account): Promise<ListedToken[]> {
  const userIds = await allUserIds(client);
  const found: ListedToken[] = [];
  for (const [index, userId] of userIds.entries()) {
    if (index > 0 && index % USERS_PER_MESSAGE === 0) tellAside(`${index} of ${userIds.length} users ...`);
    found.push(...(await tokensOf({ tokens: openTokens(client, userId, "scriptConsole"), userId })));
  }
  return found;
}
