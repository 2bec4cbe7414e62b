/**
 * Which Jenkins, and as whom. Arguments, stack config and environment become one {@link Connection}; pure, nothing is
 * contacted. The url and the login are two units: each comes whole from the first source that names any part of it, and
 * a login is never used for another Jenkins than its own source names.
 */
import { SettingsError } from "../errors.ts";
import { isExpired, timeOf } from "../expiry.ts";
import { CONNECTION, type ConnectionArguments, type Inputs, UNKNOWN } from "../properties.ts";
import type { Property } from "../property.ts";
import { type CheckFailure, failure } from "./failure.ts";
import type { State } from "./schema.ts";

/** Where a setting was found. Messages name it, so that the reader knows what to change. */
export type Source = "connection" | "stack config" | "provider config" | "environment";

/** The stack config, as Pulumi's dynamic host hands it over, or the config of a native provider. */
export interface Config {
  get(key: string): string | undefined;
  readonly source?: "provider config";
}

/** Everything outside the program that settings are taken from. */
export interface Surroundings {
  config: Config | undefined;
  environment: Record<string, string | undefined>;
}

type Secret = { kind: "apiToken" | "password"; value: string };

/** A user and exactly one secret of that user. */
export interface Login {
  username: string;
  secret: Secret;
  source: Source | "the token itself";
}

export interface Connection {
  /** Root URL of the Jenkins, without a slash at its end. */
  url: string;
  urlSource: Source;
  login: Login;
  transport: Transport;
}

/** How to reach a Jenkins, whoever signs in. */
export type Transport = Omit<ConnectionArguments, "url" | "username" | "apiToken" | "password">;

interface Settings extends ConnectionArguments {
  source: Source;
}

const SETTINGS: [name: string, setting: Property][] = Object.entries(CONNECTION);

/** The environment variables of each setting, the first that is set counts. */
export const VARIABLES: Record<string, readonly string[]> = Object.fromEntries(
  SETTINGS.flatMap(([name, { environment }]) => (environment ? [[name, environment]] : [])),
);

/**
 * Where to reach Jenkins and as whom.
 *
 * @throws {SettingsError} naming the setting that is missing, doubled or contradictory, and its source.
 */
export function resolveConnection(argument: ConnectionArguments | undefined, surroundings: Surroundings): Connection {
  const sources = settingsOf(argument, surroundings);
  const login = loginOf(sources);
  const url = sources.find((settings) => settings.url && mayNameUrlFor(settings, login));
  if (!url?.url) throw new SettingsError("connection.url", missingUrl(sources, login));
  const connection = {
    url: normalizeUrl(url.url, url.source),
    urlSource: url.source,
    login,
    transport: transportOf(sources),
  };
  const own = sources.find(({ source }) => source === login.source)?.url;
  if (own && own !== UNKNOWN && connection.url !== UNKNOWN && normalizeUrl(own, login.source) !== connection.url) {
    const foreign = `the login comes from the ${login.source}, which names ${normalizeUrl(own, login.source)}, but the url `;
    throw new SettingsError(
      "connection.url",
      `${foreign}${connection.url} comes from the ${url.source}. A login is never sent to another Jenkins: name both in one place`,
    );
  }
  return connection;
}

/** The url as far as a preview knows it. */
export function previewedUrl(argument: ConnectionArguments | undefined, surroundings: Surroundings): string {
  return (argument as unknown) === UNKNOWN ? UNKNOWN : resolveConnection(argument, surroundings).url;
}

/** What is wrong with all that is said of a connection; nothing where it can be used. */
export function connectionFailures(argument: Inputs["connection"], surroundings: Surroundings): CheckFailure[] {
  if ((argument as unknown) === UNKNOWN) return [];
  try {
    resolveConnection(argument, surroundings);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [failure(error.property, error.reason)];
  }
}

/**
 * The provider's own login for the Jenkins at which a token of `state` lives; nothing where it belongs to another one, is
 * incomplete, or is not there. For read and delete, whose state holds no login (but the record of an unfinished attempt).
 */
export function loginFor(
  state: Pick<State, "jenkinsUrl" | "connection">,
  surroundings: Surroundings,
): Login | undefined {
  const [argument, ...outside] = settingsOf(state.connection, surroundings);
  if (argument && isComplete(argument)) return loginOf([argument]); // The very login that was used there.
  const named = outside.find(namesLogin);
  if (!named || !isComplete(named)) return undefined;
  const sameUrl = ({ url, source }: Settings) => !url || normalizeUrl(url, source) === state.jenkinsUrl;
  const belongs = named.url ? sameUrl(named) : !state.connection?.username && outside.every(sameUrl);
  return belongs ? loginOf([named]) : undefined;
}

/** A token may rename, list and revoke itself, so a changed password strands no token. An expired one only counts as a failed login. */
export function ownLogin(
  state: Pick<State, "userId"> & { tokenValue?: string | undefined; expiresOn?: string | undefined },
  clock: { now?: () => Date },
): Login[] {
  const { userId, tokenValue: value } = state;
  if (!value || isExpired(state, timeOf(clock))) return [];
  return [{ username: userId, secret: { kind: "apiToken", value }, source: "the token itself" }];
}

/** The settings for reaching the Jenkins at which a token of `state` lives. */
export function transportFor(state: Pick<State, "connection">, surroundings: Surroundings): Transport {
  return transportOf(settingsOf(state.connection, surroundings));
}

/** The url that arguments or stack config name: only these can move a token to another Jenkins. */
export function declaredUrl(argument: ConnectionArguments | undefined, surroundings: Surroundings): string | undefined {
  const declaring = settingsOf(argument, surroundings).find(({ url, source }) => url && source !== "environment");
  return declaring?.url && normalizeUrl(declaring.url, declaring.source);
}

/** The url that the environment names: every Jenkins build has one. */
export function ambientUrl(surroundings: Surroundings): string | undefined {
  const ambient = settingsOf(undefined, surroundings).find(({ source }) => source === "environment");
  return ambient?.url && normalizeUrl(ambient.url, ambient.source);
}

function settingsOf(argument: ConnectionArguments | undefined, surroundings: Surroundings): Settings[] {
  return [{ ...argument, source: "connection" }, ...settingsIn(surroundings)];
}

function settingsIn({ config, environment }: Surroundings): Settings[] {
  const variable = (name: string) => VARIABLES[name]?.map((key) => environment[key]).find(Boolean);
  const fromConfig = (name: string) => config?.get(`jenkins:${name}`) || undefined;
  return [
    { source: config?.source ?? "stack config", ...settingsBy(fromConfig) },
    { source: "environment", ...settingsBy(variable) },
  ];
}

/** The settings whose texts `read` finds. */
function settingsBy(read: (name: string) => string | undefined): ConnectionArguments {
  const found = SETTINGS.flatMap(([name, setting]) => {
    const value = read(name);
    return value === undefined ? [] : [[name, settingOf(`jenkins:${name}`, setting, value)]];
  });
  return Object.fromEntries(found);
}

function settingOf(key: string, { type, from, above, upTo }: Property, value: string): string | boolean | number {
  if (type === "string") return value;
  if (type === "boolean") {
    if (value !== "true" && value !== "false") throw new SettingsError("connection", `${key} must be true or false`);
    return value === "true";
  }
  const number = Number(value);
  const [least, greatest] = [from ?? Number.NEGATIVE_INFINITY, upTo ?? Number.POSITIVE_INFINITY];
  if (number >= least && number <= greatest && !(above !== undefined && number <= above)) return number;
  const bounds = above === undefined ? `up to ${upTo}` : `above ${above} and up to ${upTo}`;
  throw new SettingsError("connection", `${key} must be a number of seconds ${bounds}`);
}

const namesLogin = ({ username, apiToken, password }: Settings): boolean => Boolean(username || apiToken || password);

const isComplete = ({ username, apiToken, password }: Settings): boolean =>
  Boolean(username) && Boolean(apiToken) !== Boolean(password);

function loginOf(sources: Settings[]): Login {
  const named = sources.find(namesLogin);
  if (!named) throw new SettingsError("connection.username", `a login is missing. ${HOW_TO_SIGN_IN}`);
  const { username, apiToken, password, source } = named;
  if (!username)
    throw new SettingsError("connection.username", `the ${source} names a secret but no user. ${HOW_TO_SIGN_IN}`);
  if (username.includes(":")) {
    throw new SettingsError(
      "connection.username",
      "a user id with a colon can't sign in: Basic authentication has no way to say it",
    );
  }
  if (apiToken && password) {
    const both = `the ${source} names both an API token and a password for one login: name one of them`;
    throw new SettingsError("connection.apiToken", both);
  }
  const value = apiToken ?? password;
  if (!value) {
    const neither = `the ${source} names the user ${username} but neither an API token nor a password. ${HOW_TO_SIGN_IN}`;
    throw new SettingsError("connection.apiToken", neither);
  }
  const isToken = Boolean(apiToken) || /^11[0-9a-f]{32}$/.test(value);
  return { username, secret: { kind: isToken ? "apiToken" : "password", value }, source };
}

const HOW_TO_SIGN_IN =
  "Set JENKINS_USER_ID and JENKINS_API_TOKEN (or JENKINS_PASSWORD) in the environment, " +
  "jenkins:username and jenkins:apiToken in the stack config, or both in `connection`";

/** Every Jenkins build has JENKINS_URL set: it may say where to sign in only to a login that isn't the stack config's. */
function mayNameUrlFor({ source }: Settings, login: Login): boolean {
  return source !== "environment" || login.source === "environment" || login.source === "connection";
}

function missingUrl(sources: Settings[], login: Login): string {
  if (sources.some(({ url }) => url)) {
    return `the login comes from the ${login.source}, so the url has to come from there too (jenkins:url) or from \`connection\`: JENKINS_URL is used only with a login from the environment or from \`connection\``;
  }
  return "the url of Jenkins is missing: set JENKINS_URL, jenkins:url in the stack config, or `connection.url`";
}

/**
 * The root URL of a Jenkins as the state keeps it: scheme, host in lower case, port unless it is the default, path without
 * a slash at its end.
 */
export function normalizeUrl(url: string, source: Source | Login["source"]): string {
  if (url === UNKNOWN || url === "") return url;
  const wrong = (reason: string) => new SettingsError("connection.url", `the url from the ${source} ${reason}`);
  const parsed = URL.parse(url);
  if (!parsed) throw wrong("is not a URL, such as https://jenkins.example.com/");
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") throw wrong("must begin with http:// or https://");
  if (parsed.username || parsed.password) {
    throw wrong("must not carry a user name or a password: these go into username and apiToken or password");
  }
  if (parsed.search || parsed.hash) throw wrong("must be the root URL of Jenkins, without a query or a fragment");
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}

function transportOf(sources: Settings[]): Transport {
  const first = <K extends keyof Transport>(key: K): Transport[K] =>
    sources.map((settings) => settings[key]).find((value) => value !== undefined && value !== UNKNOWN) as Transport[K];
  return {
    caCert: first("caCert"),
    insecureSkipTlsVerify: first("insecureSkipTlsVerify"),
    requestTimeoutSeconds: first("requestTimeoutSeconds"),
    waitForReadySeconds: first("waitForReadySeconds"),
  } satisfies Record<keyof Transport, unknown>;
}
