import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { memory } from "../support/process.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse("2026-01-01T05:17:00Z");
const YEAR = 360; // Days of a simulated year, a multiple of most periods.

/** The hours before the end of its period when a token may get its successor, by the days of the period. */
const toleranceHours: Record<number, number> = { 1: 2.4, 2: 4.8, 3: 7.2, 7: 12, 30: 12, 90: 12 };

const environment = { JENKINS_URL: "https://a.example.com", JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: "secret" };
const at = (ms: number): Context => ({ config: undefined, memory: memory(), environment, now: () => new Date(ms) });
const home = { userId: "alice", jenkinsUrl: "https://a.example.com" };

/** Whether a run at `runMs` creates the next token, where the current one was created at `createdMs`. */
type IsFollowed = (createdMs: number, runMs: number) => boolean;

function rotatedEvery(days: number): IsFollowed {
  const inputs = { tokenName: "ci", rotateEveryDays: days };
  return (createdMs, runMs) => {
    const createdAt = new Date(createdMs).toISOString();
    const current = { tokenUuid: "u", tokenName: "ci-01234567", tokenValue: "v", createdAt };
    return resources.RotatingApiToken.diff("rotating-1", { ...inputs, ...home, current }, inputs, at(runMs)).changes;
  };
}

function renewedEvery(days: number, timeZone = "UTC"): IsFollowed {
  const renewBeforeDays = 10;
  const inputs = { tokenName: "ci", expiresInDays: days + renewBeforeDays, renewBeforeDays };
  const dates = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
  return (createdMs, runMs) => {
    const expiresMs = Date.parse(dates.format(createdMs)) + inputs.expiresInDays * DAY_MS;
    const times = { createdAt: new Date(createdMs).toISOString(), expiresOn: new Date(expiresMs).toISOString() };
    const state = {
      ...inputs,
      ...home,
      tokenUuid: "u",
      tokenValue: "v",
      ...times,
      expiresOn: times.expiresOn.slice(0, 10),
    };
    return resources.ApiToken.diff("u", state, inputs, at(runMs)).replaces.includes("expiresOn");
  };
}

/** The times when these runs create tokens: half a minute after their start. */
function created(runs: number[], isFollowed: IsFollowed): number[] {
  const times: number[] = [];
  for (const run of runs) {
    const last = times.at(-1);
    if (last === undefined || isFollowed(last, run)) times.push(run + 30 * SECOND_MS);
  }
  return times;
}

/** The hours for which each value works after the next one exists. It is revoked when the one after that is created. */
function overlapHours(times: number[]): number[] {
  return times.slice(2).map((revoked, index) => (revoked - Number(times[index + 1])) / HOUR_MS);
}

/** Numbers from -1 to 1, which are the same in each run of the tests. */
function jitter(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  };
}

/** The starts of a job for a simulated year, each early or late by up to `jitterMs`. */
function schedule(everyHours: number, jitterMs: number): number[] {
  const next = jitter();
  const count = Math.floor((YEAR * 24) / everyHours);
  return Array.from({ length: count + 1 }, (_, index) => START + index * everyHours * HOUR_MS + next() * jitterMs);
}

/** The starts of a job at 06:17 in Berlin, each early or late by up to this number of hours. */
function inBerlin(from: string, everyDays: number, days: number, hours: { early: number; late: number }): number[] {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", hour: "2-digit" });
  const next = jitter(7);
  return Array.from({ length: Math.floor(days / everyDays) + 1 }, (_, index) => {
    const utc = Date.parse(`${from}T06:17:00Z`) + index * everyDays * DAY_MS;
    const offset = Number(clock.format(utc)) - 6;
    const share = next();
    return utc - offset * HOUR_MS + share * (share < 0 ? hours.early : hours.late) * HOUR_MS;
  });
}

const followings: [name: string, every: (days: number) => IsFollowed, shortest: number][] = [
  ["a rotating token", rotatedEvery, 1],
  ["a token that is renewed", renewedEvery, 2],
];

const schedules: [job: string, everyHours: number, jitterHours: number, days: number, followers: number][] = [
  ["a daily job on time", 24, 0, 1, 360],
  ["a weekly job on time", 7 * 24, 0, 7, 51],
  ["a monthly job on time", 30 * 24, 0, 30, 12],
  ["a daily job", 24, 1, 1, 360],
  ["a job every other day", 48, 1, 2, 180],
  ["a daily job", 24, 1, 2, 180],
  ["a weekly job", 7 * 24, 1, 7, 51],
  ["a daily job", 24, 1, 7, 51],
  ["a monthly job", 30 * 24, 1, 30, 12],
  ["a daily job", 24, 1, 30, 12],
  ["a weekly job", 7 * 24, 1, 30, 10],
  ["a quarterly job", 90 * 24, 1, 90, 4],
  ["a daily job", 24, 1, 90, 4],
  ["a weekly job", 7 * 24, 1, 90, 3],
];

describe("Run on a schedule,", () => {
  for (const [name, every, shortest] of followings) {
    for (const [job, everyHours, jitterHours, days, followers] of schedules) {
      if (days < shortest) continue;
      const shifted = jitterHours ? ", up to an hour early or late," : "";
      it(`${name} with a period of ${days} days gets ${followers} new values in ${YEAR} days by ${job}${shifted}`, () => {
        const times = created(schedule(everyHours, jitterHours * HOUR_MS), every(days));
        assert.equal(times.length - 1, followers);
        const least = days * 24 - Number(toleranceHours[days]);
        for (const hours of overlapHours(times)) assert.ok(hours >= least, `${hours} hours of overlap`);
      });
    }

    for (const days of [1, 2, 7, 30, 90].filter((period) => period >= shortest)) {
      it(`${name} with a period of ${days} days gets its next value in time, and not earlier, by an hourly job`, () => {
        const times = created(schedule(1, HOUR_MS / 6), every(days));
        const least = days * 24 - Number(toleranceHours[days]);
        assert.ok(times.length > 2);
        for (const hours of overlapHours(times)) assert.ok(hours >= least && hours < least + 1.5, `${hours} hours`);
      });

      for (const [season, from] of [
        ["to summer time", "2026-03-22"],
        ["to winter time", "2026-10-18"],
      ] as const) {
        it(`${name} with a period of ${days} days gets a new value at each run over the change ${season}`, () => {
          // A daily run is never early: from an hour late to an hour early on the 23-hour day are only 21 hours.
          const runs = inBerlin(from, days, Math.max(21, 3 * days), { early: days === 1 ? 0 : 1, late: 1 });
          const times = created(runs, every(days));
          assert.equal(times.length, runs.length);
          const least = days * 24 - Number(toleranceHours[days]);
          for (const hours of overlapHours(times)) assert.ok(hours >= least, `${hours} hours of overlap`);
        });
      }
    }
  }

  const elsewhere = ["Pacific/Kiritimati", "Pacific/Pago_Pago"]; // The two are always a day apart.
  const everywhere = [
    ...followings,
    ...elsewhere.map((zone): (typeof followings)[number] => [
      `a token that is renewed on a Jenkins in ${zone}`,
      (days) => renewedEvery(days, zone),
      2,
    ]),
  ];
  for (const [name, every, shortest] of everywhere) {
    it(`${name} gets a new value at each run, for any period, with runs up to an hour early or late`, () => {
      const periods = fc.integer({ min: shortest, max: 400 });
      const shifts = fc.array(fc.integer({ min: -3_600, max: 3_600 }), { minLength: 2, maxLength: 6 });
      const isKept = (days: number, seconds: number[]) => {
        const runs = seconds.map((shift, index) => START + index * days * DAY_MS + shift * SECOND_MS);
        assert.equal(created(runs, every(days)).length, runs.length);
      };
      fc.assert(fc.property(periods, shifts, isKept), { examples: [[shortest, [3_600, -3_600]]], seed: 1 });
    });

    it(`${name} gets its next value from 12 hours, or a tenth of its period, before its end`, () => {
      const periods = fc.integer({ min: shortest, max: 400 });
      const starts = fc.integer({ min: 0, max: 86_399 });
      const isKept = (days: number, start: number) => {
        const createdMs = START + start * SECOND_MS;
        const dueMs = createdMs + days * DAY_MS - Math.min(12 * HOUR_MS, days * 2.4 * HOUR_MS);
        assert.equal(every(days)(createdMs, Math.ceil(dueMs) - 1), false);
        assert.equal(every(days)(createdMs, Math.ceil(dueMs)), true);
      };
      fc.assert(fc.property(periods, starts, isKept), { examples: [[shortest, 0]], seed: 1 });
    });
  }
});
