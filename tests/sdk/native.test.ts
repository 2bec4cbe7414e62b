import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, it } from "mocha";
import schema from "../../schema.json" with { type: "json" };
import * as dynamic from "../../sdk/index.ts";
import { JenkinsApiToken, Provider, type ProviderArgs, RotatingJenkinsApiToken } from "../../sdk/native.ts";
import { inEnvironment } from "../support/environment.ts";
import type { Properties } from "../support/host.ts";
import { type Registration, recordRegistrations, resolved, secret } from "../support/mocks.ts";

const VALUE = `11${"0".repeat(32)}`;
const url = "https://jenkins.example.com";
const OUTPUTS = ["tokenUuid", "tokenName", "tokenValue", "userId", "jenkinsUrl", "createdAt", "expiresOn"] as const;
const DECLARED = ["connection", "user", "expiresInDays", "renewBeforeDays", "triggers", "via"] as const;

let registrations: Registration[];

async function registrationOf(resource: pulumi.CustomResource): Promise<Registration> {
  await resolved(resource.urn);
  const sent = registrations.at(-1);
  assert.ok(sent);
  return sent;
}

async function inputsOf(resource: pulumi.CustomResource): Promise<Properties> {
  return (await registrationOf(resource)).object as unknown as Properties;
}

describe("The registration of a native JenkinsApiToken with Pulumi's engine", () => {
  beforeEach(async () => {
    registrations = await recordRegistrations();
  });

  const args: dynamic.JenkinsApiTokenArgs = {
    connection: { url, username: "alice", password: "pa55", requestTimeoutSeconds: 5 },
    user: pulumi.output("bob"),
    tokenName: "deploy",
    expiresInDays: 90,
    renewBeforeDays: Promise.resolve(14),
    triggers: { release: Promise.resolve("1") },
    via: "scriptConsole",
  };

  it("differs from that of the dynamic class only in type, alias, autoName and the text of the provider", async () => {
    const theirs = await registrationOf(new dynamic.JenkinsApiToken("ci", args));
    const ours = await registrationOf(new JenkinsApiToken("ci", args));
    assert.equal(ours.type, "jenkins:index:ApiToken");
    assert.deepEqual(
      ours.aliasesList.map(({ spec }) => spec?.type),
      [theirs.type],
    );
    const { autoName, __provider, ...inputs } = theirs.object as unknown as Properties;
    assert.deepEqual(ours.object, inputs);
    assert.deepEqual(withoutDifferences(ours), withoutDifferences(theirs));
  });

  it("creates an output for every property of the schema, even if nothing is declared", () => {
    const { "jenkins:index:ApiToken": token, "jenkins:index:RotatingApiToken": rotating } = schema.resources;
    const made: [pulumi.CustomResource, object][] = [
      [new JenkinsApiToken("ci"), token.properties],
      [new dynamic.JenkinsApiToken("ci"), token.properties],
      [new RotatingJenkinsApiToken("ci", { rotateEveryDays: 30 }), rotating.properties],
      [new dynamic.RotatingJenkinsApiToken("ci", { rotateEveryDays: 30 }), rotating.properties],
    ];
    for (const [resource, properties] of made) {
      const outputs = resource as unknown as Properties;
      for (const name of Object.keys(properties)) assert.ok(pulumi.Output.isInstance(outputs[name]), name);
    }
  });

  it("has no version and no download URL of the plugin", async () => {
    const { version, plugindownloadurl } = await registrationOf(new JenkinsApiToken("ci"));
    assert.deepEqual({ version, plugindownloadurl }, { version: "", plugindownloadurl: "" });
  });

  it("has only the name of the resource if nothing is declared", async () => {
    const sent = await registrationOf(new JenkinsApiToken("ci"));
    assert.equal(sent.name, "ci");
    assert.deepEqual(sent.object, {});
  });

  const forms: [form: string, tokenValue: pulumi.Input<string>][] = [
    ["a plain string", VALUE],
    ["an output", pulumi.output(VALUE)],
    ["a promise", Promise.resolve(VALUE)],
    ["a secret already", pulumi.secret(VALUE)],
  ];
  for (const [form, tokenValue] of forms) {
    it(`marks the value of an imported token as secret if it is given as ${form}`, async () => {
      assert.deepEqual(await inputsOf(new JenkinsApiToken("ci", { tokenValue })), { tokenValue: secret(VALUE) });
    });
  }

  for (const [form, fixedValue] of forms) {
    it(`marks a declared value as secret if it is given as ${form}`, async () => {
      assert.deepEqual(await inputsOf(new JenkinsApiToken("ci", { fixedValue })), { fixedValue: secret(VALUE) });
    });
  }

  it("keeps the program's options, and additionally has the alias and marks the value as secret", async () => {
    const provider = new Provider("there", { url });
    const opts = {
      additionalSecretOutputs: ["userId"],
      aliases: [{ name: "old" }],
      ignoreChanges: ["triggers"],
      provider,
    };
    const sent = await registrationOf(new JenkinsApiToken("ci", {}, opts));
    assert.deepEqual(new Set(sent.additionalsecretoutputsList), new Set(["userId", "tokenValue", "fixedValue"]));
    assert.deepEqual(
      sent.aliasesList.map(({ spec }) => spec?.name || spec?.type),
      ["old", "pulumi-nodejs:dynamic/jenkins:ApiToken"],
    );
    assert.deepEqual(sent.ignorechangesList, ["triggers"]);
    assert.match(sent.provider, /::pulumi:providers:jenkins::there::made$/);
    assert.deepEqual(opts.aliases, [{ name: "old" }]);
  });

  it("has only the connection and the user for a lookup", async () => {
    const asked: pulumi.runtime.MockResourceArgs[] = [];
    const newResource = (one: pulumi.runtime.MockResourceArgs) => {
      asked.push(one);
      return { id: one.id, state: { ...one.inputs, tokenName: "by hand" } };
    };
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev");
    const lookup = { user: "alice", connection: { url } };
    new JenkinsApiToken("found", { ...lookup, tokenName: "other", tokenValue: VALUE }, { id: "uuid" });
    const token = JenkinsApiToken.get("found", "uuid", lookup);
    assert.equal(await resolved(token.tokenName), "by hand");
    for (const output of [token.tokenValue, token.createdAt, token.authorization]) {
      assert.equal(await resolved(output), undefined);
    }
    assert.equal(asked.length, 2);
    for (const { type, id, inputs } of asked) {
      assert.deepEqual({ type, id }, { type: "jenkins:index:ApiToken", id: "uuid" });
      assert.deepEqual(inputs, lookup);
    }
  });

  /** The registration without the source position, and without the parts that other assertions compare. */
  function withoutDifferences({
    sourceposition,
    stacktrace,
    type,
    aliasesList,
    object,
    ...rest
  }: Registration): unknown {
    const { propertydependenciesMap, ...others } = rest;
    return others;
  }
});

describe("A native JenkinsApiToken in a program", () => {
  const made = {
    tokenUuid: "u",
    tokenName: "n",
    tokenValue: VALUE,
    userId: "alice",
    jenkinsUrl: url,
    createdAt: "2026",
  };

  beforeEach(async () => {
    const newResource = () => ({ id: "u", state: made });
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev");
  });

  it("has the outputs of the created token, and the header that logs in with it", async () => {
    const token = new JenkinsApiToken("ci");
    assert.equal(await resolved(token.tokenName), "n");
    assert.equal(await resolved(token.tokenValue), VALUE);
    assert.equal(await resolved(token.expiresOn), undefined);
    assert.equal(await resolved(token.authorization), `Basic ${Buffer.from(`alice:${VALUE}`).toString("base64")}`);
  });

  it("has an output for every property, even if the property is not declared", () => {
    const token = new JenkinsApiToken("ci");
    for (const name of [...OUTPUTS, ...DECLARED]) assert.ok(pulumi.Output.isInstance(token[name]), name);
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

  it("and its subclasses are recognised by isInstance, and the dynamic class is not", () => {
    class OfOurTeam extends JenkinsApiToken {}
    for (const Class of [JenkinsApiToken, OfOurTeam]) assert.equal(JenkinsApiToken.isInstance(new Class("ci")), true);
    for (const other of [undefined, null, {}, new dynamic.JenkinsApiToken("other"), new Provider("there")]) {
      assert.equal(JenkinsApiToken.isInstance(other), false);
    }
    assert.equal(dynamic.JenkinsApiToken.isInstance(new JenkinsApiToken("ci")), false);
  });
});

describe("The registration of a Provider with Pulumi's engine", () => {
  beforeEach(async () => {
    registrations = await recordRegistrations();
  });

  it("has its settings as strings, and marks the secrets among them", async () => {
    const provider = new Provider("there", {
      ...{ url, username: Promise.resolve("alice"), apiToken: "t0k", password: pulumi.output("pa55") },
      ...{ caCert: "/ca.pem", insecureSkipTlsVerify: false, requestTimeoutSeconds: 0.5 },
      waitForReadySeconds: pulumi.output(0),
    });
    const sent = await registrationOf(provider);
    assert.equal(sent.type, "pulumi:providers:jenkins");
    assert.deepEqual(sent.object, {
      ...{ url, username: "alice", apiToken: secret("t0k"), password: secret("pa55"), caCert: "/ca.pem" },
      ...{ insecureSkipTlsVerify: "false", requestTimeoutSeconds: "0.5", waitForReadySeconds: "0" },
    });
  });

  it("has unknown settings, too, so that check can refuse them", async () => {
    const { object } = await registrationOf(new Provider("there", { url, usrname: "alice" } as ProviderArgs));
    assert.deepEqual(object, { url, usrname: "alice" });
  });

  it("has no settings from the environment, no version and no download URL", async () => {
    const register = () => registrationOf(new Provider("there"));
    const { object, version, plugindownloadurl } = await inEnvironment({ JENKINS_URL: url }, register);
    assert.deepEqual({ object, version, plugindownloadurl }, { object: {}, version: "", plugindownloadurl: "" });
  });

  it("keeps the program's options", async () => {
    const sent = await registrationOf(new Provider("there", { url }, { protect: true, aliases: [{ name: "old" }] }));
    assert.equal(sent.protect, true);
    assert.deepEqual(
      sent.aliasesList.map(({ spec }) => spec?.name),
      ["old"],
    );
  });
});
