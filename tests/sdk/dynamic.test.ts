import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { after, before, beforeEach, describe, it } from "mocha";
import * as emitted from "pulumi-jenkins";
import { JenkinsApiToken, type JenkinsApiTokenArgs } from "../../sdk/index.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { PROVIDER, type Properties } from "../support/host.ts";
import { playEngine, providerOf, type Registration, recordRegistrations, resolved, secret } from "../support/mocks.ts";

describe("What JenkinsApiToken asks Pulumi's engine for", () => {
  let registrations: Registration[];

  beforeEach(async () => {
    registrations = await recordRegistrations();
  });

  it("differs from what a dynamic resource of Pulumi asks for in the text of the provider alone", async () => {
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

  it("carries a text of 54 bytes, the same for ever, that finds the provider", async () => {
    const { __provider } = await inputsOf(new JenkinsApiToken("ci"));
    assert.equal(__provider, PROVIDER);
    assert.equal(Buffer.byteLength(PROVIDER), 54);
    const operations = ["check", "configure", "create", "delete", "diff", "read", "update"];
    assert.deepEqual(new Set(Object.keys(providerOf(__provider))), new Set(operations));
  });

  it("is everything that is declared, and the default name", async () => {
    const args = { tokenName: "deploy", user: pulumi.output("bob"), triggers: { release: Promise.resolve("1") } };
    assert.deepEqual(await inputsOf(new JenkinsApiToken("ci", args)), {
      tokenName: "deploy",
      user: "bob",
      triggers: { release: "1" },
      autoName: "shop/dev/ci",
      __provider: PROVIDER,
    });
  });

  it("is never a value, which Jenkins alone chooses", async () => {
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
    it(`has a login's secret as a secret where it is given as ${form}`, async () => {
      assert.deepEqual((await inputsOf(new JenkinsApiToken("ci", { connection })))["connection"], sent);
    });
  }

  it("has a declared value as a secret in whichever form it is given", async () => {
    const value = `11${"0f".repeat(16)}`;
    for (const fixedValue of [value, pulumi.output(value), Promise.resolve(value), pulumi.secret(value)]) {
      assert.deepEqual((await inputsOf(new JenkinsApiToken("ci", { fixedValue })))["fixedValue"], secret(value));
    }
  });

  it("keeps the options of the program, and has the value secret besides", async () => {
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

  /** Without the place in a program, and without values: those of the provider differ, the others are compared elsewhere. */
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

  it("has the outputs of the token that was made", async () => {
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

  it("has a secret value and a secret header, and no other secret output", async () => {
    const token = new JenkinsApiToken("ci");
    const secretOnes = await Promise.all(OUTPUTS.map((name) => pulumi.isSecret(token[name])));
    assert.deepEqual(
      OUTPUTS.filter((_, index) => secretOnes[index]),
      ["tokenValue"],
    );
    assert.equal(await pulumi.isSecret(token.authorization), true);
  });

  it("has a secret value and a secret header in a preview, where both are unknown", async () => {
    const newResource = ({ inputs }: pulumi.runtime.MockResourceArgs) => ({ id: undefined, state: inputs });
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev", true);
    const token = new JenkinsApiToken("ci");
    for (const output of [token.tokenValue, token.authorization]) {
      assert.equal(await pulumi.isSecret(output), true);
      assert.equal(await (output as unknown as { isKnown: Promise<boolean> }).isKnown, false);
    }
  });

  it("keeps its outputs in programs that are compiled to define the fields of a class", () => {
    for (const Class of [JenkinsApiToken, emitted.JenkinsApiToken]) {
      const token = new Class("ci");
      for (const name of OUTPUTS) assert.ok(pulumi.Output.isInstance(token[name]), name);
    }
  });

  it("is looked up by its uuid alone, with everything but what Jenkins shows once", async () => {
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

  it("is known by isInstance, also to another copy of the package, and nothing else is", async () => {
    class OfOurTeam extends JenkinsApiToken {}
    const classes = [JenkinsApiToken, emitted.JenkinsApiToken, OfOurTeam];
    const tokens = classes.map((Class) => new Class("ci"));
    for (const token of tokens) assert.ok(await resolved(token.tokenUuid)); // While there is a Jenkins to make them.
    for (const { isInstance } of [JenkinsApiToken, emitted.JenkinsApiToken]) {
      for (const token of tokens) assert.equal(isInstance(token), true);
      for (const other of [undefined, null, {}, "a", JenkinsApiToken, new pulumi.ComponentResource("a:b:C", "c")]) {
        assert.equal(isInstance(other), false);
      }
    }
  });
});
