/** One HTTP exchange: sends a request and reads the whole reply, within a limit of time and a limit of size. */
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import {
  ABSENT_STATUSES,
  CancelledError,
  type Circumstances,
  SettingsError,
  UnexpectedResponseError,
  UnreachableError,
} from "../errors.ts";
import { cancelSignal } from "../operation.ts";
import { LARGEST_REPLY_BYTES, readBody, TooLarge, Unreadable } from "./body.ts";
import {
  demandOf,
  type Explanation,
  type Fault,
  NOT_HTTP,
  NOT_STARTED_YET,
  ONLY_TLS,
  whyNotConnected,
} from "./explanations.ts";
import type { Dispatch, ForwardProxy, Reply, Request } from "./http.ts";

/** The key of a property of the error of a failed connection: the host of that connection. Nothing was sent on it. */
const LED_TO = Symbol("led to");

subscribe("undici:client:connectError", (message) => {
  const { error, connectParams } = message as { error: Marked; connectParams: { host: string } };
  // The connection to a forward proxy reports the error first. Then the client that uses the proxy reports it again.
  if (!error[LED_TO]) Reflect.defineProperty(error, LED_TO, { value: connectParams.host });
});

/** Keeps the first error of a socket as the cause, because undici reports a TLS error only as a closed connection. */
subscribe("undici:client:connected", (message) => {
  const { socket } = message as { socket: Socket };
  let first: Fault | undefined;
  socket.on("error", (error: Fault) => {
    if (first) error.cause ??= first;
    first ??= error;
  });
});

type Marked = Fault & { [LED_TO]?: string };

/** The request that failed, and how far it got. */
interface Failed extends Circumstances {
  url: string;
  timeoutMs: number;
  /** Whether the head of a reply has arrived. */
  hasBegun: boolean;
  /** The forward proxy on the way. */
  proxy: ForwardProxy | undefined;
}

/**
 * Sends `request` and reads the whole reply, whatever its status. Redirects are replies like others.
 *
 * @throws {UnreachableError} if no complete reply arrives. Its `effect` is `none` only if the request was certainly not sent.
 */
export async function exchange(
  request: Request,
  dispatch: Dispatch,
  timeoutMs: number,
  proxy?: ForwardProxy,
): Promise<Reply> {
  const { tried, method, url, headers, form, isForPage } = request;
  const cancel = cancelSignal();
  cancel?.throwIfAborted();
  const limit = AbortSignal.timeout(timeoutMs);
  let hasBegun = false;
  try {
    const signal = cancel ? AbortSignal.any([limit, cancel]) : limit;
    // Undici obeys the signal only on an open connection, and a proxy may never answer the request for a tunnel.
    const reply = await endedBy(
      signal,
      dispatch({
        ...addressOf(url),
        method,
        headers: { ...headers, ...(form && { "content-type": "application/x-www-form-urlencoded" }) },
        body: form ? new URLSearchParams(form).toString() : null,
        signal,
      }),
    );
    hasBegun = true;
    const { "set-cookie": cookies = [], ...rest } = reply.headers;
    return {
      status: reply.statusCode,
      headers: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])),
      setCookies: [cookies].flat(),
      ...(await readBody(reply, isForPage)),
      ...(proxy && url.startsWith("http:") && { forwardProxy: nameOf(proxy) }),
    };
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw failureOf(error, { tried, method, url, timeoutMs, hasBegun, proxy });
  }
}

function addressOf(url: string): { origin: string; path: string } {
  const { protocol, origin, pathname, search } = new URL(url);
  if (!/^https?:$/.test(protocol)) throw Object.assign(new Error("Invalid URL"), { code: "ERR_INVALID_URL" });
  return { origin, path: pathname + search };
}

/** The proxy without its login. */
function nameOf({ url, variable }: ForwardProxy): string {
  return `${new URL(url).host} (from ${variable})`;
}

/** Rejects if the signal fires before the reply arrives. */
async function endedBy<T>(signal: AbortSignal, reply: Promise<T>): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([reply, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    reply.catch(() => {}); // Nobody waits for it any more.
  }
}

/** The error to throw for a request without a complete reply. */
function failureOf(error: unknown, { timeoutMs, hasBegun, proxy, ...request }: Failed): Error {
  const circumstances = { ...request, cause: error };
  const fault = error as Marked;
  if (fault instanceof CancelledError) {
    return new CancelledError({ ...circumstances, words: fault.message, effect: "possible" });
  }
  if (fault instanceof TooLarge) {
    const words = `the answer is larger than ${LARGEST_REPLY_BYTES / 1024 / 1024} MiB`;
    const remedy = "No page of Jenkins is so large: does something else answer there?";
    return new UnexpectedResponseError({ ...circumstances, words, remedy, effect: "possible" });
  }
  if (fault instanceof Unreadable) {
    const words = `the body of the answer is ${fault.message}`;
    const remedy = "Jenkins does not send such a body: does a proxy on the way change its answers?";
    return new UnexpectedResponseError({ ...circumstances, words, remedy, effect: "possible", mayPass: true });
  }
  if (fault.name === "TimeoutError") {
    const words = `no whole answer within ${timeoutMs / 1000} seconds`;
    const orProxy = proxy ? ` If it is not slow, check the proxy ${nameOf(proxy)}.` : "";
    const remedy = `Give a slow Jenkins more time with \`connection.requestTimeoutSeconds\`.${orProxy}`;
    return new UnreachableError({ ...circumstances, words, remedy, effect: "possible", mayPass: true });
  }
  const refusal = proxy && refusedByProxy(fault, circumstances, proxy);
  const beforeReply = hasBegun ? undefined : (refusal ?? neverSent(fault, circumstances, proxy));
  return beforeReply ?? unanswered(fault, circumstances, hasBegun, proxy);
}

/** The error of a request that was certainly not sent. Undefined if it may have been sent. */
function neverSent(
  fault: Marked,
  circumstances: Circumstances & { url: string },
  proxy: ForwardProxy | undefined,
): UnreachableError | undefined {
  if (fault.data?.startsWith(TLS_ALERT)) {
    const [words, remedy] = proxy ? unusable(proxy, ONLY_TLS) : ONLY_TLS;
    return new UnreachableError({ ...circumstances, words, remedy, effect: "none" });
  }
  if (!isWithoutConnection(fault)) return undefined;
  const { code = "" } = fault;
  const outcome = { effect: "none", isDown: code in NOT_STARTED_YET, mayPass: code === "ECONNRESET" } as const;
  const isNotHttp = fault.name === "HTTPParserError"; // In a tunnel, Jenkins answers in TLS.
  const why = isNotHttp ? NOT_HTTP : whyNotConnected(fault);
  const host = fault[LED_TO];
  const isElsewhere = host !== undefined && host !== new URL(circumstances.url).host;
  const isOfProxy = isNotHttp || code.startsWith("UND_ERR_PRX") || isElsewhere;
  if (!proxy || (!isOfProxy && code !== "ECONNRESET")) {
    const [words, remedy] = why;
    return new UnreachableError({ ...circumstances, ...outcome, words, remedy });
  }
  const [ofProxy, remedy] = unusable(proxy, why);
  const ofEither = `the proxy ${nameOf(proxy)} or the server behind it closed the connection before the TLS handshake was over`;
  return new UnreachableError({ ...circumstances, ...outcome, words: isOfProxy ? ofProxy : ofEither, remedy });
}

/** Why the proxy can't be used, and what the reader can do. */
function unusable(proxy: ForwardProxy, [why]: Explanation): Explanation {
  const check = `Check ${proxy.variable}. Name Jenkins in NO_PROXY if no proxy is needed to reach it.`;
  return [`the proxy ${nameOf(proxy)} can't be used: ${why}`, check];
}

/** What a server that speaks TLS answers to plain HTTP. */
const TLS_ALERT = "\x15\x03";

function isWithoutConnection(fault: Marked): boolean {
  if (fault[LED_TO] || fault.code === "ERR_INVALID_URL") return true;
  const faults = fault.errors ?? [fault];
  return faults.length > 0 && faults.every(({ syscall }) => syscall === "connect" || syscall === "getaddrinfo");
}

/** The error of a request that may have been sent. */
function unanswered(
  fault: Marked,
  circumstances: Circumstances & { url: string },
  hasBegun: boolean,
  proxy: ForwardProxy | undefined,
): UnreachableError {
  const demand = demandOf(fault.cause?.code ?? fault.code ?? "");
  if (demand) {
    const [words, remedy] = demand;
    return new UnreachableError({ ...circumstances, words, remedy, effect: "possible" });
  }
  const outcome = { effect: "possible", mayPass: true } as const;
  if (fault.name === "HTTPParserError" && !hasBegun) {
    const isOfProxy = proxy && circumstances.url.startsWith("http:"); // In a tunnel, the server behind the proxy has answered.
    const [words, remedy] = isOfProxy ? unusable(proxy, NOT_HTTP) : NOT_HTTP;
    return new UnreachableError({ ...circumstances, ...outcome, words, remedy });
  }
  const words = "the connection broke before the whole answer was there";
  const isItHttps = "Is it https:// instead of http://? If not, run again. If it fails again";
  const isPlain = !hasBegun && !proxy && circumstances.url.startsWith("http:");
  const cutter = proxy ? `into that of the proxy ${nameOf(proxy)}` : "for a proxy or firewall that cuts connections";
  const remedy = `${isPlain ? isItHttps : "Run again. If it fails again"}, look into Jenkins' own log, and ${cutter}.`;
  return new UnreachableError({ ...circumstances, ...outcome, words, remedy });
}

/** The error of a request that a forward proxy didn't let through. */
function refusedByProxy(
  { code, message }: Fault,
  circumstances: Circumstances & { url: string },
  proxy: ForwardProxy,
): UnreachableError | undefined {
  if (code !== "UND_ERR_ABORTED" && code !== "UND_ERR_INVALID_ARG") return undefined;
  const status = Number(/\((\d{3})\)/.exec(message)?.[1]);
  if (!status) return undefined;
  const { variable, token } = proxy;
  const words = `the proxy ${nameOf(proxy)} answered ${status}`;
  const isDown = ABSENT_STATUSES.includes(status);
  const remedy = isDown
    ? `It can't reach Jenkins: check the url. Name Jenkins in NO_PROXY if no proxy is needed to reach it.`
    : status === 407
      ? `It ${token ? "does not accept the login" : "wants a login"}: write ${token ? "the right " : ""}user:password@ before the host in ${variable}.`
      : "It does not let the request through: name Jenkins in NO_PROXY, or allow the request there.";
  // A request for a tunnel never reached Jenkins. A proxy may refuse a plain request after Jenkins has carried it out.
  const effect = circumstances.url.startsWith("http:") ? "possible" : "none";
  return new UnreachableError({ ...circumstances, words, remedy, effect, isDown });
}
