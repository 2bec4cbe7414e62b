/** Sends requests to one Jenkins until there is a final reply: authenticates them, retries while that is safe and may help, and checks the reply. */
import type { CookieJar } from "tough-cookie";
import { ForbiddenError, isAbsent, JenkinsError, RejectedError } from "../errors.ts";
import { pause, tell } from "../operation.ts";
import type * as z from "../zod.ts";
import { Auth, type Authenticated, type Crumb, type Login } from "./auth.ts";
import type { Controller } from "./controller.ts";
import { whyCrumbRefused } from "./crumb-refusals.ts";
import type { Reply, Request, Transport } from "./http.ts";
import type { Limits } from "./limits.ts";
import { notOfJenkins } from "./remedies.ts";
import {
  circumstancesOf,
  isCrumbRefusal,
  isDoubtful,
  isFromJenkins,
  isGettingReady,
  isIdentity,
  isLoginRefusal,
  jsonOf,
  namesRealm,
  refusalOf,
} from "./replies.ts";

/** How a request may be sent, and which replies it accepts. */
export interface Manner {
  /** The request is idempotent. Otherwise it is sent again only if it certainly did nothing. */
  repeatable: boolean;
  /** Sent on a new connection, without cookies, so that another replica may answer. */
  isFresh?: boolean;
  /** The statuses, besides 200, that are not a failure. */
  accepts?: number[];
}

/** The result of one try. */
interface Outcome {
  reply?: Reply;
  error?: JenkinsError | undefined;
  sent?: Authenticated;
}

/** The tries of one request so far. They decide whether another one follows. */
interface Tries {
  /** When the first look, or the second one, began. */
  begunAt: number;
  /** When the tries began, or when Jenkins came up after a wait. From then on, retries are counted anew. */
  upAt: number;
  /** The retries since `upAt`. */
  repeats: number;
  hasNewCrumb: boolean;
  isSecondLook: boolean;
  /** Whether the login form has refused the password meanwhile. A 401 then gets no second look. */
  wasRefusedByForm: boolean;
}

function firstTry(isSecondLook = false): Tries {
  const now = performance.now();
  return { begunAt: now, upAt: now, repeats: 0, hasNewCrumb: false, isSecondLook, wasRefusedByForm: false };
}

const NO_CRUMB = "Jenkins wants a crumb, but has none to give: does something before Jenkins hide /crumbIssuer?";

/** How often a request is retried after a fault that may pass by itself. */
const MOST_REPEATS = 5;

export class Sender {
  readonly controller: Controller;
  /** Root URL of the Jenkins, without a slash at its end. */
  readonly url: string;
  readonly login: Login;
  readonly limits: Limits;
  readonly #transport: Transport;
  readonly #auth: Auth;
  /** Makes the error of every later request. Each request gets an error of its own, because its caller may add to it. */
  #refuse: (() => JenkinsError) | undefined;

  constructor(controller: Controller, login: Login, transport: Transport, limits: Limits) {
    this.controller = controller;
    this.url = controller.url;
    this.login = login;
    this.limits = limits;
    this.#transport = transport;
    this.#auth = new Auth(login, this);
  }

  request(tried: string, method: Request["method"], path: string, more: Partial<Request> = {}): Request {
    const headers = {
      authorization: this.#auth.header,
      accept: "application/json",
      "cache-control": "no-cache",
      "accept-language": "sv-SE", // The one language in which Jenkins writes dates in ISO form.
      "user-agent": "pulumi-jenkins",
    };
    return { tried, method, url: this.url + path, headers, ...more };
  }

  /** The request for the login page, without a login. */
  loginPage(): Request {
    return this.anonymousRequest("Looking at Jenkins' login page", "/login");
  }

  anonymousRequest(tried: string, path: string): Request {
    const { headers, ...request } = this.request(tried, "GET", path);
    const { authorization, ...anonymous } = headers;
    return { ...request, headers: anonymous };
  }

  whoAmIRequest(): Request {
    return this.request(`Logging in to Jenkins as ${this.login.username}`, "GET", "/whoAmI/api/json");
  }

  /** Sends a request once, as it is. */
  async sendOnce(request: Request, jar?: CookieJar, isFresh?: boolean): Promise<Reply> {
    const timeoutMs = this.limits.requestTimeoutMs;
    return await this.controller.send(request, { transport: this.#transport, timeoutMs, jar, isFresh, isAgain: true });
  }

  /**
   * The final reply to a request: a success, or a status that `manner` accepts.
   *
   * @throws {JenkinsError} that says who answered what, and what to do.
   */
  async answer(request: Request, manner: Manner): Promise<Reply> {
    if (this.#refuse) throw this.#refuse();
    const route = { transport: this.#transport, timeoutMs: this.limits.requestTimeoutMs, isFresh: manner.isFresh };
    const tries = firstTry();
    for (let isRepeated = false; ; isRepeated = true) {
      let outcome: Outcome;
      try {
        const sent: Authenticated = manner.isFresh ? { request } : await this.#auth.applyTo(request);
        const reply = await this.controller.send(sent.request, { ...route, jar: sent.jar, isAgain: isRepeated });
        tries.wasRefusedByForm ||= this.#auth.isRefusedByForm;
        this.#auth.isRefusedByForm = false;
        if (reply.status === 200) return { ...reply, ...(isRepeated && { isRepeated }) };
        outcome = { sent, reply, error: refusalOf(request, reply, this.login) };
      } catch (error) {
        if (!(error instanceof JenkinsError)) throw error;
        outcome = { error };
      }
      if (await this.#isWorthAnother(outcome, manner, tries)) continue;
      if (await this.#isWorthASecondLook(outcome, manner, tries)) continue;
      const { reply, error, sent } = outcome;
      if (reply && isCrumbRefusal(reply) && (await this.#turnsOutNoApiToken(tries))) continue;
      if (!reply) throw error;
      if (manner.accepts?.includes(reply.status)) return reply;
      if (sent?.asked && isCrumbRefusal(reply)) throw await this.#crumbRefusal(request, reply, await sent.asked);
      throw await this.#failureOf(request, reply, error);
    }
  }

  /** Whether to send the same request again. Waits before it returns true. */
  async #isWorthAnother({ sent, reply, error }: Outcome, { repeatable }: Manner, tries: Tries): Promise<boolean> {
    const { pauseMs, repeatMs, waitForReadyMs, waitForConnectionMs } = this.limits;
    const isPost = sent?.request.method === "POST";
    if (isPost && reply && isCrumbRefusal(reply)) return await this.#hasAnotherCrumb(sent, tries); // Jenkins has not read it.
    const mayWait = performance.now() < tries.begunAt + Math.max(waitForReadyMs, waitForConnectionMs);
    if (reply && isGettingReady(reply)) {
      return mayWait && (await this.#comesUp(waitForReadyMs, "says that it is getting ready", tries));
    }
    if (!error) return false;
    const repeatEnd = tries.upAt + repeatMs;
    if (repeatable && error.mayPass && tries.repeats < MOST_REPEATS && performance.now() < repeatEnd) {
      await pause(Math.min(error.retryAfterMs ?? 0, repeatMs));
      // At random, because two stacks that write for the same user would otherwise collide again.
      const nextMs = pauseMs * 2 ** tries.repeats * (1 + Math.random());
      await pause(Math.min(nextMs, Math.max(0, repeatEnd - performance.now())));
      tries.repeats += 1;
      tries.hasNewCrumb = false;
      return true;
    }
    if (!isAbsent(error) || !(repeatable || error.effect === "none") || waitForConnectionMs <= 0) return false;
    return mayWait && (await this.#comesUp(waitForConnectionMs, "can't be reached yet", tries));
  }

  /** Whether the next try has another crumb than the refused one, or has a crumb for the first time. */
  async #hasAnotherCrumb({ asked }: Authenticated, tries: Tries): Promise<boolean> {
    if (tries.hasNewCrumb) return false;
    tries.hasNewCrumb = true;
    if (asked) this.#auth.forget(asked);
    else if (!this.controller.version) await this.version();
    return this.#auth.needsCrumb();
  }

  /** Whether to look at a refusal a second time, because a restarting Jenkins may have refused a valid login. */
  async #isWorthASecondLook({ reply, error }: Outcome, { repeatable }: Manner, tries: Tries): Promise<boolean> {
    const isSecondLook = tries.isSecondLook || (tries.wasRefusedByForm && reply?.status === 401);
    if (!reply || !isDoubtful(reply) || isSecondLook || !(repeatable || error?.effect === "none")) return false;
    await this.pauseForSecondLook();
    Object.assign(tries, firstTry(true));
    return true;
  }

  /** Waits until a restarting Jenkins has had time to load its users. */
  async pauseForSecondLook(): Promise<void> {
    await pause(this.limits.secondLookMs);
    if (!(await this.#publicPage())) await pause(this.limits.secondLookMs);
  }

  /**
   * Whether the secret turns out to be no API token: Jenkins requires a crumb with any other secret. A restarting Jenkins requires one, too, but
   * does not recognise the user.
   */
  async #turnsOutNoApiToken(tries: Tries): Promise<boolean> {
    if (!this.#auth.isByToken) return false;
    const reply = await this.#whoAmI();
    if (!reply || !isIdentity(reply)) return false;
    this.#auth.isByToken = false;
    Object.assign(tries, firstTry(true));
    const { username, source } = this.login;
    const what = `What is given as the API token of ${username} (from: ${source}) is not an API token of Jenkins`;
    tell("warning", `${what}: it may be a password or the token of another service. Jenkins accepts it with a crumb.`);
    return true;
  }

  /** Waits until Jenkins is up. */
  async #comesUp(limitMs: number, reason: string, tries: Tries): Promise<true> {
    await this.controller.waitUntilUp({ limitMs, reason, pauseMs: this.limits.pauseMs, isUp: () => this.isUp() });
    Object.assign(tries, { upAt: performance.now(), repeats: 0, hasNewCrumb: false });
    return true;
  }

  /** Whether a Jenkins answers. If its login page is closed or does not name the version, the answer to `whoAmI` decides. */
  async isUp(): Promise<boolean> {
    const page = await this.#publicPage();
    if (!page) return false;
    if (page.status === 200 && "x-jenkins" in page.headers) return true;
    const reply = await this.#whoAmI();
    return reply !== undefined && (isIdentity(reply) || isLoginRefusal(reply)); // Asking again would be one more failed login.
  }

  /** The version that Jenkins shows without a login. Undefined if its login page is closed or does not name the version. */
  async version(): Promise<string | undefined> {
    const page = await this.#publicPage();
    return page?.status === 200 ? page.headers["x-jenkins"] : undefined;
  }

  /** The reply for the login page without a login. Undefined if no server is up. */
  async #publicPage(): Promise<Reply | undefined> {
    const page = await this.sendOnce(this.loginPage()).catch(() => undefined);
    return page && page.status < 500 ? page : undefined;
  }

  async #whoAmI(): Promise<Reply | undefined> {
    return await this.sendOnce(this.whoAmIRequest()).catch(() => undefined);
  }

  /** Makes every later request fail at once, because this run has revoked the token of the login. */
  end(refuse: () => JenkinsError): void {
    this.#refuse = refuse;
  }

  async #crumbRefusal(request: Request, reply: Reply, crumb: Crumb | undefined): Promise<JenkinsError> {
    if (!crumb) return refusalOf({ ...request, whenCrumbRefused: NO_CRUMB }, reply, this.login);
    const asking = this.request("Asking Jenkins for a crumb", "GET", "/crumbIssuer/api/json");
    const ask = (jar: CookieJar) => this.sendOnce(asking, jar).catch(() => undefined);
    const whenCrumbRefused = await whyCrumbRefused(request, reply, ask);
    return refusalOf({ ...request, whenCrumbRefused }, reply, this.login);
  }

  /** The error for a reply that is not a success. A refused login is never tried again, because Jenkins and the realm behind it count failed logins. */
  async #failureOf(
    request: Request,
    reply: Reply,
    error = refusalOf(request, reply, this.login),
  ): Promise<JenkinsError> {
    if (reply.status === 404) {
      const circumstances = circumstancesOf(request, reply);
      return new RejectedError({ ...circumstances, words: "", remedy: await this.#whyNotFound(request, reply) });
    }
    if (error instanceof ForbiddenError && namesRealm(reply))
      this.#refuse = () => refusalOf(request, reply, this.login);
    return error;
  }

  /** The JSON of a final reply, in the shape of `schema`. */
  async json<T>(request: Request, reply: Reply, schema: z.Type<T>): Promise<T> {
    if (reply.status !== 200) throw await this.#failureOf(request, reply);
    return jsonOf(request, reply, schema);
  }

  async #whyNotFound({ method }: Request, reply: Reply): Promise<string> {
    if (!(await this.isUp()))
      return `${this.url} is not the root url of a Jenkins: is its path (such as /jenkins) missing or wrong?`;
    if (method === "POST" && this.controller.lacks("manyTokens"))
      return `This Jenkins is ${this.controller.version}: API tokens with a name need 2.129 or later.`;
    if (!isFromJenkins(reply)) return notOfJenkins(reply);
    return "There is no such user on this Jenkins.";
  }
}
