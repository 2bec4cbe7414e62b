/**
 * One signed-in conversation with one Jenkins: crumb, cookies, what may be sent again, waiting for a Jenkins that starts,
 * and the second look at a refusal. The verbs in `tokens/` are written over {@link Session} and know nothing of HTTP.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CookieJar } from "tough-cookie";
import { z } from "zod";
import type { Login, Transport } from "./connection.ts";
import {
  ForbiddenError,
  JenkinsError,
  keepSecret,
  RejectedError,
  UnexpectedResponseError,
  UnreachableError,
} from "./errors.ts";
import { dispatcherFor, exchange, type Reply, type Request } from "./http.ts";
import { isCrumbRefusal, isDoubtful, isGettingReady, jsonOf, mayPass, successOf } from "./replies.ts";

/** Limits and pauses, in milliseconds: parameters, so that tests of faults run in milliseconds. */
export interface Limits {
  /** For one request and its whole reply. */
  requestTimeoutMs: number;
  /** How long to wait for a Jenkins that says it is getting ready. */
  waitForReadyMs: number;
  /** How long to wait for a Jenkins that refuses the connection or whose name is unknown. */
  waitForConnectionMs: number;
  /** First pause before a request is sent again; it doubles, up to 16 times. */
  pauseMs: number;
  /** How long a request that may be repeated is repeated. */
  repeatMs: number;
  /** Between a refusal and the second look at it. */
  secondLookMs: number;
  /** How long to look for a token whose generate got no answer, before a record of it is left. */
  lookAgainMs: number;
  /** The age from which an attempt whose token isn't on the list has certainly made none. */
  settledAfterMs: number;
  /** The part of that age which delete waits for, instead of asking to be run again. */
  worthWaitingMs: number;
}

const DEFAULTS: Limits = {
  requestTimeoutMs: 60_000,
  waitForReadyMs: 120_000,
  waitForConnectionMs: 0,
  pauseMs: 500,
  repeatMs: 30_000,
  secondLookMs: 3_000,
  lookAgainMs: 15_000,
  settledAfterMs: 300_000,
  worthWaitingMs: 20_000,
};

/** The limits that `transport` asks for, and the usual ones. */
export function limitsOf(
  { requestTimeoutSeconds, waitForReadySeconds }: Transport,
  changed: Partial<Limits> = {},
): Limits {
  const asked = waitForReadySeconds === undefined ? undefined : waitForReadySeconds * 1000;
  return {
    ...DEFAULTS,
    ...(requestTimeoutSeconds && { requestTimeoutMs: requestTimeoutSeconds * 1000 }),
    ...(asked !== undefined && { waitForReadyMs: asked, waitForConnectionMs: asked }),
    ...changed,
  };
}

/** What a request says about itself besides what it sends. */
export interface Manner {
  /** Sending it twice does no more than sending it once. `generateNewToken` is the one that is never sent again. */
  repeatable: boolean;
  /** What the reader can do when Jenkins refuses it. */
  remedy?: string;
}

const crumbSchema = z.object({ crumb: z.string(), crumbRequestField: z.string().regex(/^[\w.-]+$/) });
const whoAmISchema = z.object({ name: z.string(), anonymous: z.boolean() });
const userSchema = z.object({ id: z.string() });
type Crumb = z.infer<typeof crumbSchema>;

export class Session {
  /** Root URL of the Jenkins, without a slash at its end. */
  readonly url: string;
  readonly login: Login;
  readonly limits: Limits;
  readonly #transport: Transport;
  #jar: Promise<CookieJar> | undefined;
  #crumb: Promise<Crumb | undefined> | undefined;
  #whoAmI: Promise<string> | undefined;
  readonly #owners = new Map<string, Promise<string>>();
  #clockDifferenceMs = 0;

  constructor(url: string, login: Login, transport: Transport, limits: Limits) {
    this.url = url;
    this.login = login;
    this.limits = limits;
    this.#transport = transport;
  }

  /**
   * The id of the signed-in user, as the server spells it. Asked once; a login that is refused stays refused, because
   * Jenkins and the realm behind it count failed logins.
   */
  whoAmI(): Promise<string> {
    this.#whoAmI ??= this.#askWhoAmI().catch((error) => {
      if (!(error instanceof ForbiddenError)) this.#whoAmI = undefined;
      throw error;
    });
    return this.#whoAmI;
  }

  async #askWhoAmI(): Promise<string> {
    const tried = `Signing in to Jenkins as ${this.login.username}`;
    const identity = await this.getJson(tried, "/whoAmI/api/json", whoAmISchema);
    if (!identity.anonymous) return identity.name;
    const remedy =
      "Jenkins took the request for one without a login: does a proxy on the way drop the Authorization header?";
    throw new ForbiddenError({ tried, method: "GET", url: `${this.url}/whoAmI/api/json`, status: 200, remedy });
  }

  /**
   * The id of the account at `/user/<userId>/`, as the server spells it.
   *
   * @throws {RejectedError} with status 404 where there is no such user, or where it is another user's full name.
   */
  ownerOf(userId: string): Promise<string> {
    const owner = this.#owners.get(userId) ?? this.#askOwner(userId);
    this.#owners.set(userId, owner);
    owner.catch(() => this.#owners.delete(userId));
    return owner;
  }

  /** Whether `userId` was asked for, and found, in this session. */
  hasActedFor(userId: string): boolean {
    return this.#owners.has(userId);
  }

  async #askOwner(userId: string): Promise<string> {
    const me = await this.whoAmI();
    if (isSameUser(me, userId)) return me;
    const tried = `Looking for the user ${userId}`;
    const path = `/user/${encodeURIComponent(userId)}/api/json?tree=id`;
    const { id } = await this.getJson(tried, path, userSchema);
    if (isSameUser(id, userId)) return id;
    const words = `${userId} is not an id but the full name of ${id}`;
    throw new RejectedError({
      tried,
      method: "GET",
      url: this.url + path,
      status: 404,
      words,
      remedy: "Name users by their id.",
    });
  }

  /**
   * Whether there is certainly no user `userId`: not found twice, some seconds apart, by a Jenkins that is up and still
   * knows who asks. A Jenkins that has moved to another path must not look like one without users.
   */
  async isUserGone(userId: string): Promise<boolean> {
    const notFound = async () => {
      const error = await this.ownerOf(userId).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (error && !(error instanceof RejectedError && error.status === 404)) throw error;
      return error;
    };
    if (!(await notFound())) return false;
    await sleep(this.limits.secondLookMs);
    const isHealthy = await this.isHealthy();
    await this.#askWhoAmI();
    const error = await notFound();
    if (error && !isHealthy) throw error;
    return Boolean(error);
  }

  async getJson<T>(tried: string, path: string, schema: z.ZodType<T>): Promise<T> {
    const request = this.#request(tried, "GET", path);
    return jsonOf(request, await this.#perform(request, { repeatable: true }), schema);
  }

  /** An HTML page, as text. */
  async getPage(tried: string, path: string): Promise<string> {
    const request = this.#request(tried, "GET", path);
    return (
      await this.#perform({ ...request, headers: { ...request.headers, accept: "text/html" } }, { repeatable: true })
    ).body;
  }

  /** Posts a form, and checks the JSON that is answered against `schema`; an empty answer is `undefined` to it. */
  async post<T>(
    tried: string,
    path: string,
    form: Record<string, string>,
    schema: z.ZodType<T>,
    manner: Manner,
  ): Promise<T> {
    const request = { ...this.#request(tried, "POST", path, form), ...(manner.remedy && { remedy: manner.remedy }) };
    const reply = await this.#perform(request, manner);
    if (reply.body === "" && schema.safeParse(undefined).success) return schema.parse(undefined);
    return jsonOf(request, reply, schema);
  }

  /** The time by Jenkins' own clock, as of its latest reply. */
  serverTime(): Date {
    return new Date(Date.now() + this.#clockDifferenceMs);
  }

  /** Whether this is a Jenkins that is up, whoever asks: the sign of health beside a refusal. */
  async isHealthy(): Promise<boolean> {
    return (await this.version()) !== undefined;
  }

  /** What Jenkins says its version is, to anybody; nothing where what answers is not a Jenkins, or not ready. */
  async version(): Promise<string | undefined> {
    const request = this.#request("Looking at Jenkins' login page", "GET", "/login");
    try {
      const { authorization, ...headers } = request.headers;
      const reply = await this.#once({ ...request, headers });
      return reply.status === 200 ? reply.headers["x-jenkins"] : undefined;
    } catch {
      return undefined;
    }
  }

  #request(tried: string, method: Request["method"], path: string, form?: Record<string, string>): Request {
    const { username, secret } = this.login;
    const basic = Buffer.from(`${username}:${secret.value}`).toString("base64");
    const headers = {
      authorization: `Basic ${basic}`,
      accept: "application/json",
      "accept-encoding": "gzip",
      "accept-language": "sv-SE", // The one language in which Jenkins writes dates in ISO form.
      "user-agent": "pulumi-jenkins",
    };
    return { tried, method, url: this.url + path, headers, ...(form && { form }) };
  }

  /** The reply to `request`, if it is a success. A refusal that a restarting Jenkins could give is looked at twice. */
  async #perform(request: Request, manner: Manner): Promise<Reply> {
    const reply = await this.#untilReady(request, manner);
    if (!isDoubtful(reply)) return await this.#successOf(request, reply);
    await sleep(this.limits.secondLookMs);
    if (!(await this.isHealthy())) await sleep(this.limits.secondLookMs);
    return await this.#successOf(request, await this.#untilReady(request, manner));
  }

  async #successOf(request: Request, reply: Reply): Promise<Reply> {
    if (reply.status !== 404) return successOf(request, reply, this.login);
    throw new RejectedError({ ...request, status: 404, remedy: await this.#whyNotFound() });
  }

  async #whyNotFound(): Promise<string> {
    const version = await this.version();
    if (!version)
      return `${this.url} is not the root URL of a Jenkins: is its path (such as /jenkins) missing or wrong?`;
    if (isOlderThan(version, "2.129")) return `This Jenkins is ${version}: it takes API tokens from 2.129 on.`;
    return "There is no such user on this Jenkins.";
  }

  /** Waits for a Jenkins that is starting: it hasn't looked at the request, so any request may be sent again. */
  async #untilReady(request: Request, manner: Manner): Promise<Reply> {
    const { waitForReadyMs, waitForConnectionMs } = this.limits;
    for (;;) {
      try {
        const reply = await this.#repeated(request, manner);
        if (!isGettingReady(reply) || waitForReadyMs === 0) return reply;
        await this.#ready(waitForReadyMs, "says that it is getting ready");
      } catch (error) {
        const notSent = error instanceof UnreachableError && error.effect === "none" && !/TLS/.test(error.message);
        if (!notSent || waitForConnectionMs === 0) throw error;
        await this.#ready(waitForConnectionMs, "can't be reached yet");
      }
    }
  }

  /** One wait per Jenkins and process; when it was in vain, it was so for everybody. */
  #ready(limitMs: number, reason: string): Promise<void> {
    const wait = waits.get(this.url) ?? this.#poll(limitMs, reason);
    waits.set(this.url, wait);
    const forget = () => void waits.delete(this.url);
    wait.then(forget, () => setTimeout(forget, limitMs).unref());
    return wait;
  }

  async #poll(limitMs: number, reason: string): Promise<void> {
    // biome-ignore lint/suspicious/noConsole: Pulumi shows what its host prints, and nobody should wonder what it waits for
    console.log(`Waiting up to ${limitMs / 1000} seconds for ${this.url}, which ${reason}.`);
    const end = Date.now() + limitMs;
    for (let pauseMs = this.limits.pauseMs; Date.now() < end; pauseMs = Math.min(pauseMs * 2, 5_000)) {
      await sleep(Math.min(pauseMs, Math.max(0, end - Date.now())));
      if (await this.isHealthy()) return;
    }
    const tried = `Waiting ${limitMs / 1000} seconds for Jenkins, which ${reason}, was in vain`;
    throw new UnexpectedResponseError({
      tried,
      url: this.url,
      remedy: "Run again when it is up, or give it more time with `connection.waitForReadySeconds`.",
    });
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
        minTimeout: this.limits.pauseMs,
        maxRetryTime: this.limits.repeatMs,
        shouldRetry: ({ error }) => error instanceof JenkinsError && error.mayPass,
      },
    );
  }

  /** One request and its reply; with a password, in one session with the crumb that belongs to it. */
  async #once(request: Request): Promise<Reply> {
    if (this.login.secret.kind === "apiToken") return await this.#exchange(request); // Needs no crumb, and no cookies.
    if (request.method === "GET") return await this.#exchange(request, await this.#cookies());
    const crumb = this.crumb();
    const reply = await this.#exchange(withCrumb(request, await crumb), await this.#cookies());
    if (!isCrumbRefusal(reply)) return reply;
    if (this.#crumb === crumb) this.#crumb = undefined; // The session has ended; the request was refused unread.
    return await this.#exchange(withCrumb(request, await this.crumb()), await this.#cookies());
  }

  /** The crumb of this session, the same for all that ask; nothing where Jenkins' CSRF protection is switched off. */
  private crumb(): Promise<Crumb | undefined> {
    if (!this.#crumb) {
      const crumb = this.#askCrumb();
      this.#crumb = crumb;
      crumb.catch(() => {
        if (this.#crumb === crumb) this.#crumb = undefined;
      });
    }
    return this.#crumb;
  }

  async #askCrumb(): Promise<Crumb | undefined> {
    const request = this.#request("Asking Jenkins for a crumb", "GET", "/crumbIssuer/api/json");
    const reply = await this.#untilReady(request, { repeatable: true });
    if (reply.status === 404) return undefined;
    const crumb = jsonOf(request, successOf(request, reply, this.login), crumbSchema);
    keepSecret(crumb.crumb);
    return crumb;
  }

  #cookies(): Promise<CookieJar> {
    this.#jar ??= import("tough-cookie").then(({ CookieJar }) => new CookieJar());
    return this.#jar;
  }

  async #exchange(request: Request, jar?: CookieJar): Promise<Reply> {
    const cookie = await jar?.getCookieString(request.url);
    const headers = { ...request.headers, ...(cookie && { cookie }) };
    const dispatcher = await dispatcherFor(this.#transport);
    const reply = await exchange({ ...request, headers }, dispatcher, this.limits.requestTimeoutMs);
    for (const text of reply.setCookies) {
      const set = await jar?.setCookie(text, request.url, { ignoreError: true });
      if (set) keepSecret(set.value);
    }
    const date = Date.parse(reply.headers["date"] ?? "");
    if (date) this.#clockDifferenceMs = date - Date.now();
    return reply;
  }
}

const waits = new Map<string, Promise<void>>();
const sessions = new Map<string, Session>();

/** The session of this login with this Jenkins: one a process, so that its crumb, cookies and identity are shared. */
export function openSession(url: string, login: Login, transport: Transport, limits: Partial<Limits> = {}): Session {
  keepSecret(Buffer.from(`${login.username}:${login.secret.value}`).toString("base64"));
  const key = JSON.stringify([url, login.username, login.secret, transport, limits]);
  const session = sessions.get(key) ?? new Session(url, login, transport, limitsOf(transport, limits));
  sessions.set(key, session);
  return session;
}

/** The sessions of this process that have acted for `userId` on the Jenkins at `url`. */
export function sessionsAt(url: string, userId: string): Session[] {
  return [...sessions.values()].filter((session) => session.url === url && session.hasActedFor(userId));
}

/** Forgets all sessions and waits of this process, for tests that play several. */
export function forgetSessions(): void {
  sessions.clear();
  waits.clear();
}

function withCrumb(request: Request, crumb: Crumb | undefined): Request {
  if (!crumb) return request;
  return { ...request, headers: { ...request.headers, [crumb.crumbRequestField]: crumb.crumb } };
}

/** Jenkins' usual realms don't tell `Alice` from `alice`. */
export function isSameUser(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isOlderThan(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}
