/** What is missing for a connection, and where the reader can set it. */
import type { Settings, Surroundings } from "./sources.ts";

/** The sources that give the url and the login, or a part of it. */
export interface Found {
  url: Settings | undefined;
  login: Settings | undefined;
}

/** The input that the failure names. */
export function missingProperty({ login }: Found): string {
  if (!login?.username) return "connection.username";
  return login.apiToken || login.password ? "connection.url" : "connection.apiToken";
}

/** All that is missing, in one sentence. `isElsewhere`: a source has a url that may not be used with this login. */
export function missingWords(found: Found, isElsewhere: boolean, surroundings: Surroundings): string {
  const { url, login } = found;
  const lack = lackOf(login);
  const other = login && login.source !== "environment" ? otherPlace(login) : "";
  if (url) return `${lack}. Set ${placesOf(LOGIN, surroundings)}${other}`;
  const places = placesOf(["url", ...LOGIN], surroundings) + other;
  if (lack && isElsewhere) {
    return `${lack}, and the url of Jenkins is missing, because JENKINS_URL is used only with a login from the environment or from \`connection\`. Set ${places}`;
  }
  if (lack) return `${lack}, and the url of Jenkins is missing. Set ${places}`;
  if (!isElsewhere) return `the url of Jenkins is missing: set ${placesOf(["url"], surroundings)}`;
  return `the login comes from the ${login?.source}, so the url has to come from there too (jenkins:url) or from \`connection\`: JENKINS_URL is used only with a login from the environment or from \`connection\``;
}

function lackOf(login: Settings | undefined): string | undefined {
  if (!login) return "a login is missing";
  const { username, apiToken, password, source, placeOf } = login;
  const place = source.replace(/^environment$/, `environment (${placeOf(apiToken ? "apiToken" : "password")})`);
  if (!username) return `the ${place} names a secret but no user`;
  return apiToken || password
    ? undefined
    : `the ${source} names the user ${username} but neither an API token nor a password`;
}

/** A user without a secret keeps the later sources from being read, and so does a secret without a user. The environment is the last source. */
function otherPlace({ username, apiToken, placeOf }: Settings): string {
  const given = username ? "username" : apiToken ? "apiToken" : "password";
  return `. If the whole login is in another place, remove ${placeOf(given)}`;
}

const VARIABLE = {
  url: "JENKINS_URL",
  username: "JENKINS_USER_ID",
  apiToken: "JENKINS_API_TOKEN (or JENKINS_PASSWORD)",
};
const KEY = {
  url: "jenkins:url",
  username: "jenkins:username",
  apiToken: "jenkins:apiToken (or jenkins:password)",
};
type Name = keyof typeof VARIABLE;
const LOGIN: Name[] = ["username", "apiToken"];
const TOGETHER = ["`connection.url`", "both in `connection`", "all three in `connection`"];

/** Where the reader can set these settings: in the environment, in the stack config, in a provider or in `connection`. */
function placesOf(names: Name[], { hasOnlyEnvironment, config }: Surroundings): string {
  const list = new Intl.ListFormat("en-GB");
  const isUrl = names.length === 1;
  const variables = [list.format(names.map((name) => VARIABLE[name])), ...(isUrl ? [] : ["in the environment"])];
  const inProvider = isUrl ? "or as an argument of an explicit provider" : "or as arguments of an explicit provider";
  const keys = [list.format(names.map((name) => KEY[name])), "in the stack config"];
  const places = [variables, [...keys, ...(config?.source ? [inProvider] : [])], [`or ${TOGETHER[names.length - 1]}`]];
  if (hasOnlyEnvironment) return variables.join(" ");
  return places.map((words) => words.join(" ")).join(", ");
}
