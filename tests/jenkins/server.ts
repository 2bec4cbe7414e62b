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
  /** "", or a path such as "/ci". */
  contextPath?: string;
  csrf?: boolean;
  /** Default: true. Without security, Jenkins ignores credentials, and everybody may do everything. */
  useSecurity?: boolean;
  crumbRequestField?: string;
  /** Whether the plugin strict-crumb-issuer is installed, with its check of the `Referer`. */
  strictCrumbs?: boolean;
  /** The reply of a proxy to `/crumbIssuer/api/json`. The proxy lets `/crumbIssuer/api/xml` pass. */
  blocksJsonCrumbs?: BlockedJson;
  /** The security realm. Default: Jenkins' own user database. */
  hasLoginForm?: boolean;
  /** A CloudBees controller with an operations center: a user's next login by password deletes all tokens of the user. */
  wipesTokensAtLogin?: boolean;
  users?: UserOptions[];
  /** Lets administrators create tokens for other users. By default Jenkins does not allow this. */
  adminCanGenerateNewTokens?: boolean;
  /** Lets users without a legacy token create one. Before 2.129 every user has one. */
  creationOfLegacyTokenEnabled?: boolean;
  /** Creates a legacy token with each user. */
  tokenGenerationOnCreationEnabled?: boolean;
  /** Counts and shows the uses of tokens. Default: true. */
  usageStatisticsEnabled?: boolean;
  /** The clock for the Date header, creation times and expiry. */
  now?: () => Date;
  /** The time zone of expiry days, such as "Pacific/Kiritimati". Default: UTC. */
  timeZone?: string;
  /** The only script that `/scriptText` runs, with any data. Default: the first script that it receives. */
  scriptText?: string;
  /** The time to write a user's file. Default: one turn of the event loop. */
  generateMs?: number;
  /** The time of a password check. */
  passwordMs?: number;
  port?: number;
}

const defaultUsers: UserOptions[] = [
  { id: "admin", password: "admin-password", administrator: true },
  { id: "alice", password: "alice-password" },
  { id: "bob", password: "bob-password" },
];

/** A simulated Jenkins in this process, on a real port of 127.0.0.1. It has only users and their API tokens. */
export class Jenkins {
  readonly url: string;
  /** Every request, in order of arrival. */
  readonly log: LoggedRequest[] = [];
  /** Called for each request after it was read and before it is evaluated. */
  intercept: ((request: LoggedRequest) => Interception | undefined) | undefined;
  /** Changes every reply, like a proxy before Jenkins. */
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
        // A bug in the simulation must end the test, and not look like a reply of Jenkins.
        setImmediate(() => {
          throw error;
        });
      });
    });
  }

  /** The requests without those of the login form, which begins a session by password. */
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

  /** The list of tokens in Jenkins' store. */
  tokens(userId: string): Token[] {
    return this.#user(userId).tokenStore.tokens;
  }

  /** Creates a token without a request, as if by hand. */
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

  /** Replaces the legacy token, and returns the new value. */
  changeLegacyToken(userId: string): string {
    const { tokenStore } = this.#user(userId);
    const value = tokenStore.changeLegacyToken(this.#controller.options.now());
    tokenStore.write();
    return value;
  }

  /** Sets the number of uses of a token, and the time of its last use. */
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

  /** Sets the time to write users' files. */
  set generateMs(ms: number) {
    this.#controller.options.generateMs = ms;
  }

  /** The number of password checks. */
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

  /** Loses all sessions and all unwritten changes. Users and their tokens stay. */
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
    useSecurity: options.useSecurity ?? true,
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

  // The same as Jetty's, so that a client with a connection pool does not use a connection that is about to close.
  const server = createServer({ keepAliveTimeout: 30_000 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return new Jenkins(server, controller, options.blocksJsonCrumbs);
}
