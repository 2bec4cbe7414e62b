import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import type { Reply } from "../jenkins/reply.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { contextOf, later, unmarked } from "../support/front-door.ts";
import { newProcess } from "../support/process.ts";
import { byPassword, clientOf } from "../support/quick.ts";

const program = { autoName: "project/stack/ci" };
const HOUR_MS = 3_600_000;

const dated = (reply: Reply, date: string): Reply => ({ ...reply, headers: { ...reply.headers, Date: date } });
const inAnHour = () => new Date(Date.now() + HOUR_MS).toUTCString();

describe("The time in a reply", () => {
  let jenkins: Jenkins;
  let now: number;

  beforeEach(async () => {
    newProcess();
    now = Date.now();
    jenkins = await startJenkins();
  });

  afterEach(() => jenkins.close());

  const context = (): Context => ({ ...contextOf(jenkins.url, "alice"), now: () => new Date(now) });

  function assertCreatedNow({ outputs }: Engine): void {
    const createdAt = String(outputs["createdAt"]);
    assert.equal(new Date(createdAt).toISOString(), createdAt);
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000, createdAt);
  }

  for (const date of ["Sat, 13 Sep 275760 00:00:00 GMT", "never", "Mon, 01 Jan 0001 00:00:00 GMT", ""]) {
    it(`is ignored if it is "${date}", and the token is created and stored`, async () => {
      jenkins.intercept = ({ path }) =>
        path.endsWith("/generateNewToken") ? { kind: "alter", alter: (reply) => dated(reply, date) } : undefined;
      const token = new Engine(context());
      await token.up(program);
      assertCreatedNow(token);
      assert.deepEqual(
        jenkins.tokens("alice").map(({ tokenUuid }) => tokenUuid),
        [token.id],
      );
      jenkins.intercept = undefined;
      assert.ok(await later(token, context()).refresh());
    });
  }

  it("is ignored if the reply has no mark of Jenkins, even if it is ten years ahead", async () => {
    const inTenYears = new Date(Date.now() + 10 * 365 * 24 * HOUR_MS).toUTCString();
    jenkins.passBack = (reply) => {
      const passed = dated(unmarked(reply), inTenYears);
      return { ...passed, body: passed.body.replaceAll("data-rooturl", "data-root") };
    };
    const { tokenValue } = jenkins.generate("alice", "login"); // A crumb would be a mark of Jenkins.
    const token = new Engine({ ...contextOf(jenkins.url, "alice", tokenValue), now: () => new Date(now) });
    await token.up({ ...program, expiresInDays: 30 });
    assertCreatedNow(token);
    assert.equal(await token.up({ ...program, expiresInDays: 30 }), "same");
  });

  it("is ignored if the reply comes from a cache", async () => {
    jenkins.intercept = () => ({
      kind: "alter",
      alter: (reply) => dated({ ...reply, headers: { ...reply.headers, Age: "60" } }, inAnHour()),
    });
    const alice = clientOf(jenkins.url, byPassword("alice"));
    await alice.whoAmI();
    assert.deepEqual(
      [alice.controller.isTimeKnown, alice.controller.time().getTime() - Date.now() < 60_000],
      [false, true],
    );
  });

  it("does not settle a record alone, because five minutes have to pass on this machine, too", async () => {
    jenkins.intercept = ({ path }) =>
      path.endsWith("/generateNewToken") ? { kind: "drop", when: "before" } : undefined;
    const token = new Engine(context());
    await assert.rejects(token.up(program), { code: "ERR_JENKINS_UNFINISHED" });
    const { recorded } = token;
    jenkins.intercept = undefined;
    jenkins.passBack = (reply) => dated(reply, inAnHour()); // A proxy that keeps the marks of Jenkins.
    await assert.rejects(later(token, context()).destroy(), {
      code: "ERR_JENKINS_REJECTED",
      message: /the attempt is not five minutes old and may still be carried out/,
    });
    assert.equal(token.recorded, recorded);
    now += 310_000;
    await later(token, context()).destroy();
    assert.equal(token.recorded, undefined);
  });
});
