import { afterEach, beforeEach } from "mocha";
import type { RotatedToken } from "../../provider/properties.ts";
import type { Context } from "../../provider/resources/access.ts";
import * as rotation from "../../provider/resources/rotating-token.ts";
import { forgetProcess } from "../../provider/resources/token.ts";
import { Engine, type Properties } from "../acceptance/engine.ts";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { quick } from "./quick.ts";

const DAY_MS = 24 * 3_600_000;
export const monthly = { autoName: "shop/dev/ci", rotateEveryDays: 30 };

/** What has a token rotated before its time. */
export const wanted = { "a trigger": { triggers: { leak: "2026-02-20" } }, "another expiry": { expiresInDays: 60 } };

export const current = ({ outputs }: Engine) => outputs["current"] as RotatedToken;
export const previous = ({ outputs }: Engine) => outputs["previous"] as RotatedToken | undefined;

/** What each test of a rotating token has: a Jenkins of its own, alice who signs in with a token, and a clock that is moved. */
export function rotating() {
  let now: number;
  const setting = {
    jenkins: undefined as unknown as Jenkins,
    /** The value of alice's token. */
    login: "",
    environment: () => ({
      JENKINS_URL: setting.jenkins.url,
      JENKINS_USER_ID: "alice",
      JENKINS_API_TOKEN: setting.login,
    }),
    context: (): Context => ({
      config: undefined,
      environment: setting.environment(),
      limits: quick,
      now: () => new Date(now),
    }),
    /** Another process, after so many days. */
    later(days: number): void {
      now += days * DAY_MS + 1_000; // The Date header knows no parts of a second.
      forgetProcess();
    },
    async made(program: Properties = monthly): Promise<Engine> {
      const token = new Engine(setting.context(), rotation);
      await token.up(program);
      return token;
    },
    names: () => setting.jenkins.tokens("alice").map(({ tokenName }) => tokenName),
    /** Of all tokens but the one that signs in. */
    uuids: () =>
      setting.jenkins
        .tokens("alice")
        .filter(({ tokenName }) => tokenName !== "login")
        .map(({ tokenUuid }) => tokenUuid),
    async signsIn(tokenValue: string): Promise<boolean> {
      const authorization = `Basic ${Buffer.from(`alice:${tokenValue}`).toString("base64")}`;
      return (await fetch(`${setting.jenkins.url}/whoAmI/api/json`, { headers: { authorization } })).status === 200;
    },
    /** The first requests to `part` are met with these. */
    answer(part: string, ...answers: Interception[]): void {
      setting.jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
    },
    posts: () =>
      setting.jenkins.log.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1)),
  };

  beforeEach(async () => {
    now = Date.parse("2026-02-20T10:30:00Z");
    forgetProcess();
    setting.jenkins = await startJenkins({ now: () => new Date(now) });
    setting.login = setting.jenkins.generate("alice", "login").tokenValue;
  });
  afterEach(() => setting.jenkins.close());
  return setting;
}
