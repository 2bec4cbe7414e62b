import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf, PROVIDER, type Properties, secret, secretsIn, UNKNOWN } from "../support/host.ts";
import { type Engine, startEngine } from "../support/plugin-engine.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const PASSWORD = "a password / of alice";
const VALUE = `11${"0f".repeat(16)}`;

describe("The native plugin marks as secret", () => {
  let jenkins: Jenkins;
  let plugin: PluginProcess;
  let connection: { url: string; username: string; apiToken: string };

  before(async () => {
    jenkins = await startJenkins();
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    connection = { url: jenkins.url, username: "alice", apiToken: tokenValue };
    plugin = await startPlugin();
  });

  after(async () => {
    await plugin.end();
    await jenkins.close();
  });

  afterEach(() => {
    jenkins.intercept = undefined;
  });

  it("every secret in the inputs, even if the program gives it in the clear", async () => {
    const password = { url: jenkins.url, username: "alice", password: PASSWORD };
    const inputs: [inputs: Properties, secrets: string[]][] = [
      [{ tokenName: "apiToken", connection }, ["connection.apiToken"]],
      [{ tokenName: "password", connection: password }, ["connection.password"]],
      [{ tokenName: "value", connection, tokenValue: VALUE }, ["connection.apiToken", "tokenValue"]],
      [{ tokenName: "fixed", connection, fixedValue: VALUE }, ["connection.apiToken", "fixedValue"]],
      [{ tokenName: "unknown", connection: { ...connection, apiToken: UNKNOWN } }, ["connection.apiToken"]],
      [{ tokenName: "ci", connection, triggers: { apiToken: "1", password: "2" } }, ["connection.apiToken"]],
    ];
    for (const [declared, secrets] of inputs) {
      const { inputs, failures } = await plugin.check({}, declared);
      assert.deepEqual([inputs, failures, secretsIn(inputs)], [declared, [], secrets]);
    }
  });

  it("the value in the outputs of every operation, and no output contains credentials", async () => {
    const inputs = { tokenName: "ci", connection, triggers: { password: "1" }, user: "alice" };
    const { id, outs } = await plugin.create(inputs);
    const read = await plugin.read(id, outs, { inputs });
    const updated = await plugin.update(id, outs, { ...inputs, tokenName: "renamed" });
    const previewed = await plugin.create(inputs, { preview: true });
    const previewedUpdate = await plugin.update(id, outs, inputs, { preview: true });
    for (const answered of [outs, read.outs, updated, previewed.outs, previewedUpdate]) {
      assert.deepEqual(secretsIn(answered), ["tokenValue"]);
      assert.ok(!JSON.stringify(answered).includes(connection.apiToken));
    }
    assert.deepEqual([read.inputs, secretsIn(read.inputs)], [inputs, ["connection.apiToken"]]);
  });

  it("a declared value in outputs and in a record, as the input and as the token's value", async () => {
    const inputs = { tokenName: "fixed", connection, fixedValue: VALUE };
    const { id, outs } = await plugin.create(inputs);
    const previewed = await plugin.create(inputs, { preview: true });
    const read = await plugin.read(id, outs, { inputs });
    assert.equal(previewed.outs["tokenValue"], VALUE);
    for (const answered of [outs, previewed.outs, read.outs]) {
      assert.deepEqual(new Set(secretsIn(answered)), new Set(["fixedValue", "tokenValue"]));
    }
    await plugin.delete(id, outs);
    jenkins.intercept = ({ path }) => (path.endsWith("/rename") ? { kind: "reply", status: 400 } : undefined);
    const { kept } = await failureOf(plugin.create(inputs));
    assert.deepEqual(new Set(secretsIn(kept?.properties ?? {})), new Set(["connection.apiToken", "fixedValue"]));
    await plugin.delete(kept?.id ?? "", kept?.properties ?? {});
  });

  it("the credentials in the inputs of a lookup", async () => {
    const { tokenUuid } = jenkins.generate("alice", "by hand");
    const found = await plugin.read(tokenUuid, { connection, user: "alice" });
    assert.deepEqual([secretsIn(found.outs), secretsIn(found.inputs)], [[], ["connection.apiToken"]]);
  });

  it("the credentials in the config, wrapped or not, known or unknown", async () => {
    const configs: [config: Properties, secrets: string[]][] = [
      [{ url: jenkins.url, username: "alice", apiToken: connection.apiToken }, ["apiToken"]],
      [{ url: jenkins.url, username: "alice", password: secret(PASSWORD) }, ["password"]],
      [{ url: jenkins.url, username: "alice", apiToken: UNKNOWN }, ["apiToken"]],
    ];
    for (const [config, secrets] of configs) {
      const { inputs } = await plugin.checkConfig(config);
      assert.deepEqual(secretsIn(inputs), secrets);
    }
  });

  it("the credentials, or the value, in the record of a failed create", async () => {
    const unnamed = { path: "/rename", status: 400 };
    const lost = { path: "/generateNewToken", status: 502 };
    const records: [refused: { path: string; status: number }, inputs: Properties, secrets: string[]][] = [
      [unnamed, { tokenName: "unnamed", connection }, ["tokenValue"]],
      [lost, { tokenName: "lost", connection }, ["connection.apiToken"]],
      [lost, { tokenName: "with a value", connection, tokenValue: VALUE }, ["connection.apiToken"]],
    ];
    for (const [{ path, status }, inputs, secrets] of records) {
      jenkins.intercept = (request) => {
        if (request.path.endsWith(path)) return { kind: "reply", status };
        return request.path.endsWith("/security/") ? { kind: "reply", status: 404 } : undefined;
      };
      const { kept } = await failureOf(plugin.create(inputs));
      assert.deepEqual(secretsIn(kept?.properties ?? {}), secrets);
    }
  });

  it("the value in a state of the dynamic class", async () => {
    const { id, outs } = await plugin.create({ tokenName: "ci", connection });
    const read = await plugin.read(id, { ...outs, __provider: PROVIDER });
    assert.deepEqual(secretsIn(read.outs), ["tokenValue"]);
  });
});

describe("The native plugin shows no secret", () => {
  let jenkins: Jenkins;
  let engine: Engine;
  let plugin: PluginProcess;
  let apiToken: string;

  before(async () => {
    jenkins = await startJenkins();
    engine = await startEngine();
    apiToken = jenkins.generate("alice", "of the provider").tokenValue;
    plugin = await startPlugin({ engine: engine.address });
  });

  after(async () => {
    await plugin.end();
    engine.close();
    await jenkins.close();
  });

  it("in output, messages and errors, and prints no stack trace", async () => {
    const login = { url: jenkins.url, username: "alice", apiToken };
    const wrong = { url: jenkins.url, username: "alice", password: PASSWORD };
    const { id, outs } = await plugin.create({ tokenName: "ci", connection: login });
    const gone = await plugin.create({ tokenName: "gone", connection: login });
    jenkins.revoke("alice", gone.id);
    await plugin.configure(login);
    await plugin.read(gone.id, gone.outs);
    const { tokenValue: value } = outs;
    jenkins.intercept = ({ headers }) => {
      const echo = `<title>${Object.entries(headers).join()} ${PASSWORD} ${VALUE}</title>`;
      return headers.authorization === basic(PASSWORD) ? { kind: "reply", status: 400, body: echo } : undefined;
    };
    const failures = await Promise.all([
      failureOf(plugin.create({ tokenName: "ci", connection: wrong })),
      failureOf(plugin.create({ tokenName: "ci", connection: { ...login, url: "http://127.0.0.1:1" } })),
      failureOf(plugin.read("4f1c0000-0000-4000-8000-000000000000", { connection: login })),
      failureOf(plugin.diff(id, { tokenValue: value }, { tokenName: "ci" })),
      failureOf(plugin.create({ tokenName: "ci", connection: { ...login, pasword: PASSWORD } })),
      failureOf(plugin.invoke(`jenkins:index:${value}`)),
    ]);
    const checked = await plugin.check({}, { tokenName: "ci", pasword: PASSWORD, connection: { apiToken: VALUE } });
    const configured = await plugin.checkConfig({ pasword: PASSWORD, url: `http://alice:${VALUE}@127.0.0.1` });
    const shown = [
      ...failures.map(({ message }) => message),
      ...engine.told.map(({ message }) => message),
      JSON.stringify([checked.failures, configured.failures]),
      plugin.printed,
    ].join("\n");
    assert.match(shown, /answered 400: .*,authorization,Basic \[secret\],.* is not on .* any more/s);
    for (const each of [PASSWORD, VALUE, apiToken, String(value)]) {
      for (const form of [each.slice(0, 12), basic(each)]) {
        assert.ok(!shown.includes(form), `${form} stands in ${shown}`);
      }
    }
    assert.equal(plugin.printed, "");
  });

  const basic = (secret: string) => `Basic ${Buffer.from(`alice:${secret}`).toString("base64")}`;
});
