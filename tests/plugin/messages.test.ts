import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf } from "../support/host.ts";
import { type Engine, startEngine } from "../support/plugin-engine.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const URN = "urn:pulumi:dev::shop::my:Component$jenkins:index:ApiToken::deploy";

describe("A message of the native plugin", () => {
  let jenkins: Jenkins;
  let engine: Engine;
  let plugin: PluginProcess;
  let alone: PluginProcess;

  before(async () => {
    jenkins = await startJenkins();
    engine = await startEngine({ hearsAfterMs: 200 });
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    const config = { url: jenkins.url, username: "alice", apiToken: tokenValue };
    [plugin, alone] = await Promise.all([startPlugin({ engine: engine.address, config }), startPlugin({ config })]);
  });

  after(async () => {
    await Promise.all([plugin.end(), alone.end()]);
    await jenkins.close();
  });

  /** Refreshes a token that was revoked by hand, and returns the expected message. */
  async function refreshOfGone(by: PluginProcess): Promise<string> {
    const { id, outs } = await by.create({ tokenName: "ci" }, { urn: URN });
    jenkins.revoke("alice", id);
    assert.equal((await by.read(id, outs, { urn: URN })).id, "");
    return `API token "ci" (${id}) of alice is not on ${jenkins.url} any more.`;
  }

  it("reaches the engine, with its resource, before the operation ends", async () => {
    const message = await refreshOfGone(plugin);
    assert.deepEqual(engine.told.splice(0), [{ severity: "info", message, urn: URN }]);
  });

  it("has the severity of a warning if it warns, and is sent once, even before an error", async () => {
    const inputs = { tokenName: "insecure", connection: { insecureSkipTlsVerify: true } };
    const refusal = { kind: "reply" as const, status: 400, headers: { "X-Content-Type-Options": "nosniff" } };
    jenkins.intercept = ({ path }) => (path.endsWith("/generateNewToken") ? refusal : undefined);
    await failureOf(plugin.create(inputs, { urn: URN }));
    const [warning, ...others] = engine.told.splice(0);
    jenkins.intercept = undefined;
    await plugin.create(inputs);
    assert.deepEqual([warning?.severity, warning?.urn, others, engine.told], ["warning", URN, [], []]);
    assert.match(warning?.message ?? "", /^insecureSkipTlsVerify is set: anybody between/);
  });

  it("is printed until an engine is attached", async () => {
    const message = await refreshOfGone(alone);
    await alone.attach(engine.address);
    const heard = await refreshOfGone(alone);
    assert.deepEqual(engine.told.splice(0), [{ severity: "info", message: heard, urn: URN }]);
    await alone.end();
    assert.equal(alone.printed, `${message}\n`);
  });

  it("is lost, without any other effect, if the engine is gone", async () => {
    engine.close();
    await refreshOfGone(plugin);
    await plugin.end();
    assert.equal(plugin.printed, "");
  });
});
