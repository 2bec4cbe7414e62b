/**
 * How a request is authenticated. An API token goes in a header, and that is all. Any other secret needs a session: cookies, and for each
 * POST the crumb that belongs to them.
 */
import type { CookieJar } from "tough-cookie";
import { ABSENT_STATUSES, isAbsent, type JenkinsError } from "../errors.ts";
import { Once, shared } from "../operation.ts";
import { keepSecret } from "../redaction.ts";
import type { Login } from "../settings/connection.ts";
import * as z from "../zod.ts";
import type { Request } from "./http.ts";
import { filledForm, isForForms, isLoginError } from "./login-form.ts";
import type { Sender } from "./sender.ts";
import { SINCE } from "./versions.ts";

const crumbSchema = z.object({ crumb: z.string(), crumbRequestField: z.string().check(z.regex(/^[\w.-]+$/)) });

/** With these Jenkins, or a proxy that lets no JSON through, answers the question for a crumb. */
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
  readonly login: Login;
  readonly #sender: Sender;
  /** Whether what is configured as an API token is another secret, with which a POST needs a crumb. */
  #isNoApiToken = false;
  /** Whether the login form has just refused the password. The next look is then the second one: each counts as a failed login. */
  #isRefusedByForm = false;
  readonly #jar = new Once(() => this.#signIn());
  readonly #crumb = new Once(() => this.#askForCrumb());

  constructor(login: Login, sender: Sender) {
    this.login = login;
    this.#sender = sender;
  }

  get header(): string {
    const { username, secret } = this.login;
    return `Basic ${Buffer.from(`${username}:${secret.value}`).toString("base64")}`;
  }

  /** Whether the login is an API token, for which Jenkins wants no session. */
  get isByToken(): boolean {
    return this.login.secret.kind === "apiToken" && !this.#isNoApiToken;
  }

  /** Whether a POST brings a crumb. */
  get needsCrumb(): boolean {
    return !this.isByToken || this.#sender.controller.isOlderThan(SINCE.tokensWithoutCrumb);
  }

  /** From now on a POST brings a crumb, although the secret is configured as an API token. */
  takeForNoApiToken(): void {
    this.#isNoApiToken = true;
  }

  /** Whether the login form has refused the password since this was asked last. */
  wasRefusedByForm(): boolean {
    const wasRefused = this.#isRefusedByForm;
    this.#isRefusedByForm = false;
    return wasRefused;
  }

  async applyTo(request: Request): Promise<Authenticated> {
    if (request.method === "GET") return this.isByToken ? { request } : { request, jar: await shared(this.#jar.get()) };
    if (!this.needsCrumb) return { request };
    const asked = this.#crumb.get();
    return { request: withCrumb(request, await shared(asked)), asked, jar: await shared(this.#jar.get()) };
  }

  /** The session of this crumb has ended, so the next request asks for another one, unless one has asked already. */
  forget(asked: Promise<Crumb | undefined>): void {
    this.#crumb.forget(asked);
  }

  /** Where the login form can't be used each request signs in, since all bring the password with them. */
  async #signIn(): Promise<CookieJar> {
    const { CookieJar } = await import("tough-cookie");
    const jar = new CookieJar();
    if (!isForForms(this.login)) return jar;
    const request = this.#sender.loginPage();
    const page = await this.#sender.sendOnce(request, jar).catch((error: JenkinsError) => error);
    if (isAbsent(page) || ABSENT_STATUSES.includes(page.status ?? 0)) this.#jar.forget(); // The next request may find Jenkins up.
    const form = "body" in page && page.status === 200 && (await filledForm(request, page, this.login));
    const reply = form && (await this.#sender.sendOnce(form, jar).catch(() => undefined));
    if (reply && isLoginError(reply)) {
      this.#isRefusedByForm = true;
      await this.#sender.pauseForSecondLook();
    }
    return jar;
  }

  /** The crumb of the session, the same for all requests; nothing if Jenkins' CSRF protection is switched off. */
  async #askForCrumb(): Promise<Crumb | undefined> {
    const request = this.#sender.request("Asking Jenkins for a crumb", "GET", "/crumbIssuer/api/json");
    const reply = await this.#sender.answer(request, { repeatable: true });
    const isInJson = reply.status === 200 && parsedCrumb(reply.body) !== undefined;
    const inXml = isInJson || !ANSWERS.includes(reply.status) ? undefined : await this.#inXml();
    if (!inXml && reply.status === 404) return undefined;
    const crumb = inXml ?? { ...(await this.#sender.json(request, reply, crumbSchema)), source: request.url };
    keepSecret(crumb.crumb);
    return crumb;
  }

  /** For the proxy that lets no JSON through. Of a Jenkins without CSRF protection both answers are 404. */
  async #inXml(): Promise<Crumb | undefined> {
    const path = `/crumbIssuer/api/xml?xpath=${encodeURIComponent('concat(//crumbRequestField,":",//crumb)')}`;
    const request = this.#sender.request("Asking Jenkins for a crumb in XML", "GET", path);
    const reply = await this.#sender.answer(request, { repeatable: true });
    if (!ANSWERS.includes(reply.status)) await this.#sender.success(request, reply); // A fault says nothing about a crumb.
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
