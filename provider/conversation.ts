/**
 * How a request gets its reply from one Jenkins: with the crumb and cookies of one login, sent again where that is safe,
 * after waiting for a Jenkins that starts, and with a second look at a refusal.
 */
import type { CookieJar } from "tough-cookie";
import type { Login, Transport } from "./connection.ts";
import { ForbiddenError, JenkinsError, keepSecret, RejectedError, UnreachableError } from "./errors.ts";
import { dispatchFor, exchange, type Reply, type Request } from "./http.ts";
import type { Limits } from "./limits.ts";
import { filledForm, isForForms, isLoginError } from "./login-form.ts";
import { cancelSignal, pause, shared, uncancelled } from "./operation.ts";
import {
  type Crumb,
  crumbInText,
  crumbSchema,
  isAbsent,
  isCrumb,
  isCrumbRefusal,
  isDoubtful,
  isGettingReady,
  jsonOf,
  mayPass,
  notTried,
  successOf,
} from "./replies.ts";
import { forgetWaits, waitFor } from "./waiting.ts";

/** What a request says about itself besides what it sends. */
export interface Manner {
  /** Sending it twice does no more than sending it once. `generateNewToken` is the one that is never sent again. */
  repeatable: boolean;
  /** What the reader can do when Jenkins refuses it. */
  remedy?: string;
}

/** Kept, because to make one takes a hundred times as long as to compare with it. */
const byNumber = new Intl.Collator("en", { numeric: true });

/** With the address it was asked for under, which a strict issuer may want to see again. */
type CrumbOfSession = Crumb & { source: string };

/** How often in a row, and when last, a Jenkins gave no answer: a dead one must not cost a time-out for each token. */
const silences = new Map<string, { times: number; lastAt: number }>();
const DEAD_AFTER_TIMES = 3;

/** Forgets which Jenkins this process waits for or has given up, for tests that play several processes. */
export function forgetSilences(): void {
  forgetWaits();
  silences.clear();
}

export class Conversation {
  /** Root URL of the Jenkins, without a slash at its end. */
  readonly url: string;
  readonly login: Login;
  readonly limits: Limits;
  /** What Jenkins has said its version is, in any reply. */
  seenVersion: string | undefined;
  readonly #transport: Transport;
  #jar: Promise<CookieJar> | undefined;
  #crumb: Promise<CrumbOfSession | undefined> | undefined;
  #clockDifferenceMs = 0;
  #refusal: ForbiddenError | undefined;
  #isRefusedByForm = false;

  constructor(url: string, login: Login, transport: Transport, limits: Limits) {
    this.url = url;
    this.login = login;
    this.limits = limits;
    this.#transport = transport;
  }

  request(tried: string, method: Request["method"], path: string, form?: Record<string, string>): Request {
    const { username, secret } = this.login;
    const basic = Buffer.from(`${username}:${secret.value}`).toString("base64");
    const headers = {
      authorization: `Basic ${basic}`,
      accept: "application/json",
      "accept-language": "sv-SE", // The one language in which Jenkins writes dates in ISO form.
      "user-agent": "pulumi-jenkins",
    };
    return { tried, method, url: this.url + path, headers, ...(form && { form }) };
  }

  /**
   * The reply to `request`, if it is a success. A refusal that a restarting Jenkins could give is looked at twice; a login
   * that is then refused stays so, because Jenkins and the realm behind it count failed logins.
   */
  async perform(request: Request, manner: Manner): Promise<Reply> {
    if (this.#refusal) throw this.#refusal;
    const reply = await this.#beyondDoubt(request, manner);
    if (reply.status === 404)
      throw new RejectedError({ ...request, status: 404, remedy: await this.#whyNotFound(request) });
    try {
      return successOf(request, reply, this.login);
    } catch (error) {
      if (error instanceof ForbiddenError && error.status === 401) this.#refusal = error;
      throw error;
    }
  }

  /** From now on everything in this conversation fails at once: its login is known to be no more. */
  end(refusal: ForbiddenError): void {
    this.#refusal = refusal;
  }

  /** What Jenkins says its version is, to anybody: the sign that it is one, and up. Nothing otherwise. */
  async version(): Promise<string | undefined> {
    const reply = await this.#send(this.#loginPage()).catch(() => undefined);
    return reply?.status === 200 ? reply.headers["x-jenkins"] : undefined;
  }

  #loginPage(): Request {
    const { headers, ...request } = this.request("Looking at Jenkins' login page", "GET", "/login");
    const { authorization, ...anonymous } = headers;
    return { ...request, headers: anonymous };
  }

  /** Whether Jenkins has said that it is older than `than`. */
  isOlderThan(than: string): boolean {
    return this.seenVersion !== undefined && byNumber.compare(this.seenVersion, than) < 0;
  }

  /** The time by Jenkins' own clock, as of its latest reply. */
  serverTime(): Date {
    return new Date(Date.now() + this.#clockDifferenceMs);
  }

  async #whyNotFound({ method }: Request): Promise<string> {
    const version = await this.version();
    if (!version)
      return `${this.url} is not the root URL of a Jenkins: is its path (such as /jenkins) missing or wrong?`;
    if (method === "POST" && this.isOlderThan("2.129"))
      return `This Jenkins is ${version}: it takes API tokens from 2.129 on.`;
    return "There is no such user on this Jenkins.";
  }

  async #beyondDoubt(request: Request, manner: Manner): Promise<Reply> {
    let reply = await this.#untilReady(request, manner);
    const isSecondLook = reply.status === 401 && this.#isRefusedByForm;
    this.#isRefusedByForm = false;
    if (isDoubtful(reply) && !isSecondLook) {
      await this.#pauseForSecondLook();
      reply = await this.#untilReady(request, manner);
    }
    return reply;
  }

  /** Until a restarting Jenkins has had the time to know its users again. */
  async #pauseForSecondLook(): Promise<void> {
    await pause(this.limits.secondLookMs);
    if (!(await this.version())) await pause(this.limits.secondLookMs);
  }

  /** Waits for a Jenkins that is starting: it hasn't looked at the request, so any request may be sent again. */
  async #untilReady(request: Request, manner: Manner): Promise<Reply> {
    const { waitForReadyMs, waitForConnectionMs, pauseMs } = this.limits;
    const isUp = () => this.version();
    for (const end = Date.now() + Math.max(waitForReadyMs, waitForConnectionMs); ; ) {
      try {
        const reply = await this.#repeated(request, manner);
        if (!isGettingReady(reply) || Date.now() >= end) return reply;
        await waitFor(this.url, { limitMs: waitForReadyMs, reason: "says that it is getting ready", pauseMs, isUp });
      } catch (error) {
        const mayWait = isAbsent(error) && (manner.repeatable || error.effect === "none");
        if (!mayWait || waitForConnectionMs === 0 || Date.now() >= end) throw error;
        await waitFor(this.url, { limitMs: waitForConnectionMs, reason: "can't be reached yet", pauseMs, isUp });
      }
    }
  }

  /** Sends a repeatable request again where the fault may pass by itself, with growing pauses, within `repeatMs`. */
  async #repeated(request: Request, { repeatable }: Manner): Promise<Reply> {
    if (!repeatable) return await this.#once(request);
    const { default: pRetry } = await import("p-retry");
    return await pRetry(
      async () => {
        const reply = await this.#once(request);
        return mayPass(reply) ? successOf(request, reply, this.login) : reply;
      },
      {
        retries: 5,
        signal: cancelSignal(),
        minTimeout: this.limits.pauseMs,
        maxRetryTime: this.limits.repeatMs,
        shouldRetry: ({ error }) => error instanceof JenkinsError && error.mayPass,
        onFailedAttempt: ({ error }) =>
          pause(Math.min((error as JenkinsError).retryAfterMs ?? 0, this.limits.repeatMs)),
      },
    );
  }

  /** One request and its reply; with a password, in one session with the crumb that belongs to it. */
  async #once(request: Request): Promise<Reply> {
    const isToken = this.login.secret.kind === "apiToken"; // Which takes no cookies, and no crumb from Jenkins 2.96 on.
    if (request.method === "GET") return await this.#exchange(request, isToken ? undefined : await this.#cookies());
    if (isToken && !this.isOlderThan("2.96")) {
      const reply = await this.#exchange(request);
      if (!isCrumbRefusal(reply) || this.seenVersion) return reply; // A restarting Jenkins refuses tokens like this, too.
      await this.version();
      if (!this.isOlderThan("2.96")) return reply;
    }
    const crumb = this.#crumbOfSession();
    const reply = await this.#exchange(await this.#withCrumb(request, crumb), await this.#cookies());
    if (!isCrumbRefusal(reply)) return reply;
    if (this.#crumb === crumb) this.#crumb = undefined; // The session has ended; the request was refused unread.
    return await this.#exchange(await this.#withCrumb(request, this.#crumbOfSession()), await this.#cookies());
  }

  async #withCrumb(request: Request, asked: Promise<CrumbOfSession | undefined>): Promise<Request> {
    const crumb = await shared(asked);
    if (!crumb) return request;
    const ofSession = { referer: crumb.source, [crumb.crumbRequestField]: crumb.crumb };
    return { ...request, headers: { ...request.headers, ...ofSession } };
  }

  /** The crumb of this session, the same for all that ask; nothing where Jenkins' CSRF protection is switched off. */
  #crumbOfSession(): Promise<CrumbOfSession | undefined> {
    this.#crumb ??= uncancelled(() => this.#askCrumb()).catch((error) => {
      this.#crumb = undefined;
      throw error;
    });
    return this.#crumb;
  }

  async #askCrumb(): Promise<CrumbOfSession | undefined> {
    const request = this.request("Asking Jenkins for a crumb", "GET", "/crumbIssuer/api/json");
    const reply = await this.#beyondDoubt(request, { repeatable: true });
    const inXml = isCrumb(reply) ? undefined : await this.#askCrumbInXml(reply);
    if (!inXml && reply.status === 404) return undefined;
    const inJson = () => jsonOf(request, successOf(request, reply, this.login), crumbSchema);
    const crumb = inXml ?? { ...inJson(), source: request.url };
    keepSecret(crumb.crumb);
    return crumb;
  }

  /** For the proxy that lets no JSON through. Of a Jenkins without CSRF protection both answers are 404. */
  async #askCrumbInXml({ status }: Reply): Promise<CrumbOfSession | undefined> {
    if (![200, 403, 404, 406].includes(status)) return undefined;
    const path = `/crumbIssuer/api/xml?xpath=${encodeURIComponent('concat(//crumbRequestField,":",//crumb)')}`;
    const request = this.request("Asking Jenkins for a crumb in XML", "GET", path);
    const crumb = crumbInText(await this.#beyondDoubt(request, { repeatable: true }));
    return crumb && { ...crumb, source: request.url };
  }

  /** The cookies of this login's session. */
  #cookies(): Promise<CookieJar> {
    this.#jar ??= uncancelled(() => this.#signIn());
    return shared(this.#jar);
  }

  /** Where the login form can't be used each request signs in, since all bring the password with them. */
  async #signIn(): Promise<CookieJar> {
    const { CookieJar } = await import("tough-cookie");
    const jar = new CookieJar();
    if (!isForForms(this.login)) return jar;
    const request = this.#loginPage();
    const page = await this.#exchange(request, jar)
      .then((reply) => successOf(request, reply, this.login))
      .catch((error) => {
        if (isAbsent(error)) this.#jar = undefined; // The next request may find it up.
      });
    const form = page && (await filledForm(request, page, this.login));
    const reply = form && (await this.#exchange(form, jar).catch(() => undefined));
    if (reply && isLoginError(reply)) {
      this.#isRefusedByForm = true; // The next look is the second one: each counts as a failed login.
      await this.#pauseForSecondLook();
    }
    return jar;
  }

  async #exchange(request: Request, jar?: CookieJar): Promise<Reply> {
    const { times, lastAt } = silences.get(this.url) ?? { times: 0, lastAt: 0 };
    const isSilent = times >= DEAD_AFTER_TIMES && Date.now() - lastAt < this.limits.requestTimeoutMs;
    if (isSilent) throw notTried(request, times);
    const cookie = await jar?.getCookieString(request.url);
    const reply = await this.#send({ ...request, headers: { ...request.headers, ...(cookie && { cookie }) } });
    if (isCrumbRefusal(reply)) return reply; // Its cookie is of one more session, which fits no crumb at all.
    for (const text of reply.setCookies) {
      const set = await jar?.setCookie(text, request.url, { ignoreError: true });
      if (set) keepSecret(set.value);
    }
    return reply;
  }

  async #send(request: Request): Promise<Reply> {
    try {
      const reply = await exchange(request, await dispatchFor(this.#transport), this.limits.requestTimeoutMs);
      silences.delete(this.url);
      this.seenVersion = reply.headers["x-jenkins"] ?? this.seenVersion;
      const date = Date.parse(reply.headers["date"] ?? "");
      if (date) this.#clockDifferenceMs = date - Date.now();
      return reply;
    } catch (error) {
      const times = (silences.get(this.url)?.times ?? 0) + 1;
      if (error instanceof UnreachableError) silences.set(this.url, { times, lastAt: Date.now() });
      throw error;
    }
  }
}
