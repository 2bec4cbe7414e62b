/** One signed-in conversation with one Jenkins: who is signed in, whose accounts there are, and typed questions to it. */
import { randomBytes } from "node:crypto";
import { ForbiddenError, RejectedError, UnexpectedResponseError } from "../errors.ts";
import { shared, tell, uncancelled } from "../operation.ts";
import { keepLogin, redact } from "../redaction.ts";
import type { Login, Transport } from "../settings/connection.ts";
import * as z from "../zod.ts";
import { forgetChannels } from "./channel.ts";
import { Conversation, type Manner } from "./conversation.ts";
import { isMarked, PROOFS } from "./evidence.ts";
import type { Reply, Request } from "./http.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { isIdentity, jsonOf, successOf } from "./replies.ts";
import { forgetWaits } from "./waiting.ts";

const whoAmISchema = z.object({ name: z.string(), anonymous: z.boolean() });
const userSchema = z.object({ id: z.string() });

/** An answer, and the reply that it came in. */
export interface Answer<T> {
  data: T;
  reply: Reply;
}

export class Client {
  readonly #conversation: Conversation;
  #whoAmI: Promise<string> | undefined;
  readonly #owners = new Map<string, Promise<string>>();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Root URL of the Jenkins, without a slash at its end. */
  get url(): string {
    return this.#conversation.channel.url;
  }

  get login(): Login {
    return this.#conversation.login;
  }

  get limits(): Limits {
    return this.#conversation.limits;
  }

  /** Jenkins' time, or this machine's as long as no reply has told Jenkins' time. */
  serverTime(): Date {
    return this.#conversation.channel.serverTime();
  }

  get isTimeKnown(): boolean {
    return this.#conversation.channel.isTimeKnown;
  }

  /** Whether Jenkins is known to be older than `version`; before its first reply nothing is known. */
  isOlderThan(version: string): boolean {
    return this.#conversation.channel.isOlderThan(version);
  }

  /** What Jenkins has said its version is; nothing as long as no reply has said it. */
  get seenVersion(): string | undefined {
    return this.#conversation.channel.seenVersion;
  }

  /** What Jenkins says its version is, to anybody; nothing where it doesn't say so. */
  async version(): Promise<string | undefined> {
    return await this.#conversation.version();
  }

  /** Whether a Jenkins answers. */
  async isUp(): Promise<boolean> {
    return await this.#conversation.isUp();
  }

  /** Whether this is a CloudBees Jenkins, whose versions have four parts. */
  get isCloudBees(): boolean {
    return /^\d+\.\d+\.\d+\.\d+/.test(this.seenVersion ?? "");
  }

  /** Whether a token signs in here with its own value. */
  get isOfToken(): boolean {
    return this.login.source === "the token itself";
  }

  /** Says that the API token which this session signs in with has just been revoked by this very run. */
  endBecauseRevoked(): void {
    const { username, source } = this.login;
    const tried = `The login of ${username} (from: ${source}) is gone: this run has revoked the API token it signs in with`;
    tell(
      "warning",
      `${tried}. Tokens of its own can still be revoked; for anything else set another login and run again.`,
    );
    this.#conversation.end(new ForbiddenError({ tried, remedy: "Set another login and run again." }));
  }

  /** The id of the signed-in user, as the server spells it. Asked once. */
  whoAmI(): Promise<string> {
    this.#whoAmI ??= uncancelled(() => this.#identify()).catch((error) => {
      this.#whoAmI = undefined;
      throw error;
    });
    return shared(this.#whoAmI);
  }

  /** A cache may answer with whom it has seen last, so another name than the configured one is asked for again, past any cache. */
  async #identify(): Promise<string> {
    const { username, secret } = this.login;
    const name = await this.askWhoAmI();
    if (isSameUser(name, username)) return name;
    const again = await this.askWhoAmI(true);
    if (isSameUser(again, username)) return again;
    // An API token always belongs to the configured user. With a password, some realms know the user under another id.
    const { id } = await this.getJson(`Asking who ${username} is`, "/me/api/json?tree=id", userSchema, true);
    if (secret.kind === "password" && again === name && id === name) return name;
    const circumstances = { method: "GET", url: `${this.url}/whoAmI/api/json`, status: 200 };
    const remedy = `Nothing was changed. Does a cache or a login of its own stand before Jenkins? If Jenkins knows ${username} under another id, configure that id.`;
    throw new UnexpectedResponseError({
      ...circumstances,
      tried: `Signing in to Jenkins as ${username}`,
      words: `it says that ${redact(name)} has signed in`,
      remedy,
    });
  }

  /** Who is signed in now. */
  async askWhoAmI(isFresh = false): Promise<string> {
    const { tried, url } = this.#conversation.whoAmIRequest();
    const identity = await this.getJson(tried, "/whoAmI/api/json", whoAmISchema, isFresh);
    if (!identity.anonymous) return identity.name;
    const remedy =
      "Jenkins took the request for one without a login: does a proxy on the way drop the Authorization header?";
    throw new ForbiddenError({ tried, method: "GET", url, status: 200, remedy });
  }

  /**
   * Whether this login signs in, by a single try: each one with a dead secret counts as a failed login.
   *
   * @throws where the answer proves neither.
   */
  async signsIn(): Promise<boolean> {
    const request = this.#conversation.whoAmIRequest();
    const fresh = { ...request, url: `${this.url}${uncached("/whoAmI/api/json")}` };
    const reply = await this.#conversation.tryOnce(fresh);
    if (PROOFS.loginRefused(reply)) return false;
    const { name } = jsonOf(request, successOf(request, reply, this.login), whoAmISchema);
    if (isIdentity(reply) && isSameUser(name, this.login.username)) return true;
    const words = `it says that ${redact(name)} has signed in, but Jenkins answers 401 to a dead token`;
    const remedy = "Does a proxy on the way drop or change the Authorization header?";
    throw new UnexpectedResponseError({ ...request, status: 200, words, remedy });
  }

  /**
   * The id of the account at `/user/<userId>/`, as the server spells it. Asked once.
   *
   * @throws {RejectedError} with status 404 where there is no such user, or where it is another user's full name.
   */
  ownerOf(userId: string): Promise<string> {
    const owner = this.#owners.get(userId) ?? uncancelled(() => this.#askOwner(userId));
    this.#owners.set(userId, owner);
    owner.then(
      (id) => this.#owners.set(id, owner),
      () => this.#owners.delete(userId),
    );
    return shared(owner);
  }

  async #askOwner(userId: string): Promise<string> {
    const me = await this.whoAmI();
    return me === userId ? me : await this.askOwner(userId); // In other letters it may be another user: realms differ.
  }

  /** The same, asked now. */
  async askOwner(userId: string, isFresh = false): Promise<string> {
    const tried = `Looking for the user ${userId}`;
    const path = `/user/${encodeURIComponent(userId)}/api/json?tree=id`;
    const { data, reply } = await this.#get(tried, path, userSchema, isFresh);
    const { id } = data;
    if (isSameUser(id, userId)) return id;
    const words = `${userId} is not an id but the full name of ${redact(id)}`;
    throw new RejectedError({
      tried,
      method: "GET",
      url: this.url + path,
      status: 404,
      words,
      remedy: "Name users by their id.",
      isFromJenkins: isMarked(reply),
    });
  }

  /** Whether `userId` was asked for, and found, in this session. */
  hasActedFor(userId: string): boolean {
    return this.#owners.has(userId);
  }

  /**
   * The path of an account: `/me` for one's own, because proxies refuse some ids in a path, or all paths below `/user/`. `whoAmI` is asked for
   * this only if the id holds a slash or a backslash.
   */
  async pathTo(userId: string): Promise<string> {
    const path = `/user/${encodeURIComponent(userId)}`;
    if (this.#whoAmI === undefined && !/[/\\]/.test(userId)) return path;
    return (await this.whoAmI()) === userId ? "/me" : path;
  }

  /** @param isFresh whether it has to be the answer of this moment: asked on a new connection, past any cache. */
  async getJson<T>(tried: string, path: string, schema: z.Type<T>, isFresh = false): Promise<T> {
    return (await this.#get(tried, path, schema, isFresh)).data;
  }

  async #get<T>(tried: string, path: string, schema: z.Type<T>, isFresh: boolean): Promise<Answer<T>> {
    const request = this.#conversation.request(tried, "GET", isFresh ? uncached(path) : path);
    const reply = await this.#conversation.perform(request, { repeatable: true, isFresh });
    return { data: jsonOf(request, reply, schema), reply };
  }

  /** An HTML page, as text. */
  async getPage(tried: string, path: string, isFresh = false): Promise<string> {
    const request = this.#conversation.request(tried, "GET", isFresh ? uncached(path) : path);
    // A page shrinks to a fiftieth; anything else is shorter than what its compression costs.
    const page = { ...request, headers: { ...request.headers, accept: "text/html", "accept-encoding": "gzip" } };
    const reply = await this.#conversation.perform(page, { repeatable: true, isFresh });
    const ageSeconds = Number(reply.headers["age"] ?? 0);
    if (!isFresh || !(ageSeconds > 0)) return reply.body;
    const words = `a copy that a cache has kept for ${ageSeconds} seconds`;
    const remedy = "Have the pages of Jenkins kept out of the cache.";
    throw new UnexpectedResponseError({ ...request, status: 200, words, remedy });
  }

  /** Posts a form, and checks the JSON that is answered against `schema`; to it, an empty answer is `undefined`. */
  async post<T>(
    tried: string,
    path: string,
    form: Record<string, string>,
    schema: z.Type<T>,
    manner: Manner,
  ): Promise<Answer<T>> {
    const request = this.#posting(tried, path, form, manner);
    const reply = await this.#conversation.perform(request, manner);
    const empty = schema.safeParse(undefined);
    return { data: reply.body === "" && empty.success ? empty.data : jsonOf(request, reply, schema), reply };
  }

  /** Posts a form to what answers otherwise than in JSON. */
  async send(tried: string, path: string, form: Record<string, string>, manner: Manner): Promise<Reply> {
    return await this.#conversation.perform(this.#posting(tried, path, form, manner), manner);
  }

  #posting(tried: string, path: string, form: Record<string, string>, { remedy }: Manner): Request {
    return { ...this.#conversation.request(tried, "POST", path, form), ...(remedy && { remedy }) };
  }
}

/** An address that no cache knows: some heed no `Cache-Control` in a request. */
function uncached(path: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}uncached=${randomBytes(8).toString("hex")}`;
}

const sessions = new Map<string, Client>();

/** The session of this login with this Jenkins: one a process, so that its crumb, cookies and identity are shared. */
export function openClient(url: string, login: Login, transport: Transport, limits: Partial<Limits> = {}): Client {
  const key = JSON.stringify([url, login.username, login.secret, transport, limits]);
  const known = sessions.get(key);
  if (known) return known;
  if (keepLogin(login.username, login.secret.value)) {
    tell(
      "warning",
      "The password is the same as the user name, which messages show. Choose another password in Jenkins.",
    );
  }
  const session = new Client(new Conversation(url, login, transport, limitsOf(transport, limits)));
  sessions.set(key, session);
  return session;
}

/** The sessions of this process that have acted for `userId` on the Jenkins at `url`. */
export function clientsAt(url: string, userId: string): Client[] {
  return [...sessions.values()].filter((session) => session.url === url && session.hasActedFor(userId));
}

/** Forgets all sessions and waits, for tests that play several processes. */
export function forgetClients(): void {
  sessions.clear();
  forgetWaits();
  forgetChannels();
}

/** Jenkins' usual realms don't tell `Alice` from `alice`. */
export function isSameUser(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
