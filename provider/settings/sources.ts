/** Reads settings from `connection`, the config, and the environment. */
import { CONNECTION, type ConnectionArguments, UNKNOWN } from "../properties.ts";
import type { Property } from "../property.ts";
import { LEGACY_VALUE, TOKEN_VALUE } from "../redaction.ts";
import { bare, parseHeaders } from "./texts.ts";

/** Where a setting was found. Messages name it, so that the reader knows what to change. */
export type Source = "connection" | "stack config" | "provider config" | "controllers file" | "environment";

/** The stack config, as Pulumi's dynamic host hands it over, or the config of a native provider. */
export interface Config {
  get(key: string): string | undefined;
  /** Absent in the dynamic host, where it is the stack config. */
  readonly source?: "stack config" | "provider config" | "controllers file";
  /** Where a setting is, for `get` and for messages. Default: `jenkins:` and its name. */
  placeOf?(name: string): string;
}

/** Everything outside the program that settings are taken from. */
export interface Surroundings {
  config: Config | undefined;
  environment: Record<string, string | undefined>;
  /** Only the environment is read, as by the command `pulumi-jenkins`. */
  hasOnlyEnvironment?: boolean;
}

/** The settings of one source. */
export interface Settings extends ConnectionArguments {
  source: Source;
  /** The variable, the config key or the property that gives a setting. */
  placeOf: (name: string) => string;
  /** What is wrong with a number, a flag or the headers. */
  fault?: string;
}

const SETTINGS: [name: string, setting: Property][] = Object.entries(CONNECTION);

/** The environment variables of each setting. The first one that is set counts. */
export const VARIABLES: Record<string, readonly string[]> = Object.fromEntries(
  SETTINGS.flatMap(([name, { environment }]) => (environment ? [[name, environment]] : [])),
);

/** The environment variable that gives a setting, or the first one that could. */
export function variableOf(name: string, environment: Surroundings["environment"]): string {
  const variables = VARIABLES[name] ?? [];
  return variables.find((variable) => meant(name, environment[variable])) ?? variables[0] ?? "";
}

/** The settings of all sources. The first source counts most. */
export function sourcesOf(argument: ConnectionArguments | undefined, surroundings: Surroundings): Settings[] {
  const { config, environment } = surroundings;
  return [
    { ...usable(argument ?? {}), source: "connection", placeOf: (name) => `connection.${name}` },
    settingsBy(
      config?.source ?? "stack config",
      (name) => config?.placeOf?.(name) ?? `jenkins:${name}`,
      (key) => config?.get(key),
    ),
    settingsBy(
      "environment",
      (name) => variableOf(name, environment),
      (variable) => environment[variable],
    ),
  ];
}

/** The properties of a `connection` that can be used. Check refuses all others, but a state may be written by hand or by a newer version. */
function usable(argument: ConnectionArguments): ConnectionArguments {
  const found = SETTINGS.flatMap(([name, setting]) => {
    const value = (argument as Record<string, unknown>)[name];
    const known = typeof value === "string" && setting.type === "string" ? meant(name, value) : value;
    return known === UNKNOWN || isUsable(setting, known) ? [[name, known]] : [];
  });
  return Object.fromEntries(found);
}

function isUsable({ type, ...limits }: Property, value: unknown): boolean {
  if (type === "texts") return typeof value === "object" && typeof parseHeaders(JSON.stringify(value)) === "object";
  return type === "number" ? typeof value === "number" && isWithin(limits, value) : typeof value === type;
}

/** The settings of one source. `read` finds the text at a place. */
function settingsBy(
  source: Source,
  placeOf: (name: string) => string,
  read: (place: string) => string | undefined,
): Settings {
  const found = SETTINGS.flatMap(([name, setting]) => {
    const text = meant(name, read(placeOf(name)));
    return text === undefined ? [] : [{ name, setting, text, value: settingOf(setting, text) }];
  });
  const wrong = found.find(({ value }) => value === undefined);
  return {
    ...Object.fromEntries(found.map(({ name, value }) => [name, value])),
    ...(wrong && { fault: faultOf(placeOf(wrong.name), wrong.setting, wrong.text) }),
    source,
    placeOf,
  };
}

/** Certificates and keys have forms of their own. */
const UNTRIMMED = ["caCert", "clientCertificate", "clientKey"];

/**
 * A text without what was added by accident: mounted files end in a newline, and editors and shells leave byte order marks and quotes around a
 * value. A password keeps blanks and quotes around it, because they may be a part of it. It loses only a byte order mark, and line breaks at its
 * end. Undefined if nothing is left.
 */
function meant(name: string, text = ""): string | undefined {
  if (UNTRIMMED.includes(name)) return text || undefined;
  const clean = bare(text);
  if (name !== "password" || TOKEN_VALUE.test(clean) || LEGACY_VALUE.test(clean)) return clean || undefined;
  return text.replace(/^\uFEFF/, "").replace(/(?<![\r\n])[\r\n]+$/, "") || undefined;
}

/** A number as JSON or YAML writes it. `Number` also takes hexadecimal digits, "Infinity" and an empty text. */
const DECIMAL = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value that a text stands for. Undefined if it can't be parsed. */
function settingOf(setting: Property, value: string): string | boolean | number | Record<string, string> | undefined {
  if (setting.type === "string") return value;
  if (setting.type === "texts") {
    const headers = parseHeaders(value);
    return typeof headers === "string" ? undefined : headers;
  }
  const text = bare(value).toLowerCase();
  if (setting.type === "boolean") return { true: true, false: false }[text];
  return DECIMAL.test(text) && isWithin(setting, Number(text)) ? Number(text) : undefined;
}

function faultOf(place: string, { type, above, upTo }: Property, value: string): string {
  if (type === "texts") return `${place}: ${parseHeaders(value)}`;
  if (type === "boolean") return `${place} must be true or false`;
  if (above === undefined) return `${place} must be a number of seconds up to ${upTo}`;
  return `${place} must be a number of seconds above ${above} and up to ${upTo}`;
}

function isWithin({ from, above, upTo }: Pick<Property, "from" | "above" | "upTo">, number: number): boolean {
  const [least, greatest] = [from ?? Number.NEGATIVE_INFINITY, upTo ?? Number.POSITIVE_INFINITY];
  return number >= least && number <= greatest && !(above !== undefined && number <= above);
}
