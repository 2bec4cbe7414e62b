/** Reads the command line, and reports mistakes in it. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { didYouMean } from "../settings/schema.ts";
import { BY_TIME, needsValue } from "./words.ts";

export type Verb = "doctor" | "exec" | "list" | "revoke";
export type Format = "table" | "json" | "csv" | "markdown" | "html";

/** One condition on tokens. Filters combine: a token has to meet all of them. */
export interface Filter {
  name: keyof typeof FILTERS;
  /** The number in `older-than` and `unused-for`. Otherwise 0. */
  days: number;
  /** The pattern in `name`. Otherwise empty. */
  glob: string;
}

/** The arguments and options of the command line. */
export interface Asked {
  uuids: string[];
  /** What `exec` runs: a program and its arguments. */
  command: string[];
  filters: Filter[];
  /** The exit code is 1 if a listed token meets one of these filters. */
  failOn: Filter[];
  format: Format;
  htmlFile?: string | undefined;
  /** The URLs in `--url`. Without `--url` and `--controllers`, the environment names the controller. */
  urls: string[];
  controllers?: string | undefined;
  timeoutMs?: number | undefined;
  user?: string | undefined;
  allUsers: boolean;
  /** Whether `revoke` takes all tokens of the user. */
  all: boolean;
  /** Whether `revoke` takes the tokens with the value on standard input. */
  byValue: boolean;
  /** The stacks in whose states the tokens are looked up. */
  stacks: string[];
  evenManaged: boolean;
  via?: string | undefined;
  importFile?: string | undefined;
  yes: boolean;
  dryRun: boolean;
}

/** The command line is wrong, or a file that it names can't be used. Nothing was changed in Jenkins. */
export class WrongUsage extends Error {}

const flag = { type: "boolean" } as const;
const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;

const FILTERS = {
  expired: flag,
  "never-expires": flag,
  "never-used": flag,
  "older-than": text,
  "unused-for": text,
  name: text,
  "not-in-stack": flag,
  leftover: flag,
} as const;

const COMMON = { user: text, url: texts, controllers: text, timeout: text, json: flag, help: { ...flag, short: "h" } };
/** The options of each verb. */
export const OPTIONS = {
  doctor: COMMON,
  exec: { user: text, url: texts, timeout: text, help: COMMON.help },
  list: {
    ...COMMON,
    ...FILTERS,
    "all-users": flag,
    stack: texts,
    via: text,
    csv: flag,
    markdown: flag,
    html: text,
    "import-file": text,
    "fail-on": texts,
  },
  revoke: {
    ...COMMON,
    ...FILTERS,
    all: flag,
    "all-users": flag,
    value: text,
    stack: texts,
    "even-managed": flag,
    yes: flag,
    "dry-run": flag,
  },
} as const satisfies Record<Verb, ParseArgsOptionsConfig>;

const FORMATS = ["json", "csv", "markdown", "html"] as const;

type Written = Partial<Record<string, string | boolean | (string | boolean)[]>>;

type Wanted = { help: Verb | "all" } | { version: true } | { verb: Verb; asked: Asked };

/** Returns a request for the help, for the version, or for a verb with its options. */
export function read([verb, ...rest]: string[]): Wanted {
  if (verb === undefined || verb === "--help" || verb === "-h") return { help: "all" };
  if (verb === "--version") return { version: true };
  if (!isVerb(verb)) throw noSuchVerb(verb);
  const { options, command } = verb === "exec" ? partedAtCommand(rest) : { options: rest, command: [] };
  const { values, positionals } = parsed(verb, options);
  if (values["help"]) return { help: verb };
  const asked = { ...askedBy(values, positionals), command };
  refuseContradictions(verb, values, asked);
  if (verb === "revoke") refuseUnclearChoice(values, asked);
  if (verb === "exec") refuseUnclearCommand(asked);
  return { verb, asked };
}

/** Whether the command may contact several controllers. Then a controller that fails does not end the command. */
export function isFleet({ urls, controllers }: Pick<Asked, "urls" | "controllers">): boolean {
  return controllers !== undefined || urls.length > 1;
}

/** Whether these filters need exact times, which only the script console shows. */
export const needConsole = (filters: Filter[]): boolean => filters.some(({ name }) => BY_TIME.includes(name));

export const isVerb = (verb: string): verb is Verb => Object.hasOwn(OPTIONS, verb);

function noSuchVerb(verb: string): WrongUsage {
  const verbs = Object.keys(OPTIONS);
  const line = (word: string) => `pulumi-jenkins ${word}`;
  const hint = didYouMean(line(verb), verbs.map(line)) || `. The verbs are ${verbs.join(", ")}.`;
  return new WrongUsage(`There is no verb "${verb}"${hint}`);
}

/** Splits the line at the first `--`: options before it, the command after it. */
function partedAtCommand(line: string[]): { options: string[]; command: string[] } {
  const end = line.indexOf("--");
  if (end >= 0) return { options: line.slice(0, end), command: line.slice(end + 1) };
  if (line.some((word) => word === "--help" || word === "-h")) return { options: line, command: [] };
  throw new WrongUsage(NO_COMMAND);
}

const NO_COMMAND = "exec takes a command after two hyphens, such as pulumi-jenkins exec -- make deploy.";

function parsed(verb: Verb, args: string[]): { values: Written; positionals: string[] } {
  const options = OPTIONS[verb] as ParseArgsOptionsConfig;
  const { values, positionals, tokens } = parseWith(verb, args, options);
  refuseRepeated(
    tokens.flatMap((token) => (token.kind === "option" ? [token.name] : [])),
    options,
  );
  refuseEmpty(values, positionals);
  return { values, positionals };
}

function parseWith(verb: Verb, args: string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args, options, allowPositionals: true, tokens: true });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const [sentence = ""] = message.split(/\.? To |\.\n|\.$/);
    const [option = ""] = /-[^' ]*/.exec(sentence) ?? [];
    if (/argument (is ambiguous|missing)$/.test(sentence)) throw new WrongUsage(needsValue(option, args));
    if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw new WrongUsage(`${sentence}.`);
    const meant = meantBy(option, verb);
    throw new WrongUsage(meant ? `Unknown option '${option}'${meant}` : withOneHyphen(option, args, verb));
  }
}

/** Of several values, `parseArgs` keeps only the last one. A user who gives several means all of them. */
function refuseRepeated(names: string[], options: ParseArgsOptionsConfig): void {
  const isSingle = (name: string) => options[name]?.type === "string" && !options[name].multiple;
  const repeated = names.find((name, index) => isSingle(name) && names.indexOf(name) < index);
  if (repeated !== undefined) throw new WrongUsage(`--${repeated} can be given only once.`);
}

/** A variable of a shell that is not set gives an empty value. The command must not work with it. */
function refuseEmpty(values: Written, positionals: string[]): void {
  const isEmpty = (one: unknown) => typeof one === "string" && one.trim() === "";
  const empty = Object.keys(values).find((name) => [values[name]].flat().some(isEmpty));
  if (empty !== undefined) throw new WrongUsage(`--${empty} needs a value, but the given one is empty.`);
  if (positionals.some(isEmpty)) throw new WrongUsage("An argument is empty.");
}

/** The message for a word such as `-user`. Any other word is not shown, because a secret may follow the letter. */
function withOneHyphen(option: string, args: string[], verb: Verb): string {
  const words = args.map((word) => word.replace(/=.*/s, "")).filter((word) => /^-[^-]./.test(word));
  const word = words.find((one) => one.includes(option.slice(1)) && !option.startsWith("--"));
  const isKnown = word !== undefined && Object.hasOwn(OPTIONS[verb], word.slice(1));
  const meant = isKnown ? `. Did you mean -${word}?` : word && meantBy(`-${word}`, verb);
  return meant ? `Unknown option '${word}'${meant}` : `Unknown option '${option}'.`;
}

/** A suggestion for an option that the verb does not have. */
function meantBy(option: string, verb: Verb): string {
  const owners = Object.keys(OPTIONS).filter(
    (other) => isVerb(other) && Object.hasOwn(OPTIONS[other], option.slice(2)),
  );
  if (owners.length > 0) return `: it is an option of ${owners.join(", ")}.`;
  const names = Object.keys(OPTIONS[verb]).map((name) => `--${name}`);
  return didYouMean(option, names);
}

function askedBy(values: Written, uuids: string[]): Omit<Asked, "command"> {
  const textOf = (name: string) => values[name] as string | undefined;
  const listOf = (name: string) => (values[name] ?? []) as string[];
  const given = Object.keys(FILTERS).filter((name) => values[name] !== undefined);
  const format = FORMATS.find((name) => values[name] !== undefined);
  return {
    uuids: uuids.map((uuid) => uuid.toLowerCase()), // As Jenkins writes them.
    filters: given.map((name) => filterOf(`--${name}`, name, values[name])),
    failOn: listOf("fail-on").map(filterToFailOn),
    format: format ?? "table",
    htmlFile: textOf("html"),
    urls: listOf("url"),
    controllers: textOf("controllers"),
    timeoutMs: numberIn("--timeout", "seconds from 1s to 9999s", /^([1-9]\d{0,3})s$/, textOf("timeout"), 1000),
    user: textOf("user"),
    allUsers: Boolean(values["all-users"]),
    all: Boolean(values["all"]),
    byValue: values["value"] !== undefined,
    stacks: listOf("stack"),
    evenManaged: Boolean(values["even-managed"]),
    via: textOf("via"),
    importFile: textOf("import-file"),
    yes: Boolean(values["yes"]),
    dryRun: Boolean(values["dry-run"]),
  };
}

function filterToFailOn(written: string): Filter {
  const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(written) ?? [];
  if (!Object.hasOwn(FILTERS, name)) {
    const hint = didYouMean(name, Object.keys(FILTERS)) || ".";
    throw new WrongUsage(`--fail-on takes a filter, such as expired or unused-for=90d${hint}`);
  }
  const takesValue = FILTERS[name as Filter["name"]].type === "string";
  if (takesValue ? !value : value !== undefined) {
    throw new WrongUsage(`--fail-on ${name} takes ${takesValue ? "a value" : "no value"}.`);
  }
  return filterOf(`--fail-on ${name}`, name, value ?? true);
}

function filterOf(option: string, name: string, value: Written[string]): Filter {
  const isByDays = name === "older-than" || name === "unused-for";
  const written = isByDays ? String(value) : undefined;
  const days = numberIn(option, "days from 1d to 99999d", /^([1-9]\d{0,4})d$/, written, 1) ?? 0;
  const glob = name === "name" ? String(value) : "";
  return { name: name as Filter["name"], days, glob };
}

function numberIn(option: string, what: string, form: RegExp, written: string | undefined, unit: number) {
  if (written === undefined) return undefined;
  const number = Number(form.exec(written)?.[1]);
  if (!number) throw new WrongUsage(`${option} takes whole ${what}.`);
  return number * unit;
}

function refuseContradictions(verb: Verb, values: Written, asked: Asked): void {
  const { via, uuids, stacks, filters, failOn, importFile } = asked;
  if (via !== undefined && via !== "scriptConsole") throw new WrongUsage("--via takes only scriptConsole.");
  for (const [one, other] of [
    ["user", "all-users"],
    ["yes", "dry-run"],
    ["url", "controllers"],
    ...FORMATS.flatMap((one, index) => FORMATS.slice(index + 1).map((other) => [one, other] as const)),
  ] as const) {
    if (values[one] && values[other]) throw new WrongUsage(`--${one} and --${other} can't be combined.`);
  }
  if (asked.user === "." || asked.user === "..")
    throw new WrongUsage("--user must be the id of a user: . and .. can't be in a url.");
  if (verb !== "revoke" && uuids.length > 0) throw new WrongUsage(`${verb} takes only options.`);
  const needsStack = [...filters, ...failOn].some(({ name }) => name === "not-in-stack");
  if (needsStack && stacks.length === 0) throw new WrongUsage("--not-in-stack needs --stack.");
  if (asked.evenManaged && stacks.length === 0) throw new WrongUsage("--even-managed needs --stack.");
  if (importFile !== undefined && isFleet(asked)) {
    throw new WrongUsage("--import-file takes one controller, because a provider of Pulumi has one Jenkins.");
  }
}

/** Refuses `revoke` unless the tokens are selected in exactly one way. */
function refuseUnclearChoice(values: Written, asked: Asked): void {
  const { uuids, filters, all, byValue, allUsers, user } = asked;
  if (byValue && values["value"] !== "-") {
    throw new WrongUsage("--value takes only -: the value comes from standard input, never from a command line.");
  }
  const ways = [uuids.length > 0, filters.length > 0, all, byValue].filter(Boolean).length;
  if (ways !== 1) throw new WrongUsage("revoke takes one of these: uuids of tokens, filters, --all, or --value -.");
  if (all && user === undefined) throw new WrongUsage("--all needs --user.");
  if (allUsers && filters.length === 0) throw new WrongUsage("--all-users needs a filter, such as --expired.");
  if (uuids.length > 0 && isFleet(asked)) {
    throw new WrongUsage("A uuid needs one --url, and the login in the environment.");
  }
}

function refuseUnclearCommand({ command, urls }: Asked): void {
  if (!command[0]) throw new WrongUsage(NO_COMMAND);
  if (isFleet({ urls })) throw new WrongUsage("exec takes one --url.");
}
