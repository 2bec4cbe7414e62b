/** The Jenkins that is measured against: the tests' own in another process, or a real one. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Login {
  username: string;
  /** Unknown of a real server. */
  password?: string;
  apiToken: string;
}

/** What somebody signs in with. */
export type Secret = "apiToken" | "password";

export interface Controller {
  url: string;
  logins: Login[];
}

/** What a Jenkins was asked, counted. */
export interface Asked {
  /** By method and endpoint, as "POST generateNewToken". */
  requests: Record<string, number>;
  passwordChecks: number;
}

export type Order =
  | { order: "start"; controllers: number; users: number; generateMs: number; passwordMs: number }
  | { order: "take" };

export interface Server {
  controllers: Controller[];
  /** What was asked since the last time; nothing of a real server. */
  take(): Promise<Asked | undefined>;
  end(): Promise<void>;
}

/** How long a change and the check of a password take on a real Jenkins: 2.568.1 on two cores, bcrypt. */
export const REAL_MS = { generateMs: 8, passwordMs: 63 };

/** @param options without times the Jenkins answers as fast as it can. */
export async function startServer(
  options: { controllers?: number; users?: number; generateMs?: number; passwordMs?: number } = {},
): Promise<Server> {
  const child = fork(fileURLToPath(new URL("jenkins-process.ts", import.meta.url)));
  const ask = async (order: Order) => {
    const answered = once(child, "message");
    child.send(order);
    return (await answered)[0];
  };
  const defaults = { controllers: 1, users: 1, generateMs: 0, passwordMs: 0 };
  const controllers = await ask({ order: "start", ...defaults, ...options });
  return {
    controllers,
    take: () => ask({ order: "take" }),
    end: async () => {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

/** The one at `url`, signed in to with `JENKINS_USER_ID` and `JENKINS_API_TOKEN`. */
export function realServer(url: string): Server {
  const { JENKINS_USER_ID: username, JENKINS_API_TOKEN: apiToken, JENKINS_PASSWORD: password } = process.env;
  if (!(username && apiToken))
    throw new Error(
      "--jenkins needs JENKINS_USER_ID and JENKINS_API_TOKEN, and JENKINS_PASSWORD for what signs in with one",
    );
  const login = { username, apiToken, ...(password && { password }) };
  return {
    controllers: [{ url: url.replace(/\/+$/, ""), logins: [login] }],
    take: async () => undefined,
    end: async () => undefined,
  };
}

/** The environment in which the provider signs in so. */
export function environmentOf({ url }: Controller, login: Login, by: Secret = "apiToken"): Record<string, string> {
  const name = { apiToken: "JENKINS_API_TOKEN", password: "JENKINS_PASSWORD" }[by];
  return { JENKINS_URL: url, JENKINS_USER_ID: login.username, [name]: login[by] ?? "" };
}
