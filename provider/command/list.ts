/** Lists tokens on one or many controllers: compares them with the state of a stack, filters them, and writes them in a format. */
import type { Context } from "../resources/context.ts";
import { accountsFor, isByConsole, isUserUnknown, statesFor, tokensOfAll, withFacts } from "./accounts.ts";
import { type Asked, isFleet } from "./arguments.ts";
import { type ConfiguredController, controllersFor } from "./controllers.ts";
import { chosen, lacksCounts, meets } from "./filters.ts";
import { overAll, tellFailures } from "./fleet.ts";
import { counted, tellAside } from "./output.ts";
import { type Listing, type Report, writerOf } from "./report.ts";
import type { StackState } from "./state.ts";

export async function list(asked: Asked, context: Context): Promise<number> {
  if (asked.htmlFile !== undefined || asked.importFile !== undefined)
    await (await import("./option-file.ts")).refuseUnusable(asked);
  const controllers = await controllersFor(asked, context);
  const states = await statesFor(asked);
  const writer = await writerOf(asked.format, isFleet(asked));
  const isKept = writer.add === undefined || asked.importFile !== undefined; // The tokens of a thousand controllers would fill the memory.
  const { results, failures } = await overAll(
    controllers,
    isFleet(asked),
    (one) => listingOf(one, asked, states),
    (listing) => {
      writer.add?.(listing);
      return isKept ? listing : { ...listing, tokens: [] };
    },
  );
  const report = {
    isFleet: isFleet(asked),
    whose: whose(asked, results),
    listings: results,
    all: sum(results, "all"),
    failures,
  };
  try {
    await writer.end(report, asked);
    if (asked.format === "table") tellUnknownTimes(results, asked);
    if (asked.importFile !== undefined) await writeImports(asked.importFile, report);
  } finally {
    tellFailures(failures, controllers.length);
  }
  const failing = sum(results, "failing");
  if (failing > 0) tellAside(`Tokens that meet --fail-on: ${failing}`);
  const isNobody = isUserUnknown(results, asked);
  if (isNobody) tellAside(`There is no user ${asked.user} on ${counted(results.length, "controller")}.`);
  return isNobody || failures.length > 0 || failing > 0 ? 1 : 0;
}

interface CountedListing extends Listing {
  /** The number of tokens that meet `--fail-on`. */
  failing: number;
  /** The number of tokens whose creation time is unknown. */
  timeless: number;
  /** The number of tokens that may belong to a rotating token. It is unknown which of them is current. */
  unranked: number;
}

async function listingOf(
  controller: ConfiguredController,
  asked: Asked,
  states: StackState[],
): Promise<CountedListing> {
  const accounts = await accountsFor(asked, await controller.open());
  const { url, userId, client } = accounts;
  const listed = await tokensOfAll(accounts, asked);
  const now = client.controller.time();
  const all = await withFacts(listed, url, now, states);
  const tokens = chosen(all, asked, now).map((token) => {
    const meetsFailOn = asked.failOn.some((filter) => meets(token, filter, now));
    return meetsFailOn ? { ...token, meetsFailOn } : token;
  });
  const failing = tokens.filter(({ meetsFailOn }) => meetsFailOn).length;
  const timeless = tokens.filter(({ createdAt }) => createdAt === undefined).length;
  const unranked = tokens.filter(({ mayBeOf, mayBeAs }) => mayBeOf && !mayBeAs).length;
  const counts = { shown: tokens.length, all: all.length, failing, timeless, unranked };
  return { url, userId, tokens, now, lacksCounts: lacksCounts(all, asked), ...counts };
}

function sum<K extends string>(of: Record<K, number>[], name: K): number {
  return of.reduce((all, one) => all + one[name], 0);
}

/** Explains a question mark under CREATED, and what it hides: without the times, it is unknown which of two tokens is newer. */
function tellUnknownTimes(listings: CountedListing[], asked: Asked): void {
  if (sum(listings, "timeless") === 0) return;
  if (isByConsole(asked)) {
    tellAside("? under CREATED: Jenkins has no creation time of a legacy token that it created with its user.");
    return;
  }
  const isUnranked = sum(listings, "unranked") > 1;
  const why = isUnranked
    ? "The page of a user does not show when a token was created, so it is unknown which one is current."
    : "? under CREATED or LAST USED: the page of a user does not show times.";
  tellAside(`${why} For administrators, --via scriptConsole shows ${isUnranked ? "it" : "them"}.`);
}

/** The owner of the tokens, for the title. Empty if each controller lists the tokens of the user who logs in there. */
function whose(asked: Asked, [first]: Listing[]): string {
  if (asked.allUsers) return "all users";
  return asked.user ?? (isFleet(asked) ? "" : (first?.userId ?? ""));
}

async function writeImports(file: string, { listings }: Report): Promise<void> {
  const written = await (await import("./formats/import-file.ts")).writeImportFile(file, listings);
  const quoted = /^[\w./-]+$/.test(file) ? file : `'${file}'`;
  const next = `Next: pulumi import --file ${quoted} --protect=false. A protected resource can't be rotated or revoked.`;
  tellAside(`Wrote ${counted(written, "token")} into ${file}.${written > 0 ? ` ${next}` : ""}`);
}
