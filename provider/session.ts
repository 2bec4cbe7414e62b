/** One signed-in conversation with one Jenkins: who is signed in, whose accounts there are, and typed questions to it. */
import type { Login, Transport } from "./connection.ts";
import { Conversation, forgetSilences, type Manner } from "./conversation.ts";
import { ForbiddenError, RejectedError } from "./errors.ts";
import type { Reply, Request } from "./http.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { pause, shared, tell, uncancelled } from "./operation.ts";
import { keepLogin } from "./redaction.ts";
import { jsonOf } from "./replies.ts";
import * as z from "./zod.ts";

const whoAmISchema = z.object({ name: z.string(), anonymous: z.boolean() });
const userSchema = z.object({ id: z.string() });

export class Session {
  readonly #conversation: Conversation;
  #whoAmI: Promise<string> | undefined;
  readonly #owners = new Map<string, Promise<string>>();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Root URL of the Jenkins, without a slash at its end. */
  get url(): string {
    return this.#conversation.url;
  }

  get login(): Login {
    return this.#conversation.login;
  }

  get limits(): Limits {
    return this.#conversation.limits;
  }

  /** The time by Jenkins' own clock, as of its latest reply. */
  serverTime(): Date {
    return this.#conversation.serverTime();
  }

  /** Whether Jenkins is known to be older than `version`; before its first reply nothing is known. */
  isOlderThan(version: string): boolean {
    return this.#conversation.isOlderThan(version);
  }

  /** What Jenkins says its version is, to anybody; nothing where no Jenkins answers. */
  async version(): Promise<string | undefined> {
    return await this.#conversation.version();
  }

  /** Whether this is a CloudBees Jenkins, whose versions have four parts. */
  get isCloudBees(): boolean {
    return /^\d+\.\d+\.\d+\.\d+/.test(this.#conversation.seenVersion ?? "");
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
    this.#whoAmI ??= uncancelled(() => this.#askWhoAmI()).catch((error) => {
      this.#whoAmI = undefined;
      throw error;
    });
    return shared(this.#whoAmI);
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
    if (me === userId) return me; // In other letters it may be another user: realms differ.
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

  /** Whether `userId` was asked for, and found, in this session. */
  hasActedFor(userId: string): boolean {
    return this.#owners.has(userId);
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
    await pause(this.limits.secondLookMs);
    const isUp = Boolean(await this.#conversation.version());
    await this.#askWhoAmI();
    const error = await notFound();
    if (error && !isUp) throw error;
    return Boolean(error);
  }

  async getJson<T>(tried: string, path: string, schema: z.Type<T>): Promise<T> {
    const request = this.#conversation.request(tried, "GET", path);
    return jsonOf(request, await this.#conversation.perform(request, { repeatable: true }), schema);
  }

  /** An HTML page, as text. */
  async getPage(tried: string, path: string): Promise<string> {
    const request = this.#conversation.request(tried, "GET", path);
    // A page shrinks to a fiftieth; anything else is shorter than what its compression costs.
    const page = { ...request, headers: { ...request.headers, accept: "text/html", "accept-encoding": "gzip" } };
    return (await this.#conversation.perform(page, { repeatable: true })).body;
  }

  /** Posts a form, and checks the JSON that is answered against `schema`; to it, an empty answer is `undefined`. */
  async post<T>(
    tried: string,
    path: string,
    form: Record<string, string>,
    schema: z.Type<T>,
    manner: Manner,
  ): Promise<T> {
    const request = this.#posting(tried, path, form, manner);
    const reply = await this.#conversation.perform(request, manner);
    const empty = schema.safeParse(undefined);
    return reply.body === "" && empty.success ? empty.data : jsonOf(request, reply, schema);
  }

  /** Posts a form to what answers otherwise than in JSON. */
  async send(tried: string, path: string, form: Record<string, string>, manner: Manner): Promise<Reply> {
    return await this.#conversation.perform(this.#posting(tried, path, form, manner), manner);
  }

  #posting(tried: string, path: string, form: Record<string, string>, { remedy }: Manner): Request {
    return { ...this.#conversation.request(tried, "POST", path, form), ...(remedy && { remedy }) };
  }
}

const sessions = new Map<string, Session>();

/** The session of this login with this Jenkins: one a process, so that its crumb, cookies and identity are shared. */
export function openSession(url: string, login: Login, transport: Transport, limits: Partial<Limits> = {}): Session {
  const key = JSON.stringify([url, login.username, login.secret, transport, limits]);
  const known = sessions.get(key);
  if (known) return known;
  if (keepLogin(login.username, login.secret.value)) {
    tell(
      "warning",
      "The password is the same as the user name, which messages show. Choose another password in Jenkins.",
    );
  }
  const session = new Session(new Conversation(url, login, transport, limitsOf(transport, limits)));
  sessions.set(key, session);
  return session;
}

/** The sessions of this process that have acted for `userId` on the Jenkins at `url`. */
export function sessionsAt(url: string, userId: string): Session[] {
  return [...sessions.values()].filter((session) => session.url === url && session.hasActedFor(userId));
}

/** Forgets all sessions and waits, for tests that play several processes. */
export function forgetSessions(): void {
  sessions.clear();
  forgetSilences();
}

/** Jenkins' usual realms don't tell `Alice` from `alice`. */
export function isSameUser(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
