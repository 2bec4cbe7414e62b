import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { signsIn } from "../support/login.ts";
import { memory, newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const zones = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]; // The latter two are always a day apart.

describe("renewal of a token that expires", () => {
  const ownZone = process.env["TZ"];
  let jenkins: Jenkins;
  let now: number;

  afterEach(async () => {
    if (ownZone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = ownZone;
    await jenkins.close();
  });

  async function start(timeZone: string, from = "2026-02-20T10:30:00Z"): Promise<Engine> {
    now = Date.parse(from);
    newProcess();
    jenkins = await startJenkins({ now: () => new Date(now), timeZone });
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    return new Engine({ config: undefined, memory: memory(), environment, limits: quick, now: () => new Date(now) });
  }

  /** Begins another process, `ms` later. */
  function later(ms: number): void {
    now += ms;
    newProcess();
  }

  const isAccepted = ({ userId, tokenValue }: Properties) => signsIn(jenkins, userId, tokenValue);

  const extremes: [server: string, client: string][] = [
    ["UTC", "Pacific/Kiritimati"],
    ["Pacific/Kiritimati", "Pacific/Pago_Pago"],
    ["Pacific/Pago_Pago", "Pacific/Kiritimati"],
  ];
  for (const [timeZone, clientZone] of extremes) {
    for (const hour of ["09:59", "10:30", "23:59"]) {
      it(`comes in time, not too often, at ${hour} UTC, client in ${clientZone}, server in ${timeZone}`, async () => {
        process.env["TZ"] = clientZone;
        const token = await start(timeZone, `2026-02-20T${hour}:00Z`);
        const program = { tokenName: "ci", expiresInDays: 7, renewBeforeDays: 2 };
        await token.up(program);
        const replacedOn: number[] = [];
        for (let day = 1; day <= 28; day++) {
          later(DAY_MS);
          assert.ok(await isAccepted(token.outputs), `no longer logs in on day ${day}`);
          if (day % 3 === 0) await token.refresh();
          if ((await token.up(program)) === "replace") replacedOn.push(day);
          assert.equal(await token.up(program), "same");
          assert.equal(jenkins.tokens("alice").length, 1);
        }
        const pauses = replacedOn.map((day, index) => day - (replacedOn[index - 1] ?? 0));
        assert.ok(replacedOn.length >= 4 && pauses.every((pause) => pause >= 5 && pause <= 7), `days ${replacedOn}`);
      });
    }
  }

  for (const timeZone of zones) {
    it(`comes at most once a day with the largest renewBeforeDays, on a server in ${timeZone}`, async () => {
      const token = await start(timeZone);
      const program = { tokenName: "ci", expiresInDays: 3, renewBeforeDays: 1 };
      await token.up(program);
      let replacedAt = now;
      for (let hour = 1; hour <= 24 * 10; hour++) {
        later(HOUR_MS);
        if ((await token.up(program)) !== "replace") continue;
        assert.ok(now - replacedAt >= DAY_MS, `replaced again after ${(now - replacedAt) / HOUR_MS} hours`);
        replacedAt = now;
      }
      assert.deepEqual([await isAccepted(token.outputs), jenkins.tokens("alice").length], [true, 1]);
    });
  }

  it("comes after the end of each token, and only once for each, without renewBeforeDays", async () => {
    const token = await start("Pacific/Kiritimati");
    const program = { autoName: "p/s/ci", expiresInDays: 2 };
    await token.up(program);
    const done: string[] = [];
    for (let day = 1; day <= 21; day++) {
      later(DAY_MS);
      done.push(await token.up(program));
    }
    assert.ok(done.filter((what) => what === "replace").length >= 4);
    assert.doesNotMatch(done.join(" "), /replace replace/);
    assert.equal(jenkins.tokens("alice").length, 1);
  });
});
