import { afterEach, beforeEach } from "mocha";
import type { RotatedToken } from "../../provider/properties.ts";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { signsIn } from "./login.ts";
import { memory, newProcess } from "./process.ts";
import { quick } from "./quick.ts";

const rotation = resources.RotatingApiToken;

const DAY_MS = 24 * 3_600_000;
export const monthly = { autoName: "shop/dev/ci", rotateEveryDays: 30 };

/** Inputs that rotate a token before its period is over. */
export const wanted = { "a trigger": { triggers: { leak: "2026-02-20" } }, "another expiry": { expiresInDays: 60 } };

export const current = ({ outputs }: Engine) => outputs["current"] as RotatedToken;
export const previous = ({ outputs }: Engine) => outputs["previous"] as RotatedToken | undefined;

/** The fixture of each test of a rotating token: its own Jenkins, alice who logs in with a token, and a clock that the test moves. */
class RotatingSetting {
  jenkins = undefined as unknown as Jenkins;
  /** The value of alice's token. */
  login = "";
  #now = 0;

  begin = async (): Promise<void> => {
    this.#now = Date.parse("2026-02-20T10:30:00Z");
    newProcess();
    this.jenkins = await startJenkins({ now: () => new Date(this.#now) });
    this.login = this.jenkins.generate("alice", "login").tokenValue;
  };

  environment = () => ({
    JENKINS_URL: this.jenkins.url,
    JENKINS_USER_ID: "alice",
    JENKINS_API_TOKEN: this.login,
  });

  context = (): Context => ({
    config: undefined,
    memory: memory(),
    environment: this.environment(),
    limits: quick,
    now: () => new Date(this.#now),
  });

  /** Begins another process, `days` later. */
  later = (days: number): void => {
    this.#now += days * DAY_MS + 1_000; // One more second, because the Date header has whole seconds.
    newProcess();
  };

  made = async (program: Properties = monthly): Promise<Engine> => {
    const token = new Engine(this.context(), rotation);
    await token.up(program);
    return token;
  };

  names = () => this.jenkins.tokens("alice").map(({ tokenName }) => tokenName);

  /** The names of all tokens, except the token that logs in. */
  uuids = () =>
    this.jenkins
      .tokens("alice")
      .filter(({ tokenName }) => tokenName !== "login")
      .map(({ tokenUuid }) => tokenUuid);

  signsIn = (tokenValue: string) => signsIn(this.jenkins, "alice", tokenValue);

  /** Applies these interceptions to the first requests to `part`. */
  answer = (part: string, ...answers: Interception[]): void => {
    this.jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
  };

  posts = () => this.jenkins.log.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));
}

export function rotating(): RotatingSetting {
  const setting = new RotatingSetting();
  beforeEach(setting.begin);
  afterEach(() => setting.jenkins.close());
  return setting;
}
