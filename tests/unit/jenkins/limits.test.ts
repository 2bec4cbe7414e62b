import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { limitsOf } from "../../../provider/jenkins/limits.ts";
import { Memory } from "../../../provider/resources/context.ts";
import { resources } from "../../../provider/resources/index.ts";
import { startJenkins } from "../../jenkins/server.ts";
import { loginOf } from "../../support/command.ts";

describe("A number of seconds with a fraction", () => {
  for (const seconds of [16.1, 2.01, 8.29, 1.1e-3, 3599.9999999]) {
    it(`of ${seconds} becomes whole milliseconds, which a timer accepts`, () => {
      const limits = limitsOf({ requestTimeoutSeconds: seconds, waitForReadySeconds: seconds });
      const ms = Math.round(seconds * 1000);
      assert.deepEqual([limits.requestTimeoutMs, limits.waitForReadyMs, limits.waitForConnectionMs], [ms, ms, ms]);
    });
  }

  it("is at least a millisecond as the limit of a request, and may be 0 as a wait", () => {
    const { requestTimeoutMs, waitForReadyMs } = limitsOf({ requestTimeoutSeconds: 1e-9, waitForReadySeconds: 1e-9 });
    assert.deepEqual([requestTimeoutMs, waitForReadyMs], [1, 0]);
  });

  for (const requestTimeoutSeconds of [16.1, 59.999999]) {
    it(`of ${requestTimeoutSeconds} is accepted, and a token is created`, async () => {
      const jenkins = await startJenkins();
      const environment = loginOf(jenkins.url, "alice");
      const context = { config: undefined, environment, memory: new Memory() };
      const connection = { requestTimeoutSeconds, waitForReadySeconds: requestTimeoutSeconds };
      const { outs } = await resources.ApiToken.create({ tokenName: "ci", connection }, context);
      assert.equal(outs["userId"], "alice");
      await jenkins.close();
    });
  }

  it("that is too short for any answer causes an error that names it", async () => {
    const jenkins = await startJenkins();
    jenkins.intercept = () => ({ kind: "delay", ms: 60_000, when: "before" });
    const environment = loginOf(jenkins.url, "alice");
    const context = { config: undefined, environment, memory: new Memory(), limits: { repeatMs: 1, pauseMs: 1 } };
    const inputs = { tokenName: "ci", connection: { requestTimeoutSeconds: 0.0005 } };
    await assert.rejects(resources.ApiToken.create(inputs, context), /no whole answer within 0\.001 seconds/);
    await jenkins.close();
  });
});
