/** The way to one Jenkins: a request and its reply, the load balancer's cookies, and what replies tell of Jenkins' version and time. */
import type { CookieJar } from "tough-cookie";
import { UnreachableError } from "../errors.ts";
import { keepSecret } from "../redaction.ts";
import type { Transport } from "../settings/connection.ts";
import { PROOFS } from "./evidence.ts";
import { dispatchFor, exchange, openDispatch, type Reply, type Request } from "./http.ts";
import type { Limits } from "./limits.ts";
import { isCrumbRefusal, notTried } from "./replies.ts";

/** Kept, because to make one takes a hundred times as long as to compare with it. */
const byNumber = new Intl.Collator("en", { numeric: true });

/** How often in a row, and when last, a Jenkins gave no answer: a dead one must not cost a time-out for each token. */
const silences = new Map<string, { times: number; lastAt: number }>();
const DEAD_AFTER_TIMES = 3;

/** Load-balancer cookies, by the url of Jenkins, so that requests with API tokens stay on one replica. */
const balancers = new Map<string, CookieJar>();

/** A session of Jenkins itself, which must not go with an API token: Jenkins would then want a crumb. */
const SESSION_COOKIE = /^(JSESSIONID|remember-me|ACEGI_SECURITY)/i;

/** Forgets which Jenkins this process has given up and which replicas it talks to, for tests that play several processes. */
export function forgetChannels(): void {
  silences.clear();
  balancers.clear();
}

/** How a request travels. */
export interface Route {
  /** The cookies of a login by password. */
  jar?: CookieJar | undefined;
  /** On a new connection, without cookies, so that another replica may answer. */
  isFresh?: boolean | undefined;
}

export class Channel {
  /** Root URL of the Jenkins, without a slash at its end. */
  readonly url: string;
  /** What Jenkins has said its version is, in any reply. */
  seenVersion: string | undefined;
  readonly #transport: Transport;
  readonly #limits: Limits;
  #clockDifferenceMs: number | undefined;

  constructor(url: string, transport: Transport, limits: Limits) {
    this.url = url;
    this.#transport = transport;
    this.#limits = limits;
  }

  /** Whether Jenkins has said that it is older than `than`. */
  isOlderThan(than: string): boolean {
    return this.seenVersion !== undefined && byNumber.compare(this.seenVersion, than) < 0;
  }

  /** Whether a reply of Jenkins has told its time. */
  get isTimeKnown(): boolean {
    return this.#clockDifferenceMs !== undefined;
  }

  /** Jenkins' time by its latest reply, or this machine's as long as Jenkins' time is not known. */
  serverTime(): Date {
    return new Date(Date.now() + (this.#clockDifferenceMs ?? 0));
  }

  /** One request and its reply, with the cookies that belong to it. */
  async send(request: Request, { jar, isFresh }: Route = {}): Promise<Reply> {
    const { times, lastAt } = silences.get(this.url) ?? { times: 0, lastAt: 0 };
    const isSilent = times >= DEAD_AFTER_TIMES && Date.now() - lastAt < this.#limits.requestTimeoutMs;
    if (isSilent) throw notTried(request, times);
    if (isFresh) return await this.#exchange(request, await openDispatch(this.#transport));
    const cookie = await (jar ?? balancers.get(this.url))?.getCookieString(request.url);
    const sent = { ...request, headers: { ...request.headers, ...(cookie && { cookie }) } };
    const reply = await this.#exchange(sent, await dispatchFor(this.#transport));
    await this.#keepCookies(request, reply, jar);
    return reply;
  }

  async #exchange(request: Request, dispatch: Awaited<ReturnType<typeof dispatchFor>>): Promise<Reply> {
    try {
      const reply = await exchange(request, dispatch, this.#limits.requestTimeoutMs);
      silences.delete(this.url);
      this.#learnFrom(reply);
      return reply;
    } catch (error) {
      const times = (silences.get(this.url)?.times ?? 0) + 1;
      if (error instanceof UnreachableError) silences.set(this.url, { times, lastAt: Date.now() });
      throw error;
    }
  }

  #learnFrom(reply: Reply): void {
    this.seenVersion = reply.headers["x-jenkins"] ?? this.seenVersion;
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
    const into = jar ?? (await this.#balancer());
    for (const text of kept) {
      const set = await into.setCookie(text, request.url, { ignoreError: true });
      if (set) keepSecret(set.value);
    }
  }

  async #balancer(): Promise<CookieJar> {
    const { CookieJar } = await import("tough-cookie");
    const jar = balancers.get(this.url) ?? new CookieJar();
    balancers.set(this.url, jar);
    return jar;
  }
}
