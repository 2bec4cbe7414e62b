import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Asking, failureOf, type Properties } from "../support/host.ts";
import { type Engine, startEngine } from "../support/plugin-engine.ts";
import { gate, hold, onAnswer } from "../support/plugin-held.ts";
import { type PluginProcess, startPlugin } from "../support/plugin-process.ts";

const LIMIT: Asking = { timeout: 5 }; // On a busy machine, the requests before the awaited one take seconds.
const STARTING: Interception = {
  kind: "reply",
  status: 503,
  body: "Please wait while Jenkins is getting ready to work",
};

/** The ways to end an operation that waits, and the sentence in the error. */
const ENDS: Record<string, { asking: Asking; end: (plugin: PluginProcess) => Promise<void>; sentence: RegExp }> = {
  "its custom timeout": {
    asking: LIMIT,
    end: async () => {},
    sentence: /The custom timeout \(5 s\) is over\./,
  },
  "an interruption": { asking: {}, end: (plugin) => plugin.cancel(), sentence: /Pulumi was interrupted\./ },
};

describe("An operation of the native plugin that is ended by", () => {
  let jenkins: Jenkins;
  let engine: Engine;
  let plugin: PluginProcess;
  let connection: { url: string; username: string; apiToken: string };

  before(async () => {
    jenkins = await startJenkins();
    engine = await startEngine();
    plugin = await startPlugin({ engine: engine.address });
    await plugin.create({ tokenName: "warm", connection: asUser("bob") }); // The first call is slower.
  });

  after(async () => {
    await plugin.end();
    engine.close();
    await jenkins.close();
  });

  beforeEach(async () => {
    // Credentials that the plugin has not used yet, and the next run of the engine.
    const { tokenValue } = jenkins.generate("alice", "of the provider");
    connection = { url: jenkins.url, username: "alice", apiToken: tokenValue };
    await plugin.configure({});
  });

  afterEach(() => {
    jenkins.intercept = undefined;
  });

  for (const [who, { asking, end, sentence }] of Object.entries(ENDS)) {
    describe(who, () => {
      it("during a create leaves no token, even if Jenkins creates it afterwards", async () => {
        const generate = hold(jenkins, "/generateNewToken");
        const inputs = { autoName: `shop/dev/late of ${who}`, connection };
        const created = failureOf(plugin.create(inputs, asking));
        await generate.arrived;
        onAnswer(jenkins, "/security/", () => generate.open()); // After a first search in vain.
        await end(plugin);
        const { message, kept } = await created;
        assert.match(message, sentence);
        assert.equal(kept, undefined);
        await generate.carriedOut;
        assert.equal(uuidOf(inputs.autoName), undefined);
        assert.equal(jenkins.requests("POST", "revoke").at(-1)?.form["tokenUuid"]?.length, 36);
      });

      const others: [what: string, path: string, act: (id: string, outs: Properties, asking?: Asking) => unknown][] = [
        ["renamed", "/rename", (id, outs, asking) => plugin.update(id, outs, { tokenName: "b", connection }, asking)],
        ["revoked", "/revoke", (id, outs, asking) => plugin.delete(id, outs, asking)],
        ["read", "/security/", (id, outs, asking) => plugin.read(id, outs, asking)],
      ];
      for (const [what, path, act] of others) {
        it(`while a token is ${what} fails with the reason, and the next run succeeds`, async () => {
          await plugin.configure(connection);
          const { id, outs } = await plugin.create({ tokenName: "a" });
          const request = hold(jenkins, path);
          const ended = failureOf(act(id, outs, asking) as Promise<unknown>);
          await request.arrived;
          await end(plugin);
          const { message, kept } = await ended;
          assert.match(message, sentence);
          assert.equal(kept, undefined);
          request.open();
          jenkins.intercept = undefined;
          await plugin.configure(connection);
          await act(id, outs);
        });
      }

      it("while it waits for another change of its user sends no request", async () => {
        const generate = hold(jenkins, "/generateNewToken");
        const first = plugin.create({ tokenName: "first", connection });
        const firstEnd = first.catch((error: unknown) => error);
        await generate.arrived;
        const asked = jenkins.requests("POST", "generateNewToken").length;
        const second = failureOf(plugin.create({ tokenName: "second", connection }, asking));
        await plugin.settled();
        await end(plugin);
        if (asking.timeout) await second;
        generate.open();
        const { message, kept } = await second;
        assert.match(message, sentence);
        assert.equal(kept, undefined);
        assert.equal(jenkins.requests("POST", "generateNewToken").length, asked);
        const ended = await firstEnd;
        assert.equal(ended instanceof Error, !asking.timeout); // An interruption ends all operations.
      });

      it("while it waits for a starting Jenkins stops waiting", async () => {
        jenkins.intercept = () => STARTING;
        const waits = engine.told.length;
        const inputs = { tokenName: `patient after ${who}`, connection };
        const created = failureOf(plugin.create(inputs, asking));
        await engine.heard(/^Waiting up to 120 seconds for .*getting ready/, waits);
        await end(plugin);
        assert.match((await created).message, sentence);
        jenkins.intercept = undefined;
        await plugin.configure({});
        assert.equal((await plugin.create(inputs)).id, uuidOf(inputs.tokenName));
      });
    });
  }

  describe("an interruption, and cannot be undone,", () => {
    it("leaves a record if the token cannot be searched, which the next run settles", async () => {
      const generate = hold(jenkins, "/generateNewToken");
      const inputs = { autoName: "shop/dev/lost", connection };
      const created = failureOf(plugin.create(inputs));
      await generate.arrived;
      const held = jenkins.intercept;
      jenkins.intercept = (request) => {
        return request.path.endsWith("/security/") ? { kind: "reply", status: 404 } : held?.(request);
      };
      await plugin.cancel();
      const { message, kept } = await created;
      assert.match(message, /Pulumi was interrupted/);
      generate.open();
      await generate.carriedOut;
      assert.ok(kept && uuidOf(inputs.autoName));

      jenkins.intercept = undefined;
      await plugin.configure({});
      assert.deepEqual((await plugin.diff(kept.id, kept.properties, inputs)).replaces, ["pending"]);
      await plugin.delete(kept.id, kept.properties);
      assert.equal(uuidOf(inputs.autoName), undefined);
    });

    it("records the new token with its temporary name if it comes before the rename", async () => {
      const rename = hold(jenkins, "/rename");
      const created = failureOf(plugin.create({ tokenName: "deploy", connection }));
      await rename.arrived;
      await plugin.cancel();
      const { message, kept } = await created;
      rename.open();
      assert.match(message, /Pulumi was interrupted/);
      assert.match(String(kept?.properties["tokenName"]), /^deploy \(pulumi [0-9a-f]{16}\)$/);
      assert.match(String(kept?.properties["tokenValue"]), /^11[0-9a-f]{32}$/);
      assert.ok(jenkins.tokens("alice").some(({ tokenUuid }) => tokenUuid === kept?.id));
    });
  });

  describe("its custom timeout does not end, for other operations,", () => {
    const questions: [what: string, path: string, login: () => Properties][] = [
      ["a shared whoAmI request", "/whoAmI/api/json", () => connection],
      ["a shared crumb request", "/crumbIssuer/api/json", () => asUser("alice")],
    ];
    for (const [what, path, login] of questions) {
      it(what, async () => {
        const inputs = { tokenName: "shared", connection: login() };
        const request = hold(jenkins, path);
        const limited = failureOf(plugin.create(inputs, LIMIT));
        await request.arrived;
        const other = plugin.create(inputs);
        assert.match((await limited).message, /The custom timeout/);
        request.open();
        assert.ok((await other).id);
        assert.equal(request.times(), 1);
      });
    }

    it("a shared request for the list of tokens", async () => {
      const { id, outs } = await plugin.create({ tokenName: "listed", connection });
      const request = hold(jenkins, "/security/");
      await plugin.configure(connection);
      const limited = failureOf(plugin.read(id, outs, LIMIT));
      await request.arrived;
      const other = plugin.read(id, outs);
      assert.match((await limited).message, /The custom timeout/);
      request.open();
      assert.equal((await other).id, id);
      assert.equal(request.times(), 1);
    });

    it("a shared wait for a starting Jenkins", async () => {
      await plugin.create({ tokenName: "early", connection }); // So that both wait in their generate.
      const waits = engine.told.length;
      const joined = gate();
      jenkins.intercept = ({ path, headers }) => {
        if (path.endsWith("/generateNewToken") && headers.cookie) setImmediate(joined.open);
        return STARTING;
      };
      const limited = failureOf(plugin.create({ tokenName: "limited", connection }, LIMIT));
      await engine.heard(/^Waiting up to/, waits);
      const other = plugin.create({ tokenName: "patient", user: "bob", connection: asUser("bob") });
      await joined.passed;
      await limited;
      jenkins.intercept = undefined;
      assert.equal((await other).outs["userId"], "bob");
      assert.equal(uuidOf("limited"), undefined);
      assert.equal(engine.told.length, waits + 1);
    });
  });

  describe("nothing:", () => {
    it("a custom timeout of a month does not expire at once", async () => {
      const { id, outs } = await plugin.create({ tokenName: "a", connection }, { timeout: 30 * 24 * 3600 });
      await plugin.delete(id, outs, { timeout: 30 * 24 * 3600 });
      assert.equal(plugin.printed, "");
    });

    it("an interruption lasts until the next Configure, and everything works afterwards", async () => {
      const asked = jenkins.log.length;
      await plugin.cancel();
      assert.match((await failureOf(plugin.create({ tokenName: "a", connection }))).message, /Pulumi was interrupted/);
      assert.equal(jenkins.log.length, asked);
      await plugin.configure({});
      const { id, outs } = await plugin.create({ tokenName: "a", connection });
      await plugin.delete(id, outs);
    });
  });

  const asUser = (username: string) => ({ url: jenkins.url, username, password: `${username}-password` });
  /** The uuid of the token with this name, or with a default name that begins with it. */
  const uuidOf = (name: string) => {
    const isNamed = (tokenName: string) => tokenName === name || tokenName.slice(0, -9) === name;
    return jenkins.tokens("alice").find(({ tokenName }) => isNamed(tokenName))?.tokenUuid;
  };
});
