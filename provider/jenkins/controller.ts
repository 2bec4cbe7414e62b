/** One Jenkins: what its replies tell about it, and what all its clients in this process share. */
import type { CookieJar } from "tough-cookie";
import { UnexpectedResponseError, UnreachableError } from "../errors.ts";
import { pause, shared, tell, uncancelled } from "../operation.ts";
import { keepSecret } from "../redaction.ts";
import { exchange } from "./exchange.ts";
import { dispatchFor, openDispatch, type Reply, type Request, type Transport } from "./http.ts";
import { hasHeadersOfJenkins, isCrumbRefusal } from "./replies.ts";
import type { Ongoing } from "./tokens.ts";

/** What Jenkins can do since which version. An LTS version has a third part, such as 2.555.1. */
const SINCE = {
  /** A POST with an API token needs no crumb. */
  tokensWithoutCrumb: "2.96",
  /** A user has many API tokens, with names and uuids. Before, each user has one. */
  manyTokens: "2.129",
  /** A token can be added with a value that the client chooses. */
  fixedValues: "2.260",
  /** The page `/user/<id>/security/` shows the tokens. Before, the page `configure` shows them. */
  securityPage: "2.468",
  /** A rename is answered with JSON. Before, it is answered with nothing. */
  renameAnswer: "2.505",
  /** A token can expire. */
  expiry: "2.548",
} as const;

/** Created once, because creating one takes a hundred times as long as a comparison. */
const byNumber = new Intl.Collator("en", { numeric: true });

/** How a request travels. */
export interface Route {
  transport: Transport;
  timeoutMs: number;
  /** The cookies of a login by password. */
  jar?: CookieJar | undefined;
  /** On a new connection, without cookies, so that another replica may answer. */
  isFresh?: boolean | undefined;
  /** Set for a further try of a request, or for a step of it. It is sent even if Jenkins counts as dead, and is not counted as another request. */
  isAgain?: boolean;
}

/** A wait for a Jenkins that isn't up yet. */
export interface Wait {
  limitMs: number;
  /** Why Jenkins is not up, as the end of a sentence about it. */
  reason: string;
  /** The first pause between two looks. It doubles, up to 5 seconds. */
  pauseMs: number;
  isUp: () => Promise<unknown>;
}

/**
 * Jenkins counts as dead after so many requests without an answer, if they span the timeout of a request. Then no request is sent for the length
 * of that timeout. So a dead Jenkins does not cost a timeout for each token, and a few broken connections in a row do not count as death.
 */
const DEAD_AFTER_TIMES = 3;

/** The session cookies of Jenkins. They must not go with an API token, because Jenkins would then require a crumb. */
const SESSION_COOKIE = /^(JSESSIONID|remember-me|ACEGI_SECURITY)/i;

export class Controller {
  /** Root URL of the Jenkins, without a slash at its end. */
  readonly url: string;
  /** The version of Jenkins, from the latest reply that names it. */
  version: string | undefined;
  /** The operations in progress for the tokens of each user, with any login. */
  readonly ongoing = new Map<string, Ongoing>();
  #clockDifferenceMs: number | undefined;
  /** The requests without an answer since the last reply. */
  #silence: { times: number; since: number; lastAt: number; failure: UnreachableError } | undefined;
  /** The cookies of a load balancer, so that requests with API tokens stay on one replica. */
  #balancer: CookieJar | undefined;
  #wait: Promise<void> | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** Whether Jenkins is known to be older than the first version with this ability. */
  lacks(ability: keyof typeof SINCE): boolean {
    return this.version !== undefined && byNumber.compare(this.version, SINCE[ability]) < 0;
  }

  /** A CloudBees Jenkins has a version of four parts. */
  get isCloudBees(): boolean {
    return /^\d+\.\d+\.\d+\.\d+/.test(this.version ?? "");
  }

  /** Whether a reply of Jenkins has told its time. */
  get isTimeKnown(): boolean {
    return this.#clockDifferenceMs !== undefined;
  }

  /** Jenkins' time by its latest reply, or this machine's as long as Jenkins' time is not known. */
  time(): Date {
    return new Date(Date.now() + (this.#clockDifferenceMs ?? 0));
  }

  /** One request and its reply, with the cookies that belong to it. */
  async send(request: Request, { transport, timeoutMs, jar, isFresh, isAgain = false }: Route): Promise<Reply> {
    const sentAt = performance.now();
    const silence = this.#silence;
    const isDead = silence && silence.times >= DEAD_AFTER_TIMES && silence.lastAt - silence.since >= timeoutMs;
    if (isDead && sentAt - silence.lastAt < timeoutMs && !isAgain) throw silence.failure.sameFor(request);
    // A state that was written by hand may hold no url. Then only the exchange explains the error.
    const cookies = isFresh || !URL.canParse(request.url) ? undefined : (jar ?? this.#balancer);
    const cookie = await cookies?.getCookieString(request.url);
    const sent = { ...request, headers: { ...request.headers, ...(cookie && { cookie }) } };
    const dispatch = await (isFresh ? openDispatch(transport) : dispatchFor(transport));
    try {
      const reply = await exchange(sent, dispatch, timeoutMs, transport.proxy);
      this.#silence = undefined;
      this.#learnFrom(reply);
      if (!isFresh && reply.setCookies.length > 0) await this.#keepCookies(request, reply, jar);
      return reply;
    } catch (error) {
      if (error instanceof UnreachableError) {
        const { times, since } = this.#silence ?? { times: 0, since: sentAt };
        this.#silence = { times: times + (isAgain ? 0 : 1), since, lastAt: performance.now(), failure: error };
      }
      throw error;
    }
  }

  #learnFrom(reply: Reply): void {
    this.version = reply.headers["x-jenkins"] ?? this.version;
    const text = reply.headers["date"] ?? "";
    const date = new Date(text);
    const year = date.getUTCFullYear();
    // Other years have no usual ISO form. JavaScript reads the year 0001 as 2001.
    const isPlausible = year > 2000 && year < 10_000 && text.includes(String(year));
    const isOfNow = hasHeadersOfJenkins(reply) && !(Number(reply.headers["age"]) > 0); // A reply from a cache has an old date.
    if (isPlausible && isOfNow) this.#clockDifferenceMs = date.getTime() - Date.now();
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

  /** Waits until Jenkins is up. All clients share one wait, and its failure. */
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
  const end = performance.now() + limitMs;
  for (let pauseMs = firstPauseMs; performance.now() < end; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    await pause(Math.min(pauseMs, Math.max(0, end - performance.now())));
    if (await isUp()) return;
  }
  const tried = `Jenkins was not ready after ${limitMs / 1000} seconds: ${url} ${reason}`;
  const remedy = "Run again when it is up, or give it more time with `connection.waitForReadySeconds`.";
  throw new UnexpectedResponseError({ tried, remedy });
}
