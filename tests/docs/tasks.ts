/** The tasks in docs/permissions.md, which a login can or cannot do on a simulated Jenkins. */
import assert from "node:assert/strict";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { command, loginOf } from "../support/command.ts";
import { contextOf } from "../support/front-door.ts";
import { signsIn } from "../support/login.ts";
import { newProcess } from "../support/process.ts";

/** What the administrator of a Jenkins has granted to the login. */
export interface Granted extends JenkinsOptions {
  permission: "none" | "Overall/Read" | "Overall/Administer";
}

/** How the login proves who it is. */
export type Secret = "password" | "API token";

export const LOGIN = "deploy-bot";
/** Another user, with one token. */
export const OTHER = "bob";

/** A Jenkins, and the login that is tried on it. */
export class Trial {
  readonly jenkins: Jenkins;
  /** The API token of the login. Without it, the login uses a password. */
  readonly #secret: string | undefined;

  private constructor(jenkins: Jenkins, secret: string | undefined) {
    this.jenkins = jenkins;
    this.#secret = secret;
  }

  static async begin({ permission, ...options }: Granted, by: Secret): Promise<Trial> {
    newProcess();
    const rights = { administrator: permission === "Overall/Administer", read: permission !== "none" };
    const users = [
      { id: LOGIN, password: `${LOGIN}-password`, ...rights },
      { id: OTHER, password: `${OTHER}-password` },
    ];
    const jenkins = await startJenkins({ users, ...options });
    if (by === "password") return new Trial(jenkins, undefined);
    const secret = jenkins.legacyToken(LOGIN) ?? jenkins.generate(LOGIN, "the login").tokenValue;
    return new Trial(jenkins, secret);
  }

  async end(): Promise<void> {
    await this.jenkins.close();
  }

  /** The names of a user's tokens, without the token that logs in. */
  names(user: string): string[] {
    return this.jenkins.tokens(user).flatMap(({ tokenName }) => (tokenName === "the login" ? [] : [tokenName]));
  }

  /** A resource that the login manages. */
  engine(): Engine {
    return new Engine(contextOf(this.jenkins.url, LOGIN, this.#secret));
  }

  /** A resource for a token of this user that was created by hand. Its value is not in the state, so that only the login can manage it. */
  existing(user: string): Engine {
    const { tokenUuid } = this.jenkins.generate(user, "by hand");
    const engine = this.engine();
    engine.inputs = { ...owned(user), tokenName: "by hand" };
    const outputs = { ...engine.inputs, tokenUuid, userId: user, jenkinsUrl: this.jenkins.url, __provider: "" };
    engine.recorded = { id: tokenUuid, outputs };
    return engine;
  }

  /** Runs the command, and throws its message if it fails. */
  async command(args: string[], input?: string): Promise<string> {
    const around = { environment: loginOf(this.jenkins.url, LOGIN, this.#secret), ...(input && { input }) };
    const { code, said, aside } = await command(args, around);
    if (code !== 0) throw new Error(said + aside);
    return said;
  }

  /** What the command lists about a token. */
  async listed(tokenUuid: string, ...args: string[]): Promise<Properties> {
    const { tokens } = JSON.parse(await this.command(["list", "--json", ...args]));
    return tokens.find((token: Properties) => token["tokenUuid"] === tokenUuid);
  }
}

export type Step = (trial: Trial) => Promise<void>;

/** The steps of each task, by the words of the table. */
export const TASKS: Record<string, Record<string, Step>> = {
  "create, read, rename and revoke its own tokens": {
    create: (trial) => create(trial, LOGIN, {}),
    read: (trial) => read(trial, LOGIN),
    rename: (trial) => rename(trial, LOGIN),
    revoke: (trial) => revoke(trial, LOGIN),
  },
  "list its own tokens": { "pulumi-jenkins list": (trial) => list(trial, LOGIN) },
  "run a command with a token of its own (`exec`)": { "pulumi-jenkins exec": (trial) => exec(trial) },
  "create its own legacy token": { create: (trial) => changedLegacyToken(trial, {}) },
  "read and change its own legacy token": {
    "read and change": async (trial) => {
      const before = trial.jenkins.legacyToken(LOGIN) ?? trial.jenkins.changeLegacyToken(LOGIN);
      await changedLegacyToken(trial, { triggers: { round: "2" } }, before);
    },
  },
  'create another user\'s token with `via: "scriptConsole"`': {
    create: (trial) => create(trial, OTHER, { via: "scriptConsole" }),
  },
  'create another user\'s token with the default, `via: "rest"`': { create: (trial) => create(trial, OTHER, {}) },
  "list, rename or revoke another user's tokens": {
    "pulumi-jenkins list": (trial) => list(trial, OTHER, "--user", OTHER),
    rename: (trial) => rename(trial, OTHER),
    revoke: (trial) => revoke(trial, OTHER),
  },
  "list the tokens of all users (`list --all-users`)": {
    "pulumi-jenkins list": (trial) => list(trial, OTHER, "--all-users"),
  },
  "see when a token was created and last used, with the time of day": { "pulumi-jenkins list": seeTimes },
  "use the filters `--unused-for` and `--older-than`, even for its own tokens": {
    "pulumi-jenkins list --unused-for": (trial) => filter(trial, "--unused-for"),
    "pulumi-jenkins list --older-than": (trial) => filter(trial, "--older-than"),
  },
  "run a command with a token of another user (`exec --user`)": {
    "pulumi-jenkins exec": (trial) => exec(trial, "--user", OTHER),
  },
  "find the tokens that have a leaked value, among all users": { "pulumi-jenkins revoke": findLeaked },
};

async function create(trial: Trial, user: string, more: Properties): Promise<void> {
  const engine = trial.engine();
  await engine.up({ ...owned(user), ...more, tokenName: "ci" });
  assert.deepEqual([engine.outputs["userId"], trial.names(user)], [user, ["ci"]]);
  assert.ok(await signsIn(trial.jenkins, user, engine.outputs["tokenValue"]));
}

async function read(trial: Trial, user: string): Promise<void> {
  const engine = trial.existing(user);
  trial.jenkins.rename(user, engine.id, "renamed by hand");
  assert.equal(await engine.refresh(), true);
  assert.equal(engine.outputs["tokenName"], "renamed by hand");
}

async function rename(trial: Trial, user: string): Promise<void> {
  const engine = trial.existing(user);
  assert.equal(await engine.up({ ...owned(user), tokenName: "renamed" }), "update");
  assert.deepEqual(trial.names(user), ["renamed"]);
}

async function revoke(trial: Trial, user: string): Promise<void> {
  await trial.existing(user).destroy();
  assert.deepEqual(trial.names(user), []);
}

async function list(trial: Trial, user: string, ...args: string[]): Promise<void> {
  const { tokenUuid } = trial.jenkins.generate(user, "ci");
  const { tokenName } = await trial.listed(tokenUuid, ...args);
  assert.equal(tokenName, "ci");
}

async function exec(trial: Trial, ...args: string[]): Promise<void> {
  await trial.command(["exec", ...args, "--", process.execPath, "--version"]);
  assert.deepEqual([trial.names(LOGIN), trial.names(OTHER)], [[], []]);
}

async function filter(trial: Trial, name: string): Promise<void> {
  trial.jenkins.generate(LOGIN, "ci");
  assert.ok(!(await trial.command(["list", name, "90d"])).includes("ci"));
}

async function seeTimes(trial: Trial): Promise<void> {
  const { tokenUuid } = trial.jenkins.generate(LOGIN, "ci");
  trial.jenkins.use(LOGIN, tokenUuid, 3);
  const exact = await trial.listed(tokenUuid, "--via", "scriptConsole");
  const { createdAt, lastUsed } = trial.jenkins.tokens(LOGIN).find((token) => token.tokenUuid === tokenUuid) ?? {};
  assert.ok(createdAt && lastUsed);
  assert.deepEqual([exact["createdAt"], exact["lastUsedAt"]], [createdAt.toISOString(), lastUsed.toISOString()]);
}

async function findLeaked(trial: Trial): Promise<void> {
  const { tokenUuid, tokenValue } = trial.jenkins.generate(OTHER, "leaked");
  const said = await trial.command(["revoke", "--value", "-", "--dry-run"], tokenValue);
  assert.ok(said.includes(tokenUuid), said);
}

async function changedLegacyToken(trial: Trial, more: Properties, before?: string): Promise<void> {
  const engine = trial.engine();
  await engine.up({ via: "legacy", autoName: "p/s/ci" });
  if (before) {
    assert.equal(engine.outputs["tokenValue"], before);
    newProcess();
    await engine.up({ via: "legacy", autoName: "p/s/ci", ...more });
  }
  const value = engine.outputs["tokenValue"];
  assert.deepEqual([value !== before, value], [true, trial.jenkins.legacyToken(LOGIN)]);
}

/** The input that names the owner of a token, if the login is another user. */
function owned(user: string): Properties {
  return user === LOGIN ? {} : { user };
}
