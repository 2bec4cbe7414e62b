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

  describe("when it is checked,", () => {
    const DEFAULT = "urn:pulumi:dev::shop::pulumi:providers:jenkins::default_0_1_0";

    it("gets no values from the environment, because they would be stored in the state", async () => {
      assert.deepEqual(await plugin.checkConfig({}), { inputs: {}, failures: [] });
      const declared = { username: "alice", apiToken: "token-of-alice" };
      assert.deepEqual(await plugin.checkConfig(declared), { inputs: declared, failures: [] });
    });

    it("may contain the engine's own properties", async () => {
      const kept = { version: "0.1.0", pluginDownloadURL: "https://example.com", __internal: {} };
      assert.deepEqual(await plugin.checkConfig({ ...kept, url: jenkins.url }), {
        inputs: { ...kept, url: jenkins.url },
        failures: [],
      });
    });

    it("fails for an unknown setting of an explicit provider, without showing the value", async () => {
      const { failures } = await plugin.checkConfig({ pasword: "hunter22", user: "hunter22", autoName: "hunter22" });
      const wrong = "is not a setting of the provider";
      const reasons = [`autoName: ${wrong}`, `pasword: ${wrong}. Did you mean password?`, `user: ${wrong}`];
      assert.deepEqual(
        failures,
        reasons.map((reason) => ({ property: "", reason })),
      );
      assert.deepEqual(engine.told, []);
    });

    it("warns of unknown settings in the stack config, which may be for another provider called jenkins", async () => {
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

    it("does not warn of the config of a project called jenkins", async () => {
      engine.told.length = 0;
      const mixed = DEFAULT.replace("::shop::", "::jenkins::");
      assert.deepEqual((await plugin.checkConfig({ pasword: "hunter22" }, mixed)).failures, []);
      assert.deepEqual(engine.told, []);
    });

    const wrong: [what: string, settings: Properties, reason: RegExp][] = [
      ["a malformed url", { url: "hunter22" }, /^the url from the (provider|stack) config is not a url/],
      ["a url with credentials", { url: "http://alice:hunter22@ci" }, /must not contain a user name or a password/],
      ["a url with another scheme", { url: "ftp://hunter22" }, /must begin with http:\/\/ or https:\/\//],
      ["a malformed number", { requestTimeoutSeconds: "hunter22" }, /requestTimeoutSeconds must be a number/],
      ["a number that is too large", { waitForReadySeconds: "3601" }, /waitForReadySeconds must be a number/],
      ["a malformed flag", { insecureSkipTlsVerify: "hunter22" }, /insecureSkipTlsVerify must be true or false/],
      ["a url with a blank", { url: "https://ci/hunter22 b" }, /the url from the (provider|stack) config has a blank/],
      ["a user with a newline", { username: "hunter22\nb" }, /^jenkins:username has a line break/],
      ["a token of two lines", { apiToken: secret("hunter22\nb") }, /^jenkins:apiToken has a line break/],
      ["a password of two lines", { password: "hunter22\nb" }, /^jenkins:password has a line break/],
      ["a number in another notation", { waitForReadySeconds: "0x10" }, /waitForReadySeconds must be a number/],
      ["a malformed url that is secret", { url: secret("hunter22") }, /is not a url/],
    ];
    for (const [what, settings, reason] of wrong) {
      it(`fails for ${what}, without showing the value, in every provider`, async () => {
        for (const { failures } of [await plugin.checkConfig(settings), await plugin.checkConfig(settings, DEFAULT)]) {
          assert.deepEqual([failures.length, failures[0]?.["property"]], [1, ""]);
          assert.match(String(failures[0]?.["reason"]), reason);
          assert.ok(!JSON.stringify(failures).includes("hunter22"));
        }
      });
    }

    it("is called by its place: the stack config of the default provider, or the config of another provider", async () => {
      const reasonFor = async (urn?: string) =>
        String((await plugin.checkConfig({ url: "ci" }, urn)).failures[0]?.["reason"]);
      assert.match(await reasonFor(DEFAULT), /^the url from the stack config is/);
      assert.match(await reasonFor(), /^the url from the provider config is/);
    });

    it("accepts unknown values, booleans and numbers", async () => {
      const settings = ["url", "username", "apiToken", "password", "caCert", "insecureSkipTlsVerify"];
      for (const name of [...settings, "requestTimeoutSeconds", "waitForReadySeconds"]) {
        assert.deepEqual(await plugin.checkConfig({ [name]: UNKNOWN }), { inputs: { [name]: UNKNOWN }, failures: [] });
      }
      const typed = { insecureSkipTlsVerify: false, requestTimeoutSeconds: 0.5, waitForReadySeconds: 0 };
      assert.deepEqual(await plugin.checkConfig(typed), { inputs: typed, failures: [] });
    });
  });

  it("is compared setting by setting, and never replaces the provider, which would replace its tokens", async () => {
    const other = { url: "https://other.example.com", username: "alice", password: "p" };
    const detailed = { url: "update", apiToken: "delete", password: "add" };
    assert.deepEqual(await plugin.diffConfig(config, other), { changes: "some", replaces: [], detailed });
    assert.deepEqual(await plugin.diffConfig(config, config), SAME);
    const wrapped = { ...config, apiToken: secret(config["apiToken"] ?? "") };
    assert.deepEqual(await plugin.diffConfig(config, wrapped), SAME);
  });

  describe("in operations,", () => {
    afterEach(async () => await plugin.configure(config));

    it("takes precedence over the environment", async () => {
      await plugin.configure(config);
      const { outs } = await plugin.create({ tokenName: "by config" });
      assert.deepEqual([outs["userId"], outs["jenkinsUrl"]], ["alice", jenkins.url]);
    });

    it("may have wrapped secrets, and numbers as strings", async () => {
      const { apiToken = "", ...rest } = config;
      await plugin.configure({ ...rest, apiToken: secret(apiToken), requestTimeoutSeconds: "20" });
      assert.equal((await plugin.create({ tokenName: "by secret" })).outs["userId"], "alice");
    });

    it("replaces an existing token for another url, but not for other credentials", async () => {
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

    it("is overridden by the connection of a resource", async () => {
      await plugin.configure({ url: "http://127.0.0.1:1", username: "nobody", password: "none" });
      const connection = { url: jenkins.url, username: "bob", password: "bob-password" };
      assert.equal((await plugin.create({ tokenName: "ci", connection })).outs["userId"], "bob");
    });

    it("is named in the errors about it", async () => {
      await plugin.configure({ username: "alice", apiToken: "a", password: "b" });
      const { failures } = await plugin.check({}, { tokenName: "ci" });
      assert.deepEqual([failures.length, failures[0]?.["property"]], [1, ""]);
      assert.match(String(failures[0]?.["reason"]), /the provider config names both an API token and a password/);
      const { message } = await failureOf(plugin.create({ tokenName: "ci" }));
      assert.match(message, /the provider config names both/);
    });
  });
});

describe("An empty config of the default provider", () => {
  it("leaves all settings to the environment", async () => {
    const jenkins = await startJenkins();
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USERNAME: "bob", JENKINS_PASSWORD: "bob-password" };
    const plugin = await startPlugin({ environment });
    const { outs } = await plugin.create({ tokenName: "ci" });
    assert.deepEqual([outs["userId"], outs["jenkinsUrl"]], ["bob", jenkins.url]);
    await plugin.end();
    await jenkins.close();
  });
});
