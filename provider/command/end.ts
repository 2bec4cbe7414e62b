/** Revokes the tokens of a plan, and then checks that they are gone. */
import { type Asked, isFleet } from "./arguments.ts";
import type { Failure } from "./fleet.ts";
import { counted, printable, printableId, type Row, rowsOn, say } from "./output.ts";
import type { Group, Plan } from "./plan.ts";
import { progress } from "./progress.ts";
import { messageOf } from "./words.ts";

/** Whether a token is gone or still there. `unknown` if Jenkins does not confirm either. */
type Result = "revoked" | "kept" | "unknown";

interface EndedToken extends Row {
  outcome: Result;
}

export interface Ended {
  plan: Plan;
  tokens: EndedToken[];
  failures: Failure[];
}

/** @param isToEnd if false, all tokens are kept. */
export async function endAll(plan: Plan, isToEnd: boolean, asked: Asked): Promise<Ended> {
  const ended: Ended = { plan, tokens: [], failures: [] };
  for (const group of plan.groups) {
    const fail = (error: unknown) => ended.failures.push({ name: plan.name, message: messageOf(error) });
    if (!isFleet(asked)) progress.show(`Revoking ${counted(group.doomed.length, "token")} of ${group.account.userId}`);
    const outcomes = isToEnd ? await endOf(group, fail) : undefined;
    const tokens = rowsOn(plan.url, group.doomed).map((row): EndedToken => {
      return { ...row, outcome: outcomes?.get(row.tokenUuid) ?? "kept" };
    });
    for (const token of tokens) ended.tokens.push(token); // There may be too many for arguments of one call.
    if (asked.format === "table") tokens.filter(({ outcome }) => outcome === "revoked").forEach(sayRevoked);
  }
  return ended;

  function sayRevoked({ tokenUuid, tokenName, userId }: EndedToken): void {
    say(
      `Revoked ${tokenUuid} ${printable(tokenName)} of ${printableId(userId)}${isFleet(asked) ? ` on ${plan.url}` : ""}`,
    );
  }
}

/** Revokes the tokens of one user one by one, up to the first failure, and then lists the user's tokens once. */
async function endOf(group: Group, fail: (error: unknown) => void): Promise<Map<string, Result>> {
  const { account, doomed, throwIfValid } = group;
  const tried = new Set<string>();
  const done = new Set<string>();
  try {
    const still = new Set((await group.stillDoomed()).map(({ tokenUuid }) => tokenUuid));
    for (const { tokenUuid } of doomed.filter((token) => still.has(token.tokenUuid))) {
      tried.add(tokenUuid);
      await account.tokens.revoke(tokenUuid, throwIfValid !== undefined);
      done.add(tokenUuid);
    }
    await throwIfValid?.();
  } catch (error) {
    fail(error);
  }
  const left = throwIfValid ? undefined : await leftOf(group, tried, fail);
  const resultOf = (tokenUuid: string): Result => {
    if (!tried.has(tokenUuid)) return "kept";
    if (throwIfValid) return done.has(tokenUuid) ? "revoked" : "unknown";
    if (left && !left.has(tokenUuid)) return "revoked";
    return left && !done.has(tokenUuid) ? "kept" : "unknown"; // A list that still shows a revoked token may be an old one.
  };
  return new Map(doomed.map(({ tokenUuid }) => [tokenUuid, resultOf(tokenUuid)]));
}

/** The uuids of the user's remaining tokens, read past any cache. Undefined if they can't be read. */
async function leftOf({ account }: Group, tried: Set<string>, fail: (error: unknown) => void) {
  if (tried.size === 0) return new Set<string>();
  const { tokens } = account;
  return await tokens.listNow(true).then(
    (all) => new Set(all.map(({ tokenUuid }) => tokenUuid)),
    (error: unknown) => {
      fail(error);
      return undefined;
    },
  );
}
