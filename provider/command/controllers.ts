/** Which controllers the command asks, and with which settings. */
import type { Context } from "../resources/context.ts";
import { VARIABLES } from "../settings/connection.ts";
import { rootUrl, urlFault } from "../settings/texts.ts";
import { type Asked, isFleet, WrongUsage } from "./arguments.ts";

/** One Jenkins, and the settings that lead to it. */
export interface Controller {
  /** Its url; empty where only the environment names it. */
  name: string;
  /** Where its url stands, if not in the environment. */
  urlFrom?: string;
  /** Where its login stands, if not in the environment. */
  loginFrom?: string;
  /** @throws {SettingsError} where its secret can't be read. */
  open(): Promise<Context>;
}

/** With several controllers, one that hangs must not hold up the report for minutes. */
const FLEET_LIMITS = { requestTimeoutMs: 20_000, waitForReadyMs: 0, repeatMs: 10_000 };

export async function controllersFor(asked: Asked, context: Context): Promise<Controller[]> {
  const { urls, controllers, timeoutMs } = asked;
  const limits = {
    ...(isFleet(asked) && FLEET_LIMITS),
    ...(timeoutMs !== undefined && { requestTimeoutMs: timeoutMs, repeatMs: timeoutMs / 2 }),
  };
  const limited = { ...context, limits };
  if (controllers !== undefined) return (await import("./controllers-file.ts")).controllersIn(controllers, limited);
  if (urls.length === 0) return [{ name: "", open: async () => limited }];
  const wrong = urls.map(urlFault).find(Boolean);
  if (wrong) throw new WrongUsage(`--url ${wrong}.`);
  const names = [...new Set(urls.map(rootUrl))];
  return names.map((name) => ({ name, urlFrom: "--url", open: async () => at(name, limited) }));
}

/** The environment with another url. Who names it on the command line wants the login of the environment to be used there. */
function at(url: string, context: Context): Context {
  const [variable = ""] = VARIABLES["url"] ?? [];
  return { ...context, environment: { ...context.environment, [variable]: url } };
}
