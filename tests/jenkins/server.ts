import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Token } from "./api-token-store.ts";
import { arrived, readForm, send } from "./connection.ts";
import { Controller } from "./controller.ts";
import { type Interception, outcome } from "./interception.ts";
import { newestVersion } from "./profiles.ts";
import type { LoggedRequest } from "./request.ts";
import type { User, UserOptions } from "./user.ts";

export type { Interception, LoggedRequest, Token, UserOptions };

export interface JenkinsOptions {
  version?: string;
  /** "" or for instance "/ci". */
  contextPath?: string;
  csrf?: boolean;
  crumbRequestField?: string;
  users?: UserOptions[];
  /** Lets administrators make tokens for others; off in Jenkins unless a system property says otherwise. */
  adminCanGenerateNewTokens?: boolean;
  /** The clock behind the Date header, creation and expiry. */
  now?: () => Date;
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
  readonly #server: Server;
  readonly #controller: Controller;

  constructor(server: Server, controller: Controller) {
    const { port } = server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}${controller.options.contextPath}`;
    this.#server = server;
    this.#controller = controller;
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

  /** The requests whose path ends with `/<endpoint>`. */
  requests(method: string, endpoint: string): LoggedRequest[] {
    return this.log.filter((request) => {
      const path = request.path.replace(/\?.*/s, "").replace(/\/$/, "");
      return request.method === method && path.endsWith(`/${endpoint}`);
    });
  }

  /** The tokens as Jenkins keeps them, the list itself. */
  tokens(userId: string): Token[] {
    return this.#user(userId).tokenStore.tokens;
  }

  /** Makes a token as if by hand, past every request. */
  generate(userId: string, tokenName: string, expiresOn?: string): { tokenUuid: string; tokenValue: string } {
    const { tokenStore } = this.#user(userId);
    const { token, tokenValue } = tokenStore.generate(tokenName, this.#controller.options.now(), expiresOn);
    tokenStore.write();
    return { tokenUuid: token.tokenUuid, tokenValue };
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

  addUser(options: UserOptions): void {
    this.#controller.realm.add(options);
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

    const answer = await outcome(request, this.intercept?.(request), (asked) => this.#controller.evaluate(asked));
    response.setHeader("Date", now().toUTCString());
    response.setHeader("Server", `Jetty(${this.#controller.profile.jetty})`);
    await send(response, answer, request);
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
    adminCanGenerateNewTokens: options.adminCanGenerateNewTokens ?? false,
    now: options.now ?? (() => new Date()),
    generateMs: options.generateMs ?? 0,
    passwordMs: options.passwordMs ?? 0,
  });
  for (const user of options.users ?? defaultUsers) controller.realm.add(user);

  // As long as Jetty's: a client that keeps connections must not meet one that closes just then.
  const server = createServer({ keepAliveTimeout: 30_000 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return new Jenkins(server, controller);
}
