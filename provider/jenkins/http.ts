/** Requests and replies of HTTP, and the connections on which they travel. */
import { randomBytes } from "node:crypto";
import type * as Undici from "undici";
import { tell } from "../operation.ts";

/** How to reach a Jenkins, with any login. */
export interface Transport {
  /** The authorities to trust: their certificates, or the path of a file with them. */
  caCert?: string | undefined;
  insecureSkipTlsVerify?: boolean | undefined;
  requestTimeoutSeconds?: number | undefined;
  waitForReadySeconds?: number | undefined;
  /** Sent with each request, for a gateway. */
  headers?: Record<string, string> | undefined;
  clientCertificate?: string | undefined;
  clientKey?: string | undefined;
  /** The forward proxy on the way. */
  proxy?: ForwardProxy;
}

/** A proxy on the way to one Jenkins. */
export interface ForwardProxy {
  /** Scheme, host and port, without a login. */
  url: string;
  /** The environment variable that names it. */
  variable: string;
  /** The value of `Proxy-Authorization`. */
  token?: string;
}

export interface Request {
  /** What is tried. The message of a failure begins with it: "Revoking API token 4f1c…". */
  tried: string;
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  /** The fields of a form. In a query, names would appear in access logs. */
  form?: Record<string, string>;
  /** Whether a reply with status 200 has the field `page`. */
  isForPage?: boolean;
  /** What the reader can do if Jenkins refuses this request. */
  remedy?: string;
  /** What the reader can do if Jenkins answers 403 with an empty body. */
  whenForbidden?: string;
  /** Why Jenkins does not accept a new crumb. */
  whenCrumbRefused?: string;
  /** Who may send this request, for a user who lacks a permission. */
  whoMay?: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  setCookies: string[];
  /** Empty if there is a `page`. */
  body: string;
  /** The bytes of a page, which is read in pieces: a page of 100 tokens has 180 kB. */
  page?: Buffer;
  /** Whether the request was sent more than once. */
  isRepeated?: boolean;
  /** The forward proxy of a request over plain HTTP: it may have answered in Jenkins' place. */
  forwardProxy?: string;
}

const CONNECTIONS_PER_JENKINS = 8;

/** An idle connection is closed after this time, so that the connections to a thousand controllers do not fill the memory. */
const IDLE_MS = 1_000;

/** Sends a request: the method `request` of an undici dispatcher. */
export type Dispatch = Undici.Dispatcher["request"];

const dispatches = new Map<string, Promise<Dispatch>>();

/** The connections to use under these settings, shared by all clients of the process. Idle connections do not keep the process alive. */
export function dispatchFor(transport: Transport): Promise<Dispatch> {
  const { caCert, insecureSkipTlsVerify, headers, clientCertificate, clientKey, proxy } = transport;
  const key = JSON.stringify([caCert, insecureSkipTlsVerify, headers, clientCertificate, clientKey, proxy]);
  if (insecureSkipTlsVerify && !dispatches.has(key)) {
    tell("warning", "insecureSkipTlsVerify is set: anybody between this machine and Jenkins can read the login.");
  }
  const dispatch = dispatches.get(key) ?? openDispatch(transport);
  dispatches.set(key, dispatch);
  return dispatch;
}

/** New connections under these settings, which may lead to another replica of Jenkins. */
export async function openDispatch(transport: Transport): Promise<Dispatch> {
  const { caCert, clientCertificate, insecureSkipTlsVerify, headers, proxy } = transport;
  const certificates = caCert || clientCertificate ? await import("./certificates.ts") : undefined;
  const connect = { ...(await certificates?.secureContext(transport)), rejectUnauthorized: !insecureSkipTlsVerify };
  const gateway = headers && (await import("./gateway-headers.ts"));
  const { Agent, ProxyAgent } = await import("undici");
  const options = {
    connections: CONNECTIONS_PER_JENKINS,
    connect,
    headersTimeout: 0, // The signal of each request limits all its phases.
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    ...(gateway && { factory: gateway.poolsWith(headers) }),
  };
  if (!proxy) return requestOf(new Agent(options));
  const { url: uri, token } = proxy;
  const agent = new ProxyAgent({ ...options, requestTls: connect, uri, ...(token && { token }) });
  return requestOf(gateway ? agent.compose(gateway.passedOnWith(headers)) : agent);
}

function requestOf(dispatcher: Undici.Dispatcher): Dispatch {
  return dispatcher.request.bind(dispatcher);
}

/** An address that no cache knows, because some caches ignore `Cache-Control` in a request. */
export function uncached(path: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}uncached=${randomBytes(8).toString("hex")}`;
}
