import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type Client, Clients } from "../../provider/jenkins/client.ts";
import type { Transport } from "../../provider/jenkins/http.ts";
import type { Limits } from "../../provider/jenkins/limits.ts";
import type { ListedToken } from "../../provider/jenkins/token.ts";
import { Tokens } from "../../provider/jenkins/tokens.ts";
import { type Context, Memory } from "../../provider/resources/context.ts";
import { resolveConnection } from "../../provider/settings/connection.ts";
import { Engine, type Properties } from "./engine.ts";
import { isOlder, refusals } from "./needs.ts";

export type Environment = Record<string, string>;

/** A Jenkins for the cases, described by the variables that the package reads. */
export interface Server {
  /** Its URL, and an administrator's credentials. */
  administrator: Environment;
  /** Its URL, and an ordinary user's credentials. */
  other: Environment | undefined;
  /** The version that the server reports. */
  version: string;
  /** Shorter time limits, for a simulated Jenkins. */
  limits: Partial<Limits>;
}

/** The cases change only tokens whose names begin with this. */
const PREFIX = "pulumi-jenkins-test-";

/** The environment of a case: its own token names, and credentials for the server. */
export class Scene {
  readonly server: Server;
  /** The beginning of this case's token names. No other case and no other run uses it. */
  readonly name = PREFIX + randomBytes(4).toString("hex");
  readonly #engines: Engine[] = [];
  readonly #memory = new Memory();
  /** The legacy tokens that existed before the case. */
  #legacy: string[] | undefined;

  constructor(server: Server) {
    this.server = server;
  }

  /** With `makesLegacy`, the end of the case revokes the legacy tokens of the ordinary user that it has added. */
  static async open(server: Server, makesLegacy: boolean): Promise<Scene> {
    const scene = new Scene(server);
    if (makesLegacy) scene.#legacy = (await scene.#listed(scene.other)).filter(isLegacy).map(uuidOf);
    return scene;
  }

  /** Begins another Pulumi process, for every engine. */
  #newProcess(): void {
    Object.assign(this.#memory, new Memory());
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

  get transport(): Transport {
    return resolveConnection(undefined, this.context(this.administrator)).transport;
  }

  context(environment: Environment): Context {
    return { config: undefined, environment, memory: this.#memory, limits: this.server.limits };
  }

  /** Opens a resource in a stack with this environment. */
  engine(environment: Environment = this.administrator): Engine {
    const token = new Engine(this.context(environment));
    this.#engines.push(token);
    return token;
  }

  /** Like `engine`, after the first `up`. Without a name in the program, the case chooses one. */
  async created(program: Properties = {}, environment?: Environment): Promise<Engine> {
    const token = this.engine(environment);
    await token.up({ autoName: this.name, ...program });
    return token;
  }

  /** The engine's next operation belongs to another run of Pulumi. */
  later(token: Engine, environment: Environment = this.administrator): Engine {
    this.#newProcess();
    token.context = this.context(environment);
    return token;
  }

  session(environment: Environment = this.administrator): Client {
    const context = this.context(environment);
    const { url, login, transport } = resolveConnection(undefined, context);
    return context.memory.clients.open(url, login, transport, context.limits);
  }

  /** Whether `tokenValue` logs in as `userId`. */
  async signsIn(userId: unknown, tokenValue: unknown): Promise<boolean> {
    const login = { JENKINS_USER_ID: String(userId), JENKINS_API_TOKEN: String(tokenValue) };
    const { JENKINS_PASSWORD, ...where } = this.administrator;
    this.#newProcess();
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

  /** The names of this case's tokens, as the server lists them. */
  async names(environment: Environment = this.administrator): Promise<string[]> {
    return (await this.#own(environment)).map(({ tokenName }) => tokenName);
  }

  /** Creates a token without the provider's life cycle, as if by hand. */
  async madeByHand(tokenName: string): Promise<{ tokenUuid: string; tokenValue: string }> {
    assert.ok(tokenName.startsWith(this.name));
    const session = this.session();
    return await new Tokens(session, await session.whoAmI()).generate({ tokenName: tokenName });
  }

  async renameByHand(tokenUuid: string, tokenName: string, environment?: Environment): Promise<void> {
    const session = this.session(environment);
    await new Tokens(session, await session.whoAmI()).rename(tokenUuid, tokenName);
    this.#newProcess();
  }

  async revokeByHand(tokenUuid: string, environment?: Environment): Promise<void> {
    const session = this.session(environment);
    await new Tokens(session, await session.whoAmI()).revoke(tokenUuid);
    this.#newProcess();
  }

  /** The tokens in the state and on the server. */
  async left(): Promise<unknown[]> {
    const recorded = this.#engines.flatMap(({ recorded, toDelete }) => [...(recorded ? [recorded] : []), ...toDelete]);
    const names = await Promise.all(this.#environments().map((environment) => this.names(environment)));
    return [...recorded, ...names.flat()];
  }

  /** Revokes all tokens of this case, even after a failure. */
  async sweep(): Promise<void> {
    this.#newProcess();
    for (const environment of this.#environments()) {
      const session = this.session(environment);
      const tokens = new Tokens(session, await session.whoAmI());
      for (const { tokenUuid } of await this.#own(environment)) await tokens.revoke(tokenUuid);
    }
    this.#newProcess();
  }

  #environments(): Environment[] {
    return [this.server.administrator, this.server.other].filter((environment) => environment !== undefined);
  }

  async #own(environment: Environment): Promise<ListedToken[]> {
    const isMade = (token: ListedToken) =>
      environment === this.server.other && isLegacy(token) && this.#legacy?.includes(token.tokenUuid) === false;
    const listed = await this.#listed(environment);
    return listed.filter((token) => token.tokenName.startsWith(this.name) || isMade(token));
  }

  async #listed(environment: Environment): Promise<ListedToken[]> {
    if (isOlder(this.server.version, refusals.names.since)) return [];
    const session = this.session(environment);
    return await new Tokens(session, await session.whoAmI()).listNow();
  }
}

const isLegacy = (token: ListedToken): boolean => token.isLegacy;
const uuidOf = ({ tokenUuid }: ListedToken): string => tokenUuid;

/** The version that the Jenkins in `environment` reports to anonymous requests. */
export async function versionOf(environment: Environment): Promise<string> {
  const { url, login, transport } = resolveConnection(undefined, { config: undefined, environment });
  const version = await new Clients().open(url, login, transport).version();
  assert.ok(version, `${url}/login does not answer as a Jenkins does`);
  return version;
}
