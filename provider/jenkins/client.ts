/** A client of one Jenkins with one login: who is logged in, and whose accounts there are. */
import { ForbiddenError, RejectedError, UnexpectedResponseError } from "../errors.ts";
import { Once, shared, tell } from "../operation.ts";
import { keepLogin, keepSecret, redact } from "../redaction.ts";
import * as z from "../zod.ts";
import type { Login } from "./auth.ts";
import { Controller } from "./controller.ts";
import { type Reply, type Request, type Transport, uncached } from "./http.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { isFromJenkins, isIdentity, isLoginRefusal, isSameUser, jsonOf, refusalOf } from "./replies.ts";
import { type Manner, Sender } from "./sender.ts";

const whoAmISchema = z.object({ name: z.string(), anonymous: z.boolean() });
const UNSECURED =
  "Security is switched off on this Jenkins: it knows no users, so nobody has API tokens. Switch it on in Jenkins.";

const userSchema = z.object({ id: z.string() });

/** How a form is posted, and what the reader of an error can do. */
export type Posting = Pick<Manner, "repeatable"> & Pick<Request, "remedy" | "whoMay" | "whenForbidden">;

/** The data of a reply, and the reply itself. */
export interface Answer<T> {
  data: T;
  reply: Reply;
}

export type Form = Record<string, string>;

export class Client extends Sender {
  readonly #userId = new Once(() => this.#identify());
  readonly #owners = new Map<string, Once<string>>();

  /** Whether a token logs in here with its own value. */
  get isOfToken(): boolean {
    return this.login.isOfToken ?? false;
  }

  /** Ends this client if its login no longer works, because this run has revoked its API token. Another token may have the same value. */
  async endIfRevoked(): Promise<void> {
    if (await this.signsIn().catch(() => false)) return;
    const { username, source } = this.login;
    const tried = `The login of ${username} (from: ${source}) no longer works: this run has revoked its API token`;
    tell(
      "warning",
      `${tried}. Tokens in the state can still revoke themselves. For anything else, set another login and run again.`,
    );
    this.end(() => new ForbiddenError({ tried, remedy: "Set another login and run again." }));
  }

  /** The id of the signed-in user, as the server spells it. Asked once. */
  whoAmI(): Promise<string> {
    return shared(this.#userId.get());
  }

  /** A cache may answer with another user than the configured one. So a reply with another name is confirmed by a request past any cache. */
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
    const remedy = `Nothing was changed. Does a cache, or a gateway with its own login, answer in Jenkins' place? If Jenkins knows ${username} under another id, configure that id.`;
    throw new UnexpectedResponseError({
      ...circumstances,
      tried: `Logging in to Jenkins as ${username}`,
      words: `the answer says that ${redact(name)} has logged in`,
      remedy,
    });
  }

  /** Who is logged in now. */
  async askWhoAmI(isFresh = false): Promise<string> {
    const { tried, url } = this.whoAmIRequest();
    const { data } = await this.getJson(tried, "/whoAmI/api/json", whoAmISchema, isFresh);
    if (!data.anonymous) return data.name;
    const remedy = (await this.#isUnsecured())
      ? UNSECURED
      : "Jenkins saw no login in the request: does a proxy on the way drop the Authorization header?";
    throw new ForbiddenError({ tried, method: "GET", url, status: 200, remedy });
  }

  /** Whether security is switched off on this Jenkins. It then says so even to a request without a login. */
  async #isUnsecured(): Promise<boolean> {
    const request = this.anonymousRequest("Asking whether Jenkins has security", "/api/json?tree=useSecurity");
    const reply = await this.sendOnce(request).catch(() => undefined);
    return reply?.status === 200 && /"useSecurity"\s*:\s*false/.test(reply.body);
  }

  /**
   * Whether this login works. It is tried only once, because each try with an invalid secret counts as a failed login.
   *
   * @throws if the answer proves neither.
   */
  async signsIn(): Promise<boolean> {
    const request = this.whoAmIRequest();
    const reply = await this.sendOnce({ ...request, url: uncached(request.url) }, undefined, true);
    if (isLoginRefusal(reply)) return false;
    if (reply.status !== 200) throw refusalOf(request, reply, this.login); // No further request is sent with a secret that may be invalid.
    const { name, anonymous } = jsonOf(request, reply, whoAmISchema);
    if (anonymous && (await this.#isUnsecured()))
      throw new ForbiddenError({ ...request, status: 200, remedy: UNSECURED });
    if (isIdentity(reply) && isSameUser(name, this.login.username)) return true;
    const words = `the answer says that ${redact(name)} has logged in, but Jenkins answers 401 to an invalid token`;
    const remedy = "Does a proxy on the way drop or change the Authorization header?";
    throw new UnexpectedResponseError({ ...request, status: 200, words, remedy });
  }

  /**
   * The id of the account at `/user/<userId>/`, as the server spells it. Asked once.
   *
   * @throws {RejectedError} with status 404 if there is no such user, or if Jenkins itself says that `userId` is the full name of another user.
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
    return me === userId ? me : await this.askOwner(userId); // In some realms, ids that differ only in case are different users.
  }

  /** Like `ownerOf`, but always sends the request. */
  async askOwner(userId: string, isFresh = false): Promise<string> {
    const tried = `Looking for the user ${userId}`;
    const path = `/user/${encodeURIComponent(userId)}/api/json?tree=id`;
    const { data, reply } = await this.getJson(tried, path, userSchema, isFresh);
    const { id } = data;
    if (isSameUser(id, userId)) return id;
    const circumstances = { tried, method: "GET", url: this.url + path };
    if (!isFromJenkins(reply)) {
      const words = `the answer is about the user ${redact(id)}`; // A gateway may answer every request so.
      const remedy = "Does a gateway answer in Jenkins' place?";
      throw new UnexpectedResponseError({ ...circumstances, status: 200, words, remedy });
    }
    const words = `${userId} is not an id but the full name of ${redact(id)}`;
    const remedy = "Name users by their id.";
    throw new RejectedError({ ...circumstances, status: 404, words, remedy, isFromJenkins: true });
  }

  /** Whether this client has found the user `userId`. */
  hasActedFor(userId: string): boolean {
    return this.#owners.has(userId);
  }

  /** @param isFresh whether to ask on a new connection, past any cache. */
  async getJson<T>(tried: string, path: string, schema: z.Type<T>, isFresh = false): Promise<Answer<T>> {
    const request = this.request(tried, "GET", isFresh ? uncached(path) : path);
    const reply = await this.answer(request, { repeatable: true, isFresh });
    return { data: jsonOf(request, reply, schema), reply };
  }

  /** An HTML page. */
  async getPage(tried: string, path: string, isFresh = false): Promise<Reply> {
    const plain = this.request(tried, "GET", isFresh ? uncached(path) : path, { isForPage: true });
    // Compression shrinks a page to a fiftieth. Other replies are too short to gain from it.
    const request = { ...plain, headers: { ...plain.headers, accept: "text/html", "accept-encoding": "gzip" } };
    return await this.answer(request, { repeatable: true, isFresh });
  }

  /** Posts a form, and checks the JSON of the answer against `schema`. An empty answer is `undefined` to the schema. */
  async post<T>(tried: string, path: string, form: Form, schema: z.Type<T>, manner: Posting): Promise<Answer<T>> {
    const { repeatable, ...hints } = manner;
    const request = this.request(tried, "POST", path, { form, ...hints });
    const reply = await this.answer(request, { repeatable });
    const empty = schema.safeParse(undefined);
    return { data: reply.body === "" && empty.success ? empty.data : jsonOf(request, reply, schema), reply };
  }

  /** Posts a form to an endpoint that does not answer in JSON. */
  async postForText(tried: string, path: string, form: Form, { repeatable, ...hints }: Posting): Promise<Reply> {
    const request = this.request(tried, "POST", path, { form, ...hints });
    return await this.answer(request, { repeatable });
  }

  /**
   * The path of an account. It is `/me` for the signed-in user, because proxies refuse some ids in a path, or all paths below `/user/`. Before
   * `whoAmI` was called, this calls it only if the id has a slash or a backslash.
   *
   * @param isById whether the path has to name the user, if a path can hold the id.
   */
  async pathTo(userId: string, isById = false): Promise<string> {
    const path = `/user/${encodeURIComponent(userId)}`;
    const isOdd = /[/\\]/.test(userId);
    if (!isOdd && (isById || !this.#userId.present)) return path;
    return (await this.whoAmI()) === userId ? "/me" : path;
  }
}

/** The secrets to mask. The part after the scheme of a header such as `Bearer ...` is masked by itself, too. */
function secretsIn({ headers = {}, clientKey = "", proxy }: Transport): string[] {
  const values = Object.values(headers);
  const login = proxy?.token?.replace("Basic ", "") ?? "";
  const password = Buffer.from(login, "base64")
    .toString()
    .replace(/^[^:]*:?/, "");
  return [...values, ...values.map((value) => value.replace(/^[A-Za-z]+ +/, "")), clientKey, login, password];
}

/** The clients of one process: one for each login, so that its crumb, cookies and identity are shared. */
export class Clients {
  readonly #clients = new Map<string, Client>();
  readonly #controllers = new Map<string, Controller>();

  open(url: string, login: Login, transport: Transport, limits: Partial<Limits> = {}): Client {
    const key = JSON.stringify([url, login.username, login.secret, transport, limits]);
    const known = this.#clients.get(key);
    if (known) return known;
    for (const secret of secretsIn(transport)) keepSecret(secret);
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
