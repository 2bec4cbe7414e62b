/**
 * How a request is authenticated. An API token goes in a header, and that is all. Any other secret needs a session: cookies, and for each
 * POST the crumb that belongs to them.
 */
import type { CookieJar } from "tough-cookie";
import { ABSENT_STATUSES, isAbsent, type JenkinsError } from "../errors.ts";
import { Once, shared } from "../operation.ts";
import { keepSecret } from "../redaction.ts";
import * as z from "../zod.ts";
import type { Reply, Request } from "./http.ts";
import type { Sender } from "./sender.ts";

/** A user and exactly one secret of that user. */
export interface Login {
  username: string;
  secret: { kind: "apiToken" | "password"; value: string };
  /** Where it comes from, in the words of a message. */
  source: string;
  /** Whether it is the very token that is looked after. */
  isOfToken?: true;
}

const crumbSchema = z.object({ crumb: z.string(), crumbRequestField: z.string().check(z.regex(/^[\w.-]+$/)) });

/** The statuses that Jenkins, or a proxy that lets no JSON through, gives to the request for a crumb. */
const ANSWERS = [200, 403, 404, 406];

/** With the address it was asked for under, which a strict issuer may want to see again. */
export type Crumb = z.infer<typeof crumbSchema> & { source: string };

/** A request with what authenticates it. */
export interface Authenticated {
  request: Request;
  /** The cookies of the session. */
  jar?: CookieJar;
  /** The question for the crumb that the request brings. */
  asked?: Promise<Crumb | undefined>;
}

export class Auth {
  readonly #login: Login;
  readonly #sender: Sender;
  /** The value of `Authorization`. */
  readonly header: string;
  /** Whether the login is an API token, for which Jenkins wants no session. What is configured as one may turn out to be another secret. */
  isByToken: boolean;
  /** Whether the login form has just refused the password. The next look is then the second one: each counts as a failed login. */
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

  /** Whether a POST brings a crumb. */
  needsCrumb(): boolean {
    return !this.isByToken || this.#sender.controller.lacks("tokensWithoutCrumb");
  }

  async applyTo(request: Request): Promise<Authenticated> {
    if (request.method === "GET") return this.isByToken ? { request } : { request, jar: await shared(this.#jar.get()) };
    if (!this.needsCrumb()) return { request };
    const asked = this.#crumb.get();
    return { request: withCrumb(request, await shared(asked)), asked, jar: await shared(this.#jar.get()) };
  }

  /** The session of this crumb has ended, so the next request asks for another one, unless one has asked already. */
  forget(asked: Promise<Crumb | undefined>): void {
    this.#crumb.forget(asked);
  }

  /**
   * By Jenkins' own login form. A session that begins with it costs one check of the password. Without, each request costs one, which takes
   * Jenkins longer than all the rest of it, because passwords are hashed slowly on purpose. Where the form can't be used each request signs
   * in, since all bring the password with them.
   *
   * @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/security/BasicHeaderProcessor.java which
   * does not look at a password where the session is of the very user that the request names.
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

  /** The crumb of the session, the same for all requests; nothing if Jenkins' CSRF protection is switched off. */
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

  /** For the proxy that lets no JSON through. Of a Jenkins without CSRF protection both answers are 404. */
  async #inXml(): Promise<Crumb | undefined> {
    const path = `/crumbIssuer/api/xml?xpath=${encodeURIComponent('concat(//crumbRequestField,":",//crumb)')}`;
    const request = this.#sender.request("Asking Jenkins for a crumb in XML", "GET", path);
    const reply = await this.#sender.answer(request, { repeatable: true, accepts: ANSWERS }); // A fault says nothing about a crumb.
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

/** `request` with the crumb in a header and in the form, because some proxies drop a header of such a name. */
function withCrumb(request: Request, crumb: Crumb | undefined): Request {
  if (!crumb) return request;
  const field = { [crumb.crumbRequestField]: crumb.crumb };
  const headers = { ...request.headers, referer: crumb.source, ...field };
  return { ...request, headers, form: { ...request.form, ...field } };
}

/** Whether a secret may be a password. API tokens of all ages are none, and as one would count as a failed login. */
function isForForms({ secret }: Login): boolean {
  return secret.kind === "password" && !/^[0-9a-f]{32}$/.test(secret.value);
}

/** What a browser sends when the form on `page` is filled in; nothing where there is none, as with single sign-on. */
async function filledForm(request: Request, page: Reply, { username, secret }: Login): Promise<Request | undefined> {
  const { Parser } = await import("htmlparser2");
  const form: Record<string, string> = { j_username: username, j_password: secret.value };
  let action: string | undefined;
  const parser = new Parser({
    onopentag(tag, { name = "", type, value = "", ...attributes }) {
      if (tag === "form" && name === "login") action = attributes["action"];
      if (tag === "input" && type === "hidden") form[name] = value; // Its crumb, without which Jenkins refuses it since 2.541.
    },
  });
  parser.end(page.body);
  if (!/^j_(spring|acegi)_security_check$/.test(action ?? "")) return undefined;
  return { ...request, method: "POST", url: request.url.replace(/login$/, action ?? ""), form };
}

/** Where Jenkins leads to when it doesn't take what was filled in. */
export function isLoginError({ status, headers }: Reply): boolean {
  return status === 302 && /\/loginError$/.test(headers["location"] ?? "");
}
