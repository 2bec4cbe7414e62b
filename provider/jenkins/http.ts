/** One exchange over HTTP: a request sent, its whole reply read, within a limit of time and one of bytes. */
import { randomBytes, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type * as Undici from "undici";
import {
  CancelledError,
  type Circumstances,
  SettingsError,
  UnexpectedResponseError,
  UnreachableError,
} from "../errors.ts";
import { cancelSignal, tell } from "../operation.ts";
import type { Transport } from "../settings/connection.ts";

export interface Request {
  /** The beginning of the sentence that a failure is told in: "Revoking API token 4f1c…". */
  tried: string;
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  /** Fields of a form; names in a query would end in access logs. */
  form?: Record<string, string>;
  /** What the reader can do when Jenkins refuses this very request. */
  remedy?: string;
  /** What the reader can do when Jenkins answers 403 without a word. */
  whenForbidden?: string;
  /** Who may send this request, for a user who lacks a permission. */
  whoMay?: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  setCookies: string[];
  body: string;
  /** Whether the request was sent more than once. */
  isRepeated?: boolean;
}

const LARGEST_REPLY_BYTES = 64 * 1024 * 1024; // The page of some 18,000 tokens.
const CONNECTIONS_PER_JENKINS = 8;

/** By which a request goes out: `request` of an undici dispatcher. */
type Dispatch = Undici.Dispatcher["request"];

const dispatches = new Map<string, Promise<Dispatch>>();

/** The connections to use under these settings, shared by all sessions of the process. Idle ones keep no process alive. */
export function dispatchFor(transport: Transport): Promise<Dispatch> {
  const key = JSON.stringify([transport.caCert, transport.insecureSkipTlsVerify]);
  if (transport.insecureSkipTlsVerify && !dispatches.has(key)) {
    tell(
      "warning",
      "insecureSkipTlsVerify is set: whoever sits between this machine and Jenkins can read the credentials.",
    );
  }
  const dispatch = dispatches.get(key) ?? openDispatch(transport);
  dispatches.set(key, dispatch);
  return dispatch;
}

/** New connections under these settings, which may lead to another replica of Jenkins. */
export async function openDispatch({ caCert, insecureSkipTlsVerify }: Transport): Promise<Dispatch> {
  const ca = caCert && (await readAuthority(caCert));
  const connect = { ...(ca && { ca }), rejectUnauthorized: !insecureSkipTlsVerify };
  const options = {
    connections: CONNECTIONS_PER_JENKINS,
    connect,
    headersTimeout: 0, // The signal of each request limits all its phases.
    bodyTimeout: 0,
  };
  if (namesProxy(process.env)) {
    const { EnvHttpProxyAgent } = await import("undici");
    const agent = new EnvHttpProxyAgent({ ...options, requestTls: connect });
    return agent.request.bind(agent);
  }
  // All of undici, with fetch, caches, mocks and proxies, takes 50 ms and 13 MB more: see decisions/undici-in-parts.md.
  // @ts-expect-error: it has types for the whole alone
  const { default: Agent }: { default: typeof Undici.Agent } = await import("undici/lib/dispatcher/agent.js");
  // @ts-expect-error: as above
  const { default: request }: { default: Dispatch } = await import("undici/lib/api/api-request.js");
  return request.bind(new Agent(options));
}

function namesProxy(environment: Record<string, string | undefined>): boolean {
  return Object.keys(environment).some((name) => /^https?_proxy$/i.test(name) && environment[name]);
}

/** The certificate itself: Node.js would take one that is none for no certificate at all. */
async function readAuthority(caCert: string): Promise<string> {
  try {
    const pem = caCert.includes("-----BEGIN") ? caCert : await readFile(caCert, "utf8");
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new SettingsError(
      "connection.caCert",
      `caCert is neither a certificate in PEM form nor the path of one: ${words}`,
    );
  }
}

/**
 * Sends `request` and reads the whole reply, whatever its status. Redirects are replies like others.
 *
 * @throws {UnreachableError} when no whole reply comes; its `effect` is `none` only if the request was certainly not sent.
 */
export async function exchange(request: Request, dispatch: Dispatch, timeoutMs: number): Promise<Reply> {
  const { tried, method, url, headers, form } = request;
  const cancel = cancelSignal();
  cancel?.throwIfAborted();
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const { origin, pathname, search } = new URL(url);
    const reply = await dispatch({
      origin,
      path: pathname + search,
      method,
      headers: { ...headers, ...(form && { "content-type": "application/x-www-form-urlencoded" }) },
      body: form ? new URLSearchParams(form).toString() : null,
      signal: cancel ? AbortSignal.any([limit, cancel]) : limit,
    });
    const { "set-cookie": cookies = [], ...rest } = reply.headers;
    return {
      status: reply.statusCode,
      headers: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])),
      setCookies: [cookies].flat(),
      body: await readBody(reply),
    };
  } catch (error) {
    throw broken(error, { tried, method, url, cause: error }, timeoutMs);
  }
}

async function readBody({ body, headers }: Undici.Dispatcher.ResponseData): Promise<string> {
  const isCompressed = headers["content-encoding"] === "gzip";
  if (!isCompressed && Number(headers["content-length"]) <= LARGEST_REPLY_BYTES) return await body.text();
  const unpacked = isCompressed ? createGunzip({ chunkSize: 256 * 1024 }) : new PassThrough();
  const decoder = new TextDecoder();
  let text = "";
  // Piece by piece, because the page of thousands of tokens would lie in memory three times.
  await pipeline(body, unpacked, async (pieces: AsyncIterable<Uint8Array>) => {
    for await (const piece of pieces) {
      text += decoder.decode(piece, { stream: true });
      if (text.length > LARGEST_REPLY_BYTES) throw new TooLarge();
    }
  });
  return text + decoder.decode();
}

class TooLarge extends Error {}

const NOT_SENT: Record<string, [words: string, remedy: string]> = {
  ECONNREFUSED: ["the connection was refused", "Is Jenkins running, and is this its address?"],
  ENOTFOUND: ["the host name is unknown", "Check the url of Jenkins."],
  EAI_AGAIN: ["the host name could not be looked up", "Check the url of Jenkins and this machine's network."],
  EHOSTUNREACH: ["the host can't be reached", "Check the url of Jenkins and this machine's network."],
  ENETUNREACH: ["the network can't be reached", "Check this machine's network."],
  UND_ERR_CONNECT_TIMEOUT: ["no connection within 10 seconds", "Check the url of Jenkins and any firewall on the way."],
  CERT_HAS_EXPIRED: ["the server's TLS certificate has expired", "Renew it on the server."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "the server's TLS certificate is for another host name",
    "Use the host name that the certificate is for.",
  ],
};
const UNTRUSTED: [string, string] = [
  "the server's TLS certificate is not signed by an authority that this machine trusts",
  "Name the authority's certificate with `connection.caCert`, jenkins:caCert or JENKINS_CA_CERT.",
];
const NO_HANDSHAKE: [string, string] = [
  "the TLS handshake failed",
  "Is the url right in http:// or https:// and port?",
];

function broken(error: unknown, circumstances: Circumstances, timeoutMs: number): Error {
  const { name, message, code = "" } = error as { name: string; message: string; code?: string };
  if (error instanceof TooLarge) {
    const words = `the reply is larger than ${LARGEST_REPLY_BYTES / 1024 / 1024} MiB`;
    const remedy = "No page of Jenkins is: does something else answer there?";
    return new UnexpectedResponseError({ ...circumstances, words, remedy, effect: "possible" });
  }
  if (error instanceof CancelledError) {
    return new CancelledError({ ...circumstances, words: error.message, effect: "possible" });
  }
  if (name === "TimeoutError") {
    const words = `no whole answer within ${timeoutMs / 1000} seconds`;
    const remedy = "A slow Jenkins can be given more with `connection.requestTimeoutSeconds`.";
    return new UnreachableError({ ...circumstances, words, remedy, effect: "possible", mayPass: true });
  }
  const notSent = whyNotSent(code, message);
  if (notSent) {
    const [words, remedy] = notSent;
    const isDown = code in NOT_SENT && !/CERT/.test(code);
    return new UnreachableError({ ...circumstances, words, remedy, effect: "none", isDown });
  }
  const words = "the connection broke before the whole answer was there";
  const remedy =
    "Run again; if it goes on, look into Jenkins' own log, and for a proxy or firewall that cuts connections.";
  return new UnreachableError({ ...circumstances, words, remedy, effect: "possible", mayPass: true });
}

/** Why a request was certainly not sent; nothing if it may have been. */
function whyNotSent(code: string, message: string): [words: string, remedy: string] | undefined {
  const isOfProxy = code === "UND_ERR_ABORTED" || code === "UND_ERR_INVALID_ARG";
  const refusal = isOfProxy ? /\((\d{3})\)/.exec(message)?.[1] : undefined;
  if (refusal === "407") {
    const login =
      "It wants a login: put one into the url in HTTPS_PROXY or HTTP_PROXY, as http://user:password@proxy:port.";
    return [`the proxy on the way answered ${refusal}`, login];
  }
  if (refusal) {
    const exception = "It does not let the request through: name Jenkins in NO_PROXY, or have it let through.";
    return [`the proxy on the way answered ${refusal}`, exception];
  }
  if (NOT_SENT[code]) return NOT_SENT[code];
  if (/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(code)) return UNTRUSTED;
  return /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code) ? NO_HANDSHAKE : undefined;
}

/** An address that no cache knows: some heed no `Cache-Control` in a request. */
export function uncached(path: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}uncached=${randomBytes(8).toString("hex")}`;
}
