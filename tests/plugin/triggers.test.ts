import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { UNKNOWN, URN } from "../support/host.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const ROTATING = URN.replace("ApiToken", "RotatingApiToken");

describe("Triggers of the native provider", () => {
  let jenkins: Jenkins;
  let plugin: PluginProcess;

  before(async () => {
    jenkins = await startJenkins();
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    plugin = await startPlugin({ config: { url: jenkins.url, username: "alice", apiToken: tokenValue } });
  });

  after(async () => {
    await plugin.end();
    await jenkins.close();
  });

  it("become strings if they are numbers or booleans, as in YAML, and stay unknown if they are unknown", async () => {
    const triggers = { count: 1, ratio: 0.5, isOn: true, isOff: false, text: "01", later: UNKNOWN };
    const texts = { count: "1", ratio: "0.5", isOn: "true", isOff: "false", text: "01", later: UNKNOWN };
    const kinds = [
      [URN, { tokenName: "ci" }],
      [ROTATING, { tokenName: "ci", rotateEveryDays: 30 }],
    ] as const;
    for (const [urn, others] of kinds) {
      const { inputs, failures } = await plugin.check({}, { ...others, triggers }, { urn });
      assert.deepEqual([inputs["triggers"], failures], [texts, []]);
    }
    const { inputs } = await plugin.check({}, { tokenName: "ci", triggers: UNKNOWN });
    assert.equal(inputs["triggers"], UNKNOWN);
  });

  it("are equal as a string and as a number", async () => {
    const declared = async (turn: unknown) => (await plugin.check({}, { tokenName: "ci", triggers: { turn } })).inputs;
    const { id, outs } = await plugin.create(await declared("1"));
    assert.equal((await plugin.difference(id, outs, await declared(1))).changes, "none");
    const { replaces } = await plugin.difference(id, outs, await declared(2));
    assert.deepEqual(replaces, ["triggers"]);
  });

  it("fail if they are lists or objects", async () => {
    for (const turn of [[1], { a: 1 }]) {
      const { failures } = await plugin.check({}, { tokenName: "ci", triggers: { turn } });
      assert.match(String(failures[0]?.["reason"]), /must be a string/);
    }
  });
});
