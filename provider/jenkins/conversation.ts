/**
 * How a request gets its reply from one Jenkins: with the crumb and cookies of one login, sent again where that is safe,
 * after waiting for a Jenkins that starts, and with a second look at a refusal.
 */
import type { CookieJar } from "tough-cookie";
import { ForbiddenError, JenkinsError, RejectedError } from "../errors.ts";
import { cancelSignal, pause, shared, tell, uncancelled } from "../operation.ts";
import type { Login, Transport } from "../settings/connection.ts";
import { Channel } from "./channel.ts";
import { Crumbs, withCrumb } from "./crumbs.ts";
import { isMarked, PROOFS } from "./evidence.ts";
import type { Reply, Request } from "./http.ts";
import type { Limits } from "./limits.ts";
import { filledForm, isForForms, isLoginError } from "./login-form.ts";
import {
  circumstancesOf,
  effectOf,
  isAbsent,
  isCrumbRefusal,
  isDoubtful,
  isGettingReady,
  isIdentity,
  mayPass,
  successOf,
} from "./replies.ts";
import { waitFor } from "./waiting.ts";

/** What a request says about itself besides what it sends. */
export interface Manner {
  /** Sending it twice has the effect of sending it once. If false, it is sent again only when it certainly did nothing. */
  repeatable: boolean;
  /** What the reader can do when Jenkins refuses it. */
  remedy?: string;
  /** Sent on a new connection, without cookies, so that another replica may answer. */
  isFresh?: boolean;
}

export class Conversation {
  readonly channel: Channel;
  readonly login: Login;
  readonly limits: Limits;
  #jar: Promise<CookieJar> | undefined;
  readonly #crumbs: Crumbs;
  #refusal: ForbiddenError | undefined;
  #isRefusedByForm = false;
  /** Whether what is configured as an API token is another secret, with which a POST needs a crumb. */
  #isNoApiToken = false;

  constructor(url: string, login: Login, transport: Transport, limits: Limits) {
    this.channel = new Channel(url, transport, limits);
    this.login = login;
    this.limits = limits;
    this.#crumbs = new Crumbs(login, async (tried, path) => {
      const request = this.request(tried, "GET", path);
      return { request, reply: await this.#beyondDoubt(request, { repeatable: true }) };
    });
  }

  request(tried: string, method: Request["method"], path: string, form?: Record<string, string>): Request {
    const { username, secret } = this.login;
    const basic = Buffer.from(`${username}:${secret.value}`).toString("base64");
    const headers = {
      authorization: `Basic ${basic}`,
      accept: "application/json",
      "cache-control": "no-cache",
      "accept-language": "sv-SE", // The one language in which Jenkins writes dates in ISO form.
      "user-agent": "pulumi-jenkins",
    };
    return { tried, method, url: this.channel.url + path, headers, ...(form && { form }) };
  }

  /**
   * The reply to `request`, if it is a success. A refusal that a restarting Jenkins could give is looked at twice; a login
   * that is then refused stays so, because Jenkins and the realm behind it count failed logins.
   */
  async perform(request: Request, manner: Manner): Promise<Reply> {
    if (this.#refusal) throw this.#refusal;
    const reply = await this.#beyondDoubt(request, manner);
    if (reply.status === 404) {
      const circumstances = circumstancesOf(request, reply);
      throw new RejectedError({ ...circumstances, words: "", remedy: await this.#whyNotFound(request, reply) });
    }
    try {
      return successOf(request, reply, this.login);
    } catch (error) {
      if (error instanceof ForbiddenError && PROOFS.loginRefused(reply)) this.#refusal = error;
      throw error;
    }
  }

  /** The reply to a single try of `request`, whatever it is: each try with a dead secret counts as a failed login. */
  async tryOnce(request: Request): Promise<Reply> {
    return await this.channel.send(request, { isFresh: true });
  }

  /** Every later request fails at once, because this run has revoked the token of the login. */
  end(refusal: ForbiddenError): void {
    this.#refusal = refusal;
  }

  /** What Jenkins says its version is, to anybody; nothing where its login page is closed or does not say it. */
  async version(): Promise<string | undefined> {
    const page = await this.#publicPage();
    return page?.status === 200 ? page.headers["x-jenkins"] : undefined;
  }

  /** Whether a Jenkins answers. If its login page is closed or without a version, its answer to `whoAmI` shows that. */
  async isUp(): Promise<boolean> {
    const page = await this.#publicPage();
    if (!page) return false;
    if (page.status === 200 && "x-jenkins" in page.headers) return true;
    const reply = await this.#whoAmI();
    return reply !== undefined && (isIdentity(reply) || PROOFS.loginRefused(reply)); // Asking again would be one more failed login.
  }

  /** What anybody gets for the login page; nothing where no server is up. */
  async #publicPage(): Promise<Reply | undefined> {
    const page = await this.channel.send(this.#loginPage()).catch(() => undefined);
    return page && page.status < 500 ? page : undefined;
  }

  async #whoAmI(): Promise<Reply | undefined> {
    return await this.channel.send(this.whoAmIRequest()).catch(() => undefined);
  }

  whoAmIRequest(): Request {
    return this.request(`Signing in to Jenkins as ${this.login.username}`, "GET", "/whoAmI/api/json");
  }

  #loginPage(): Request {
    const { headers, ...request } = this.request("Looking at Jenkins' login page", "GET", "/login");
    const { authorization, ...anonymous } = headers;
    return { ...request, headers: anonymous };
  }

  async #whyNotFound({ method }: Request, reply: Reply): Promise<string> {
    if (!(await this.isUp()))
      return `${this.channel.url} is not the root URL of a Jenkins: is its path (such as /jenkins) missing or wrong?`;
    if (method === "POST" && this.channel.isOlderThan("2.129"))
      return `This Jenkins is ${this.channel.seenVersion}: it takes API tokens from 2.129 on.`;
    if (!isMarked(reply)) return "Something before Jenkins has answered in its place.";
    return "There is no such user on this Jenkins.";
  }

  async #beyondDoubt(request: Request, manner: Manner): Promise<Reply> {
    let reply = await this.#untilReady(request, manner);
    const isSecondLook = reply.status === 401 && this.#isRefusedByForm;
    this.#isRefusedByForm = false;
    const mayLookAgain = manner.repeatable || effectOf(reply) === "none";
    if (isDoubtful(reply) && !isSecondLook && mayLookAgain) {
      await this.#pauseForSecondLook();
      reply = { ...(await this.#untilReady(request, manner)), isRepeated: true };
    }
    if (isCrumbRefusal(reply) && (await this.#turnsOutNoApiToken()))
      reply = { ...(await this.#untilReady(request, manner)), isRepeated: true };
    return reply;
  }

  /** Jenkins wants a crumb with any secret but an API token. A restarting Jenkins asks everybody for one, but recognises no user. */
  async #turnsOutNoApiToken(): Promise<boolean> {
    const { secret, username, source } = this.login;
    if (secret.kind !== "apiToken" || this.#isNoApiToken) return false;
    const reply = await this.#whoAmI();
    if (!reply || !isIdentity(reply)) return false;
    this.#isNoApiToken = true;
    const what = `What is given as the API token of ${username} (from: ${source}) is not an API token of Jenkins`;
    tell("warning", `${what}: it may be a password or the token of another service. Jenkins accepts it with a crumb.`);
    return true;
  }

  /** Until a restarting Jenkins has had the time to know its users again. */
  async #pauseForSecondLook(): Promise<void> {
    await pause(this.limits.secondLookMs);
    if (!(await this.#publicPage())) await pause(this.limits.secondLookMs);
  }

  /** Waits for a Jenkins that is starting. Then sends the request again, if Jenkins has not looked at it or it may be repeated. */
  async #untilReady(request: Request, manner: Manner): Promise<Reply> {
    const { waitForReadyMs, waitForConnectionMs, pauseMs } = this.limits;
    const isUp = () => this.isUp();
    const end = Date.now() + Math.max(waitForReadyMs, waitForConnectionMs);
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        const reply = { ...(await this.#repeated(request, manner)), ...(isRepeated && { isRepeated }) };
        if (!isGettingReady(reply) || Date.now() >= end) return reply;
        await waitFor(this.channel.url, {
          limitMs: waitForReadyMs,
          reason: "says that it is getting ready",
          pauseMs,
          isUp,
        });
      } catch (error) {
        const mayWait = isAbsent(error) && (manner.repeatable || error.effect === "none");
        if (!mayWait || waitForConnectionMs === 0 || Date.now() >= end) throw error;
        await waitFor(this.channel.url, {
          limitMs: waitForConnectionMs,
          reason: "can't be reached yet",
          pauseMs,
          isUp,
        });
      }
    }
  }

  /** Sends a repeatable request again where the fault may pass by itself, with growing pauses, within `repeatMs`. */
  async #repeated(request: Request, { repeatable, isFresh }: Manner): Promise<Reply> {
    if (!repeatable) return await this.#once(request);
    const { default: pRetry } = await import("p-retry");
    return await pRetry(
      async () => {
        const reply = isFresh ? await this.channel.send(request, { isFresh }) : await this.#once(request);
        return mayPass(reply) ? successOf(request, reply, this.login) : reply;
      },
      {
        retries: 5,
        randomize: true, // Of two stacks that write for one user at once, both would fail at the same time again.
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
    const { channel } = this;
    const isToken = this.login.secret.kind === "apiToken" && !this.#isNoApiToken; // Jenkins wants no session with it.
    if (request.method === "GET") return await channel.send(request, isToken ? {} : { jar: await this.#cookies() });
    if (isToken && !channel.isOlderThan("2.96")) {
      const reply = await channel.send(request);
      if (!isCrumbRefusal(reply) || channel.seenVersion) return reply; // A restarting Jenkins refuses tokens like this, too.
      await this.version();
      if (!channel.isOlderThan("2.96")) return reply;
    }
    const crumb = this.#crumbs.ofSession();
    const reply = await channel.send(withCrumb(request, await shared(crumb)), { jar: await this.#cookies() });
    if (!isCrumbRefusal(reply)) return reply;
    this.#crumbs.forget(crumb); // The session has ended; the request was refused unread.
    const fresh = await shared(this.#crumbs.ofSession());
    return { ...(await channel.send(withCrumb(request, fresh), { jar: await this.#cookies() })), isRepeated: true };
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
    const page = await this.channel
      .send(request, { jar })
      .then((reply) => successOf(request, reply, this.login))
      .catch((error) => {
        if (isAbsent(error)) this.#jar = undefined; // The next request may find it up.
      });
    const form = page && (await filledForm(request, page, this.login));
    const reply = form && (await this.channel.send(form, { jar }).catch(() => undefined));
    if (reply && isLoginError(reply)) {
      this.#isRefusedByForm = true; // The next look is the second one: each counts as a failed login.
      await this.#pauseForSecondLook();
    }
    return jar;
  }
}
