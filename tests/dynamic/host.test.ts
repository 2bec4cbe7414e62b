import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { hosted } from "../../provider/dynamic/host.ts";
import * as provider from "../../provider/index.ts";
import { resources } from "../../provider/resources/index.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { inEnvironment } from "../support/environment.ts";

const lifecycle = resources.ApiToken;
describe("The provider that the host loads", () => {
  let jenkins: Jenkins;

  before(async () => {
    jenkins = await startJenkins();
    const config: Record<string, string> = {
      "jenkins:url": jenkins.url,
      "jenkins:username": "alice",
      "jenkins:password": "alice-password",
    };
    await provider.configure({ config: { get: (key) => config[key] } });
  });

  after(() => jenkins.close());

  it("exports seven functions, which must never change", () => {
    const names = ["check", "configure", "create", "delete", "diff", "read", "update"];
    assert.deepEqual(
      Object.keys(provider).sort((one, other) => one.localeCompare(other)),
      names,
    );
  });

  it("serves the whole life of a token with its stack config", async () => {
    const { inputs } = await provider.check({}, { autoName: "shop/dev/ci" });
    const { id, outs } = await provider.create(inputs);
    assert.equal((await provider.diff(id, outs, inputs)).changes, false);
    const { outs: renamed } = await provider.update(id, outs, { tokenName: "deploy" });
    assert.equal((await provider.read(id, renamed)).props["tokenName"], "deploy");
    await provider.delete(id, renamed);
    assert.equal((await provider.read(id, renamed)).id, "");
  });

  it("reads the environment at the first call, not when it is loaded", async () => {
    const { check } = hosted(lifecycle);
    const variables = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    const { failures } = await inEnvironment(variables, () => check({}, { tokenName: "ci" }));
    assert.deepEqual(failures, []);
  });

  it("throws its own errors without a stack trace, because the host would print the stack trace, too", async () => {
    const failed = provider.create({
      tokenName: "ci",
      connection: { url: "http://127.0.0.1:1", username: "alice", apiToken: "x" },
    });
    await assert.rejects(failed, { code: "ERR_JENKINS_UNREACHABLE", stack: "ERR_JENKINS_UNREACHABLE" });
  });

  it("converts any other error into one without a code, an id or a secret", async () => {
    const failed = provider.create({ tokenName: "ci", connection: `11${"0".repeat(32)}` });
    const error = await failed.then(
      () => assert.fail("it succeeded"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Error && !("code" in error) && !("id" in error));
    assert.match(error.message, /^pulumi-jenkins met an error of its own, please report it: /);
    assert.doesNotMatch(error.message, /110{32}/);
  });
});
