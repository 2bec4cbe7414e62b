/** Finds out why Jenkins refuses a new crumb: what happens to the session between two requests. */
import type { CookieJar } from "tough-cookie";
import type { Reply, Request } from "./http.ts";

/** Asks for a crumb, in the session of these cookies. */
type Ask = (jar: CookieJar) => Promise<Reply | undefined>;

/** Explains `reply`, the refusal of the last request, and sends further requests to find the reason. */
export async function whyCrumbRefused({ url }: Request, reply: Reply, ask: Ask): Promise<string> {
  const { Cookie, CookieJar } = await import("tough-cookie");
  const jar = new CookieJar();
  const first = await ask(jar);
  if (first?.status !== 200) return "Jenkins requires a crumb of the session, and did not accept a new one.";
  const text = first.setCookies.find(isOfSession);
  if (text === undefined) {
    return "Jenkins sent a crumb without its session cookie: does a proxy on the way drop Set-Cookie?";
  }
  if (!(await jar.getCookies(url)).some(({ key }) => isOfSession(key))) {
    const { secure, path } = Cookie.parse(text) ?? {};
    const { protocol, pathname } = new URL(url);
    if (secure && protocol === "http:") {
      return "Jenkins' session cookie is Secure, so it is not sent over http: use the https:// url of Jenkins.";
    }
    if (path && !pathname.startsWith(path)) {
      return `Jenkins' session cookie is for the path "${path}", which is not in this url: have the proxy rewrite the path of cookies too, or publish Jenkins under the same path.`;
    }
    return "Jenkins' session cookie is for another host, or expires at once: have the proxy pass it on as it is, or rewrite its domain.";
  }
  if ((await ask(jar))?.setCookies.some(isOfSession)) {
    return "Each request gets another session, although the cookie is sent: does a proxy on the way drop the Cookie header, or spread requests over several servers?";
  }
  return reply.setCookies.some(isOfSession)
    ? "The session of the crumb had ended: does Jenkins restart, or end its sessions after seconds? Run again."
    : "Jenkins knows the session, but not the crumb: does a proxy on the way change the headers of a POST, or name another client address (X-Forwarded-For) for each request?";
}

/** Whether `cookie`, a whole cookie or its name, is the session cookie of the servlet container that Jenkins runs in. */
function isOfSession(cookie: string): boolean {
  return /^JSESSIONID/i.test(cookie);
}
