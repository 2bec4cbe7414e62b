/** The Jenkins of the benchmark: the simulated one in another process, or a real one. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Clients } from "../../provider/jenkins/client.ts";
import { Tokens } from "../../provider/jenkins/tokens.ts";
import { resolveConnection } from "../../provider/settings/connection.ts";

export interface Login {
  username: string;
  /** Unknown for a real server. */
  password?: string;
  apiToken: string;
}

/** The kind of credential. */
export type Secret = "apiToken" | "password";

export interface Controller {
  url: string;
  logins: Login[];
}

/** The counted requests to a Jenkins. */
export interface Asked {
  /** By method and endpoint, as "POST generateNewToken". */
  requests: Record<string, number>;
  passwordChecks: number;
}

export type Order =
  | { order: "start"; controllers: number; users: number; tokens: number; generateMs: number; passwordMs: number }
  | { order: "take" };

export interface Server {
  controllers: Controller[];
  /** The requests since the last call. Undefined for a real server. */
  take(): Promise<Asked | undefined>;
  end(): Promise<void>;
}

/** The login of measurements that need only one. */
export function firstLogin({ controllers: [controller] }: Server): { controller: Controller; login: Login } {
  const [login] = controller?.logins ?? [];
  if (!controller || !login) throw new Error("there is no login to measure with");
  return { controller, login };
}

/** How long a change and the check of a password take on a real Jenkins: 2.568.1 on two cores, bcrypt. */
export const REAL_MS = { generateMs: 8, passwordMs: 63 };

/** @param options Without times in them, Jenkins answers as fast as it can. */
export async function startServer(
  options: { controllers?: number; users?: number; tokens?: number; generateMs?: number; passwordMs?: number } = {},
): Promise<Server> {
  const child = fork(fileURLToPath(new URL("jenkins-process.ts", import.meta.url)));
  const ask = async (order: Order) => {
    const answered = once(child, "message");
    child.send(order);
    return (await answered)[0];
  };
  const defaults = { controllers: 1, users: 1, tokens: 1, generateMs: 0, passwordMs: 0 };
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

/** The prefix of all token names. No other token of a real Jenkins is changed. */
export const PREFIX = "pulumi-jenkins-bench";

/** The Jenkins at `url`, with `JENKINS_USER_ID` and `JENKINS_API_TOKEN`. `end` revokes all tokens of the benchmark there. */
export function realServer(url: string): Server {
  const { JENKINS_USER_ID: username, JENKINS_API_TOKEN: apiToken, JENKINS_PASSWORD: password } = process.env;
  if (!(username && apiToken)) {
    const others = "and JENKINS_PASSWORD for what is measured with a password";
    throw new Error(`--jenkins needs JENKINS_USER_ID and JENKINS_API_TOKEN, ${others}`);
  }
  const login = { username, apiToken, ...(password && { password }) };
  const controller = { url: url.replace(/\/+$/, ""), logins: [login] };
  return { controllers: [controller], take: async () => undefined, end: () => sweep(controller, login) };
}

async function sweep(controller: Controller, login: Login): Promise<void> {
  const context = { config: undefined, environment: environmentOf(controller, login) };
  const { url, login: by, transport } = resolveConnection(undefined, context);
  const session = new Clients().open(url, by, transport);
  const tokens = new Tokens(session, await session.whoAmI());
  const left = (await tokens.listNow()).filter(({ tokenName }) => tokenName.startsWith(PREFIX));
  for (const { tokenUuid } of left) await tokens.revoke(tokenUuid);
}

/** The environment variables with these credentials. */
export function environmentOf({ url }: Controller, login: Login, by: Secret = "apiToken"): Record<string, string> {
  const name = { apiToken: "JENKINS_API_TOKEN", password: "JENKINS_PASSWORD" }[by];
  return { JENKINS_URL: url, JENKINS_USER_ID: login.username, [name]: login[by] ?? "" };
}
