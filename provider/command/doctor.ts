/** What is in the way of making tokens, thing by thing, in the order in which one needs another. */

import { type JenkinsError, RejectedError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import { openTokens } from "../jenkins/tokens.ts";
import { SINCE } from "../jenkins/versions.ts";
import type { Context } from "../resources/context.ts";
import { type Connection, resolveConnection, VARIABLES } from "../settings/connection.ts";
import * as z from "../zod.ts";
import type { Asked } from "./arguments.ts";
import { say, sayJson } from "./output.ts";

/** `note` is nothing wrong, but good to know. */
interface Finding {
  about: string;
  result: "ok" | "note" | "FAIL";
  says: string;
}

const LARGEST_CLOCK_DIFFERENCE_SECONDS = 60;

const ok = (about: string, says: string): Finding => ({ about, result: "ok", says });
const note = (about: string, says: string): Finding => ({ about, result: "note", says });
const fail = (about: string, error: unknown): Finding => ({
  about,
  result: "FAIL",
  says: (error as JenkinsError).message,
});

export async function doctor({ user, json }: Asked, context: Context): Promise<number> {
  const findings: Finding[] = [];
  for await (const finding of examine(user, context)) {
    findings.push(finding);
    if (!json) say(`${finding.result.padEnd(5)} ${finding.about.padEnd(11)} ${finding.says}`);
  }
  if (json) sayJson({ findings });
  return findings.some(({ result }) => result === "FAIL") ? 1 : 0;
}

async function* examine(user: string | undefined, context: Context): AsyncGenerator<Finding> {
  const { environment } = context;
  let connection: Connection;
  try {
    connection = resolveConnection(undefined, context);
  } catch (error) {
    return yield fail("settings", error);
  }
  const { url, login, transport } = connection;
  const from = (...settings: string[]) => settings.map((setting) => variableOf(setting, environment)).join(" and ");
  yield ok("url", `${url}, from ${from("url")}`);
  const kind = environment[variableOf("apiToken", environment)] ? "apiToken" : "password";
  const secret = login.secret.kind === "apiToken" ? "an API token" : "a password";
  yield ok("login", `${login.username} with ${secret}, from ${from("username", kind)}`);
  yield transportTo(url, environment);
  yield proxyTo(url, environment);

  const client = context.memory.clients.open(url, login, transport, context.limits);
  const version = await client.version();
  if (version) yield ok("Jenkins", `answers, and is version ${version}`);
  const me = await client.whoAmI().catch((error: JenkinsError) => error);
  if (me instanceof Error) return yield fail(version ? "signed in" : "Jenkins", me);
  if (!version) yield note("Jenkins", "answers, but its login page is closed or does not say its version");
  yield ok("signed in", `as ${me}`);
  yield await crumbs(client);
  yield clock(client);
  yield await making(client, me, user);
  yield expiry(client, client.controller.version);
}

function variableOf(setting: string, environment: Context["environment"]): string {
  const names = VARIABLES[setting] ?? [];
  return names.find((name) => environment[name]) ?? names[0] ?? "";
}

function transportTo(url: string, environment: Context["environment"]): Finding {
  if (!url.startsWith("https:")) return note("TLS", "none: whoever is on the way can read the login");
  return ok("TLS", `trusting ${environment["JENKINS_CA_CERT"] ? "JENKINS_CA_CERT" : "the authorities of Node.js"}`);
}

/** Which one the HTTP client takes: lower case first, and that of http also for https. */
function proxyTo(url: string, environment: Context["environment"]): Finding {
  const ofHttps = url.startsWith("https:") ? ["https_proxy", "HTTPS_PROXY"] : [];
  const used = [...ofHttps, "http_proxy", "HTTP_PROXY"].find((name) => environment[name]);
  if (!used) return ok("proxy", "none");
  const exceptions = environment["no_proxy"] ?? environment["NO_PROXY"];
  const unless = exceptions ? `, unless NO_PROXY excepts it: ${exceptions}` : "";
  return ok("proxy", `${environment[used]?.replace(/^.*@/, "")}, from ${used}${unless}`);
}

async function crumbs(client: Client): Promise<Finding> {
  const issuer = client.getJson("Asking Jenkins for a crumb", "/crumbIssuer/api/json", z.object({ crumb: z.string() }));
  const error = await issuer.then(
    () => undefined,
    (thrown: JenkinsError) => thrown,
  );
  if (!error) return ok("CSRF", "protection is on; passwords get a crumb, API tokens need none");
  if (error instanceof RejectedError && error.status === 404)
    return note("CSRF", "protection is off: switch it on in Jenkins");
  return note("CSRF", `can't be told: ${error.message}`);
}

function clock(client: Client): Finding {
  const seconds = Math.round((client.controller.time().getTime() - Date.now()) / 1000);
  if (Math.abs(seconds) <= LARGEST_CLOCK_DIFFERENCE_SECONDS) return ok("clock", "of Jenkins and this machine's agree");
  const difference = `of Jenkins is ${Math.abs(seconds)} seconds ${seconds < 0 ? "behind" : "ahead of"} this machine's`;
  return fail("clock", new Error(`${difference}. Set them: when tokens are renewed goes by both.`));
}

async function making(client: Client, me: string, user = me): Promise<Finding> {
  const about = "tokens";
  try {
    const userId = await client.ownerOf(user);
    if (client.controller.isOlderThan(SINCE.manyTokens)) {
      return note(about, 'have no names before Jenkins 2.129. Each user has one: declare it with `via: "legacy"`.');
    }
    if (userId === me) {
      await openTokens(client, userId).listNow();
      return ok(about, `of ${me} can be made, as by everybody for themselves`);
    }
    await openTokens(client, userId, "scriptConsole").listNow();
    const otherwise =
      "Whether it works without, which takes a system property of Jenkins, can't be told without trying.";
    return ok(about, `of ${userId} can be made by ${me} with \`via: "scriptConsole"\`. ${otherwise}`);
  } catch (error) {
    return fail(about, error);
  }
}

function expiry(client: Client, version: string | undefined): Finding {
  if (!version) return note("expiry", "can't be told: Jenkins doesn't say its version. It needs 2.548, LTS 2.555.1.");
  if (!client.controller.isOlderThan(SINCE.expiry))
    return ok("expiry", "of tokens is known to this Jenkins: `expiresInDays` works");
  return note("expiry", "of tokens needs Jenkins 2.548, LTS 2.555.1: leave out `expiresInDays`, or upgrade");
}
