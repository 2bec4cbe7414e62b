/** A client of one Jenkins with one login: who is signed in, and whose accounts there are. */
import { ForbiddenError, RejectedError, UnexpectedResponseError } from "../errors.ts";
import { Once, shared, tell } from "../operation.ts";
import { keepLogin, redact } from "../redaction.ts";
import type { Login, Transport } from "../settings/connection.ts";
import * as z from "../zod.ts";
import { Controller } from "./controller.ts";
import { isMarked, PROOFS } from "./evidence.ts";
import { uncached } from "./http.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { isIdentity, jsonOf, refusalOf } from "./replies.ts";
import { Sender } from "./sender.ts";
import { isSameUser, userPath } from "./users.ts";

const identitySchema = z.object({ name: z.string(), anonymous: z.boolean() });
const userSchema = z.object({ id: z.string() });

export class Client extends Sender {
  readonly #userId = new Once(() => this.#identify());
  readonly #owners = new Map<string, Once<string>>();

  /** Whether a token signs in here with its own value. */
  get isOfToken(): boolean {
    return this.login.source === "the token itself";
  }

  /** Says that the API token which this client signs in with has just been revoked by this very run. */
  endBecauseRevoked(): void {
    const { username, source } = this.login;
    const tried = `The login of ${username} (from: ${source}) is gone: this run has revoked the API token it signs in with`;
    tell(
      "warning",
      `${tried}. Tokens of its own can still be revoked; for anything else set another login and run again.`,
    );
    this.end(new ForbiddenError({ tried, remedy: "Set another login and run again." }));
  }

  /** The id of the signed-in user, as the server spells it. Asked once. */
  whoAmI(): Promise<string> {
    return shared(this.#userId.get());
  }

  /** A cache may answer with whom it has seen last, so another name than the configured one is asked for again, past any cache. */
  async #identify(): Promise<string> {
    const { username, secret } = this.login;
    const name = await this.askWhoAmI();
    if (isSameUser(name, username)) return name;
    const again = await this.askWhoAmI(true);
    if (isSameUser(again, username)) return again;
    // An API token always belongs to the configured user. With a password, some realms know the user under another id.
    const { id } = (await this.getJson(`Asking who ${username} is`, "/me/api/json?tree=id", userSchema, true)).data;
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
    const { tried, url } = this.whoAmIRequest();
    const { data } = await this.getJson(tried, "/whoAmI/api/json", identitySchema, isFresh);
    if (!data.anonymous) return data.name;
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
    const request = this.whoAmIRequest();
    const reply = await this.sendOnce({ ...request, url: uncached(request.url) }, undefined, true);
    if (PROOFS.loginRefused(reply)) return false;
    if (reply.status !== 200) throw refusalOf(request, reply, this.login); // Nothing more is asked with a dead secret.
    const { name } = jsonOf(request, reply, identitySchema);
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
    const owner = this.#owners.get(userId) ?? new Once(() => this.#askOwner(userId));
    this.#owners.set(userId, owner);
    owner.get().then(
      (id) => this.#owners.set(id, owner),
      () => this.#owners.delete(userId),
    );
    return shared(owner.get());
  }

  async #askOwner(userId: string): Promise<string> {
    const me = await this.whoAmI();
    return me === userId ? me : await this.askOwner(userId); // In other letters it may be another user: realms differ.
  }

  /** The same, asked now. */
  async askOwner(userId: string, isFresh = false): Promise<string> {
    const tried = `Looking for the user ${userId}`;
    const path = `${userPath(userId)}/api/json?tree=id`;
    const { data, reply } = await this.getJson(tried, path, userSchema, isFresh);
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

  /** Whether `userId` was asked for, and found, by this client. */
  hasActedFor(userId: string): boolean {
    return this.#owners.has(userId);
  }

  /**
   * The path of an account: `/me` for one's own, because proxies refuse some ids in a path, or all paths below `/user/`. `whoAmI` is asked for
   * this only if the id holds a slash or a backslash.
   */
  async pathTo(userId: string): Promise<string> {
    const path = userPath(userId);
    if (!this.#userId.present && !/[/\\]/.test(userId)) return path;
    return (await this.whoAmI()) === userId ? "/me" : path;
  }
}

/** The clients of one process: one for each login, so that its crumb, cookies and identity are shared. */
export class Clients {
  readonly #clients = new Map<string, Client>();
  readonly #controllers = new Map<string, Controller>();

  open(url: string, login: Login, transport: Transport, limits: Partial<Limits> = {}): Client {
    const key = JSON.stringify([url, login.username, login.secret, transport, limits]);
    const known = this.#clients.get(key);
    if (known) return known;
    if (keepLogin(login.username, login.secret.value)) {
      tell(
        "warning",
        "The password is the same as the user name, which messages show. Choose another password in Jenkins.",
      );
    }
    const controller = this.#controllers.get(url) ?? new Controller(url);
    this.#controllers.set(url, controller);
    const client = new Client(controller, login, transport, limitsOf(transport, limits));
    this.#clients.set(key, client);
    return client;
  }

  /** The clients that have acted for `userId` on the Jenkins at `url`. */
  actingFor(url: string, userId: string): Client[] {
    return [...this.#clients.values()].filter((client) => client.url === url && client.hasActedFor(userId));
  }
}
