import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Context } from "../../provider/access.ts";
import { resolveConnection, transportFor } from "../../provider/connection.ts";
import { forgetProcess } from "../../provider/lifecycle.ts";
import type { Limits } from "../../provider/limits.ts";
import { openSession, type Session } from "../../provider/session.ts";
import { openTokens } from "../../provider/tokens/store.ts";
import { Engine, type Properties } from "./engine.ts";

export type Environment = Record<string, string>;

/** A Jenkins to try the package on, by the variables that the package itself reads. */
export interface Server {
  /** Where it is, and an administrator's login. */
  administrator: Environment;
  /** The same, with an ordinary user's login. */
  other: Environment | undefined;
  /** Shorter limits, where the Jenkins is in this process. */
  limits: Partial<Limits>;
}

/** No other token is touched. */
const PREFIX = "pulumi-jenkins-test-";

/** Why a case can't be tried on a server. Any other reason is a failure. */
const reasons = {
  other: "needs the login of an ordinary user: JENKINS_OTHER_USER_ID and JENKINS_OTHER_PASSWORD",
  password: "needs to sign in with a password: JENKINS_PASSWORD instead of JENKINS_API_TOKEN",
  pulumi: "needs the Pulumi CLI, which is not there and could neither be downloaded nor built",
  letters: "this Jenkins tells users apart by upper and lower case",
  forOthers: "this Jenkins lets administrators make tokens for others",
} as const;

export type Reason = keyof typeof reasons;

/** Thrown by a case that finds out only on the way that it makes no sense here. */
export class Skipped extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reasons[reason]);
    this.reason = reason;
  }
}

/** What a case works with: names of its own, and logins to the server. */
export class Scene {
  readonly server: Server;
  /** A beginning of names that no other case, and no other run, has. */
  readonly name = PREFIX + randomBytes(4).toString("hex");

  constructor(server: Server) {
    this.server = server;
  }

  get administrator(): Environment {
    return this.server.administrator;
  }

  get other(): Environment {
    assert.ok(this.server.other);
    return this.server.other;
  }

  get url(): string {
    return resolveConnection(undefined, this.context(this.administrator)).url;
  }

  get caCert(): string | undefined {
    return transportFor({}, this.context(this.administrator)).caCert;
  }

  context(environment: Environment): Context {
    return { config: undefined, environment, limits: this.server.limits };
  }

  /** A resource in a stack whose environment is `environment`. */
  engine(environment: Environment = this.administrator): Engine {
    return new Engine(this.context(environment));
  }

  /** As `engine`, after the first `up`; with a name made for it unless the program gives one. */
  async created(program: Properties = {}, environment?: Environment): Promise<Engine> {
    const token = this.engine(environment);
    await token.up({ autoName: this.name, ...program });
    return token;
  }

  /** The engine's next operation is one of another run of Pulumi. */
  later(token: Engine, environment: Environment = this.administrator): Engine {
    forgetProcess();
    token.context = this.context(environment);
    return token;
  }

  session(environment: Environment = this.administrator): Session {
    const context = this.context(environment);
    const { url, login, transport } = resolveConnection(undefined, context);
    return openSession(url, login, transport, context.limits);
  }

  /** Whether `tokenValue` signs in as `userId`. */
  async signsIn(userId: unknown, tokenValue: unknown): Promise<boolean> {
    const login = { JENKINS_USER_ID: String(userId), JENKINS_API_TOKEN: String(tokenValue) };
    const { JENKINS_PASSWORD, ...where } = this.administrator;
    forgetProcess();
    return await this.session({ ...where, ...login })
      .whoAmI()
      .then(
        (name) => name === userId,
        (error: { status?: number }) => {
          if (error.status === 401) return false;
          throw error;
        },
      );
  }

  /** The names of this case's tokens, as the server lists them now. */
  async names(environment: Environment = this.administrator): Promise<string[]> {
    return (await this.#own(environment)).map(({ tokenName }) => tokenName);
  }

  /** A token made past the life cycle, as if by hand. */
  async madeByHand(tokenName: string): Promise<{ tokenUuid: string; tokenValue: string }> {
    assert.ok(tokenName.startsWith(this.name));
    const session = this.session();
    return await openTokens(session, await session.whoAmI()).generate({ tokenName: tokenName });
  }

  async renameByHand(tokenUuid: string, tokenName: string): Promise<void> {
    const session = this.session();
    await openTokens(session, await session.whoAmI()).rename(tokenUuid, tokenName);
    forgetProcess();
  }

  async revokeByHand(tokenUuid: string): Promise<void> {
    const session = this.session();
    await openTokens(session, await session.whoAmI()).revoke(tokenUuid);
    forgetProcess();
  }

  /** Leaves no token of this case behind, whatever became of it. */
  async sweep(): Promise<void> {
    forgetProcess();
    for (const environment of [this.server.administrator, this.server.other]) {
      if (!environment) continue;
      const session = this.session(environment);
      const tokens = openTokens(session, await session.whoAmI());
      for (const { tokenUuid } of await this.#own(environment)) await tokens.revoke(tokenUuid);
    }
    forgetProcess();
  }

  async #own(environment: Environment) {
    const session = this.session(environment);
    const listed = await openTokens(session, await session.whoAmI()).listNow();
    return listed.filter(({ tokenName }) => tokenName.startsWith(this.name));
  }
}
