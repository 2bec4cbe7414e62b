/** Shows tokens, asks, and revokes them. It never revokes the token that it logs in with. */
import { createInterface } from "node:readline/promises";
import { presentable } from "../redaction.ts";
import type { Context } from "../resources/context.ts";
import { isUserUnknown, statesFor } from "./accounts.ts";
import { type Asked, isFleet, WrongUsage } from "./arguments.ts";
import { type ConfiguredController, controllersFor } from "./controllers.ts";
import { type Ended, endAll } from "./end.ts";
import { overAll, tellFailures } from "./fleet.ts";
import { sayTokens } from "./formats/table.ts";
import { counted, printable, rowsOn, say, tellAside, tellLines } from "./output.ts";
import { type Plan, planFor } from "./plan.ts";

export async function revoke(asked: Asked, context: Context): Promise<number> {
  refuseWithoutAnswer(asked);
  const leaks = asked.byValue ? await import("./leaked.ts") : undefined;
  const value = await leaks?.readLeaked();
  const controllers = await controllersFor(asked, context);
  refuseSeveralLogins(controllers, asked);
  const states = await statesFor(asked);
  const { results: plans, failures } = await overAll(controllers, isFleet(asked), (one) =>
    leaks && value !== undefined ? leaks.planForLeaked(one, value, asked, states) : planFor(one, asked, states),
  );
  const count = show(plans, asked);
  const isAgreed = asked.yes || asked.dryRun || count === 0 || (await agree(plans, count, failures.length, asked));
  const isToEnd = isAgreed && !asked.dryRun;
  const { results: ended, failures: broken } = await overAll(plans, isFleet(asked), (plan) =>
    endAll(plan, isToEnd, asked),
  );
  const withoutEnd = [...failures, ...broken];
  const isNobody = count === 0 && isUserUnknown(plans, asked) && plans.every(({ kept }) => kept.length === 0);
  const all = [...withoutEnd, ...ended.flatMap((one) => one.failures)];
  if (asked.format === "json") (await import("./formats/revoked.ts")).writeRevoked(ended, withoutEnd, isFleet(asked));
  else if (!isAgreed) say("Nothing was revoked.");
  else if (count === 0) say(whyNothing(plans, failures.length, asked));
  else summarize(ended, asked);
  if (asked.format === "json" && isNobody) tellAside(whyNothing(plans, failures.length, asked));
  tellKept(plans, asked);
  const failed = withoutEnd.length + ended.filter((one) => one.failures.length > 0).length;
  if (isFleet(asked)) tellFailures(all, controllers.length, failed, isToEnd ? AFTER_FAILURES : undefined);
  else for (const { message } of all) tellLines(message);
  const isUnknown = ended.some(({ tokens }) => tokens.some(({ outcome }) => outcome === "unknown"));
  const isDone = isAgreed && all.length === 0 && !isUnknown;
  return isDone && !isLeft(plans, asked) && !isNobody ? 0 : 1;
}

const AFTER_FAILURES =
  "Tokens on these controllers may still be valid. Do what the messages say, and run the same command again.";

function refuseWithoutAnswer({ yes, dryRun, byValue, format }: Asked): void {
  const isTable = format === "table";
  const canAsk = process.stdin.isTTY && process.stderr.isTTY; // Standard error shows the question.
  if (yes || dryRun || (canAsk && !byValue && isTable)) return;
  const whyNoQuestion = isTable ? "There is no terminal to ask at" : "--json shows no tokens before a question";
  const why = byValue ? "Standard input holds the value, so it can't answer" : whyNoQuestion;
  throw new WrongUsage(`${why}: use --yes to revoke, or --dry-run to see what would be revoked.`);
}

/** Two logins could reach the same tokens, and revoke each other's. */
function refuseSeveralLogins(controllers: ConfiguredController[], { user, allUsers, byValue }: Asked): void {
  if (user === undefined && !allUsers && !byValue) return;
  const places = new Map<string, string | undefined>();
  for (const { name, urlFrom } of controllers) {
    if (places.has(name))
      throw new WrongUsage(
        `${urlFrom} names the same Jenkins as ${places.get(name)}. With --user, --all-users or --value, revoke needs one login for each Jenkins.`,
      );
    places.set(name, urlFrom);
  }
}

/** Shows the tokens to revoke, and counts them. */
function show(plans: Plan[], asked: Asked): number {
  const rows = plans.flatMap(({ url, groups }) => groups.flatMap(({ doomed }) => rowsOn(url, doomed)));
  if (asked.format === "table" && rows.length > 0) sayTokens(rows, isFleet(asked));
  return rows.length;
}

async function agree(plans: Plan[], count: number, failed: number, asked: Asked): Promise<boolean> {
  if (process.stdout.errored) return false; // Nobody has seen the tokens.
  if (failed > 0) tellAside(`Not shown: the tokens of ${counted(failed, "controller")} that failed.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  lines.once("close", () => ended.abort()); // The input has ended, so nobody can answer.
  const question = `Permanently revoke ${counted(count, "token")} ${placeOf(plans, asked)}? [y/N] `;
  const answer = await lines.question(presentable(question), { signal: ended.signal }).catch(() => "");
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

function placeOf(plans: Plan[], asked: Asked): string {
  const [only] = plans;
  if (isFleet(asked)) return `on ${counted(plans.filter(({ groups }) => groups.length > 0).length, "controller")}`;
  const owner = asked.byValue ? "with this value" : `of ${only?.userId ?? "all users"}`;
  return `${owner} on ${only?.url}`;
}

function summarize(ended: Ended[], asked: Asked): void {
  const tokens = ended.flatMap((one) => one.tokens);
  const revoked = tokens.filter(({ outcome }) => outcome === "revoked").length;
  const plans = ended.map(({ plan }) => plan);
  const place = isFleet(asked) ? `on ${counted(ended.length, "controller")}` : placeOf(plans, asked);
  const would = `Tokens ${place} that would be revoked: ${tokens.length}`;
  const kept = plans.reduce((sum, plan) => sum + plan.kept.length, 0);
  const andKept = kept > 0 ? `. Kept: ${kept}` : "";
  say((asked.dryRun ? would : `Revoked tokens ${place}: ${revoked} of ${tokens.length}`) + andKept);
  const sayAll = (title: string, advice: string, some: typeof tokens) => {
    if (some.length > 0) say(`${title}: ${some.length}. ${advice}`);
    for (const { tokenUuid, tokenName, jenkinsUrl } of some)
      say(`  ${tokenUuid} ${printable(tokenName)} on ${jenkinsUrl}`);
  };
  const again = "Run the same command again.";
  const keptBecause = (wanted: string) => tokens.filter((token) => token.keptBecause === wanted);
  const unknown = tokens.filter(({ outcome }) => outcome === "unknown");
  sayAll("It is unknown whether they are revoked", again, unknown);
  sayAll("Not revoked", again, keptBecause("failed"));
  sayAll("Not revoked", "They do not meet the filters any more.", keptBecause("changed"));
}

/** The one controller, or the number of these controllers. */
function whereOf(plans: Plan[], asked: Asked): string {
  return isFleet(asked) ? counted(plans.length, "controller") : (plans[0]?.url ?? "");
}

/** Why nothing is revoked. If tokens are kept, or if all controllers failed, the lines after it say why. */
function whyNothing(plans: Plan[], failed: number, asked: Asked): string {
  const { user, filters, allUsers, byValue, dryRun } = asked;
  if (plans.length === 0 || plans.some(({ kept, candidates }) => kept.length + candidates.length > 0))
    return `Nothing ${dryRun ? "would be" : "was"} revoked.`;
  const [first] = plans;
  const place = whereOf(plans, asked) + (failed > 0 ? " that did not fail" : "");
  if (isUserUnknown(plans, asked)) {
    const searched = plans.filter(({ searchedAllUsers }) => searchedAllUsers).length;
    const others =
      searched > 0
        ? `${counted(plans.length - searched, "controller")}, where only administrators may search for others`
        : place;
    return `Nothing to revoke: there is no user ${user} on ${others}.`;
  }
  if (first && plans.every(({ isRefused }) => isRefused))
    return `Nothing to revoke: ${user} can't log in with this value on ${place}.`;
  const userId = user ?? (isFleet(asked) ? undefined : first?.userId);
  const anybody = allUsers ? " of any user" : "";
  const owner = byValue ? " with this value" : userId === undefined ? anybody : ` of ${userId}`;
  const why = filters.length > 0 ? `on ${place} meets the filters` : `was found on ${place}`;
  return `Nothing to revoke: no token${owner} ${why}.`;
}

/** Reports the tokens that were requested, but are kept, and why. */
function tellKept(plans: Plan[], asked: Asked): void {
  const [stack, another] = asked.stacks;
  const place = another === undefined ? `in stack ${stack}` : "of the stacks";
  for (const { url, kept, candidates } of plans) {
    for (const { token, because } of kept) {
      const { tokenUuid, tokenName, userId, resource, mayBeOf } = token;
      const owner = resource ? `belongs to the resource ${resource}` : `may belong to the resource ${mayBeOf}`;
      const managed = `it ${owner} ${place}. --even-managed revokes it, too`;
      const running =
        "a run of exec may still use it. To revoke it nevertheless, give its uuid, its user with --user, and one --url";
      const why = { managed, running, signsIn: adviceForOwnToken(asked) }[because];
      tellAside(`Kept ${tokenUuid} ${printable(tokenName)} of ${userId} on ${url}: ${why}.`);
    }
    if (candidates.length === 0) continue;
    const isCounted = candidates.some(({ useCount }) => useCount !== undefined);
    const why = isCounted ? "the use counts do not show with which token" : "Jenkins does not count uses";
    tellAside(
      `The value logs in as ${asked.user} on ${url}, but ${why}, so none of these was revoked. Revoke the right one by its uuid, with --user and one --url:`,
    );
    for (const { tokenUuid, tokenName } of candidates) tellAside(`  ${tokenUuid} ${printable(tokenName)}`);
  }
  const ofUser = asked.byValue ? plans.filter(({ userId }) => userId !== undefined) : [];
  if (ofUser.length > 0)
    tellAside(
      `Only ${asked.user} was checked on ${whereOf(ofUser, asked)}. Another user may have a token with this value.`,
    );
}

/** What to do about a token that the command needs until its end. A leaked one must not stay. */
function adviceForOwnToken({ byValue, controllers }: Asked): string {
  const why = "this command may log in with it";
  if (!byValue) return `${why}. To revoke it, too, log in with a password or with another token`;
  const place = controllers === undefined ? "in JENKINS_API_TOKEN" : "where the file of --controllers says";
  return `${why}, so the leaked value still works. Create another API token in Jenkins, put it ${place}, and run this command again`;
}

/** Whether a token is kept that was requested by its uuid, its value or `--all`. */
function isLeft(plans: Plan[], { uuids, byValue, all }: Asked): boolean {
  const isExact = byValue || all || uuids.length > 0;
  return isExact && plans.some(({ kept, candidates }) => kept.length > 0 || candidates.length > 0);
}
