/** What the command can be asked for, what it says of that, and what it was asked for. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

const ALWAYS = `The environment says which Jenkins and as whom: JENKINS_URL, JENKINS_USER_ID with JENKINS_API_TOKEN or JENKINS_PASSWORD,
JENKINS_CA_CERT; HTTPS_PROXY, HTTP_PROXY and NO_PROXY are followed.
Exit codes: 0 fine, 1 a check failed or something could not be done, 2 wrong usage.`;

const USER = "--user ID           whose tokens; default the signed-in user. Others' need an administrator";
const UNUSED = `--unused-for 90d    those that were certainly not used for so many days; unknown is never unused. By the script console,
                      which only administrators may use`;
const AS_JSON = "--json              one JSON document, for programs";

const HELP = {
  doctor: `pulumi-jenkins doctor [--user ID] [--json]

Says of each thing that making tokens needs whether it is there, and what to do where it isn't. Changes nothing. Of another
user it lists the tokens, by the script console.

  ${USER}
  ${AS_JSON}`,
  list: `pulumi-jenkins list [--user ID | --all-users] [--unused-for 90d] [--expired] [--stack NAME] [--via scriptConsole] [--json]

  ${USER}
  --all-users         the tokens of all users, by the script console
  ${UNUSED}
  --expired           those whose last day is over
  --stack NAME        run in a Pulumi project's folder: which resource of the stack's state each token is of, and which are left
                      over: named for project and stack, or for a tokenName in the state, and not in it. That means nothing
                      while the stack is worked on, and where another backend has a stack of the same name. Of a
                      rotating token the state hides the uuids: whatever is named like them is "perhaps of" it
  --via scriptConsole with exact times, which a user's page doesn't show
  ${AS_JSON}`,
  revoke: `pulumi-jenkins revoke UUID... | --unused-for 90d [--user ID] [--yes | --dry-run] [--json]

Shows what it is going to revoke, and asks. The token that it signs in with is never revoked: each look at Jenkins uses that
one, so it is among those whose count of uses rises between two looks, and these are refused. Where no count rises, as without
usage statistics, all tokens of the signed-in user are: sign in with a password, or as another administrator.

  ${USER}
  ${UNUSED}
  --yes               revokes without asking; needed where there is no terminal
  --dry-run           only shows what would be revoked
  ${AS_JSON}`,
};

const flag = { type: "boolean" } as const;
const text = { type: "string" } as const;
const common = { user: text, json: flag, help: { ...flag, short: "h" } } as const;
const OPTIONS: Record<Verb, ParseArgsOptionsConfig> = {
  doctor: common,
  list: { ...common, "all-users": flag, "unused-for": text, expired: flag, stack: text, via: text },
  revoke: { ...common, "unused-for": text, yes: flag, "dry-run": flag },
};

export type Verb = keyof typeof HELP;

/** What some verb was asked for: the options as they are written, and what they mean. */
export type Asked = { uuids: string[]; unusedForDays?: number | undefined } & Partial<
  Record<"user" | "stack" | "via" | "unused-for", string> &
    Record<"json" | "all-users" | "expired" | "yes" | "dry-run" | "help", boolean>
>;

/** The command line is wrong: nothing was done. */
export class WrongUsage extends Error {}

/** What is asked for, or the text that helps to ask. */
export function read([verb = "", ...rest]: string[]): { help: string } | { verb: Verb; asked: Asked } {
  if (verb === "--help" || verb === "-h") return { help: [...Object.values(HELP), ALWAYS].join("\n\n") };
  if (!isVerb(verb)) throw new WrongUsage("The verb is doctor, list or revoke.");
  const asked = parsed(verb, rest);
  const { uuids, via, user, unusedForDays } = asked;
  if (asked.help) return { help: `${HELP[verb]}\n\n${ALWAYS}` };
  if (via !== undefined && via !== "scriptConsole") throw new WrongUsage("--via takes scriptConsole alone.");
  if (user !== undefined && asked["all-users"]) throw new WrongUsage("--user and --all-users exclude each other.");
  if (asked.yes && asked["dry-run"]) throw new WrongUsage("--yes and --dry-run exclude each other.");
  if (verb !== "revoke" && uuids.length > 0) throw new WrongUsage(`${verb} takes options alone.`);
  if (verb === "revoke" && uuids.length > 0 === (unusedForDays !== undefined)) {
    throw new WrongUsage("revoke takes either uuids of tokens or --unused-for.");
  }
  return { verb, asked };
}

const isVerb = (verb: string): verb is Verb => Object.hasOwn(HELP, verb);

function parsed(verb: Verb, args: string[]): Asked {
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS[verb], allowPositionals: true });
    const asked: Asked = { ...values, uuids: positionals };
    return { ...asked, unusedForDays: daysOf(asked["unused-for"]) };
  } catch (error) {
    throw new WrongUsage((error as Error).message.replace(/(?<=')\. To .*|\.?$/s, "."));
  }
}

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(/^([1-9]\d{0,4})d$/.exec(text)?.[1]);
  if (!days) throw new Error("--unused-for takes whole days, such as 90d");
  return days;
}
