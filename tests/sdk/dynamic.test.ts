import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { after, before, beforeEach, describe, it } from "mocha";
import * as emitted from "pulumi-jenkins";
import { JenkinsApiToken, type JenkinsApiTokenArgs } from "../../sdk/index.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { PROVIDER, type Properties } from "../support/host.ts";
import { playEngine, providerOf, type Registration, recordRegistrations, resolved, secret } from "../support/mocks.ts";

describe("The registration of a JenkinsApiToken with Pulumi's engine", () => {
  let registrations: Registration[];

  beforeEach(async () => {
    registrations = await recordRegistrations();
  });

  it("differs from that of an ordinary dynamic resource only in the text of the provider", async () => {
    class Ordinary extends pulumi.dynamic.Resource {
      constructor(name: string, opts: pulumi.CustomResourceOptions) {
        const create = async () => ({ id: "made" });
        super({ create }, name, { autoName: "shop/dev/ci", tokenValue: undefined }, opts, "jenkins", "ApiToken");
      }
    }
    const theirs = await registrationOf(new Ordinary("ci", { additionalSecretOutputs: ["tokenValue", "fixedValue"] }));
    const ours = await registrationOf(new JenkinsApiToken("ci"));
    assert.deepEqual(withoutPosition(ours), withoutPosition(theirs));
    for (const { object } of [ours, theirs]) {
      const text = (object as unknown as Properties)["__provider"];
      assert.equal(typeof text, "string");
      assert.equal(typeof providerOf(text).create, "function");
    }
  });

  it("has a text of 54 bytes that loads the provider and must never change", async () => {
    const { __provider } = await inputsOf(new JenkinsApiToken("ci"));
    assert.equal(__provider, PROVIDER);
    assert.equal(Buffer.byteLength(PROVIDER), 54);
    const operations = ["check", "configure", "create", "delete", "diff", "read", "update"];
    assert.deepEqual(new Set(Object.keys(providerOf(__provider))), new Set(operations));
  });

  it("has every declared input and the default name", async () => {
    const args = { tokenName: "deploy", user: pulumi.output("bob"), triggers: { release: Promise.resolve("1") } };
    assert.deepEqual(await inputsOf(new JenkinsApiToken("ci", args)), {
      tokenName: "deploy",
      user: "bob",
      triggers: { release: "1" },
      autoName: "shop/dev/ci",
      __provider: PROVIDER,
    });
  });

  it("never has a tokenValue, because Jenkins chooses the value", async () => {
    // @ts-expect-error: only the native resource takes one.
    const args: JenkinsApiTokenArgs = { tokenName: "deploy", tokenValue: `11${"0".repeat(32)}` };
    assert.ok(!("tokenValue" in (await inputsOf(new JenkinsApiToken("ci", args)))));
  });

  const url = "https://jenkins.example.com";
  const forms: [form: string, connection: NonNullable<JenkinsApiTokenArgs["connection"]>, sent: unknown][] = [
    ["a plain string", { url, apiToken: "t0k" }, { url, apiToken: secret("t0k") }],
    ["an output", { url, password: pulumi.output("pa55") }, { url, password: secret("pa55") }],
    ["a promise", { url, apiToken: Promise.resolve("t0k") }, { url, apiToken: secret("t0k") }],
    ["a secret already", { url, password: pulumi.secret("pa55") }, { url, password: secret("pa55") }],
    ["part of an output", pulumi.output({ url, apiToken: "t0k" }), secret({ url, apiToken: "t0k" })],
    ["part of a promise", Promise.resolve({ url, password: "pa55" }), secret({ url, password: "pa55" })],
  ];
  for (const [form, connection, sent] of forms) {
    it(`marks a secret of the credentials as secret if it is given as ${form}`, async () => {
      assert.deepEqual((await inputsOf(new JenkinsApiToken("ci", { connection })))["connection"], sent);
    });
  }

  it("marks a declared value as secret in every form", async () => {
    const value = `11${"0f".repeat(16)}`;
    for (const fixedValue of [value, pulumi.output(value), Promise.resolve(value), pulumi.secret(value)]) {
      assert.deepEqual((await inputsOf(new JenkinsApiToken("ci", { fixedValue })))["fixedValue"], secret(value));
    }
  });

  it("keeps the program's options, and additionally marks the value as secret", async () => {
    const opts = { additionalSecretOutputs: ["userId"], deleteBeforeReplace: true, ignoreChanges: ["triggers"] };
    const sent = await registrationOf(new JenkinsApiToken("ci", {}, opts));
    assert.deepEqual(new Set(sent.additionalsecretoutputsList), new Set(["userId", "tokenValue", "fixedValue"]));
    assert.equal(sent.deletebeforereplace, true);
    assert.deepEqual(sent.ignorechangesList, ["triggers"]);
    assert.deepEqual(opts.additionalSecretOutputs, ["userId"]);
  });

  async function registrationOf(resource: pulumi.CustomResource): Promise<Registration> {
    await resolved(resource.urn);
    const sent = registrations.at(-1);
    assert.ok(sent);
    return sent;
  }

  async function inputsOf(resource: pulumi.CustomResource): Promise<Properties> {
    return (await registrationOf(resource)).object as unknown as Properties;
  }

  /** The registration without the source position, and with the names of the inputs only. Other tests compare the values. */
  function withoutPosition({ sourceposition, stacktrace, object, ...rest }: Registration): unknown {
    return { ...rest, object: Object.keys(object ?? {}) };
  }
});

describe("A JenkinsApiToken in a program", () => {
  const OUTPUTS = ["tokenUuid", "tokenName", "tokenValue", "userId", "jenkinsUrl", "createdAt"] as const;
  let jenkins: Jenkins;
  let asked: pulumi.runtime.MockResourceArgs[];

  before(async () => {
    jenkins = await startJenkins();
  });

  after(() => jenkins.close());

  beforeEach(async () => {
    asked = await playEngine(jenkins);
  });

  it("has the outputs of the created token", async () => {
    const token = new JenkinsApiToken("ci", { triggers: { release: "1" } });
    const value = await resolved(token.tokenValue);
    const [made] = jenkins.tokens("alice");
    assert.equal(await resolved(token.id), made?.tokenUuid);
    assert.equal(await resolved(token.tokenUuid), made?.tokenUuid);
    assert.equal(await resolved(token.tokenName), made?.tokenName);
    assert.match(String(made?.tokenName), /^shop\/dev\/ci-[0-9a-f]{8}$/);
    assert.match(value, /^11[0-9a-f]{32}$/);
    assert.equal(await resolved(token.userId), "alice");
    assert.equal(await resolved(token.jenkinsUrl), jenkins.url);
    assert.ok(Date.parse(await resolved(token.createdAt)) > 0);
    assert.deepEqual(await resolved(token.triggers), { release: "1" });
    assert.equal(await resolved(token.connection), undefined);
    assert.equal(await resolved(token.user), undefined);
    assert.equal(await resolved(token.authorization), `Basic ${Buffer.from(`alice:${value}`).toString("base64")}`);
  });

  it("has only two secret outputs: the value and the header", async () => {
    const token = new JenkinsApiToken("ci");
    const secretOnes = await Promise.all(OUTPUTS.map((name) => pulumi.isSecret(token[name])));
    assert.deepEqual(
      OUTPUTS.filter((_, index) => secretOnes[index]),
      ["tokenValue"],
    );
    assert.equal(await pulumi.isSecret(token.authorization), true);
  });

  it("has a secret value and a secret header in a preview, although both are unknown", async () => {
    const newResource = ({ inputs }: pulumi.runtime.MockResourceArgs) => ({ id: undefined, state: inputs });
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev", true);
    const token = new JenkinsApiToken("ci");
    for (const output of [token.tokenValue, token.authorization]) {
      assert.equal(await pulumi.isSecret(output), true);
      assert.equal(await (output as unknown as { isKnown: Promise<boolean> }).isKnown, false);
    }
  });

  it("has its outputs even if the program is compiled with useDefineForClassFields", () => {
    for (const Class of [JenkinsApiToken, emitted.JenkinsApiToken]) {
      const token = new Class("ci");
      for (const name of OUTPUTS) assert.ok(pulumi.Output.isInstance(token[name]), name);
    }
  });

  it("can be looked up by its uuid, with every output that Jenkins still shows", async () => {
    const { tokenUuid } = jenkins.generate("alice", "by hand");
    const token = JenkinsApiToken.get("found", tokenUuid, { user: "alice" });
    assert.equal(await resolved(token.tokenName), "by hand");
    assert.equal(await resolved(token.userId), "alice");
    assert.equal(await resolved(token.tokenUuid), tokenUuid);
    for (const output of [token.tokenValue, token.createdAt, token.authorization]) {
      assert.equal(await resolved(output), undefined);
    }
    const [{ id, inputs } = { id: "", inputs: {} }] = asked;
    assert.equal(id, tokenUuid);
    assert.deepEqual(inputs, { user: "alice", __provider: PROVIDER });
  });

  it("is recognised by isInstance, even of another copy of the package, and nothing else is", async () => {
    class OfOurTeam extends JenkinsApiToken {}
    const classes = [JenkinsApiToken, emitted.JenkinsApiToken, OfOurTeam];
    const tokens = classes.map((Class) => new Class("ci"));
    for (const token of tokens) assert.ok(await resolved(token.tokenUuid)); // Needs Jenkins.
    for (const { isInstance } of [JenkinsApiToken, emitted.JenkinsApiToken]) {
      for (const token of tokens) assert.equal(isInstance(token), true);
      for (const other of [undefined, null, {}, "a", JenkinsApiToken, new pulumi.ComponentResource("a:b:C", "c")]) {
        assert.equal(isInstance(other), false);
      }
    }
  });
});
