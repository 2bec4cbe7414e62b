/** One Jenkins: what its replies tell about it, and what all its clients in this process share. */
import type { CookieJar } from "tough-cookie";
import { UnexpectedResponseError, UnreachableError } from "../errors.ts";
import { pause, shared, tell, uncancelled } from "../operation.ts";
import { keepSecret } from "../redaction.ts";
import type { Transport } from "../settings/connection.ts";
import { isCrumbRefusal, PROOFS } from "./evidence.ts";
import { dispatchFor, exchange, openDispatch, type Reply, type Request } from "./http.ts";
import type { Account } from "./tokens.ts";
import { isOlder } from "./versions.ts";

/** How a request travels. */
export interface Route {
  transport: Transport;
  timeoutMs: number;
  /** The cookies of a login by password. */
  jar?: CookieJar | undefined;
  /** On a new connection, without cookies, so that another replica may answer. */
  isFresh?: boolean | undefined;
}

/** A wait for a Jenkins that isn't up yet. */
export interface Wait {
  limitMs: number;
  /** What it looks like now, as the end of a sentence about it. */
  reason: string;
  /** First pause between two looks; it doubles, up to 5 seconds. */
  pauseMs: number;
  isUp: () => Promise<unknown>;
}

/** After so many requests without an answer, none is sent for the time of one: a dead Jenkins must not cost a time-out for each token. */
const DEAD_AFTER_TIMES = 3;

/** A session of Jenkins itself, which must not go with an API token: Jenkins would then want a crumb. */
const SESSION_COOKIE = /^(JSESSIONID|remember-me|ACEGI_SECURITY)/i;

export class Controller {
  /** Root URL of the Jenkins, without a slash at its end. */
  readonly url: string;
  /** What Jenkins has said its version is, in any reply. */
  version: string | undefined;
  readonly #accounts = new Map<string, Account>();
  #clockDifferenceMs: number | undefined;
  #silence = { times: 0, lastAt: 0 };
  /** The cookies of a load balancer, so that requests with API tokens stay on one replica. */
  #balancer: CookieJar | undefined;
  #wait: Promise<void> | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** Whether Jenkins has said that it is older than `version`. */
  isOlderThan(version: string): boolean {
    return isOlder(this.version, version);
  }

  /** Whether a reply of Jenkins has told its time. */
  get isTimeKnown(): boolean {
    return this.#clockDifferenceMs !== undefined;
  }

  /** Jenkins' time by its latest reply, or this machine's as long as Jenkins' time is not known. */
  time(): Date {
    return new Date(Date.now() + (this.#clockDifferenceMs ?? 0));
  }

  /** What is under way for the tokens of a user, by any login. */
  accountOf(userId: string): Account {
    const account = this.#accounts.get(userId) ?? { lastChange: Promise.resolve() };
    this.#accounts.set(userId, account);
    return account;
  }

  /** One request and its reply, with the cookies that belong to it. */
  async send(request: Request, { transport, timeoutMs, jar, isFresh }: Route): Promise<Reply> {
    const { times, lastAt } = this.#silence;
    if (times >= DEAD_AFTER_TIMES && Date.now() - lastAt < timeoutMs) throw notTried(request, times);
    const cookie = isFresh ? "" : await (jar ?? this.#balancer)?.getCookieString(request.url);
    const sent = { ...request, headers: { ...request.headers, ...(cookie && { cookie }) } };
    const dispatch = await (isFresh ? openDispatch(transport) : dispatchFor(transport));
    try {
      const reply = await exchange(sent, dispatch, timeoutMs);
      this.#silence = { times: 0, lastAt: 0 };
      this.#learnFrom(reply);
      if (!isFresh) await this.#keepCookies(request, reply, jar);
      return reply;
    } catch (error) {
      if (error instanceof UnreachableError) this.#silence = { times: this.#silence.times + 1, lastAt: Date.now() };
      throw error;
    }
  }

  #learnFrom(reply: Reply): void {
    this.version = reply.headers["x-jenkins"] ?? this.version;
    const text = reply.headers["date"] ?? "";
    const date = new Date(text);
    const year = date.getUTCFullYear();
    // So that it has an ISO form. JavaScript takes the year 0001 for 2001.
    const isPlausible = year > 2000 && year < 10_000 && text.includes(String(year));
    if (isPlausible && PROOFS.time(reply)) this.#clockDifferenceMs = date.getTime() - Date.now();
  }

  async #keepCookies(request: Request, reply: Reply, jar: CookieJar | undefined): Promise<void> {
    if (isCrumbRefusal(reply)) return; // Its cookie starts another session, in which our crumb is not valid.
    const kept = jar ? reply.setCookies : reply.setCookies.filter((text) => !SESSION_COOKIE.test(text));
    if (kept.length === 0) return;
    const { CookieJar } = await import("tough-cookie");
    this.#balancer ??= new CookieJar();
    for (const text of kept) {
      const set = await (jar ?? this.#balancer).setCookie(text, request.url, { ignoreError: true });
      if (set) keepSecret(set.value);
    }
  }

  /** Until Jenkins is up. All clients share one wait. If it was in vain, it was so for all of them. */
  waitUntilUp(wait: Wait): Promise<void> {
    if (!this.#wait) {
      const waiting = uncancelled(() => poll(this.url, wait));
      const forget = () => {
        this.#wait = undefined;
      };
      waiting.then(forget, () => setTimeout(forget, wait.limitMs).unref());
      this.#wait = waiting;
    }
    return shared(this.#wait);
  }
}

async function poll(url: string, { limitMs, reason, pauseMs: firstPauseMs, isUp }: Wait): Promise<void> {
  tell("info", `Waiting up to ${limitMs / 1000} seconds for ${url}, which ${reason}.`);
  const end = Date.now() + limitMs;
  for (let pauseMs = firstPauseMs; Date.now() < end; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    await pause(Math.min(pauseMs, Math.max(0, end - Date.now())));
    if (await isUp()) return;
  }
  const tried = `Waiting ${limitMs / 1000} seconds for ${url}, which ${reason}, was in vain`;
  const remedy = "Run again when it is up, or give it more time with `connection.waitForReadySeconds`.";
  throw new UnexpectedResponseError({ tried, remedy });
}

/** The failure of a request that is not even sent, because the last ones to the same Jenkins got no answer. */
function notTried(request: Request, times: number): UnreachableError {
  const words = `not tried, because the last ${times} requests got no answer`;
  const remedy = "Run again when it is up: one that is starting is waited for with `connection.waitForReadySeconds`.";
  return new UnreachableError({ ...request, words, remedy, isDown: true });
}
