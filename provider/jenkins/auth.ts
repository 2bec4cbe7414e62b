/** How a request is authenticated. An API token needs only a header. Any other secret needs a session: its cookies, and a crumb for each POST. */
import type { CookieJar } from "tough-cookie";
import { ABSENT_STATUSES, isAbsent, type JenkinsError } from "../errors.ts";
import { Once, shared } from "../operation.ts";
import { keepSecret, LEGACY_VALUE } from "../redaction.ts";
import * as z from "../zod.ts";
import type { Reply, Request } from "./http.ts";
import type { Sender } from "./sender.ts";

/** A user and exactly one secret of that user. */
export interface Login {
  username: string;
  secret: { kind: "apiToken" | "password"; value: string };
  /** Where the login is configured, in the words of a message. */
  source: string;
  /** Set if the login is the managed token itself. */
  isOfToken?: true;
}

const crumbSchema = z.object({ crumb: z.string(), crumbRequestField: z.string().check(z.regex(/^[\w.-]+$/)) });

/** The statuses that Jenkins, or a proxy that blocks JSON, may answer to the request for a crumb. */
const ANSWERS = [200, 403, 404, 406];

/** A crumb, and the url that it was requested from: a strict crumb issuer may want this url as the referer. */
export type Crumb = z.infer<typeof crumbSchema> & { source: string };

/** A request with its authentication. */
export interface Authenticated {
  request: Request;
  /** The cookies of the session. */
  jar?: CookieJar;
  /** The promise of the crumb that the request carries. */
  asked?: Promise<Crumb | undefined>;
}

export class Auth {
  readonly #login: Login;
  readonly #sender: Sender;
  /** The value of `Authorization`. */
  readonly header: string;
  /**
   * Whether the login is an API token, which needs no session. A secret that is configured as an API token may turn out to be another kind of
   * secret.
   */
  isByToken: boolean;
  /** Whether the login form has just refused the password. A 401 then gets no second look, because each try counts as a failed login. */
  isRefusedByForm = false;
  readonly #jar = new Once(() => this.#signIn());
  readonly #crumb = new Once(() => this.#askForCrumb());

  constructor(login: Login, sender: Sender) {
    const { username, secret } = login;
    this.#login = login;
    this.#sender = sender;
    this.header = `Basic ${Buffer.from(`${username}:${secret.value}`).toString("base64")}`;
    this.isByToken = secret.kind === "apiToken";
  }

  /** Whether a POST needs a crumb. */
  needsCrumb(): boolean {
    return !this.isByToken || this.#sender.controller.lacks("tokensWithoutCrumb");
  }

  async applyTo(request: Request): Promise<Authenticated> {
    if (request.method === "GET") return this.isByToken ? { request } : { request, jar: await shared(this.#jar.get()) };
    if (!this.needsCrumb()) return { request };
    const asked = this.#crumb.get();
    return { request: withCrumb(request, await shared(asked)), asked, jar: await shared(this.#jar.get()) };
  }

  /** Forgets a crumb whose session has ended, so that the next request asks for a new one. Keeps a crumb that was requested since. */
  forget(asked: Promise<Crumb | undefined>): void {
    this.#crumb.forget(asked);
  }

  /**
   * Logs in through Jenkins' login form, so that Jenkins checks the password once per session. Without a session, Jenkins checks the password at
   * each request. This takes longer than the rest of the request, because password hashes are slow on purpose. If the form can't be used, each
   * request logs in, because each request has the password in its header.
   *
   * @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/security/BasicHeaderProcessor.java which
   * skips the password check if the session belongs to the user that the request names.
   */
  async #signIn(): Promise<CookieJar> {
    const { CookieJar } = await import("tough-cookie");
    const jar = new CookieJar();
    if (!isForForms(this.#login)) return jar;
    const request = this.#sender.loginPage();
    const page = await this.#sender.sendOnce(request, jar).catch((error: JenkinsError) => error);
    if (isAbsent(page) || ABSENT_STATUSES.includes(page.status ?? 0)) this.#jar.forget(); // The next request may find Jenkins up.
    const form = "body" in page && page.status === 200 && (await filledForm(request, page, this.#login));
    const reply = form && (await this.#sender.sendOnce(form, jar).catch(() => undefined));
    if (reply && isLoginError(reply)) {
      this.isRefusedByForm = true;
      await this.#sender.pauseForSecondLook();
    }
    return jar;
  }

  /** The crumb of the session. Undefined if Jenkins' CSRF protection is switched off. */
  async #askForCrumb(): Promise<Crumb | undefined> {
    const request = this.#sender.request("Asking Jenkins for a crumb", "GET", "/crumbIssuer/api/json");
    const reply = await this.#sender.answer(request, { repeatable: true, accepts: ANSWERS });
    const isInJson = reply.status === 200 && parsedCrumb(reply.body) !== undefined;
    const inXml = isInJson ? undefined : await this.#inXml();
    if (!inXml && reply.status === 404) return undefined;
    const crumb = inXml ?? { ...(await this.#sender.json(request, reply, crumbSchema)), source: request.url };
    keepSecret(crumb.crumb);
    return crumb;
  }

  /** The crumb in XML, for a proxy that blocks JSON. A Jenkins without CSRF protection answers 404 in both formats. */
  async #inXml(): Promise<Crumb | undefined> {
    const path = `/crumbIssuer/api/xml?xpath=${encodeURIComponent('concat(//crumbRequestField,":",//crumb)')}`;
    const request = this.#sender.request("Asking Jenkins for a crumb in XML", "GET", path);
    const reply = await this.#sender.answer(request, { repeatable: true, accepts: ANSWERS }); // A failure does not prove that there is no crumb.
    const [, crumbRequestField, crumb] = /^([\w.-]+):([0-9a-f]+)$/.exec(reply.body.trim()) ?? [];
    return crumbRequestField && crumb ? { crumbRequestField, crumb, source: request.url } : undefined;
  }
}

function parsedCrumb(body: string): unknown {
  try {
    return crumbSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** `request` with the crumb in a header and in the form, because some proxies drop such a header. */
function withCrumb(request: Request, crumb: Crumb | undefined): Request {
  if (!crumb) return request;
  const field = { [crumb.crumbRequestField]: crumb.crumb };
  const headers = { ...request.headers, referer: crumb.source, ...field };
  return { ...request, headers, form: { ...request.form, ...field } };
}

/** Whether the login form may be tried with the secret. An API token, also a legacy one, would count as a failed login there. */
function isForForms({ secret }: Login): boolean {
  return secret.kind === "password" && !LEGACY_VALUE.test(secret.value);
}

/** The request of a browser that submits the form on `page`. Undefined if there is no such form, as with single sign-on. */
async function filledForm(request: Request, page: Reply, { username, secret }: Login): Promise<Request | undefined> {
  const { Parser } = await import("htmlparser2");
  const form: Record<string, string> = { j_username: username, j_password: secret.value };
  let action: string | undefined;
  const parser = new Parser({
    onopentag(tag, { name = "", type, value = "", ...attributes }) {
      if (tag === "form" && name === "login") action = attributes["action"];
      if (tag === "input" && type === "hidden") form[name] = value; // One is the crumb, which Jenkins requires since 2.541.
    },
  });
  parser.end(page.body);
  if (!/^j_(spring|acegi)_security_check$/.test(action ?? "")) return undefined;
  return { ...request, method: "POST", url: request.url.replace(/login$/, action ?? ""), form };
}

/** Whether Jenkins has refused what the login form sent: it then redirects to `loginError`. */
export function isLoginError({ status, headers }: Reply): boolean {
  return status === 302 && /\/loginError$/.test(headers["location"] ?? "");
}
