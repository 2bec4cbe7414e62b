import { afterEach } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { signsIn } from "./login.ts";
import { memory, newProcess } from "./process.ts";
import { quick } from "./quick.ts";

export const legacy = { via: "legacy", autoName: "p/s/ci" };
export const enabled = { creationOfLegacyTokenEnabled: true };

/** The value of alice's legacy token in `users`. */
export const shown = "0123456789abcdef0123456789abcdef";
export const users = [
  { id: "admin", password: "admin-password", administrator: true },
  { id: "alice", password: "alice-password", legacyToken: shown },
  { id: "bob", password: "bob-password" },
];

export const value = (token: Engine) => token.outputs["tokenValue"];

/** The fixture of each test of a legacy token: its own Jenkins, and users who log in with a password. */
export function legacyTokens() {
  const setting = {
    jenkins: undefined as unknown as Jenkins,
    async start(options: JenkinsOptions = enabled, id = "alice"): Promise<Engine> {
      newProcess();
      setting.jenkins = await startJenkins(options);
      return new Engine(setting.as(id));
    },
    as(id: string, secret: Record<string, string> = { JENKINS_PASSWORD: `${id}-password` }): Context {
      const environment = { JENKINS_URL: setting.jenkins.url, JENKINS_USER_ID: id, ...secret };
      return { config: undefined, memory: memory(), environment, limits: quick };
    },
    /** Begins another process, in which another user may log in. */
    later(token: Engine, id = "alice"): void {
      newProcess();
      token.context = setting.as(id);
      setting.jenkins.log.length = 0;
    },
    signsIn: (secret: unknown, id = "alice") => signsIn(setting.jenkins, id, secret),
    changes: () => setting.jenkins.requests("POST", "changeToken").length,
    /** Applies these interceptions to the first requests to `part`. */
    answer(part: string, ...answers: Interception[]): void {
      setting.jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
    },
  };
  afterEach(() => setting.jenkins.close());
  return setting;
}
