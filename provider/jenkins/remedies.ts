/** What the reader can do about a refusal, according to the reply. */
import { LIKE_TOKEN_VALUE } from "../redaction.ts";
import type { Login } from "./auth.ts";
import { beforeIt, headersWanted, meaningOf, orForwardProxy } from "./doors.ts";
import type { Reply } from "./http.ts";

/** What to do about a refusal that Jenkins has not written. */
export function notOfJenkins(reply: Reply): string {
  const { body } = reply;
  if (
    /plain HTTP request was sent to HTTPS|speaking plain HTTP to an SSL|HTTP request to an HTTPS server|host and port requires TLS/i.test(
      body,
    )
  )
    return `${orForwardProxy("The server", reply)} speaks TLS at this port: is it https:// instead of http://?`;
  if (/SSL certificate error/i.test(body))
    return "The server does not accept the client certificate: name one that it accepts with `connection.clientCertificate`.";
  if (/no required SSL certificate|client certificate/i.test(body))
    return "The server demands a client certificate: name one with `connection.clientCertificate`.";
  return (
    meaningOf(reply) ??
    `Jenkins did not write this answer: ${beforeIt(reply)} refuses the request.${headersWanted(reply)}`
  );
}

/** Why Jenkins answers 401. */
export function whyNotAccepted({ username, secret, source }: Login): string {
  const whose = `of ${username} (from: ${source})`;
  if (secret.kind === "apiToken" && !LIKE_TOKEN_VALUE.test(secret.value))
    return `Jenkins does not accept the API token ${whose}. It may be wrong, revoked or expired. It does not look like an API token, which has 34 hexadecimal digits (a legacy one has 32): is it a password, or the token of another service?`;
  return secret.kind === "apiToken"
    ? `Jenkins does not accept the API token ${whose}. It may be wrong, revoked or expired.`
    : `Jenkins does not accept the password ${whose}: set the right one there. With single sign-on, Jenkins accepts only API tokens.`;
}

/** The permission that the signed-in user lacks. Proxies remove the headers, but not the page. */
export function missingPermission({ headers, body }: Reply): { user: string; permission: string } | undefined {
  const { "x-you-are-authenticated-as": user = "anonymous", "x-required-permission": id } = headers;
  if (user !== "anonymous")
    return { user, permission: id?.replace(/^hudson\.model\.Hudson\./, "Overall/") ?? "for this" };
  const [, name, title] = MISSING_PERMISSION.exec(body) ?? [];
  return name && title ? { user: name, permission: title } : undefined;
}

const MISSING_PERMISSION = /<p class="error">([^<]{1,200}?) is missing the ([^<]{1,200}?) permission/;

/** What to do about a failure of Jenkins, or of a proxy before it. */
export function whatBroke(reply: Reply, isFromJenkins: boolean): string {
  const { status, body } = reply;
  if (/getting ready to work|restarting/i.test(body)) {
    return "Run again when it is up, or give it more time with `connection.waitForReadySeconds`.";
  }
  const meaning = meaningOf(reply);
  if (meaning && !isFromJenkins) return meaning;
  if (status === 500) {
    return isFromJenkins
      ? "Jenkins' own log says what broke, under the time of this request."
      : "The answer does not show whether Jenkins or a proxy wrote it: look into the logs of both.";
  }
  if (reply.forwardProxy && !isFromJenkins)
    return `The forward proxy ${reply.forwardProxy} may not reach Jenkins: check it and the url, or try again later.`;
  return "A proxy before Jenkins failed, or Jenkins is overloaded: try again later.";
}
