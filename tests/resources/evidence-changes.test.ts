import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { contextOf, later, ofProxy } from "../support/front-door.ts";
import { newProcess } from "../support/process.ts";

const rotation = resources.RotatingApiToken;
const program = { autoName: "project/stack/ci" };

/** Success replies of a gateway that has not passed the request on. Only the 200 could come from Jenkins. */
const successes = [
  { status: 200, what: "an empty 200" },
  { status: 202, what: "an empty 202" },
  { status: 204, what: "a 204" },
];

describe("A gateway that answers in Jenkins' place, and does not pass the request on,", () => {
  let jenkins: Jenkins;

  beforeEach(() => newProcess());

  afterEach(() => jenkins.close());

  async function created(options: JenkinsOptions = {}): Promise<Engine> {
    jenkins = await startJenkins(options);
    const token = new Engine(contextOf(jenkins.url, "alice"));
    await token.up(program);
    return later(token, token.context);
  }

  /** Applies these interceptions to the first requests to `endpoint`. */
  function answer(endpoint: string, ...answers: Interception[]): void {
    jenkins.intercept = ({ path }) => (path.endsWith(`/${endpoint}`) ? answers.shift() : undefined);
  }

  function answerAlways(endpoint: string, answered: Interception): void {
    jenkins.intercept = ({ path }) => (path.endsWith(`/${endpoint}`) ? answered : undefined);
  }

  const names = () => jenkins.tokens("alice").map(({ tokenName }) => tokenName);
  const posts = (endpoint: string) => jenkins.requests("POST", endpoint).length;

  for (const { status, what } of successes) {
    it(`with ${what} to every revoke, makes destroy fail, and the token stays in the state`, async () => {
      const token = await created();
      const { recorded } = token;
      answerAlways("revoke", ofProxy("reply", { status }));
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_UNEXPECTED" });
      assert.deepEqual([token.recorded, names().length], [recorded, 1]);
    });

    it(`with ${what} to every revoke by the token itself, makes destroy fail, and keeps the state`, async () => {
      const token = await created();
      later(token, { ...token.context, environment: {} });
      const { recorded } = token;
      answerAlways("revoke", ofProxy("reply", { status }));
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_UNEXPECTED" });
      assert.deepEqual([token.recorded, names().length], [recorded, 1]);
    });

    it(`with ${what} to every revoke of a rotation, leaves the uuid in unrevoked`, async () => {
      jenkins = await startJenkins();
      const token = new Engine(contextOf(jenkins.url, "alice"), rotation);
      const turns = { ...program, rotateEveryDays: 30 };
      await token.up(turns);
      await token.up({ ...turns, triggers: { turn: "1" } });
      const oldest = jenkins.tokens("alice")[0]?.tokenUuid;
      later(token, token.context);
      answerAlways("revoke", ofProxy("reply", { status }));
      await assert.rejects(token.up({ ...turns, triggers: { turn: "2" } }), { code: "ERR_JENKINS_UNFINISHED" });
      assert.deepEqual(token.outputs["unrevoked"], [oldest]);
      jenkins.intercept = undefined;
      await later(token, token.context).up({ ...turns, triggers: { turn: "2" } });
      assert.deepEqual([names().length, token.outputs["unrevoked"] ?? []], [2, []]);
    });

    for (const version of ["2.499", "2.568.1"]) {
      it(`with ${what} to every rename, does not put the new name into the state, on Jenkins ${version}`, async () => {
        const token = await created({ version });
        const { tokenName } = token.outputs;
        answerAlways("rename", ofProxy("reply", { status }));
        await assert.rejects(token.up({ tokenName: "other" }), { code: "ERR_JENKINS_UNEXPECTED" });
        assert.deepEqual([token.outputs["tokenName"], names()], [tokenName, [tokenName]]);
      });
    }
  }

  it("with an empty 200 to the first revoke, gets another revoke, which Jenkins carries out", async () => {
    const token = await created();
    answer("revoke", ofProxy("reply", { status: 200 }));
    await token.destroy();
    assert.deepEqual([names(), posts("revoke")], [[], 2]);
  });

  it("with an empty 200 to the first revoke of a token by itself, gets another revoke", async () => {
    const token = await created();
    later(token, { ...token.context, environment: {} });
    answer("revoke", ofProxy("reply", { status: 200 }));
    await token.destroy();
    assert.deepEqual([names(), posts("revoke")], [[], 2]);
  });

  it("with Jenkins' own JSON to a rename, gets another rename, which Jenkins carries out", async () => {
    const token = await created();
    answer("rename", ofProxy("reply", { status: 200, body: '{"status":"ok"}' }));
    await token.up({ tokenName: "other" });
    assert.deepEqual([names(), token.outputs["tokenName"], posts("rename")], [["other"], "other", 2]);
  });

  it("with Jenkins' own JSON to every rename, does not put the new name into the state", async () => {
    const token = await created();
    const { tokenName } = token.outputs;
    answerAlways("rename", ofProxy("reply", { status: 200, body: '{"status":"ok"}' }));
    await assert.rejects(token.up({ tokenName: "other" }), {
      code: "ERR_JENKINS_UNEXPECTED",
      message: /the answer says that it is done, but Jenkins does not show the change/,
    });
    assert.deepEqual([token.outputs["tokenName"], names()], [tokenName, [tokenName]]);
  });
});
