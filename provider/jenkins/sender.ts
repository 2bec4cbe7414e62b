/** How a request to one Jenkins gets its final reply: authenticated, sent again as long as that is safe and may help, and checked. */
import type { CookieJar } from "tough-cookie";
import { ForbiddenError, isAbsent, JenkinsError, RejectedError } from "../errors.ts";
import { pause, tell } from "../operation.ts";
import type { Login, Transport } from "../settings/connection.ts";
import type * as z from "../zod.ts";
import { Auth, type Authenticated } from "./auth.ts";
import type { Controller } from "./controller.ts";
import { isCrumbRefusal, isMarked, PROOFS } from "./evidence.ts";
import { type Reply, type Request, uncached } from "./http.ts";
import { Budget, type Limits } from "./limits.ts";
import { circumstancesOf, isDoubtful, isGettingReady, isIdentity, jsonOf, refusalOf } from "./replies.ts";
import { SINCE } from "./versions.ts";

/** What a request says about itself besides what it sends. */
export interface Manner {
  /** Sending it twice has the effect of sending it once. If false, it is sent again only when it certainly did nothing. */
  repeatable: boolean;
  /** Sent on a new connection, without cookies, so that another replica may answer. */
  isFresh?: boolean;
}

/** How a form is posted, and what the reader of an error can do. */
export type Posting = Pick<Manner, "repeatable"> & Pick<Request, "remedy" | "whoMay" | "whenForbidden">;

/** The data of a reply, and the reply itself. */
export interface Answer<T> {
  data: T;
  reply: Reply;
}

/** What came of one try. */
interface Outcome {
  reply?: Reply;
  error?: JenkinsError | undefined;
  sent?: Authenticated;
}

/** How often a fault that may pass by itself is met before it is believed. */
const MOST_REPEATS = 5;

export class Sender {
  readonly controller: Controller;
  readonly login: Login;
  readonly limits: Limits;
  readonly #transport: Transport;
  readonly #auth: Auth;
  #refusal: ForbiddenError | undefined;

  constructor(controller: Controller, login: Login, transport: Transport, limits: Limits) {
    this.controller = controller;
    this.login = login;
    this.limits = limits;
    this.#transport = transport;
    this.#auth = new Auth(login, this);
  }

  /** Root URL of the Jenkins, without a slash at its end. */
  get url(): string {
    return this.controller.url;
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

  /** Asked for without a login. */
  loginPage(): Request {
    const { headers, ...request } = this.request("Looking at Jenkins' login page", "GET", "/login");
    const { authorization, ...anonymous } = headers;
    return { ...request, headers: anonymous };
  }

  whoAmIRequest(): Request {
    return this.request(`Signing in to Jenkins as ${this.login.username}`, "GET", "/whoAmI/api/json");
  }

  /** One try of a request, as it is. */
  async sendOnce(request: Request, jar?: CookieJar, isFresh?: boolean): Promise<Reply> {
    const timeoutMs = this.limits.requestTimeoutMs;
    return await this.controller.send(request, { transport: this.#transport, timeoutMs, jar, isFresh });
  }

  /**
   * The final reply to a request, whatever it is.
   *
   * @throws {JenkinsError} if there is none.
   */
  async answer(request: Request, manner: Manner): Promise<Reply> {
    if (this.#refusal) throw this.#refusal;
    const route = { transport: this.#transport, timeoutMs: this.limits.requestTimeoutMs, isFresh: manner.isFresh };
    const budget = new Budget(this.limits);
    let wasRefusedByForm = false;
    for (let isRepeated = false; ; isRepeated = true) {
      let outcome: Outcome;
      try {
        const sent: Authenticated = manner.isFresh ? { request } : await this.#auth.applyTo(request);
        const reply = await this.controller.send(sent.request, { ...route, jar: sent.jar });
        wasRefusedByForm = this.#auth.wasRefusedByForm() || wasRefusedByForm;
        if (reply.status === 200) return { ...reply, ...(isRepeated && { isRepeated }) };
        outcome = { sent, reply, error: refusalOf(request, reply, this.login) };
      } catch (error) {
        if (!(error instanceof JenkinsError)) throw error;
        outcome = { error };
      }
      if (await this.#isWorthAnother(outcome, manner, budget)) continue;
      if (await this.#isWorthASecondLook(outcome, manner, budget, wasRefusedByForm)) continue;
      const { reply, error } = outcome;
      if (reply && isCrumbRefusal(reply) && (await this.#turnsOutNoApiToken(budget))) continue;
      if (!reply) throw error;
      return { ...reply, ...(isRepeated && { isRepeated }) };
    }
  }

  /** Whether the same request may be sent again, and may fare better. Waits as long as it has to before that. */
  async #isWorthAnother({ sent, reply, error }: Outcome, { repeatable }: Manner, budget: Budget): Promise<boolean> {
    const { limits } = this;
    const isPost = sent?.request.method === "POST";
    if (isPost && reply && isCrumbRefusal(reply)) return await this.#hasAnotherCrumb(sent, budget); // It was refused unread.
    if (reply && isGettingReady(reply)) {
      if (Date.now() >= budget.readyEnd) return false;
      await this.#waitUntilUp(limits.waitForReadyMs, "says that it is getting ready");
      budget.beginRepeats();
      return true;
    }
    if (!error) return false;
    if (repeatable && error.mayPass && budget.repeats < MOST_REPEATS && Date.now() < budget.repeatEnd) {
      await pause(Math.min(error.retryAfterMs ?? 0, limits.repeatMs));
      // At random, because two stacks that write for one user at once would both fail at the same time again.
      const pauseMs = limits.pauseMs * 2 ** budget.repeats * (1 + Math.random());
      await pause(Math.min(pauseMs, Math.max(0, budget.repeatEnd - Date.now())));
      budget.repeats += 1;
      budget.hasNewCrumb = false;
      return true;
    }
    const mayWait = isAbsent(error) && (repeatable || error.effect === "none") && limits.waitForConnectionMs > 0;
    if (!mayWait || Date.now() >= budget.readyEnd) return false;
    await this.#waitUntilUp(limits.waitForConnectionMs, "can't be reached yet");
    budget.beginRepeats();
    return true;
  }

  /** Whether the next try brings another crumb than the one that was refused, or one where there was none. */
  async #hasAnotherCrumb({ asked }: Authenticated, budget: Budget): Promise<boolean> {
    if (budget.hasNewCrumb) return false;
    budget.hasNewCrumb = true;
    if (asked) this.#auth.forget(asked);
    else if (!this.controller.version) await this.version();
    return this.#auth.needsCrumb;
  }

  /** A refusal that a restarting Jenkins could give is looked at twice. */
  async #isWorthASecondLook(
    { reply, error }: Outcome,
    { repeatable }: Manner,
    budget: Budget,
    wasRefusedByForm: boolean,
  ): Promise<boolean> {
    const isSecondLook = budget.hasLookedTwice || (wasRefusedByForm && reply?.status === 401);
    if (!reply || !isDoubtful(reply) || isSecondLook || !(repeatable || error?.effect === "none")) return false;
    await this.pauseForSecondLook();
    budget.begin();
    budget.hasLookedTwice = true;
    return true;
  }

  /** Until a restarting Jenkins has had the time to know its users again. */
  async pauseForSecondLook(): Promise<void> {
    await pause(this.limits.secondLookMs);
    if (!(await this.#publicPage())) await pause(this.limits.secondLookMs);
  }

  /** Jenkins wants a crumb with any secret but an API token. A restarting Jenkins asks everybody for one, but recognises no user. */
  async #turnsOutNoApiToken(budget: Budget): Promise<boolean> {
    if (!this.#auth.isByToken) return false;
    const reply = await this.#whoAmI();
    if (!reply || !isIdentity(reply)) return false;
    this.#auth.takeForNoApiToken();
    budget.begin();
    budget.hasLookedTwice = true;
    const { username, source } = this.login;
    const what = `What is given as the API token of ${username} (from: ${source}) is not an API token of Jenkins`;
    tell("warning", `${what}: it may be a password or the token of another service. Jenkins accepts it with a crumb.`);
    return true;
  }

  async #waitUntilUp(limitMs: number, reason: string): Promise<void> {
    const { pauseMs } = this.limits;
    await this.controller.waitUntilUp({ limitMs, reason, pauseMs, isUp: () => this.isUp() });
  }

  /** Whether a Jenkins answers. If its login page is closed or without a version, its answer to `whoAmI` shows that. */
  async isUp(): Promise<boolean> {
    const page = await this.#publicPage();
    if (!page) return false;
    if (page.status === 200 && "x-jenkins" in page.headers) return true;
    const reply = await this.#whoAmI();
    return reply !== undefined && (isIdentity(reply) || PROOFS.loginRefused(reply)); // Asking again would be one more failed login.
  }

  /** What Jenkins says its version is, to anybody; nothing where its login page is closed or does not say it. */
  async version(): Promise<string | undefined> {
    const page = await this.#publicPage();
    return page?.status === 200 ? page.headers["x-jenkins"] : undefined;
  }

  /** What anybody gets for the login page; nothing where no server is up. */
  async #publicPage(): Promise<Reply | undefined> {
    const page = await this.sendOnce(this.loginPage()).catch(() => undefined);
    return page && page.status < 500 ? page : undefined;
  }

  async #whoAmI(): Promise<Reply | undefined> {
    return await this.sendOnce(this.whoAmIRequest()).catch(() => undefined);
  }

  /** Every later request fails at once, because this run has revoked the token of the login. */
  end(refusal: ForbiddenError): void {
    this.#refusal = refusal;
  }

  /**
   * The reply, if it is a success. A login that is refused stays so, because Jenkins and the realm behind it count failed logins.
   *
   * @throws {JenkinsError} that says who answered what, and what to do.
   */
  async success(request: Request, reply: Reply): Promise<Reply> {
    if (reply.status === 200) return reply;
    if (reply.status === 404) {
      const circumstances = circumstancesOf(request, reply);
      throw new RejectedError({ ...circumstances, words: "", remedy: await this.#whyNotFound(request, reply) });
    }
    const error = refusalOf(request, reply, this.login);
    if (error instanceof ForbiddenError && PROOFS.loginRefused(reply)) this.#refusal = error;
    throw error;
  }

  async #whyNotFound({ method }: Request, reply: Reply): Promise<string> {
    if (!(await this.isUp()))
      return `${this.url} is not the root URL of a Jenkins: is its path (such as /jenkins) missing or wrong?`;
    if (method === "POST" && this.controller.isOlderThan(SINCE.manyTokens))
      return `This Jenkins is ${this.controller.version}: it takes API tokens from 2.129 on.`;
    if (!isMarked(reply)) return "Something before Jenkins has answered in its place.";
    return "There is no such user on this Jenkins.";
  }

  /** The JSON of a reply, in the shape of `schema`. */
  async json<T>(request: Request, reply: Reply, schema: z.Type<T>): Promise<T> {
    return jsonOf(request, await this.success(request, reply), schema);
  }

  /** @param isFresh whether it has to be the answer of this moment: asked on a new connection, past any cache. */
  async getJson<T>(tried: string, path: string, schema: z.Type<T>, isFresh = false): Promise<Answer<T>> {
    const request = this.request(tried, "GET", isFresh ? uncached(path) : path);
    const reply = await this.answer(request, { repeatable: true, isFresh });
    return { data: await this.json(request, reply, schema), reply };
  }

  /** An HTML page. */
  async getPage(tried: string, path: string, isFresh = false): Promise<Reply> {
    const plain = this.request(tried, "GET", isFresh ? uncached(path) : path);
    // A page shrinks to a fiftieth; anything else is shorter than what its compression costs.
    const request = { ...plain, headers: { ...plain.headers, accept: "text/html", "accept-encoding": "gzip" } };
    return await this.success(request, await this.answer(request, { repeatable: true, isFresh }));
  }

  /** Posts a form, and checks the JSON that is answered against `schema`; to it, an empty answer is `undefined`. */
  async post<T>(tried: string, path: string, form: Form, schema: z.Type<T>, manner: Posting): Promise<Answer<T>> {
    const { repeatable, ...hints } = manner;
    const request = this.request(tried, "POST", path, { form, ...hints });
    const reply = await this.success(request, await this.answer(request, { repeatable }));
    const empty = schema.safeParse(undefined);
    return { data: reply.body === "" && empty.success ? empty.data : jsonOf(request, reply, schema), reply };
  }

  /** Posts a form to what answers otherwise than in JSON. */
  async postForText(tried: string, path: string, form: Form, { repeatable, ...hints }: Posting): Promise<Reply> {
    const request = this.request(tried, "POST", path, { form, ...hints });
    return await this.success(request, await this.answer(request, { repeatable }));
  }
}

type Form = Record<string, string>;
