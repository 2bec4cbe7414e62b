/** Checks one by one whether tokens can be created. A check comes after the checks that it depends on. */

import { type JenkinsError, RejectedError } from "../errors.ts";
import type { Login } from "../jenkins/auth.ts";
import { secureContext } from "../jenkins/certificates.ts";
import type { Client } from "../jenkins/client.ts";
import { doorOf } from "../jenkins/doors.ts";
import type { Reply, Transport } from "../jenkins/http.ts";
import { Tokens } from "../jenkins/tokens.ts";
import type { Context } from "../resources/context.ts";
import { type Connection, resolveConnection, variableOf } from "../settings/connection.ts";
import { chooseProxy, firstSet } from "../settings/proxy.ts";
import * as z from "../zod.ts";
import type { ConfiguredController } from "./controllers.ts";
import { messageOf } from "./words.ts";

/** A `note` is no failure, but useful to know. */
export interface Finding {
  about: string;
  result: "ok" | "note" | "FAIL";
  says: string;
}

const LARGEST_CLOCK_DIFFERENCE_SECONDS = 60;

const ok = (about: string, says: string): Finding => ({ about, result: "ok", says });
const note = (about: string, says: string): Finding => ({ about, result: "note", says });
const fail = (about: string, says: string): Finding => ({ about, result: "FAIL", says });

type Findings = AsyncGenerator<Finding>;
/** Called with the next thing that the examination waits for. */
type WaitFor = (what: string) => void;

/** The findings about this controller. For another user, it lists the tokens through the script console. */
export async function* examine(controller: ConfiguredController, user: string | undefined, waitFor: WaitFor): Findings {
  let context: Context;
  let connection: Connection;
  try {
    context = await controller.open();
    connection = resolveConnection(undefined, context);
  } catch (error) {
    return yield fail("settings", messageOf(error));
  }
  const { environment } = context;
  const { url, login, transport } = connection;
  yield ok("url", `${url}, from ${controller.urlFrom ?? variableOf("url", environment)}`);
  yield loginOf(login, controller.loginFrom ?? variablesOf(environment));
  const caCert = context.config?.placeOf?.("caCert");
  const hasOwnCaCert = caCert !== undefined && context.config?.get(caCert) !== undefined;
  yield await transportTo(url, transport, controller.loginFrom, hasOwnCaCert);
  yield proxyTo(url, environment);
  if (transport.headers) yield gatewayOf(transport.headers, controller.loginFrom ?? "JENKINS_HEADERS");

  const client = context.memory.clients.open(url, login, transport, context.limits);
  waitFor(`the login page of ${url}`);
  const page = await pageForBrowsers(client);
  const door = page && doorOf(page);
  if (door) yield ok("front door", `${door} is in front of Jenkins`);
  const version = page && (await client.version()); // A server that hangs must not hold up the examination twice.
  if (version) yield ok("Jenkins", `answers, and is version ${version}`);
  waitFor(`${url} to accept the login of ${login.username}`);
  const me = await client.whoAmI().catch((error: JenkinsError) => error);
  if (me instanceof Error) return yield fail(version ? "logged in" : "Jenkins", messageOf(me));
  if (!version) yield note("Jenkins", "answers, but its login page is closed or does not show its version");
  yield ok("logged in", `as ${me}`);
  waitFor(`a crumb of ${url}`);
  yield await crumbs(client);
  yield clock(client);
  waitFor(`the tokens of ${user ?? me} on ${url}`);
  yield await making(client, me, user);
  yield expiry(client, client.controller.version);
}

function variablesOf(environment: Context["environment"]): string {
  const given = variableOf("apiToken", environment);
  return `${variableOf("username", environment)} and ${environment[given] ? given : "JENKINS_PASSWORD"}`;
}

function loginOf({ username, secret: { kind, value } }: Login, from: string): Finding {
  const what = `${username} with ${kind === "apiToken" ? "an API token" : "a password"}, from ${from}`;
  const isPadded = value !== value.trim() || /^(["']).*\1$/.test(value);
  return isPadded ? note("login", `${what}. The secret has blanks or quotation marks around it`) : ok("login", what);
}

/** @param hasOwnCaCert whether `from` names the caCert. Otherwise the caCert comes from the environment. */
async function transportTo(
  url: string,
  transport: Transport,
  from: string | undefined,
  hasOwnCaCert: boolean,
): Promise<Finding> {
  const { caCert, clientCertificate } = transport;
  try {
    await secureContext(transport);
  } catch (error) {
    return fail("TLS", messageOf(error));
  }
  if (!url.startsWith("https:")) return note("TLS", "none: anybody on the network path can read the credentials");
  const shown = from ? `the clientCertificate of ${from}` : "JENKINS_CLIENT_CERTIFICATE";
  const own = hasOwnCaCert ? `the caCert of ${from}` : "JENKINS_CA_CERT";
  const trusted = caCert ? own : "the authorities of Node.js";
  return ok("TLS", `trusting ${trusted}${clientCertificate ? `; showing ${shown}` : ""}`);
}

/** The forward proxy for this URL, and why it is used. Its credentials are not shown. */
function proxyTo(url: string, environment: Context["environment"]): Finding {
  const { proxy, exception } = chooseProxy(url, environment);
  if (proxy) {
    const { protocol, hostname, port } = new URL(proxy.url);
    const isSecure = protocol === "https:";
    const scheme = isSecure ? "https://" : "";
    return ok("proxy", `${scheme}${hostname}:${port || (isSecure ? 443 : 80)}, from ${proxy.variable}`);
  }
  if (exception) return ok("proxy", `none: ${exception.variable} excludes this url by "${exception.entry}"`);
  const [own, other] = url.startsWith("https:") ? ["https", "http"] : ["http", "https"];
  const [OWN, OTHER] = [own.toUpperCase(), other.toUpperCase()];
  const why = firstSet([`${other}_proxy`, `${OTHER}_PROXY`], environment)
    ? `none: ${OTHER}_PROXY is only for ${other} URLs, and ${OWN}_PROXY is not set`
    : "none";
  return ok("proxy", why);
}

function gatewayOf(headers: Record<string, string>, from: string): Finding {
  return ok("gateway", `headers ${Object.keys(headers).join(", ")}, from ${from}`);
}

/** The login page, to recognise a product in front of Jenkins. oauth2-proxy shows its own page only to browsers. */
async function pageForBrowsers(client: Client): Promise<Reply | undefined> {
  const { headers, ...request } = client.loginPage();
  const asked = { ...request, headers: { ...headers, accept: "text/html" } };
  return await client.sendOnce(asked).catch(() => undefined);
}

async function crumbs(client: Client): Promise<Finding> {
  const issuer = client.getJson("Asking Jenkins for a crumb", "/crumbIssuer/api/json", z.object({ crumb: z.string() }));
  const error = await issuer.then(
    () => undefined,
    (thrown: JenkinsError) => thrown,
  );
  if (!error) return ok("CSRF", "protection is on: passwords need a crumb, API tokens do not");
  if (error instanceof RejectedError && error.status === 404)
    return note("CSRF", "protection is off: switch it on in Jenkins");
  return note("CSRF", `unknown: ${messageOf(error)}`);
}

function clock(client: Client): Finding {
  const seconds = Math.round((client.controller.time().getTime() - Date.now()) / 1000);
  if (Math.abs(seconds) <= LARGEST_CLOCK_DIFFERENCE_SECONDS)
    return ok("clock", "Jenkins and this machine agree on the time");
  const difference = `Jenkins is ${Math.abs(seconds)} seconds ${seconds < 0 ? "behind" : "ahead of"} this machine`;
  return fail("clock", `${difference}. Set both clocks: the renewal of tokens depends on both.`);
}

async function making(client: Client, me: string, user = me): Promise<Finding> {
  const about = "tokens";
  try {
    const userId = await client.ownerOf(user);
    if (client.controller.lacks("manyTokens")) {
      return note(about, 'Jenkins before 2.129 has one token per user, without a name: use `via: "legacy"`.');
    }
    if (userId === me) {
      await new Tokens(client, userId).listNow();
      return ok(about, `${me} can create tokens: every user may create their own`);
    }
    await new Tokens(client, userId, "scriptConsole").listNow();
    const otherwise = "Without `via`, this needs a system property of Jenkins, which doctor can't check.";
    return ok(about, `${me} can create tokens of ${userId} with \`via: "scriptConsole"\`. ${otherwise}`);
  } catch (error) {
    return fail(about, messageOf(error));
  }
}

function expiry(client: Client, version: string | undefined): Finding {
  if (!version)
    return note("expiry", "unknown, because Jenkins does not show its version. It needs 2.548, LTS 2.555.1.");
  if (!client.controller.lacks("expiry")) return ok("expiry", "this Jenkins supports it: `expiresInDays` works");
  return note("expiry", "needs Jenkins 2.548, LTS 2.555.1: leave out `expiresInDays`, or upgrade");
}
