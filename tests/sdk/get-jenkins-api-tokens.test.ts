import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as emitted from "pulumi-jenkins";
import * as dynamic from "../../sdk/index.ts";
import * as native from "../../sdk/native.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { inEnvironment } from "../support/environment.ts";
import { hideMocks, resolved } from "../support/mocks.ts";

describe("getJenkinsApiTokens", () => {
  let jenkins: Jenkins;
  let ids: string[];

  beforeEach(async () => {
    jenkins = await startJenkins();
    ids = [];
    await playStack(false);
    pulumi.runtime.setAllConfig({
      ...{ "jenkins:url": jenkins.url, "jenkins:username": "alice", "jenkins:password": "alice-password" },
    });
    jenkins.generate("alice", "ci");
    jenkins.generate("bob", "deploy");
  });

  afterEach(async () => {
    pulumi.runtime.setAllConfig({});
    await jenkins.close();
  });

  /** Sets mocks whose resources have an id, except in a preview. */
  async function playStack(isPreview: boolean): Promise<void> {
    const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
      ids.push(name);
      return { id: isPreview ? undefined : name, state: inputs };
    };
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev", isPreview);
    hideMocks();
  }

  const names = ({ tokens }: dynamic.GetJenkinsApiTokensResult) => tokens.map(({ tokenName }) => tokenName);
  const bob = () => ({ url: jenkins.url, username: "bob", password: "bob-password" });

  it("uses the stack config, in the sources and in the built package", async () => {
    for (const { getJenkinsApiTokens } of [dynamic, emitted]) {
      const found = await getJenkinsApiTokens();
      assert.deepEqual([found.userId, found.jenkinsUrl, names(found)], ["alice", jenkins.url, ["ci"]]);
    }
  });

  it("uses its arguments", async () => {
    const found = await dynamic.getJenkinsApiTokens({ connection: bob() });
    assert.deepEqual([found.userId, names(found)], ["bob", ["deploy"]]);
  });

  it("uses the environment if there is no stack config", async () => {
    pulumi.runtime.setAllConfig({});
    const variables = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "bob", JENKINS_PASSWORD: "bob-password" };
    const found = await inEnvironment(variables, () => dynamic.getJenkinsApiTokens());
    assert.deepEqual(names(found), ["deploy"]);
  });

  it("also reads tokens in a preview", async () => {
    await playStack(true);
    assert.deepEqual(names(await dynamic.getJenkinsApiTokens()), ["ci"]);
    assert.deepEqual(names(await resolved(dynamic.getJenkinsApiTokensOutput())), ["ci"]);
  });

  it("returns the result of the mocks in a unit test, and sends no request", async () => {
    const answered = { userId: "alice", jenkinsUrl: "https://jenkins.example.com", tokens: [] };
    const calls: pulumi.runtime.MockCallArgs[] = [];
    const call = (args: pulumi.runtime.MockCallArgs) => {
      calls.push(args);
      return answered;
    };
    await pulumi.runtime.setMocks({ newResource: ({ name }) => ({ id: name, state: {} }), call }, "shop", "dev");
    for (const { getJenkinsApiTokens, getJenkinsApiTokensOutput } of [dynamic, emitted]) {
      assert.deepEqual(await getJenkinsApiTokens({ unusedForDays: 90 }), answered);
      assert.deepEqual(await resolved(getJenkinsApiTokensOutput({ user: pulumi.output("alice") })), answered);
    }
    assert.deepEqual(
      calls.map(({ token, inputs }) => [token, inputs]),
      [{ unusedForDays: 90 }, { user: "alice" }, { unusedForDays: 90 }, { user: "alice" }].map((inputs) => [
        "jenkins:index:getApiTokens",
        inputs,
      ]),
    );
    assert.deepEqual(jenkins.log, []);
  });

  it("fails with an error of this package", async () => {
    await assert.rejects(dynamic.getJenkinsApiTokens({ user: "nobody" }), {
      code: "ERR_JENKINS_REJECTED",
      status: 404,
    });
  });

  it("accepts outputs in its Output form, and returns nothing secret, even for secret arguments", async () => {
    const { password, ...connection } = bob();
    const args = { connection: { ...connection, password: pulumi.secret(password) }, user: Promise.resolve("bob") };
    const found = dynamic.getJenkinsApiTokensOutput(args);
    assert.deepEqual(names(await resolved(found)), ["deploy"]);
    assert.equal(await pulumi.isSecret(found), false);
  });

  it("waits in its Output form for its dependencies, and sends no request before they exist", async () => {
    class Made extends pulumi.CustomResource {}
    class Component extends pulumi.ComponentResource {}
    const some = [new Made("a:b:C", "made", {}), new Component("a:b:D", "of it")];
    assert.deepEqual(names(await resolved(dynamic.getJenkinsApiTokensOutput({}, { dependsOn: some }))), ["ci"]);
    const [one] = some;
    assert.ok(one);
    assert.deepEqual(names(await resolved(dynamic.getJenkinsApiTokensOutput({}, { dependsOn: one }))), ["ci"]);
    jenkins.log.length = 0;
    await playStack(true);
    const later = dynamic.getJenkinsApiTokensOutput({}, { dependsOn: [new Made("a:b:C", "later", {})] });
    assert.equal(await (later as unknown as { isKnown: Promise<boolean> }).isKnown, false);
    assert.deepEqual(jenkins.log, []);
  });

  describe("of the native face", () => {
    const answer = { userId: "bob", jenkinsUrl: "https://jenkins.example.com", tokens: [] };
    let calls: pulumi.runtime.MockCallArgs[];

    beforeEach(async () => {
      calls = [];
      const call = (args: pulumi.runtime.MockCallArgs) => {
        calls.push(args);
        return answer;
      };
      const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => ({ id: name, state: inputs });
      await pulumi.runtime.setMocks({ newResource, call }, "shop", "dev");
    });

    const args = { user: "bob", unusedForDays: 90, via: "scriptConsole" } as const;

    it("calls the plugin with the same arguments, through the given provider", async () => {
      const provider = new native.Provider("there", { url: "https://jenkins.example.com" });
      assert.deepEqual(await native.getJenkinsApiTokens(args, { provider }), answer);
      const [{ token = "", inputs, provider: by = "" } = {}] = calls;
      assert.deepEqual([token, inputs], ["jenkins:index:getApiTokens", args]);
      assert.match(by, /::pulumi:providers:jenkins::there::there$/);
      assert.deepEqual(await native.getJenkinsApiTokens(), answer);
      assert.deepEqual(calls[1]?.inputs, {});
    });

    it("accepts outputs in its Output form, and returns nothing secret", async () => {
      const found = native.getJenkinsApiTokensOutput({ ...args, user: pulumi.secret("bob") });
      assert.deepEqual(await resolved(found), answer);
      assert.deepEqual([calls[0]?.inputs, await pulumi.isSecret(found)], [args, false]);
    });
  });
});
