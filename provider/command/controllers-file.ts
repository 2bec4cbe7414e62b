/** The file in `--controllers`. It says where each secret is, and contains no secret. */
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { SettingsError } from "../errors.ts";
import { keepSecret } from "../redaction.ts";
import type { Context } from "../resources/context.ts";
import { VARIABLES } from "../settings/connection.ts";
import { bare, rootUrl, urlFault } from "../settings/texts.ts";
import { WrongUsage } from "./arguments.ts";
import type { ConfiguredController } from "./controllers.ts";

/** The settings whose values are in a variable or in another file. */
const PLACED_SETTINGS = ["apiToken", "password", "caCert", "headers", "clientCertificate", "clientKey"];

type Place = { variable: string } | { file: string };
type Entry = { url: string; user: string } & Record<string, Place | string>;

/** @throws {WrongUsage} with the number of the first wrong line. It never shows the line, because the line may contain a secret. */
export async function controllersIn(path: string, context: Context): Promise<ConfiguredController[]> {
  const file = basename(path);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new WrongUsage(`--controllers: ${file} can't be read (${error.code}).`);
  });
  const variables = { ...context.environment }; // A copy, because each look into the environment itself takes long.
  const around = { ...context, environment: shared(variables) };
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const seen = new Map<string, number>();
  const controllers = lines.flatMap((line, index) => {
    if (line.trim() === "" || line.trimStart().startsWith("#")) return [];
    const place = `line ${index + 1} of ${file}`;
    const entry = entryIn(line, place);
    const name = rootUrl(entry.url);
    const key = JSON.stringify([name, bare(entry.user).toLowerCase()]); // Most realms ignore case.
    if (seen.has(key)) throw new WrongUsage(`${place} names the same url and user as line ${seen.get(key)}.`);
    seen.set(key, index + 1);
    const opened = contextOf(entry, dirname(path), place, variables, around);
    opened.catch(() => undefined); // `open` reports the failure, unless a later line is wrong.
    return [{ name, urlFrom: place, loginFrom: place, open: () => opened }];
  });
  if (controllers.length === 0) throw new WrongUsage(`--controllers: ${file} names no controller.`);
  await Promise.allSettled(controllers.map(({ open }) => open())); // All secrets are known before the first row is written.
  return controllers;
}

function entryIn(line: string, place: string): Entry {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    throw new WrongUsage(`${place} is not JSON. Write one object per line, such as ${EXAMPLE}.`);
  }
  const fault = faultOf(entry);
  if (fault) throw new WrongUsage(`${place}: ${fault}.`);
  return entry as Entry;
}

const EXAMPLE = `{"url": "https://ci.example.com", "user": "alice", "apiToken": {"variable": "CI_TOKEN"}}`;

function faultOf(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return `write an object, such as ${EXAMPLE}`;
  const { url, user, ...others } = entry as Record<string, unknown>;
  const strange = Object.keys(others).find((name) => !PLACED_SETTINGS.includes(name));
  if (strange !== undefined) return `only url, user, ${PLACED_SETTINGS.join(", ")} can be set`;
  if (typeof url !== "string") return "url is missing";
  const fault = urlFault(url);
  if (fault) return `url ${fault}`;
  if (typeof user !== "string" || bare(user) === "") return "user is missing";
  if ("apiToken" in others === "password" in others) return "set either apiToken or password";
  const wrong = Object.keys(others).find((name) => !isPlace(others[name]));
  if (wrong === undefined) return undefined;
  return `${wrong} must say where the value is: {"variable": "NAME"} or {"file": "PATH"}. Never write a secret into this file`;
}

function isPlace(place: unknown): place is Place {
  const [[kind, value] = [], ...more] = Object.entries(place ?? {});
  return more.length === 0 && (kind === "variable" || kind === "file") && typeof value === "string" && value !== "";
}

/** What all controllers use of the environment: JENKINS_CA_CERT and the forward proxies. Its credentials and headers are for another Jenkins. */
function shared(environment: Context["environment"]): Context["environment"] {
  const others = Object.entries(VARIABLES).flatMap(([name, variables]) => (name === "caCert" ? [] : variables));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !others.includes(name)));
}

/** @param variables the environment, in which the secrets are looked up. */
async function contextOf(
  entry: Entry,
  folder: string,
  place: string,
  variables: Context["environment"],
  around: Context,
): Promise<Context> {
  const { url, user, ...places } = entry;
  const keyOf = (name: string) => `${name === "username" ? "user" : name} of ${place}`;
  const placeOf = (name: string) => keyOf(name) + storeOf(places[name]);
  const settings: Record<string, string> = { [placeOf("url")]: url, [placeOf("username")]: user };
  for (const [name, where] of Object.entries(places)) {
    const value = await valueAt(where as Place, keyOf(name), folder, variables);
    if (name === "apiToken" || name === "password") keepSecret(value.trim());
    settings[placeOf(name)] = value;
  }
  const get = (key: string) => settings[key];
  return { ...around, config: { get, source: "controllers file", placeOf } };
}

/** Where the value of a setting is, if it is not in the controllers file itself. */
function storeOf(where: Place | string | undefined): string {
  if (typeof where !== "object") return "";
  return "variable" in where ? `, the variable ${where.variable}` : `, the file ${where.file}`;
}

async function valueAt(where: Place, what: string, folder: string, environment: Context["environment"]) {
  if ("variable" in where) {
    const value = Object.hasOwn(environment, where.variable) && environment[where.variable];
    if (value && bare(value) !== "") return value;
    throw new SettingsError("connection", `${what}: the variable ${where.variable} is ${value ? "empty" : "not set"}`);
  }
  const value = await readFile(resolve(folder, where.file), "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new SettingsError("connection", `${what}: the file can't be read (${error.code})`);
  });
  if (bare(value) !== "") return value;
  throw new SettingsError("connection", `${what}: the file is empty`);
}
