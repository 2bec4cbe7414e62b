import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Token } from "./api-token-store.ts";
import { arrived, readForm, send } from "./connection.ts";
import { Controller } from "./controller.ts";
import { type Interception, outcome } from "./interception.ts";
import { newestVersion } from "./profiles.ts";
import type { Reply } from "./reply.ts";
import type { LoggedRequest } from "./request.ts";
import { type BlockedJson, blockedCrumb } from "./reverse-proxy.ts";
import type { ScriptData } from "./token-script.ts";
import type { User, UserOptions } from "./user.ts";

export type { Interception, LoggedRequest, ScriptData, Token, UserOptions };

export interface JenkinsOptions {
  version?: string;
  /** "" or for instance "/ci". */
  contextPath?: string;
  csrf?: boolean;
  crumbRequestField?: string;
  /** The plugin strict-crumb-issuer, with its check of the `Referer`. */
  strictCrumbs?: boolean;
  /** A proxy in front answers this to `/crumbIssuer/api/json`, and lets `/crumbIssuer/api/xml` pass. */
  blocksJsonCrumbs?: BlockedJson;
  /** Jenkins' own, unless users sign in elsewhere. */
  hasLoginForm?: boolean;
  /** A connected controller of CloudBees: a user's next login by password takes all his tokens away. */
  wipesTokensAtLogin?: boolean;
  users?: UserOptions[];
  /** Lets administrators make tokens for others; off in Jenkins unless a system property says otherwise. */
  adminCanGenerateNewTokens?: boolean;
  /** Lets users without a legacy token have one made. Before 2.129 everybody has one. */
  creationOfLegacyTokenEnabled?: boolean;
  /** Gives every user a legacy token as soon as he is added. */
  tokenGenerationOnCreationEnabled?: boolean;
  /** Counts the uses of tokens, and shows them; true unless given. */
  usageStatisticsEnabled?: boolean;
  /** The clock behind the Date header, creation and expiry. */
  now?: () => Date;
  /** Whose calendar days expiries are, as in "Pacific/Kiritimati"; UTC unless given. */
  timeZone?: string;
  /** The one script that `/scriptText` runs, with any data; else it is the first one that comes. */
  scriptText?: string;
  /** How long a user's file takes to be written; without it one turn of the event loop. */
  generateMs?: number;
  /** How long the check of a password takes. */
  passwordMs?: number;
  port?: number;
}

const defaultUsers: UserOptions[] = [
  { id: "admin", password: "admin-password", administrator: true },
  { id: "alice", password: "alice-password" },
  { id: "bob", password: "bob-password" },
];

/** A Jenkins in this process, on a real port of 127.0.0.1, that knows users and their API tokens and nothing else. */
export class Jenkins {
  readonly url: string;
  /** Every request, in order of arrival. */
  readonly log: LoggedRequest[] = [];
  /** Asked for each request after it was read and before it is evaluated. */
  intercept: ((request: LoggedRequest) => Interception | undefined) | undefined;
  /** What a proxy in front makes of every reply that it passes back. */
  passBack: ((reply: Reply) => Reply) | undefined;
  readonly #server: Server;
  readonly #controller: Controller;
  readonly #blocksJsonCrumbs: BlockedJson | undefined;

  constructor(server: Server, controller: Controller, blocksJsonCrumbs?: BlockedJson) {
    const { port } = server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}${controller.options.contextPath}`;
    this.#server = server;
    this.#controller = controller;
    this.#blocksJsonCrumbs = blocksJsonCrumbs;
    server.on("request", (message, response) => {
      this.#exchange(message, response).catch((error: unknown) => {
        response.destroy();
        // A mistake of this Jenkins, not an answer of a real one: nothing may go on as if it were.
        setImmediate(() => {
          throw error;
        });
      });
    });
  }

  /** The requests but for those of the login form, with which a session by password begins. */
  get work(): LoggedRequest[] {
    return this.log.filter(({ path }) => !/\/(login|j_\w+_security_check)$/.test(path));
  }

  /** The requests whose path ends with `/<endpoint>`. */
  requests(method: string, endpoint: string): LoggedRequest[] {
    return this.log.filter((request) => {
      const path = request.path.replace(/\?.*/s, "").replace(/\/$/, "");
      return request.method === method && path.endsWith(`/${endpoint}`);
    });
  }

  /** The data of every script that ran, in order. */
  get scripts(): readonly ScriptData[] {
    return this.#controller.scriptConsole.ran;
  }

  /** The tokens as Jenkins keeps them, the list itself. */
  tokens(userId: string): Token[] {
    return this.#user(userId).tokenStore.tokens;
  }

  /** Makes a token as if by hand, past every request. */
  generate(userId: string, tokenName: string, expiresOn?: string): { tokenUuid: string; tokenValue: string } {
    const { tokenStore } = this.#user(userId);
    const { version, namedTokens } = this.#controller.profile;
    if (!namedTokens) throw new Error(`Jenkins ${version} has no tokens with names`);
    const { token, tokenValue } = tokenStore.generate(tokenName, this.#controller.options.now(), expiresOn);
    tokenStore.write();
    return { tokenUuid: token.tokenUuid, tokenValue };
  }

  /** The value of the legacy token, if the user has one. */
  legacyToken(userId: string): string | undefined {
    return this.#user(userId).tokenStore.legacyToken;
  }

  /** Makes another legacy token in the place of the one that is there, and gives its value. */
  changeLegacyToken(userId: string): string {
    const { tokenStore } = this.#user(userId);
    const value = tokenStore.changeLegacyToken(this.#controller.options.now());
    tokenStore.write();
    return value;
  }

  /** Sets how often a token was used, and when the last time was. */
  use(userId: string, tokenUuid: string, useCount: number, lastUsed = this.#controller.options.now()): void {
    Object.assign(this.#token(userId, tokenUuid), { useCount, lastUsed });
  }

  rename(userId: string, tokenUuid: string, tokenName: string): void {
    const { tokenStore } = this.#user(userId);
    tokenStore.rename(this.#token(userId, tokenUuid), tokenName);
    tokenStore.write();
  }

  revoke(userId: string, tokenUuid: string): void {
    const { tokenStore } = this.#user(userId);
    tokenStore.revoke(this.#token(userId, tokenUuid));
    tokenStore.write();
  }

  /** How long users' files take to be written from now on. */
  set generateMs(ms: number) {
    this.#controller.options.generateMs = ms;
  }

  /** How many passwords were checked. */
  get passwordChecks(): number {
    return this.#controller.realm.passwordChecks;
  }

  addUser(options: UserOptions): void {
    this.#controller.addUser(options);
  }

  removeUser(userId: string): void {
    this.#controller.realm.remove(userId);
  }

  setPassword(userId: string, password: string): void {
    this.#user(userId).setPassword(password);
  }

  /** Forgets all sessions and what could not be written; users and their tokens stay. */
  restart(): void {
    this.#controller.restart();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #exchange(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { now } = this.#controller.options;
    const request = arrived(message, now());
    this.log.push(request);
    if (!(await readForm(message, request))) return;

    const answer = await outcome(request, this.intercept?.(request), (asked) => this.#evaluate(asked));
    response.setHeader("Date", now().toUTCString());
    response.setHeader("Server", `Jetty(${this.#controller.profile.jetty.version})`);
    const passed = answer === "reset" || !this.passBack ? answer : { ...answer, reply: this.passBack(answer.reply) };
    await send(response, passed, request);
  }

  async #evaluate(request: LoggedRequest): Promise<Reply> {
    return blockedCrumb(request.path, this.#blocksJsonCrumbs) ?? this.#controller.evaluate(request);
  }

  #user(id: string): User {
    const user = this.#controller.realm.getById(id);
    if (!user) throw new Error(`no user ${id}`);
    return user;
  }

  #token(userId: string, tokenUuid: string): Token {
    const token = this.#user(userId).tokenStore.find(tokenUuid);
    if (!token) throw new Error(`${userId} has no token ${tokenUuid}`);
    return token;
  }
}

export async function startJenkins(options: JenkinsOptions = {}): Promise<Jenkins> {
  const controller = new Controller({
    version: options.version ?? newestVersion,
    contextPath: options.contextPath ?? "",
    csrf: options.csrf ?? true,
    crumbRequestField: options.crumbRequestField ?? "Jenkins-Crumb",
    strictCrumbs: options.strictCrumbs ?? false,
    hasLoginForm: options.hasLoginForm ?? true,
    wipesTokensAtLogin: options.wipesTokensAtLogin ?? false,
    timeZone: options.timeZone ?? "UTC",
    ...(options.scriptText !== undefined && { scriptText: options.scriptText }),
    adminCanGenerateNewTokens: options.adminCanGenerateNewTokens ?? false,
    creationOfLegacyTokenEnabled: options.creationOfLegacyTokenEnabled ?? false,
    tokenGenerationOnCreationEnabled: options.tokenGenerationOnCreationEnabled ?? false,
    usageStatisticsEnabled: options.usageStatisticsEnabled ?? true,
    now: options.now ?? (() => new Date()),
    generateMs: options.generateMs ?? 0,
    passwordMs: options.passwordMs ?? 0,
  });
  for (const user of options.users ?? defaultUsers) controller.addUser(user);

  // As long as Jetty's: a client that keeps connections must not meet one that closes just then.
  const server = createServer({ keepAliveTimeout: 30_000 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return new Jenkins(server, controller, options.blocksJsonCrumbs);
}
