/** What the errors of Node.js and of undici mean to a user. */
import { getDefaultAutoSelectFamilyAttemptTimeout } from "node:net";

/** What went wrong, and what to do about it. */
export type Explanation = [words: string, remedy: string];

/** An error of Node.js or of undici. */
export interface Fault extends Error {
  code?: string;
  syscall?: string;
  address?: string;
  errors?: Fault[];
  cause?: Fault;
  /** What came instead of HTTP. */
  data?: string;
}

/** The errors of a connection to a Jenkins that is not started yet. */
export const NOT_STARTED_YET: Record<string, Explanation> = {
  ECONNREFUSED: ["the connection was refused", "Is Jenkins running, and is this its address?"],
  ENOTFOUND: ["the host name is unknown", "Check the url of Jenkins."],
  EAI_AGAIN: ["the host name could not be looked up", "Check the url of Jenkins and this machine's network."],
  EHOSTUNREACH: ["the host can't be reached", "Check the url of Jenkins and this machine's network."],
  ENETUNREACH: ["the network can't be reached", "Check this machine's network."],
  ETIMEDOUT: ["no connection in time", "Check the url of Jenkins and any firewall on the way."],
  UND_ERR_CONNECT_TIMEOUT: ["no connection within 10 seconds", "Check the url of Jenkins and any firewall on the way."],
};
const NOT_CONNECTED: Record<string, Explanation> = {
  EACCES: ["this machine does not allow the connection", "Check the firewall of this machine, and any sandbox."],
  EPERM: ["this machine does not allow the connection", "Check the firewall of this machine, and any sandbox."],
  EADDRNOTAVAIL: [
    "this machine has no address or port left for the connection",
    "Check this machine's network, and how many connections it has open.",
  ],
  ECONNRESET: [
    "the server closed the connection in the TLS handshake",
    "Check the url: http:// or https://, and the port. A server that demands a client certificate may do this, too: name one with `connection.clientCertificate`.",
  ],
  ERR_INVALID_URL: [
    "this is not an http or https url",
    "Correct it: it is the `url` of the connection, or `jenkinsUrl` of a state that was written by hand.",
  ],
  UND_ERR_PRX_CONN: ["it closed the connection", "Check the proxy on the way."],
  UND_ERR_PRX_TLS: ["its TLS certificate is for another host name", "Use the host name that the certificate is for."],
  CERT_HAS_EXPIRED: ["the server's TLS certificate has expired", "Renew it on the server."],
  CERT_NOT_YET_VALID: [
    "the server's TLS certificate is not valid yet",
    "Is the clock of this machine right? If it is, the server needs a certificate that is valid today.",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "the server's TLS certificate is for another host name",
    "Use the host name that the certificate is for.",
  ],
};
const CLOSED_AT_ONCE: Explanation = [
  "the connection was closed at once",
  "Check the url of Jenkins, and any firewall on the way.",
];
const UNTRUSTED: Explanation = [
  "the server's TLS certificate is not signed by an authority that this machine trusts",
  "Name the authority's certificate with `connection.caCert`, jenkins:caCert or JENKINS_CA_CERT.",
];
const NO_TLS: Explanation = [
  "the server does not speak TLS there",
  "Is it http:// instead of https://, or another port?",
];
export const ONLY_TLS: Explanation = ["the server speaks TLS there", "Is it https:// instead of http://?"];
export const NOT_HTTP: Explanation = ["the answer is not HTTP", "Check the url: http:// or https://, and the port."];
const NO_HANDSHAKE: Explanation = ["the TLS handshake failed", "Check the url: http:// or https://, and the port."];
const REFUSED_HANDSHAKE: Explanation = [
  "the server refused the TLS handshake",
  "If it demands a client certificate, name one with `connection.clientCertificate`. If not, it supports no TLS version or cipher that Node.js accepts.",
];
const OLD_TLS: Explanation = [
  "the server supports no TLS version that Node.js accepts",
  "Have TLS 1.2 or 1.3 switched on at the server.",
];
const UNKNOWN_NAME: Explanation = [
  "the server does not know the host name of the url",
  "Use the host name that it is set up for.",
];
const CLIENT_CERTIFICATE: Explanation = [
  "the server demands a client certificate",
  "Name one with `connection.clientCertificate`.",
];
const OTHER_CLIENT_CERTIFICATE: Explanation = [
  "the server does not accept the client certificate",
  "Name one that it accepts with `connection.clientCertificate`.",
];

/** Why there was no connection. */
export function whyNotConnected(fault: Fault): Explanation {
  const { code = "", message } = fault;
  const tried = fault.errors ?? fault.cause?.errors ?? [];
  const codes = new Set(tried.map((one) => one.code));
  if (codes.size > 1 || codes.has("ETIMEDOUT")) return eachOf(tried);
  if (code === "ECONNRESET" && fault.syscall === "connect") return CLOSED_AT_ONCE;
  const limitMs = /timeout: (\d+)ms/.exec(message)?.[1];
  if (code === "UND_ERR_CONNECT_TIMEOUT" && limitMs) return noConnectionWithin(Number(limitMs));
  const listed = NOT_STARTED_YET[code] ?? NOT_CONNECTED[code] ?? demandOf(code);
  if (listed) return listed;
  if (/^(INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|UNSPECIFIED)$/.test(code)) return unfit(message);
  if (/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(code)) return UNTRUSTED;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL/.test(code)) return NO_TLS;
  if (/PROTOCOL_VERSION$|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/.test(code)) return OLD_TLS;
  if (/UNRECOGNIZED_NAME$/.test(code)) return UNKNOWN_NAME;
  if (/HANDSHAKE_FAILURE$/.test(code)) return REFUSED_HANDSHAKE;
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return NO_HANDSHAKE;
  return [`no connection could be made (${code})`, "Check the url of Jenkins, and the network and proxies on the way."];
}

/** For a certificate that breaks a rule. `reason` is a fixed text of OpenSSL, such as "EE certificate key too weak". */
function unfit(reason: string): Explanation {
  return [
    `the server's TLS certificate, or one above it, can't be used: ${reason}`,
    "Have its authority issue another one for this server.",
  ];
}

function noConnectionWithin(ms: number): Explanation {
  return [`no connection within ${ms / 1000} seconds`, "Check the url of Jenkins and any firewall on the way."];
}

/** For a host with several addresses. Node.js tries each address for a much shorter time than a request may take. */
function eachOf(tried: Fault[]): Explanation {
  const limitMs = getDefaultAutoSelectFamilyAttemptTimeout();
  const each = tried.map((one) => {
    const [words] = one.code === "ETIMEDOUT" ? noConnectionWithin(limitMs) : whyNotConnected(one);
    return `${words} (${one.address})`;
  });
  return [
    `none of the host's addresses answers: ${each.join(", ")}`,
    "Check the url of Jenkins. On a slow network give each of its addresses more time, in milliseconds: NODE_OPTIONS=--network-family-autoselection-attempt-timeout=5000.",
  ];
}

/** The explanation of a refused client certificate. With TLS 1.3 the server checks it last, when the request may already have been sent. */
export function demandOf(code: string): Explanation | undefined {
  if (/ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|NO_CERTIFICATE)$/.test(code)) return CLIENT_CERTIFICATE;
  return /ALERT_(UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|ACCESS_DENIED)$/.test(code)
    ? OTHER_CLIENT_CERTIFICATE
    : undefined;
}
