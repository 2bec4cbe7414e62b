import { createHash, randomBytes } from "node:crypto";
import type { Limits } from "../../provider/jenkins/limits.ts";
import type { Context } from "../../provider/resources/context.ts";
import { type Jenkins, startJenkins, type Token } from "../jenkins/server.ts";
import { startWireProxy, type WireProxy } from "./proxy.ts";

/** Time limits of a thousandth of the usual ones or less. The promise must not depend on them. */
export const limits: Limits = {
  requestTimeoutMs: 60,
  waitForReadyMs: 300,
  waitForConnectionMs: 0,
  pauseMs: 1,
  repeatMs: 90,
  secondLookMs: 3,
  lookAgainMs: 10,
  settledAfterMs: 200,
  worthWaitingMs: 0,
};

/** The latest time of a late effect: after the last look, and before a pending record is settled. */
export const latestMs = 120;

export interface Servers {
  /** The version of both Jenkins. */
  version: string;
  jenkins: Jenkins;
  /** Another Jenkins, which must never receive credentials of the first. */
  other: Jenkins;
  proxy: WireProxy;
}

/** The time to write a user's file. */
export const generateMs = 2;

/** The clock of Jenkins: an hour ahead, and with milliseconds in the Date header, because five minutes are shortened to 200 ms here. */
class ServerTime extends Date {
  constructor() {
    super(Date.now() + 3_600_000);
  }

  override toUTCString(): string {
    return this.toISOString();
  }
}

export async function startServers(version: string): Promise<Servers> {
  const options = {
    version,
    now: () => new ServerTime(),
    users: [],
    creationOfLegacyTokenEnabled: true,
    adminCanGenerateNewTokens: true,
    generateMs,
  };
  const jenkins = await startJenkins(options);
  return { version, jenkins, other: await startJenkins(options), proxy: await startWireProxy(jenkins.url) };
}

export async function stopServers({ jenkins, other, proxy }: Servers): Promise<void> {
  await proxy.close();
  await Promise.all([jenkins.close(), other.close()]);
}

/** The custom timeout for faults that end an operation during a request. It is shorter than the request's time limit. */
export const timeLimitMs = 40;

/** The source and the kind of the provider's credentials. */
export type LoginKind = "token" | "password" | "argument" | "config" | "administrator" | "console" | "wire";

interface Login {
  username: string;
  apiToken?: string;
  password?: string;
}

export interface LiveToken {
  userId: string;
  tokenUuid: string;
  tokenName: string;
  hash: string;
}

/** The accounts of one run on both servers, the tokens that were created by hand, and the provider's credentials. */
export class World {
  readonly servers: Servers;
  readonly kind: LoginKind;
  /** The owner of the declared tokens. */
  readonly owner: string;
  readonly neighbour: string;
  readonly administrator: string;
  /** A user whose full name is the owner's id, after the owner's account was removed. */
  readonly namesake: string;
  /** The owner's full name. It also leads to the owner, as long as no user has it as an id. */
  readonly fullName: string;
  /** Secrets of the first Jenkins, and of the other one. */
  readonly secrets = new Set<string>();
  readonly otherSecrets = new Set<string>();
  /** The values that programs declare, on either Jenkins. */
  readonly values = [randomBytes(16), randomBytes(16)].map((bytes) => `11${bytes.toString("hex")}`);
  /** The tokens that were created by hand, by uuid. */
  readonly foreign = new Map<string, { userId: string; tokenName: string }>();
  /** Our tokens that somebody else revoked, or whose user was removed. */
  readonly excused = new Set<string>();
  /** Tokens that a killed run has left, and that no state knows. */
  readonly left = new Set<string>();
  #login: Login;
  #isElsewhere = false;
  #isAdvised = false;
  #aheadMs = 0;
  readonly #otherLogin: Login;
  readonly #limits: Limits;

  /** @param isFaultless whether no fault makes a request wait. A busy machine then must not let one time out. */
  constructor(servers: Servers, kind: LoginKind, number: number, isFaultless = false) {
    this.servers = servers;
    this.#limits = { ...limits, ...(isFaultless && { requestTimeoutMs: 10_000 }) };
    this.kind = kind;
    this.owner = `owner-${number}`;
    this.neighbour = `neighbour-${number}`;
    this.administrator = `administrator-${number}`;
    this.namesake = `namesake-${number}`;
    this.fullName = `Full Name ${number}`;
    const { jenkins, other } = servers;
    const password = this.#secret();
    jenkins.addUser({ id: this.owner, fullName: this.fullName, password });
    jenkins.addUser({ id: this.neighbour, password: this.#secret() });
    jenkins.addUser({ id: this.administrator, administrator: true, password: this.#secret() });
    for (const tokenName of ["mine", "mine", "mine (pulumi 0123456789abcdef)", "p/s/auto"]) {
      this.makeByHand(this.owner, tokenName);
      this.makeByHand(this.neighbour, tokenName);
    }
    const isByPassword = kind === "password" || kind === "argument";
    this.#login = isByPassword ? { username: this.owner, password } : this.#freshToken();

    other.addUser({ id: this.owner });
    const { tokenValue } = other.generate(this.owner, "elsewhere");
    this.otherSecrets.add(tokenValue);
    this.#otherLogin = { username: this.owner, apiToken: tokenValue };
  }

  get url(): string {
    return this.kind === "wire" ? this.servers.proxy.url : this.servers.jenkins.url;
  }

  /** The stack config, or the config of a provider plugin, by the names of the arguments. */
  get config(): Record<string, string> {
    return this.kind === "config" ? { url: this.url, ...this.#login } : {};
  }

  /** The stack config and the environment. In a Jenkins build, the environment names that Jenkins. */
  context(): Omit<Context, "memory"> {
    const { other } = this.servers;
    const isElsewhere = !this.#isAdvised && (this.#isElsewhere || this.kind === "config" || this.kind === "argument");
    const { username, apiToken, password } = isElsewhere ? this.#otherLogin : this.#login;
    const environment = {
      JENKINS_URL: isElsewhere ? other.url : this.url,
      JENKINS_USER_ID: username,
      JENKINS_API_TOKEN: apiToken,
      JENKINS_PASSWORD: password,
    };
    const now = () => new Date(Date.now() + this.#aheadMs);
    const get = (key: string) => this.config[key.replace(/^jenkins:/, "")];
    return { config: { get }, environment, limits: this.#limits, now };
  }

  /** Moves the clock of the machine that runs Pulumi by `days`. */
  async after<T>(days: number, act: () => Promise<T>): Promise<T> {
    this.#aheadMs = days * 24 * 3_600_000;
    return await act().finally(() => {
      this.#aheadMs = 0;
    });
  }

  /** The inputs that every resource of the program has. */
  get declared(): Record<string, unknown> {
    if (this.kind === "argument") return { connection: { url: this.url, ...this.#login } };
    if (this.kind === "console") return { user: this.owner, via: "scriptConsole" };
    return this.kind === "administrator" ? { user: this.owner } : {};
  }

  /** The owner, or the user who is found in the owner's place. */
  get anyOwner(): string {
    return this.excused.size > 0 && this.tokensOf(this.namesake).length > 0 ? this.namesake : this.owner;
  }

  makeByHand(userId: string, tokenName: string): string {
    const { tokenUuid, tokenValue } = this.servers.jenkins.generate(userId, tokenName);
    this.foreign.set(tokenUuid, { userId, tokenName });
    this.secrets.add(tokenValue);
    return tokenValue;
  }

  /** The tokens that are there, on both servers, and that neither a hand nor a killed run has left. */
  live(): LiveToken[] {
    const here = this.#accounts.flatMap((userId) => this.tokensOf(userId).map((token) => ({ userId, ...token })));
    const elsewhere = this.servers.other.tokens(this.owner).map((token) => ({ userId: this.owner, ...token }));
    // A revoked legacy token still exists, with another value that nobody has.
    const isByHand = ({ tokenName, isLegacy }: Token) => isLegacy || /^(another process|elsewhere$)/.test(tokenName);
    const isLeft = ({ tokenUuid }: Token) => this.foreign.has(tokenUuid) || this.left.has(tokenUuid);
    return [...here, ...elsewhere].filter((token) => !isLeft(token) && !isByHand(token));
  }

  /** Whether a resource of the state is on the other Jenkins, because the environment named that Jenkins when it was created. */
  isSpread(homes: Iterable<unknown>): boolean {
    return [...homes].includes(this.servers.other.url);
  }

  tokensOf(userId: string): Token[] {
    try {
      return this.servers.jenkins.tokens(userId);
    } catch {
      return []; // There is no such user yet, or no longer.
    }
  }

  /** Changes the provider's credentials on the server and at their source. */
  changeLogin(): void {
    if (this.#login.password) {
      const password = this.#secret();
      this.servers.jenkins.setPassword(this.#login.username, password);
      this.#login = { username: this.#login.username, password };
      return;
    }
    this.revokeLogin();
    this.#login = this.#freshToken();
  }

  /** Makes the provider's credentials invalid, and does not update their source. */
  revokeLogin(): void {
    const { username, password } = this.#login;
    if (password) this.servers.jenkins.setPassword(username, this.#secret());
    const used = [...this.foreign].filter(([, { tokenName }]) => tokenName === "for the provider");
    for (const [tokenUuid] of used) {
      this.servers.jenkins.revoke(username, tokenUuid);
      this.foreign.delete(tokenUuid);
    }
  }

  /** Lets the environment name another Jenkins, with credentials that are valid there. */
  goElsewhere(): void {
    this.#isElsewhere = true;
  }

  /** Removes the owner's account with all its tokens. From now on its id is another user's full name. */
  removeOwner(): void {
    const { jenkins } = this.servers;
    for (const { tokenUuid } of this.tokensOf(this.owner)) {
      this.foreign.delete(tokenUuid);
      this.excused.add(tokenUuid);
    }
    jenkins.removeUser(this.owner);
    jenkins.addUser({ id: this.namesake, fullName: this.owner });
    this.makeByHand(this.namesake, "mine");
  }

  /** Makes the credentials valid again, and creates the owner's account if it is missing. */
  repair(): void {
    this.#isElsewhere = false;
    if (this.excused.size > 0) this.servers.jenkins.addUser({ id: this.owner });
    this.changeLogin();
  }

  /** Follows the remedy for refused credentials: the environment names the right Jenkins and valid credentials. */
  followAdvice(): void {
    this.#isAdvised = true;
  }

  leave(): void {
    const { jenkins, other } = this.servers;
    jenkins.passBack = undefined;
    for (const userId of this.#accounts) jenkins.removeUser(userId);
    other.removeUser(this.owner);
    jenkins.log.length = 0;
    other.log.length = 0;
  }

  get #accounts(): string[] {
    return [this.owner, this.neighbour, this.administrator, this.namesake, this.fullName];
  }

  #freshToken(): Login {
    const isOthers = this.kind === "administrator" || this.kind === "console";
    const username = isOthers ? this.administrator : this.owner;
    return { username, apiToken: this.makeByHand(username, "for the provider") };
  }

  #secret(): string {
    const secret = `"${randomBytes(9).toString("base64")} ü`;
    this.secrets.add(secret);
    return secret;
  }
}

/** The hash of a value as Jenkins stores it: without the version in front. */
export function hashOf(tokenValue: string): string {
  return createHash("sha256").update(tokenValue.slice(2)).digest("hex");
}
