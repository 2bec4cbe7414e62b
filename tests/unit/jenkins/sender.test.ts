import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Client } from "../../../provider/jenkins/client.ts";
import { Controller } from "../../../provider/jenkins/controller.ts";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { oopsPage, restartingPage, startingPage, startingPostPage, unauthorizedPage } from "../../jenkins/pages.ts";
import { type Interception, type Jenkins, type LoggedRequest, startJenkins } from "../../jenkins/server.ts";
import { Clock } from "../../support/clock.ts";
import { takeDown } from "../../support/held-port.ts";
import { byPassword, byToken, clientOf, printed } from "../../support/quick.ts";

describe("sender", () => {
  let jenkins: Jenkins;
  let tokenValue: string;

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

  /** What the clients of one process share. */
  let controller: Controller;
  const open = (limits = {}) => clientOf(jenkins.url, byToken("alice", tokenValue), limits, controller);
  const page = (reply: { status: number; headers: Record<string, string>; body: string }): Interception => {
    return { kind: "reply", ...reply };
  };
  const status = (code: number, headers: Record<string, string> = {}): Interception => {
    return { kind: "reply", status: code, headers, body: "<title>from a proxy</title>" };
  };

  /** Gives these answers to the first requests, and lets Jenkins answer the others. */
  function first(...answers: Interception[]): void {
    jenkins.intercept = () => answers.shift();
  }

  const paths = () => jenkins.log.map(({ method, path }) => `${method} ${path.replace(/.*ApiTokenProperty/, "")}`);

  describe("with a Jenkins that starts", () => {
    it("waits until its login page shows that it is ready, and prints a line about the wait", async () => {
      first(page(startingPage()), page(startingPage()), page(restartingPage()));
      const lines = await printed(async () => assert.equal(await open().whoAmI(), "alice"));
      assert.deepEqual(lines, [`Waiting up to 10 seconds for ${jenkins.url}, which says that it is getting ready.`]);
      assert.deepEqual(paths(), ["GET /whoAmI/api/json", ...Array(3).fill("GET /login"), "GET /whoAmI/api/json"]);
    });

    it("waits once for all requests, and prints one line", async () => {
      let looks = 0;
      jenkins.intercept = ({ path }) => {
        if (path.endsWith("/login")) looks++;
        return looks < 3 ? page(startingPage()) : undefined;
      };
      const lines = await printed(() => Promise.all([1, 2, 3, 4, 5].map((ms) => open({ pauseMs: ms }).whoAmI())));
      assert.equal(lines.length, 1);
      assert.equal(jenkins.requests("GET", "login").length, 3);
    });

    it("repeats a request that fails after the wait, however long the wait was", async () => {
      const answers = [page(startingPage()), page(startingPage()), undefined, status(502)];
      jenkins.intercept = () => {
        if (answers.length === 3) clock.pass(20_000);
        return answers.shift();
      };
      const limits = { repeatMs: 10_000, waitForReadyMs: 60_000, requestTimeoutMs: 100_000 };
      await printed(async () => assert.equal(await open(limits).whoAmI(), "alice"));
      assert.equal(paths().filter((path) => path.includes("whoAmI")).length, 3);
    });

    it("repeats even a generate, because Jenkins has not processed it", async () => {
      const alice = open();
      await alice.whoAmI();
      first(page(startingPage()));
      await printed(() => new RestTokens(alice, "alice").generate({ tokenName: "ci" }));
      assert.equal(jenkins.requests("POST", "generateNewToken").length, 2);
      assert.equal(jenkins.tokens("alice").length, 2);
    });

    it("gives up at its time limit, for all requests together", async () => {
      jenkins.intercept = ({ path }) => {
        const hasLooked = path.endsWith("/login") && jenkins.requests("GET", "login").length > 5;
        if (hasLooked) clock.pass(60_000); // By then, both requests wait.
        return page(startingPage());
      };
      const limits = { waitForReadyMs: 60_000, requestTimeoutMs: 100_000 };
      await printed(async () => {
        const both = await Promise.allSettled([open(limits).whoAmI(), open(limits).whoAmI()]);
        const looks = jenkins.requests("GET", "login").length;
        for (const { status: outcome, reason } of both as PromiseRejectedResult[]) {
          assert.equal(outcome, "rejected");
          assert.equal(
            reason.message,
            `Jenkins was not ready after 60 seconds: ${jenkins.url} says that it is getting ready. Run again when it is up, or give it more time with \`connection.waitForReadySeconds\`.`,
          );
        }
        await assert.rejects(open(limits).whoAmI(), { code: "ERR_JENKINS_UNEXPECTED" });
        assert.equal(jenkins.requests("GET", "login").length, looks);
      });
    });

    it("does not wait if that is switched off", async () => {
      jenkins.intercept = () => page(startingPage());
      await assert.rejects(open({ waitForReadyMs: 0 }).whoAmI(), {
        code: "ERR_JENKINS_UNEXPECTED",
        message:
          /answered 503: Starting Jenkins\. Run again when it is up, or give it more time with `connection\.waitForReadySeconds`\.$/,
      });
      assert.equal(jenkins.log.length, 1);
    });

    it("continues after all replies that a restart gives to a right login", async () => {
      const alice = open();
      await alice.whoAmI();
      first(
        page(startingPostPage()),
        page(startingPage()),
        page(startingPage()),
        page(unauthorizedPage()),
        page(startingPage()),
      );
      await printed(() => new RestTokens(alice, "alice").revoke("none"));
      assert.equal(jenkins.requests("POST", "revoke").at(-1)?.status, 200);
    });

    it("does not wait forever if only its login page is ready", async () => {
      jenkins.intercept = ({ path }) => (path.endsWith("/login") ? undefined : page(startingPage()));
      await printed(() => assert.rejects(open({ waitForReadyMs: 30 }).whoAmI(), { status: 503 }));
    });
  });

  describe("with a Jenkins that is down", () => {
    it("waits after a refused connection if waitForConnectionMs is set", async () => {
      const { port, release } = await takeDown(jenkins);
      const waiting = open({ waitForConnectionMs: 10_000 });
      const lines = await printed(async (told) => {
        const name = waiting.whoAmI();
        while (told.length === 0) await sleep(1);
        release();
        jenkins = await startJenkins({ port, users: [{ id: "alice", password: tokenValue }] });
        assert.equal(await name, "alice");
      });
      assert.deepEqual(lines, [`Waiting up to 10 seconds for ${jenkins.url}, which can't be reached yet.`]);
    });

    it("waits after a proxy's 502, and does not repeat a generate", async () => {
      const patient = () => open({ waitForConnectionMs: 10_000, repeatMs: 1 });
      let looks = 0;
      jenkins.intercept = () => (looks++ < 6 ? { kind: "reply", status: 502, body: "Bad Gateway" } : undefined);
      const lines = await printed(async () => assert.equal(await patient().whoAmI(), "alice"));
      assert.deepEqual(lines, [`Waiting up to 10 seconds for ${jenkins.url}, which can't be reached yet.`]);

      const alice = new RestTokens(patient(), "alice");
      jenkins.intercept = ({ path }) => {
        return path.endsWith("/generateNewToken") ? { kind: "replace", status: 502, body: "Bad Gateway" } : undefined;
      };
      await assert.rejects(alice.generate({ tokenName: "once" }), { status: 502 });
      assert.equal(jenkins.requests("POST", "generateNewToken").length, 1);
    });

    it("does not wait if waitForConnectionMs is not set", async () => {
      await takeDown(jenkins);
      await assert.rejects(open().whoAmI(), { code: "ERR_JENKINS_UNREACHABLE", isDown: true, effect: "none" });
    });

    it("waits once for all requests, however many there are", async () => {
      await takeDown(jenkins);
      const patient = { waitForConnectionMs: 4_000 }; // Long enough for a busy machine to send all requests.
      const sessions = [open(patient), open(patient)];
      const lines = await printed(async () => {
        const revoke = (at: number) => new RestTokens(sessions[at % 2] as Client, "alice").revoke(`token ${at}`);
        const results = await Promise.allSettled(Array.from({ length: 100 }, (_, at) => revoke(at)));
        assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(["rejected"]));
      });
      assert.equal(lines.length, 1);
    });
  });

  const passing: Record<string, Interception> = {
    "Jenkins' own 500": page(oopsPage()),
    "a 502": status(502),
    "a 503 of a proxy": status(503),
    "a 504": status(504),
    "a 429": status(429, { "Retry-After": "0" }),
    "a 408": status(408),
    "a broken connection": { kind: "drop", when: "after" },
    "half a reply": { kind: "cut", after: 5 },
  };
  for (const [what, answer] of Object.entries(passing)) {
    it(`repeats a GET and a rename after ${what}`, async () => {
      const alice = open();
      first(answer, answer);
      assert.equal(await alice.whoAmI(), "alice");
      const { tokenUuid } = jenkins.generate("alice", "x");
      first(answer, answer);
      await new RestTokens(alice, "alice").rename(tokenUuid, "y");
      assert.equal(jenkins.requests("POST", "rename").length, 3);
    });

    it(`never repeats a generate after ${what}`, async () => {
      const alice = open();
      await alice.whoAmI();
      first(answer);
      await assert.rejects(new RestTokens(alice, "alice").generate({ tokenName: "ci" }));
      assert.equal(jenkins.requests("POST", "generateNewToken").length, 1);
    });
  }

  for (const code of [400, 404, 501]) {
    it(`repeats nothing after a ${code}`, async () => {
      jenkins.intercept = ({ path }: LoggedRequest) => (path.endsWith("/login") ? undefined : status(code));
      await assert.rejects(open().whoAmI(), { status: code });
      assert.equal(jenkins.requests("GET", "whoAmI/api/json").length, 1);
    });
  }

  it("stops repeating after some attempts, and reports the last failure", async () => {
    jenkins.intercept = () => status(502);
    await assert.rejects(open().whoAmI(), {
      code: "ERR_JENKINS_UNEXPECTED",
      message:
        /answered 502: from a proxy\. A proxy before Jenkins failed, or Jenkins is overloaded: try again later\.$/,
    });
    assert.equal(jenkins.log.length, 6);
  });

  it("waits between two attempts as long as Retry-After says", async () => {
    first(status(503, { "Retry-After": "1" }));
    const from = Date.now();
    await open().whoAmI();
    const [one, other] = jenkins.log.map(({ receivedAt }) => receivedAt.getTime());
    assert.ok(Number(other) - Number(one) >= 900 && Date.now() >= from);
  });

  it("keeps API tokens out of its errors", async () => {
    const spoken = `<title>alice ${tokenValue} alice-password</title>`;
    jenkins.intercept = () => ({ kind: "reply", status: 400, body: spoken });
    for (const login of [byPassword("alice"), byToken("alice", tokenValue)]) {
      await assert.rejects(
        clientOf(jenkins.url, login).whoAmI(),
        (error: Error) => !error.message.includes(tokenValue),
      );
    }
  });
});
