import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { failureOf, type Host, type Kept, PROVIDER, type Properties, startHost } from "../support/host.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

describe("The native plugin's record of a failed create", () => {
  let jenkins: Jenkins;
  let plugin: PluginProcess;
  let dynamic: Host;
  let environment: Record<string, string>;

  before(async () => {
    jenkins = await startJenkins();
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: tokenValue };
    plugin = await startPlugin({ environment });
    dynamic = await startHost(environment);
  });

  after(async () => {
    await Promise.all([plugin.end(), dynamic.end()]);
    await jenkins.close();
  });

  afterEach(() => {
    jenkins.intercept = undefined;
  });

  const urnOf = (name: string) => `urn:pulumi:dev::shop::jenkins:index:ApiToken::${name}`;
  const lost: Interception = { kind: "drop", when: "after" };
  const faults: [what: string, path: string, fault: Interception][] = [
    ["after a lost reply", "/generateNewToken", lost],
    ["after a failed rename", "/rename", { kind: "reply", status: 400 }],
  ];
  for (const [what, path, fault] of faults) {
    it(`${what} equals the record of the dynamic resource`, async () => {
      const inputs = { tokenName: `of one ${what}`, triggers: { release: "1" } };
      const [one, other] = [
        await recordOf(plugin, inputs),
        await recordOf(dynamic, { ...inputs, __provider: PROVIDER }),
      ];
      assert.deepEqual(alike(one), alike(other));
    });

    it(`${what} is settled by the next run, which completes the token`, async () => {
      const inputs = { tokenName: `of a second ${what}` };
      const { id, properties } = await recordOf(plugin, inputs);
      assert.equal(tokensLike(inputs.tokenName).length, 1);
      const next = await startPlugin({ environment });
      assert.deepEqual((await next.read(id, properties, { inputs })).outs, properties);
      if ((await next.diff(id, properties, inputs)).replaces.length > 0) {
        const made = await next.create(inputs);
        await next.delete(id, properties);
        assert.equal((await next.diff(made.id, made.outs, inputs)).changes, "none");
      } else {
        const state = await next.update(id, properties, inputs);
        assert.equal((await next.diff(id, state, inputs)).changes, "none");
      }
      assert.deepEqual(tokensLike(inputs.tokenName), [inputs.tokenName]);
      await next.end();
    });

    async function recordOf(host: Host, inputs: Properties): Promise<Kept> {
      jenkins.intercept = (request) => {
        if (request.path.endsWith(path)) return fault;
        return request.method === "GET" && request.path.endsWith("/security/")
          ? { kind: "reply", status: 404 }
          : undefined;
      };
      const { message, kept } = await failureOf(host.create(inputs));
      jenkins.intercept = undefined;
      assert.ok(kept);
      assert.deepEqual(kept.reasons, [message]);
      return kept;
    }
  }

  describe("that a hook calls again", () => {
    const isMisnamed: Interception = { kind: "reply", status: 400 };

    /** Creates a token whose rename fails, and returns its temporary name, which is in the record. */
    async function misnamed(inputs: Properties, urn: string): Promise<string> {
      jenkins.intercept = ({ path }) => (path.endsWith("/rename") ? isMisnamed : undefined);
      const { kept } = await failureOf(plugin.create(inputs, { urn }));
      jenkins.intercept = undefined;
      return String(kept?.properties["tokenName"]);
    }

    it("leads to a revoke of the first token, even if the inputs differ", async () => {
      const first = await misnamed({ tokenName: "of a hook" }, urnOf("hooked"));
      await plugin.create({ tokenName: "of a hook", triggers: { call: "2" } }, { urn: urnOf("hooked") });
      assert.ok(!tokensLike("of a hook").includes(first));
    });

    it("is not used by a create of another resource with equal inputs", async () => {
      const first = await misnamed({ tokenName: "of equals" }, urnOf("one"));
      await plugin.create({ tokenName: "of equals" }, { urn: urnOf("other") });
      assert.deepEqual(new Set(tokensLike("of equals")), new Set(["of equals", first]));
    });
  });

  const tokensLike = (name: string) =>
    jenkins
      .tokens("alice")
      .map(({ tokenName }) => tokenName)
      .filter((tokenName) => tokenName.startsWith(name));

  /** The record with fixed texts for values that differ between calls. */
  function alike(record: Kept): unknown {
    const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
    const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
    const hex = /\b(11[0-9a-f]{32}|(?<=pending-|pulumi )[0-9a-f]{16})\b/g;
    const text = JSON.stringify(record).replace(uuid, "uuid").replace(time, "time").replace(hex, "hex");
    return JSON.parse(text, (key, value) => (key === "__provider" ? undefined : value));
  }
});
