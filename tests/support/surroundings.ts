import type { ConnectionArguments } from "../../provider/properties.ts";
import type { Surroundings } from "../../provider/settings/connection.ts";

export type Texts = Record<string, string>;

export const A = "https://a.example.com";
export const B = "https://b.example.com";
export const token = { username: "alice", apiToken: "token-of-alice" };

/** A context with this stack config, by the names of the arguments, and this environment. */
export function around(config: Texts, environment: Texts = {}): Surroundings {
  return { config: { get: (key) => config[key.replace("jenkins:", "")] }, environment };
}

/** Environment variables for these settings, which have the names of the arguments. */
export function variables({ url, username, apiToken, password }: ConnectionArguments): Texts {
  const all = { JENKINS_URL: url, JENKINS_USER_ID: username, JENKINS_API_TOKEN: apiToken, JENKINS_PASSWORD: password };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Texts;
}
