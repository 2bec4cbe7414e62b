import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { CallFailed, type Properties } from "../support/host.ts";
import { signsIn } from "../support/login.ts";
import { collide } from "../support/plugin-held.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

interface Made {
  id: string;
  outs: Properties;
}

describe("Two processes of the native plugin that change tokens of one user at once", () => {
  let jenkins: Jenkins;
  let plugins: PluginProcess[];
  /** The resources in the state, by name, and the pending records. */
  const states = new Map<string, Made>();
  const records: Made[] = [];

  before(async () => {
    // Jenkins answers one of two simultaneous changes with 500, although it carries both out.
    jenkins = await startJenkins({ generateMs: 3 });
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    const config = { url: jenkins.url, username: "alice", apiToken: tokenValue };
    plugins = await Promise.all([startPlugin({ config }), startPlugin({ config })]);
  });

  after(async () => {
    await Promise.all(plugins.map((plugin) => plugin.end()));
    await jenkins.close();
  });

  it("leave no unknown token, and lose no token", async () => {
    collide(jenkins, "/generateNewToken");
    await everywhere((plugin, name) => make(plugin, name));
    assertKnown();
    await everywhere(async (plugin, name, index) => {
      const made = states.get(name);
      if (index % 2 === 0 || !made) return await make(plugin, `more ${name}`);
      if (index % 3 === 0) return await rename(plugin, name, made);
      await plugin.delete(made.id, made.outs);
      states.delete(name);
    });
    assertKnown();
    const collisions = jenkins.log.filter(({ status }) => status === 500);
    assert.ok(collisions.length > 0, "there was no collision");
    for (const [name, { outs }] of states)
      assert.equal(await signsIn(jenkins, "alice", outs["tokenValue"]), true, name);
  });

  /** Acts on a dozen resources in each process, all at once. */
  async function everywhere(act: (plugin: PluginProcess, name: string, index: number) => Promise<void>) {
    const resources = plugins.flatMap((plugin, process) =>
      Array.from({ length: 12 }, (_, index) => act(plugin, `${process}-${index}`, index)),
    );
    await Promise.all(resources);
  }

  async function make(plugin: PluginProcess, name: string): Promise<void> {
    const inputs = name.endsWith("1") ? { autoName: name } : { tokenName: name }; // A declared name needs a rename.
    try {
      states.set(name, await plugin.create(inputs));
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      const { id, properties } = error.kept ?? {}; // Without a record, no token is left.
      if (id && properties && "pending" in properties) records.push({ id, outs: properties });
      else if (id && properties) states.set(name, { id, outs: properties });
    }
  }

  async function rename(plugin: PluginProcess, name: string, { id, outs }: Made): Promise<void> {
    states.set(name, { id, outs: await plugin.update(id, outs, { tokenName: `renamed ${name}` }) });
  }

  /** Asserts that the tokens in Jenkins are exactly those in the states, with the same names, except tokens with a record. */
  function assertKnown(): void {
    const recorded = records.map(({ outs }) => (outs["pending"] as { name: string }).name);
    const inJenkins = jenkins
      .tokens("alice")
      .filter(({ tokenName }) => tokenName !== "of the provider" && !recorded.includes(tokenName))
      .map(({ tokenUuid, tokenName }) => `${tokenUuid} ${tokenName}`);
    const inStates = [...states.values()].map(({ id, outs }) => `${id} ${outs["tokenName"]}`);
    assert.deepEqual(new Set(inJenkins), new Set(inStates));
    assert.ok(states.size > 0);
  }
});
