/** Revokes the tokens of a plan, and then checks that they are gone. */
import type { ListedToken } from "../jenkins/token.ts";
import { type Asked, isFleet } from "./arguments.ts";
import type { Failure } from "./fleet.ts";
import { counted, printable, printableId, type Row, rowsOn, say } from "./output.ts";
import type { Group, Plan } from "./plan.ts";
import { progress } from "./progress.ts";
import { messageOf } from "./words.ts";

interface Result {
  /** Whether a token is gone or still there. `unknown` if Jenkins does not confirm either. */
  outcome: "revoked" | "kept" | "unknown";
  /** `changed`: the token does not meet the filters any more. */
  keptBecause?: "dryRun" | "failed" | "changed";
}

interface EndedToken extends Row, Result {}

export interface Ended {
  plan: Plan;
  tokens: EndedToken[];
  failures: Failure[];
}

/** @param isToEnd if false, all tokens are kept. */
export async function endAll(plan: Plan, isToEnd: boolean, asked: Asked): Promise<Ended> {
  const ended: Ended = { plan, tokens: [], failures: [] };
  for (const group of plan.groups) {
    const fail = (error: unknown) => {
      ended.failures.push({ name: plan.name, message: messageOf(error) });
      return undefined;
    };
    if (!isFleet(asked)) progress.show(`Revoking ${counted(group.doomed.length, "token")} of ${group.account.userId}`);
    const outcomes = isToEnd ? await endOf(group, fail) : undefined;
    const tokens = rowsOn(plan.url, group.doomed).map((row): EndedToken => {
      return { ...row, ...(outcomes?.get(row.tokenUuid) ?? { outcome: "kept", keptBecause: "dryRun" }) };
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
async function endOf(group: Group, fail: (error: unknown) => undefined): Promise<Map<string, Result>> {
  const { account, doomed, throwIfValid } = group;
  const uuidsOf = (listing: Promise<ListedToken[]>) =>
    listing.then((tokens) => new Set(tokens.map(({ tokenUuid }) => tokenUuid)), fail);
  const tried = new Set<string>();
  const done = new Set<string>();
  const still = await uuidsOf(group.stillDoomed());
  try {
    for (const { tokenUuid } of doomed.filter((token) => still?.has(token.tokenUuid))) {
      tried.add(tokenUuid);
      await account.tokens.revoke(tokenUuid, throwIfValid !== undefined);
      done.add(tokenUuid);
    }
    await throwIfValid?.();
  } catch (error) {
    fail(error);
  }
  const left = throwIfValid || tried.size === 0 ? undefined : await uuidsOf(account.tokens.listNow(true)); // Past any cache.
  const resultOf = (tokenUuid: string): Result => {
    if (!tried.has(tokenUuid))
      return { outcome: "kept", keptBecause: still && !still.has(tokenUuid) ? "changed" : "failed" };
    if (throwIfValid) return { outcome: done.has(tokenUuid) ? "revoked" : "unknown" };
    if (left && !left.has(tokenUuid)) return { outcome: "revoked" };
    if (left && !done.has(tokenUuid)) return { outcome: "kept", keptBecause: "failed" };
    return { outcome: "unknown" }; // A list that still shows a revoked token may be an old one.
  };
  return new Map(doomed.map(({ tokenUuid }) => [tokenUuid, resultOf(tokenUuid)]));
}
