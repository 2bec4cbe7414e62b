import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Controller } from "../../../provider/jenkins/controller.ts";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { Tokens } from "../../../provider/jenkins/tokens.ts";
import { type Interception, type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { Clock } from "../../support/clock.ts";
import { takeDown } from "../../support/held-port.ts";
import { byToken, clientOf, printed } from "../../support/quick.ts";

const LIMITS = { repeatMs: 0, requestTimeoutMs: 60_000 };

describe("a Jenkins that gives no answer", () => {
  let jenkins: Jenkins;
  let tokenValue: string;
  /** What the clients of one process share. */
  let controller: Controller;
  let clock: Clock;

  beforeEach(async () => {
    clock = new Clock();
    jenkins = await startJenkins();
    tokenValue = jenkins.generate("alice", "to log in with").tokenValue;
    controller = new Controller(jenkins.url);
  });

  afterEach(async () => {
    clock.stop();
    await jenkins.close();
  });

  const open = (limits = {}) => clientOf(jenkins.url, byToken("alice", tokenValue), limits, controller);

  /** Lets the time limit of a request end as soon as Jenkins has received the request. */
  function neverAnswered(): Interception {
    clock.pass(LIMITS.requestTimeoutMs);
    return { kind: "wait", until: new Promise(() => undefined) };
  }

  it("costs three requests, one after the other, if it accepts them and never answers", async () => {
    jenkins.intercept = neverAnswered;
    const tokens = new Tokens(open(LIMITS), "alice");
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, at) => tokens.revoke(`token ${at}`)));
    assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(["rejected"]));
    assert.equal(jenkins.log.length, 3);
  });

  it("costs no more requests if this machine's clock is set back meanwhile", async () => {
    const { now } = Date;
    jenkins.intercept = () => {
      Date.now = () => now() - 10_000;
      return neverAnswered();
    };
    try {
      const tokens = new Tokens(open(LIMITS), "alice");
      await Promise.allSettled(Array.from({ length: 20 }, (_, at) => tokens.revoke(`token ${at}`)));
      assert.equal(jenkins.log.length, 3);
    } finally {
      jenkins.intercept = undefined;
      Date.now = now;
    }
  });

  it("gets no request after three without an answer, for the time limit of a request", async () => {
    jenkins.intercept = neverAnswered;
    const alice = open(LIMITS);
    for (let time = 1; time <= 3; time++) await assert.rejects(alice.whoAmI(), { effect: "none", isDown: false });
    await assert.rejects(alice.whoAmI(), { isDown: true, effect: "none" });
    assert.equal(jenkins.log.length, 3);
    jenkins.intercept = undefined;
    controller = new Controller(jenkins.url); // Another process still tries.
    assert.equal(await open().whoAmI(), "alice");
  });

  it("but breaks connections at once gets requests for the time limit of a request", async () => {
    const dropped = Array.from({ length: 6 }, (): Interception => ({ kind: "drop", when: "before" }));
    jenkins.intercept = () => dropped.shift();
    const alice = open({ repeatMs: 0 });
    for (let time = 1; time <= 6; time++) await assert.rejects(alice.whoAmI(), { isDown: false });
    assert.equal(await alice.whoAmI(), "alice");
  });

  const ends: Record<string, () => unknown> = {
    "refuses connections": () => takeDown(jenkins),
    "closes connections": () => {
      jenkins.intercept = () => ({ kind: "drop", when: "before" });
    },
    "does not answer in time": () => {
      jenkins.intercept = neverAnswered;
    },
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`and ${what} causes the same explanation for each token`, async () => {
      await end();
      const alice = new RestTokens(open(LIMITS), "alice");
      const messages: string[] = [];
      for (let at = 1; at <= 5; at++) {
        await alice.revoke(`token ${at}`).catch(({ message }) => messages.push(message));
      }
      const explanations = messages.map((message) =>
        message.replace(/^Revoking API token token \d of alice failed: POST \S+: /, ""),
      );
      assert.equal(messages.length, 5);
      assert.deepEqual(new Set(explanations), new Set([explanations[0]]));
      assert.match(explanations[0] ?? "", /^(the connection (was refused|broke)|no whole answer within 60 seconds)/);
    });
  }

  it("gets all repetitions of one request, even if none before had an answer", async () => {
    const dropped: Interception = { kind: "drop", when: "before" };
    const answers = Array.from({ length: 5 }, () => dropped);
    jenkins.intercept = () => answers.shift();
    assert.equal(await open().whoAmI(), "alice");
  });

  it("is used when it has started after more than three attempts", async () => {
    const { port, release } = await takeDown(jenkins);
    const waiting = open({ waitForConnectionMs: 10_000 });
    await printed(async (told) => {
      const name = waiting.whoAmI();
      while (told.length === 0) await sleep(1);
      await sleep(100); // Attempts come after 1, 3, 7, 15, 31 and 63 milliseconds.
      release();
      jenkins = await startJenkins({ port, users: [{ id: "alice", password: tokenValue }] });
      assert.equal(await name, "alice");
    });
  });
});
