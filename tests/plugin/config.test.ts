import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf, type Properties, secret, UNKNOWN } from "../support/host.ts";
import { type Engine, startEngine } from "../support/plugin-engine.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const SAME = { changes: "none", replaces: [], detailed: {} };

describe("The config of the native provider", () => {
  let jenkins: Jenkins;
  let engine: Engine;
  let plugin: PluginProcess;
  let config: Record<string, string>;

  before(async () => {
    jenkins = await startJenkins();
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    config = { url: jenkins.url, username: "alice", apiToken: tokenValue };
    engine = await startEngine();
    plugin = await startPlugin({
      engine: engine.address,
      environment: { JENKINS_URL: "http://127.0.0.1:1", JENKINS_USER_ID: "bob", JENKINS_PASSWORD: "bob-password" },
    });
  });

  after(async () => {
    await plugin.end();
    engine.close();
    await jenkins.close();
  });

  describe("is checked:", () => {
    const DEFAULT = "urn:pulumi:dev::shop::pulumi:providers:jenkins::default_0_1_0";

    it("what it doesn't say is not taken from the environment, whose values would stay in the state", async () => {
      assert.deepEqual(await plugin.checkConfig({}), { inputs: {}, failures: [] });
      const declared = { username: "alice", apiToken: "token-of-alice" };
      assert.deepEqual(await plugin.checkConfig(declared), { inputs: declared, failures: [] });
    });

    it("what the engine keeps there of its own is no setting, and right", async () => {
      const kept = { version: "0.1.0", pluginDownloadURL: "https://example.com", __internal: {} };
      assert.deepEqual(await plugin.checkConfig({ ...kept, url: jenkins.url }), {
        inputs: { ...kept, url: jenkins.url },
        failures: [],
      });
    });

    it("an unknown setting of an explicit provider fails, and its value is not shown", async () => {
      const { failures } = await plugin.checkConfig({ pasword: "hunter22", user: "hunter22", autoName: "hunter22" });
      const wrong = "is not a setting of the provider";
      const reasons = [`autoName: ${wrong}`, `pasword: ${wrong}. Did you mean password?`, `user: ${wrong}`];
      assert.deepEqual(
        failures,
        reasons.map((reason) => ({ property: "", reason })),
      );
      assert.deepEqual(engine.told, []);
    });

    it("an unknown setting of the stack config warns, because another provider called jenkins may own it", async () => {
      for (const urn of [DEFAULT, DEFAULT.replace("_0_1_0", "")]) {
        engine.told.length = 0;
        const settings = { serverUrl: "hunter22", pasword: "hunter22", url: jenkins.url };
        assert.deepEqual(await plugin.checkConfig(settings, urn), { inputs: settings, failures: [] });
        const why = "is ignored, because it is not a setting of the provider of pulumi-jenkins";
        assert.deepEqual(engine.told, [
          { severity: "warning", message: `jenkins:pasword ${why}. Did you mean password?`, urn },
          { severity: "warning", message: `jenkins:serverUrl ${why}`, urn },
        ]);
      }
    });

    it("the config of a project called jenkins is not taken for settings", async () => {
      engine.told.length = 0;
      const mixed = DEFAULT.replace("::shop::", "::jenkins::");
      assert.deepEqual((await plugin.checkConfig({ pasword: "hunter22" }, mixed)).failures, []);
      assert.deepEqual(engine.told, []);
    });

    const wrong: [what: string, settings: Properties, reason: RegExp][] = [
      ["a url that is none", { url: "hunter22" }, /^the url from the provider config is not a url/],
      ["a url with a login in it", { url: "http://alice:hunter22@ci" }, /must not contain a user name or a password/],
      ["a url of another kind", { url: "ftp://hunter22" }, /must begin with http:\/\/ or https:\/\//],
      ["a number that is none", { requestTimeoutSeconds: "hunter22" }, /requestTimeoutSeconds must be a number/],
      ["a number that is too large", { waitForReadySeconds: "3601" }, /waitForReadySeconds must be a number/],
      ["a flag that is none", { insecureSkipTlsVerify: "hunter22" }, /insecureSkipTlsVerify must be true or false/],
      ["a url with a blank in it", { url: "https://ci/hunter22 b" }, /the url from the provider config has a blank/],
      ["a user with a newline in it", { username: "hunter22\nb" }, /^jenkins:username has a line break/],
      ["a token of two lines", { apiToken: secret("hunter22\nb") }, /^jenkins:apiToken has a line break/],
      ["a password of two lines", { password: "hunter22\nb" }, /^jenkins:password has a line break/],
      ["a number in another notation", { waitForReadySeconds: "0x10" }, /waitForReadySeconds must be a number/],
      ["a secret that is none", { url: secret("hunter22") }, /is not a url/],
    ];
    for (const [what, settings, reason] of wrong) {
      it(`${what} is told, and not shown, whichever provider it is`, async () => {
        for (const { failures } of [await plugin.checkConfig(settings), await plugin.checkConfig(settings, DEFAULT)]) {
          assert.deepEqual([failures.length, failures[0]?.["property"]], [1, ""]);
          assert.match(String(failures[0]?.["reason"]), reason);
          assert.ok(!JSON.stringify(failures).includes("hunter22"));
        }
      });
    }

    it("values pass that aren't known yet, and those that aren't texts", async () => {
      const settings = ["url", "username", "apiToken", "password", "caCert", "insecureSkipTlsVerify"];
      for (const name of [...settings, "requestTimeoutSeconds", "waitForReadySeconds"]) {
        assert.deepEqual(await plugin.checkConfig({ [name]: UNKNOWN }), { inputs: { [name]: UNKNOWN }, failures: [] });
      }
      const typed = { insecureSkipTlsVerify: false, requestTimeoutSeconds: 0.5, waitForReadySeconds: 0 };
      assert.deepEqual(await plugin.checkConfig(typed), { inputs: typed, failures: [] });
    });
  });

  it("is compared setting by setting, and replaces no provider, with which its tokens would go", async () => {
    const other = { url: "https://other.example.com", username: "alice", password: "p" };
    const detailed = { url: "update", apiToken: "delete", password: "add" };
    assert.deepEqual(await plugin.diffConfig(config, other), { changes: "some", replaces: [], detailed });
    assert.deepEqual(await plugin.diffConfig(config, config), SAME);
    const wrapped = { ...config, apiToken: secret(config["apiToken"] ?? "") };
    assert.deepEqual(await plugin.diffConfig(config, wrapped), SAME);
  });

  describe("decides", () => {
    afterEach(async () => await plugin.configure(config));

    it("where tokens are made and by whom, whatever the environment says", async () => {
      await plugin.configure(config);
      const { outs } = await plugin.create({ tokenName: "by config" });
      assert.deepEqual([outs["userId"], outs["jenkinsUrl"]], ["alice", jenkins.url]);
    });

    it("also where the engine wraps its secrets, and gives numbers as texts", async () => {
      const { apiToken = "", ...rest } = config;
      await plugin.configure({ ...rest, apiToken: secret(apiToken), requestTimeoutSeconds: "20" });
      assert.equal((await plugin.create({ tokenName: "by secret" })).outs["userId"], "alice");
    });

    it("nothing of a token that lives, by another login; another url replaces it", async () => {
      for (const inputs of [{ tokenName: "ci" }, { tokenName: "ci", connection: { requestTimeoutSeconds: 20 } }]) {
        await plugin.configure(config);
        const { id, outs } = await plugin.create(inputs);
        await plugin.configure({ url: `${jenkins.url}/`, username: "admin", password: "admin-password" });
        assert.deepEqual(await plugin.difference(id, outs, inputs), SAME);
        await plugin.configure({ ...config, url: "https://other.example.com" });
        const elsewhere = { replaces: ["connection"], detailed: { connection: "update-replace" } };
        assert.deepEqual(await plugin.difference(id, outs, inputs), { changes: "some", ...elsewhere });
      }
    });

    it("less than a connection of the resource's own", async () => {
      await plugin.configure({ url: "http://127.0.0.1:1", username: "nobody", password: "none" });
      const connection = { url: jenkins.url, username: "bob", password: "bob-password" };
      assert.equal((await plugin.create({ tokenName: "ci", connection })).outs["userId"], "bob");
    });

    it("what is said of it where it doesn't fit", async () => {
      await plugin.configure({ username: "alice", apiToken: "a", password: "b" });
      const { failures } = await plugin.check({}, { tokenName: "ci" });
      assert.deepEqual([failures.length, failures[0]?.["property"]], [1, ""]);
      assert.match(String(failures[0]?.["reason"]), /the provider config names both an API token and a password/);
      const { message } = await failureOf(plugin.create({ tokenName: "ci" }));
      assert.match(message, /the provider config names both/);
    });
  });
});

describe("The default provider's config where nothing is set", () => {
  it("leaves everything to the environment", async () => {
    const jenkins = await startJenkins();
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USERNAME: "bob", JENKINS_PASSWORD: "bob-password" };
    const plugin = await startPlugin({ environment });
    const { outs } = await plugin.create({ tokenName: "ci" });
    assert.deepEqual([outs["userId"], outs["jenkinsUrl"]], ["bob", jenkins.url]);
    await plugin.end();
    await jenkins.close();
  });
});
