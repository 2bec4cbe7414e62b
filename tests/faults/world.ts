import { createHash, randomBytes } from "node:crypto";
import type { Limits } from "../../provider/jenkins/limits.ts";
import type { Context } from "../../provider/resources/context.ts";
import { type Jenkins, startJenkins, type Token } from "../jenkins/server.ts";
import { startWireProxy, type WireProxy } from "./proxy.ts";

/** A thousandth of the usual ones or less; what is promised must not depend on them. */
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

/** Of whatever becomes effective late, the latest: after the last look, and before an attempt counts as settled. */
export const latestMs = 120;

export interface Servers {
  /** Of both. */
  version: string;
  jenkins: Jenkins;
  /** Another Jenkins, which no credential of the first may reach. */
  other: Jenkins;
  proxy: WireProxy;
}

/** How long a user's file takes to be written. */
export const generateMs = 2;

/** The clock of Jenkins: an hour ahead, and with milliseconds in the Date header, since five minutes are so few here. */
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

/** The custom timeout of all operations where one is to end during a request: less than the request may take. */
export const timeLimitMs = 40;

/** Where the provider has its login from, and of what kind it is. */
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

/** The accounts of one run on both servers, what was made there by hand, and how the provider signs in. */
export class World {
  readonly servers: Servers;
  readonly kind: LoginKind;
  /** Whose tokens are declared. */
  readonly owner: string;
  readonly neighbour: string;
  readonly administrator: string;
  /** Whose full name is the owner's id, once that account is removed. */
  readonly namesake: string;
  /** By which the owner can be reached as well, as long as no user has it as an id. */
  readonly fullName: string;
  /** Secrets of the first Jenkins, and of the other one. */
  readonly secrets = new Set<string>();
  readonly otherSecrets = new Set<string>();
  /** What was made by hand, by uuid. */
  readonly foreign = new Map<string, { userId: string; tokenName: string }>();
  /** Tokens of ours that somebody else revoked, or whose user was removed. */
  readonly excused = new Set<string>();
  #login: Login;
  #isElsewhere = false;
  #isAdvised = false;
  #aheadMs = 0;
  readonly #otherLogin: Login;

  constructor(servers: Servers, kind: LoginKind, number: number) {
    this.servers = servers;
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

  /** Stack config, or the config of a provider plugin, by the names that arguments have. */
  get config(): Record<string, string> {
    return this.kind === "config" ? { url: this.url, ...this.#login } : {};
  }

  /** Stack config and environment. Every build of a Jenkins names that Jenkins in the environment. */
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
    return { config: { get: (key) => this.config[key.replace(/^jenkins:/, "")] }, environment, limits, now };
  }

  /** Does what is done after `days`, by the clock of whoever runs Pulumi. */
  async after<T>(days: number, act: () => Promise<T>): Promise<T> {
    this.#aheadMs = days * 24 * 3_600_000;
    return await act().finally(() => {
      this.#aheadMs = 0;
    });
  }

  /** What every resource of the program is declared with. */
  get declared(): Record<string, unknown> {
    if (this.kind === "argument") return { connection: { url: this.url, ...this.#login } };
    if (this.kind === "console") return { user: this.owner, via: "scriptConsole" };
    return this.kind === "administrator" ? { user: this.owner } : {};
  }

  /** The owner, or whoever is found in its place. */
  get anyOwner(): string {
    return this.excused.size > 0 && this.tokensOf(this.namesake).length > 0 ? this.namesake : this.owner;
  }

  makeByHand(userId: string, tokenName: string): string {
    const { tokenUuid, tokenValue } = this.servers.jenkins.generate(userId, tokenName);
    this.foreign.set(tokenUuid, { userId, tokenName });
    this.secrets.add(tokenValue);
    return tokenValue;
  }

  /** The tokens that are there, on both servers, and that nobody made by hand. */
  live(): LiveToken[] {
    const here = this.#accounts.flatMap((userId) => this.tokensOf(userId).map((token) => ({ userId, ...token })));
    const elsewhere = this.servers.other.tokens(this.owner).map((token) => ({ userId: this.owner, ...token }));
    // A legacy token that was ended is there with another value, which nobody has.
    const isByHand = ({ tokenName, isLegacy }: Token) => isLegacy || /^(another process|elsewhere$)/.test(tokenName);
    return [...here, ...elsewhere].filter((token) => !this.foreign.has(token.tokenUuid) && !isByHand(token));
  }

  /** Whether a part of the state lives on the other Jenkins, where the environment named that one when it was made. */
  isSpread(homes: Iterable<unknown>): boolean {
    return [...homes].includes(this.servers.other.url);
  }

  tokensOf(userId: string): Token[] {
    try {
      return this.servers.jenkins.tokens(userId);
    } catch {
      return []; // There is no such user, or not yet.
    }
  }

  /** Somebody changes the provider's login on the server, and where the provider has it from. */
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

  /** Somebody makes the provider's login worthless, and tells nobody. */
  revokeLogin(): void {
    const { username, password } = this.#login;
    if (password) this.servers.jenkins.setPassword(username, this.#secret());
    const used = [...this.foreign].filter(([, { tokenName }]) => tokenName === "for the provider");
    for (const [tokenUuid] of used) {
      this.servers.jenkins.revoke(username, tokenUuid);
      this.foreign.delete(tokenUuid);
    }
  }

  /** The environment names another Jenkins, with a login that is right there. */
  goElsewhere(): void {
    this.#isElsewhere = true;
  }

  /** The owner's account goes, and with it what it had; its id is from now on somebody else's full name. */
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

  /** Whoever runs Pulumi sees to it that the login is right again, and that there is an account to make tokens for. */
  repair(): void {
    this.#isElsewhere = false;
    if (this.excused.size > 0) this.servers.jenkins.addUser({ id: this.owner });
    this.changeLogin();
  }

  /** What errors about a refused login advise: the environment names the right Jenkins, and a right login. */
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

/** As Jenkins keeps a value: the version before it left out. */
export function hashOf(tokenValue: string): string {
  return createHash("sha256").update(tokenValue.slice(2)).digest("hex");
}
