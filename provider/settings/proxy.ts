/**
 * Chooses the forward proxy for a url from the environment. The variable for the url's own scheme counts, lower case comes first, and an empty
 * variable counts as not set. curl and Go differ from each other: curl reads `http_proxy` only in lower case.
 */
import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import type { ForwardProxy } from "../jenkins/http.ts";
import type { Surroundings } from "./sources.ts";
import { bare } from "./texts.ts";

type Environment = Surroundings["environment"];

/** What the environment says about the proxy for a url. */
export interface ProxyChoice {
  proxy?: ForwardProxy;
  /** The part of NO_PROXY that excludes the url, and the name of that variable. */
  exception?: { entry: string; variable: string };
  /** Why the named proxy can't be used. Shows the variable, and never its value. */
  fault?: string;
}

/** Chooses the proxy for `url`, or none. */
export function chooseProxy(url: string, environment: Environment): ProxyChoice {
  const target = URL.parse(url);
  if (!target) return {};
  const scheme = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const named = firstSet([scheme, scheme.toUpperCase(), "all_proxy", "ALL_PROXY"], environment);
  if (!named) return {};
  const exception = exceptionFor(target, environment);
  if (exception) return { exception };
  const { variable, value } = named;
  if (/^all_proxy$/i.test(variable)) {
    const instead = scheme.toUpperCase();
    return {
      fault: `${variable} is not supported: name the proxy in ${instead}, or exclude Jenkins from it in NO_PROXY`,
    };
  }
  return proxyOf(variable, value);
}

/** The first of these variables that is set, and what it says. */
export function firstSet(
  variables: string[],
  environment: Environment,
): { variable: string; value: string } | undefined {
  const texts = variables.map((variable) => ({ variable, value: bare(environment[variable] ?? "") }));
  return texts.find(({ value }) => value !== "");
}

function proxyOf(variable: string, value: string): ProxyChoice {
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase() ?? "";
  if (!["", "http", "https"].includes(scheme)) {
    return {
      fault: `${variable} must name an HTTP proxy, as http://host:port or https://host:port: ${scheme} is not supported`,
    };
  }
  const parsed = URL.parse(scheme ? value : `http://${value.replace(/^\/\//, "")}`);
  const { pathname = "", search = "", hash = "" } = parsed ?? {};
  const isCut = /[@\\]/.test(pathname + search + hash); // A slash in a password ends the host part.
  const hasOneSlash = /^https?:\/(?!\/)/i.test(value);
  if (!parsed || isCut || hasOneSlash || /[\s\p{Cc}]/u.test(value)) {
    const encoding =
      "In a user name or a password, write / as %2F, a backslash as %5C, ? as %3F, # as %23 and a blank as %20";
    return { fault: `${variable} is not the address of a proxy, such as http://proxy.example.com:3128. ${encoding}` };
  }
  const { origin, username, password } = parsed;
  const login = Buffer.concat([percentDecoded(username), Buffer.from(":"), percentDecoded(password)]);
  const token = username || password ? { token: `Basic ${login.toString("base64")}` } : {};
  return { proxy: { url: origin, variable, ...token } };
}

/** Decodes percent escapes. A percent sign that begins no escape stands for itself, as for curl. */
function percentDecoded(text: string): Buffer {
  const parts = text.match(/%[\da-f]{2}|[\s\S]/gi) ?? [];
  return Buffer.concat(
    parts.map((part) => (part.length === 3 ? Buffer.from(part.slice(1), "hex") : Buffer.from(part))),
  );
}

function exceptionFor(target: URL, environment: Environment): ProxyChoice["exception"] {
  const named = firstSet(["no_proxy", "NO_PROXY"], environment);
  const entry = named?.value.split(/[\s,]+/).find((one) => one !== "" && excludes(one, target));
  return named && entry !== undefined ? { entry, variable: named.variable } : undefined;
}

/** Whether an entry of NO_PROXY is for `target`: an address, a range of addresses, a domain or a pattern, each with or without a port. */
function excludes(entry: string, target: URL): boolean {
  const address = entry.replace(/^https?:\/\/([^/]*).*$/i, "$1"); // Some write a url.
  const range = address.replace(/^\[(.+)\](\/\d+)$/, "$1$2"); // `[fd00::]/8`
  const [, name = range, port] = /^\[(.+)\](?::(\d+))?$/.exec(address) ?? /^([^:]+)(?::(\d+))?$/.exec(address) ?? [];
  if (port && Number(port) !== Number(target.port || (target.protocol === "https:" ? 443 : 80))) return false;
  const host = target.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (name.includes("*")) return isLike(name, host);
  return isIP(host) ? isInRange(name, host) : isInDomain(name, host);
}

function isLike(pattern: string, host: string): boolean {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(host);
}

function isInRange(range: string, host: string): boolean {
  const [address = "", prefix, ...rest] = range.split("/");
  const longest = isIP(address) === 6 ? 128 : 32;
  const length = prefix === undefined ? longest : Number(prefix);
  if (!isIP(address) || rest.length > 0 || !(/^\d*$/.test(prefix ?? "") && prefix !== "" && length <= longest))
    return false;
  const family = (one: string) => (isIP(one) === 6 ? "ipv6" : "ipv4");
  const list = new BlockList();
  list.addSubnet(address, length, family(address));
  return list.check(host, family(host));
}

/** Whether `host` is the domain `name`, or below it. `name` may begin with a dot. */
function isInDomain(name: string, host: string): boolean {
  const domain = domainToASCII(name.replace(/^\.|\.$/g, ""));
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}
