/**
 * Resolves arguments, stack config and environment to one {@link Connection}. No request is sent. The url and the login are each read from one
 * source: the first that names any part of it. A login is never sent to another Jenkins than the one that its own source names.
 */
import { SettingsError } from "../errors.ts";
import { isExpired, timeOf } from "../expiry.ts";
import type { Login } from "../jenkins/auth.ts";
import type { Transport } from "../jenkins/http.ts";
import { type ConnectionArguments, type Inputs, isUnknown, UNKNOWN } from "../properties.ts";
import { TOKEN_VALUE } from "../redaction.ts";
import type { CheckFailure } from "./failure.ts";
import { missingProperty, missingWords } from "./missing.ts";
import { chooseProxy } from "./proxy.ts";
import type { State } from "./schema.ts";
import { type Settings, type Source, type Surroundings, sourcesOf } from "./sources.ts";
import { rootUrl, textFault, urlFault } from "./texts.ts";

export { type Config, type Surroundings, VARIABLES, variableOf } from "./sources.ts";

export interface Connection {
  /** Root URL of the Jenkins, without a slash at its end. */
  url: string;
  urlSource: Source;
  login: Login;
  transport: Transport;
}

/**
 * Where to reach Jenkins, and with which login.
 *
 * @throws {SettingsError} that names the setting that is missing, set twice or contradictory, and its source.
 */
export function resolveConnection(argument: ConnectionArguments | undefined, surroundings: Surroundings): Connection {
  const sources = settingsOf(argument, surroundings);
  const named = sources.find(namesLogin);
  // Every Jenkins build has JENKINS_URL set, so a login from a config is never sent to that url.
  const mayBeAmbient = !named || named.source === "environment" || named.source === "connection";
  const source = sources.find((settings) => settings.url && (mayBeAmbient || settings.source !== "environment"));
  const login = named?.username && (named.apiToken || named.password) ? loginOf(named) : undefined;
  if (!login || !source) {
    const found = { url: source, login: named };
    const isElsewhere = sources.some((settings) => settings.url);
    throw new SettingsError(missingProperty(found), missingWords(found, isElsewhere, surroundings));
  }
  const url = urlOf(source);
  const own = named?.url && urlOf(named);
  if (own && own !== UNKNOWN && url !== UNKNOWN && own !== url) {
    const foreign = `the login comes from the ${login.source}, which names ${own}, but the url `;
    throw new SettingsError(
      "connection.url",
      `${foreign}${url} comes from the ${source.source}. A login is never sent to another Jenkins: name both in one place`,
    );
  }
  sources.forEach(refuseHalfIdentity);
  refuseStrayHeaders(sources, source);
  return { url, urlSource: source.source, login, transport: transportOf(sources, url, surroundings) };
}

/** The url, which may still be unknown in a preview. */
export function previewedUrl(argument: ConnectionArguments | undefined, surroundings: Surroundings): string {
  return (argument as unknown) === UNKNOWN ? UNKNOWN : resolveConnection(argument, surroundings).url;
}

/** What is wrong with the settings of a connection together. Empty if they can be used. */
export function connectionFailures(argument: Inputs["connection"], surroundings: Surroundings): CheckFailure[] {
  if ((argument as unknown) === UNKNOWN) return [];
  try {
    resolveConnection(argument, surroundings);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [{ property: "", reason: error.reason }]; // The reason names the place of the setting.
  }
}

/**
 * The provider's own login for the Jenkins of the token in `state`. Undefined if it is missing, incomplete, or for another Jenkins. Read and
 * delete use it, because their state holds no login. Only the record of an unfinished attempt holds one.
 */
export function loginFor(
  state: Pick<State, "jenkinsUrl" | "connection">,
  surroundings: Surroundings,
): Login | undefined {
  const [argument, ...outside] = settingsOf(state.connection, surroundings);
  // The login of the attempt. One that can't log in was written by hand, and must not keep other logins from being tried.
  if (argument && isComplete(argument) && !loginFault(argument)) return loginOf(argument);
  const named = outside.find(namesLogin);
  if (!named || !isComplete(named)) return undefined;
  const sameUrl = (settings: Settings) => !settings.url || urlOf(settings) === state.jenkinsUrl;
  const belongs = named.url ? sameUrl(named) : !state.connection?.username && outside.every(sameUrl);
  return belongs ? loginOf(named) : undefined;
}

/**
 * The login by the token itself. A token may rename, list and revoke itself, so a changed password strands no token. An expired token is not
 * tried, because Jenkins would count a failed login.
 */
export function ownLogin(
  state: Pick<State, "userId"> & { tokenValue?: string | undefined; expiresOn?: string | undefined },
  clock: { now?: () => Date },
): Login[] {
  const { userId, tokenValue: value } = state;
  if (!value || isExpired(state, timeOf(clock))) return [];
  return [{ username: userId, secret: { kind: "apiToken", value }, source: "the token itself", isOfToken: true }];
}

/** The settings for reaching the Jenkins of the token in `state`. */
export function transportFor(state: Pick<State, "jenkinsUrl" | "connection">, surroundings: Surroundings): Transport {
  return transportOf(settingsOf(state.connection, surroundings), state.jenkinsUrl, surroundings);
}

/** The url that arguments or stack config name: only these can move a token to another Jenkins. */
export function declaredUrl(argument: ConnectionArguments | undefined, surroundings: Surroundings): string | undefined {
  // Check refuses such a url, but a state may be written by hand.
  const isUnusable = ({ url, source }: Settings) => source === "connection" && url !== UNKNOWN && urlFault(url ?? "");
  const declaring = settingsOf(argument, surroundings).find((one) => {
    return one.url && one.source !== "environment" && !isUnusable(one);
  });
  return declaring && urlOf(declaring);
}

/** The url that the environment names: every Jenkins build has one. */
export function ambientUrl(surroundings: Surroundings): string | undefined {
  const ambient = settingsOf(undefined, surroundings).find(({ source }) => source === "environment");
  return ambient?.url && urlOf(ambient);
}

/**
 * The settings of all sources. The first source counts most.
 *
 * @throws {SettingsError} that names a number, a flag or headers that can't be parsed.
 */
export function settingsOf(argument: ConnectionArguments | undefined, surroundings: Surroundings): Settings[] {
  const sources = sourcesOf(argument, surroundings);
  const fault = sources.find((settings) => settings.fault)?.fault;
  if (fault) throw new SettingsError("connection", fault);
  return sources;
}

const namesLogin = ({ username, apiToken, password }: Settings): boolean => Boolean(username || apiToken || password);

const isComplete = ({ username, apiToken, password }: Settings): boolean =>
  Boolean(username) && Boolean(apiToken) !== Boolean(password);

/** Why a login can't log in, and the property at fault. Undefined if it can. */
function loginFault(settings: Settings): { property: string; fault: string } | undefined {
  const { username = "", apiToken, password, source, placeOf } = settings;
  const place = (name: string) => (source === "connection" ? "" : ` (${placeOf(name)})`);
  if (username.includes(":")) {
    const colon = "with a colon can't log in: Basic authentication allows no colon in it";
    return { property: "connection.username", fault: `a user id${place("username")} ${colon}` };
  }
  if (apiToken && password) {
    const places = source === "connection" ? "" : ` (${placeOf("apiToken")}, ${placeOf("password")})`;
    const both = `the ${source} names both an API token and a password for one login: name one of them${places}`;
    return { property: "connection.apiToken", fault: both };
  }
  const [name] = faultyTexts(settings);
  if (name === undefined) return undefined;
  const from = `${source}${place(name)}`.trim();
  const fault = textFault(name, settings[name] ?? "");
  return { property: `connection.${name}`, fault: `the ${WORDS[name]} from the ${from} ${fault}` };
}

const WORDS = { username: "user name", apiToken: "API token", password: "password" };

/** The properties of a login whose texts can't be used. {@link textFault} says why. */
export function faultyTexts(settings: Settings): (keyof typeof WORDS)[] {
  const names = ["username", "apiToken", "password"] as const;
  return names.filter((name) => textFault(name, settings[name] ?? ""));
}

/** The login of a source that has a user and a secret. */
function loginOf(settings: Settings): Login {
  const wrong = loginFault(settings);
  if (wrong) throw new SettingsError(wrong.property, wrong.fault);
  const { username = "", apiToken, password = "", source, placeOf } = settings;
  const value = apiToken || password;
  const isToken = Boolean(apiToken) || TOKEN_VALUE.test(value);
  const from = source === "controllers file" ? placeOf(apiToken ? "apiToken" : "password") : source;
  return { username, secret: { kind: isToken ? "apiToken" : "password", value }, source: from };
}

/**
 * The normalised url of a source. Empty if the source names none.
 *
 * @throws {SettingsError} if the url can't be used. The message does not show it.
 */
export function urlOf({ url = "", source }: Pick<Settings, "url" | "source">): string {
  if (url === UNKNOWN || url === "") return url;
  const fault = urlFault(url);
  const place = source.replace(/^environment$/, "environment (JENKINS_URL)");
  if (fault) throw new SettingsError("connection.url", `the url from the ${place} ${fault}`);
  return rootUrl(url);
}

/**
 * The settings for reaching the Jenkins at `url`. A TLS setting applies only where its source means it to:
 *
 * - No setting about TLS is taken from a source that names another url.
 * - `insecureSkipTlsVerify` is taken only from the resource's own `connection`, or from a source that names this url itself.
 */
function transportOf(sources: Settings[], url: string, { environment }: Surroundings): Transport {
  const isAt = (settings: Settings) => rootUrl(settings.url ?? "") === url;
  const own = sources.filter((settings) => !settings.url || isAt(settings));
  const insecure = own.filter((one) => one.source === "connection" || one.url || !one.insecureSkipTlsVerify);
  const choice = chooseProxy(url, environment);
  if (choice.fault) throw new SettingsError("connection", choice.fault);
  return {
    caCert: first(own, "caCert"),
    insecureSkipTlsVerify: first(insecure, "insecureSkipTlsVerify"),
    requestTimeoutSeconds: first(sources, "requestTimeoutSeconds"),
    waitForReadySeconds: first(sources, "waitForReadySeconds"),
    ...gatewayOf(sources, isAt),
    ...(choice.proxy && { proxy: choice.proxy }),
  } satisfies Record<Exclude<keyof ConnectionArguments, "url" | "username" | "apiToken" | "password">, unknown>;
}

/**
 * What a gateway before Jenkins requires: headers, and a client certificate. Each is read from one source, and is sent only to the Jenkins that
 * this source means.
 */
function gatewayOf(
  sources: Settings[],
  isAt: (source: Settings) => boolean,
): Required<Pick<Transport, "headers" | "clientCertificate" | "clientKey">> {
  const named = sources.find(({ source }) => source === "connection");
  const means = (one: Settings) => {
    if (one.url || one === named) return !one.url || isAt(one);
    // Every Jenkins build has JENKINS_URL set, so secrets of a config are never sent to that url.
    if (one.source !== "environment") return Boolean(named?.url);
    return sources.every((other) => !other.url || other === named || isAt(other));
  };
  const headers = sources.find((one) => one.headers !== undefined && !isUnknown(one.headers) && means(one))?.headers;
  const identity = sources.find((one) => one.clientCertificate && one.clientKey && means(one));
  return { headers, clientCertificate: identity?.clientCertificate, clientKey: identity?.clientKey };
}

function refuseHalfIdentity({ clientCertificate, clientKey, source, placeOf }: Settings): void {
  if (Boolean(clientCertificate) === Boolean(clientKey)) return;
  const missing = clientKey ? "clientCertificate" : "clientKey";
  const reason = `the ${source} names only one of clientCertificate and clientKey: name ${placeOf(missing).replace("connection.", "")} there, too`;
  throw new SettingsError(`connection.${missing}`, reason);
}

/** Refuses headers that would never be sent. Otherwise only the gateway would notice. */
function refuseStrayHeaders(sources: Settings[], { source }: Settings): void {
  const stray = sources.find(
    (one) => one.headers && !one.url && one.source !== "connection" && one.source !== "environment",
  );
  if (source !== "environment" || !stray) return;
  const reason = `${stray.placeOf("headers")} is not used, because the url comes from JENKINS_URL: set ${stray.placeOf("url")}, too`;
  throw new SettingsError("connection.headers", reason);
}

function first<K extends keyof Transport & keyof Settings>(sources: Settings[], key: K): Settings[K] | undefined {
  return sources.map((settings) => settings[key]).find((value) => value !== undefined && value !== UNKNOWN);
}
