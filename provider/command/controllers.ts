/** The controllers that the command contacts, and their settings. */
import { keepSecret } from "../redaction.ts";
import type { Context } from "../resources/context.ts";
import { VARIABLES } from "../settings/connection.ts";
import { rootUrl, urlFault } from "../settings/texts.ts";
import { type Asked, isFleet, WrongUsage } from "./arguments.ts";

/** One Jenkins, and how to open a connection to it. */
export interface ConfiguredController {
  /** Its URL. Empty if the URL comes from the environment. */
  name: string;
  /** The source of its URL. Absent for the environment. */
  urlFrom?: string;
  /** The source of its credentials. Absent for the environment. */
  loginFrom?: string;
  /** @throws {SettingsError} if its secret can't be read. */
  open(): Promise<Context>;
}

/** One of several controllers that hangs must not delay the report for minutes. */
const FLEET_LIMITS = { requestTimeoutMs: 20_000, waitForReadyMs: 0, repeatMs: 10_000 };

export async function controllersFor(asked: Asked, context: Context): Promise<ConfiguredController[]> {
  const { urls, controllers, timeoutMs } = asked;
  const variables = ["apiToken", "password"].flatMap((name) => VARIABLES[name] ?? []);
  for (const variable of variables) keepSecret(context.environment[variable]?.trim() ?? ""); // Other programs may print it.
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

/** The environment with another URL. The user who gives `--url` wants to log in there with the credentials of the environment. */
function at(url: string, context: Context): Context {
  const [variable = ""] = VARIABLES["url"] ?? [];
  return { ...context, environment: { ...context.environment, [variable]: url } };
}
