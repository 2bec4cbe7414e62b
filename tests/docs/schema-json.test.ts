import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import manifest from "../../package.json" with { type: "json" };
import { resources } from "../../provider/resources/index.ts";
import { rotatingFailures } from "../../provider/resources/rotating-state.ts";
import { inputFailures, parseQuery, parseState } from "../../provider/settings/schema.ts";
import schema from "../../schema.json" with { type: "json" };
import { pulumiSchema } from "../../scripts/schema.ts";
import type * as dynamic from "../../sdk/index.ts";
import type * as native from "../../sdk/native.ts";
import { memory } from "../support/process.ts";
import { A, around, B, variables } from "../support/surroundings.ts";

const { diff } = resources.ApiToken;
type Properties = Record<string, { type?: string; $ref?: string; secret?: boolean; willReplaceOnChanges?: boolean }>;

const { inputProperties, properties, required } = schema.resources["jenkins:index:ApiToken"];
const { "jenkins:index:Connection": connection } = schema.types;
const VALUE = `11${"0".repeat(32)}`;
const inputs: Properties = inputProperties;
const vias = [
  inputProperties.via,
  schema.resources["jenkins:index:RotatingApiToken"].inputProperties.via,
  schema.functions["jenkins:index:getApiTokens"].inputs.properties.via,
];
const settings: Properties = connection.properties;

/** If two types differ, `true satisfies Same<...>` is a type error. */
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;
type OutputsOf<Class> = Exclude<keyof Class, keyof pulumi.CustomResource | "authorization">;
type NativeArgs = native.JenkinsApiTokenArgs;
type NativeOnly = "tokenValue" | "refreshBeforeUpdate";

describe("schema.json", () => {
  it("has the properties of both classes, with only optional inputs, and two more for the native class", () => {
    const claims = [
      true satisfies Same<keyof NativeArgs, keyof typeof inputProperties>,
      true satisfies Same<keyof NativeArgs, keyof dynamic.JenkinsApiTokenArgs | NativeOnly>,
      true satisfies Same<Pick<NativeArgs, keyof dynamic.JenkinsApiTokenArgs>, dynamic.JenkinsApiTokenArgs>,
      true satisfies Same<Partial<NativeArgs>, NativeArgs>,
      true satisfies Same<keyof dynamic.ConnectionArgs, keyof typeof connection.properties>,
      true satisfies Same<keyof native.ProviderArgs, keyof typeof schema.provider.inputProperties>,
      true satisfies Same<keyof native.ProviderArgs, keyof typeof schema.config.variables>,
      true satisfies Same<Partial<native.ProviderArgs>, native.ProviderArgs>,
      true satisfies Same<OutputsOf<native.JenkinsApiToken>, keyof typeof properties>,
      true satisfies Same<OutputsOf<dynamic.JenkinsApiToken>, OutputsOf<native.JenkinsApiToken>>,
    ];
    assert.deepEqual(new Set(claims), new Set([true]));
  });

  it("declares each input with the type that check accepts", () => {
    for (const [name, { type = connection.type }] of Object.entries(inputs)) {
      const accepted = typesAccepted(name, (value) => ({ [name]: value }));
      assert.deepEqual(accepted, [type], name);
    }
  });

  it("declares each setting of a connection with the type that check accepts", () => {
    for (const [name, { type }] of Object.entries(settings)) {
      const accepted = typesAccepted(name, (value) => ({ connection: { [name]: value } }));
      assert.deepEqual(accepted, [type], name);
    }
  });

  it("declares `via` as a string, because mypy, Java and C# accept no string for an enumeration", () => {
    assert.doesNotMatch(JSON.stringify(schema), /"enum"|"oneOf"/);
    for (const { type } of vias) assert.equal(type, "string");
  });

  it("lists in the description of `via` exactly the values that check accepts", () => {
    const ways = vias.map(({ description }) => new Set(description.match(/"\w+"/g)));
    const named = new Set([`"rest"`, `"scriptConsole"`]);
    assert.deepEqual(ways, [new Set([...named, `"legacy"`]), named, named]);
    const reason = (some: Set<string>) => `Invalid option: expected one of ${[...some].join("|")}`;
    const [ofToken = new Set()] = ways;
    assert.deepEqual(failuresOf({ via: "other" }), [reason(ofToken)]);
    const rotating = rotatingFailures({ tokenName: "n", rotateEveryDays: 1, via: "other" });
    assert.deepEqual(
      rotating.map((failure) => failure.reason),
      [reason(named)],
    );
    assert.throws(() => parseQuery({ via: "other" }), { message: `via: ${reason(named)}.` });
  });

  it("has package names that are neither taken nor reserved, and that differ from the npm package", () => {
    const { nodejs, python, go, csharp, java } = schema.language;
    assert.notEqual(nodejs.packageName, manifest.name); // `pulumi package add` would replace it in a program.
    assert.deepEqual(
      [nodejs.packageName, python.packageName, go.importBasePath, csharp.rootNamespace, java.basePackage],
      [
        "pulumi-jenkins-native",
        "pulumi_jenkins",
        "github.com/pulumi-jenkins/pulumi-jenkins/sdk/go/jenkins",
        "PulumiJenkins",
        "io.github.pulumijenkins",
      ],
    );
  });

  it("uses no words of a single language, because the generators copy descriptions into all languages", () => {
    const descriptions = [...pulumiSchema().matchAll(/"description": (".*")/g)].map(([, text = ""]) =>
      JSON.parse(text),
    );
    assert.ok(descriptions.length > 60);
    const withoutSamples = descriptions.map((text: string) =>
      text.replace(/\{\{% examples %\}\}.*\{\{% \/examples %\}\}/s, ""),
    );
    for (const text of withoutSamples)
      assert.doesNotMatch(text, /\b([Uu]ndefined|null|None|nil|Node\.js|JavaScript|TypeScript|npm)\b/);
  });

  it("requires the outputs without which a state cannot be read", () => {
    const state = { tokenUuid: "u", tokenName: "n", userId: "alice", jenkinsUrl: A };
    assert.deepEqual(new Set(required), new Set(Object.keys(state)));
    assert.deepEqual(parseState(state), state);
    const { tokenName, ...needed } = state; // The name can be read from Jenkins.
    for (const name of Object.keys(needed)) assert.throws(() => parseState({ ...state, [name]: undefined }), name);
  });

  it("marks exactly the inputs whose change replaces the token", () => {
    const state = { tokenUuid: "u", tokenName: "n", userId: "alice", jenkinsUrl: A };
    const surroundings = { ...around({}, variables({ url: A, username: "alice", apiToken: "t" })), memory: memory() };
    const changesBy = (changed: object) => diff("u", state, { tokenName: "n", ...changed }, surroundings);
    const isReplacedBy = (changed: object) => changesBy(changed).replaces.length > 0;
    const changed: Record<string, unknown> = {
      ...{ user: "bob", tokenName: "other", expiresInDays: 9, renewBeforeDays: 1, triggers: { a: "1" } },
      ...{
        via: "scriptConsole",
        tokenValue: VALUE,
        fixedValue: VALUE,
        refreshBeforeUpdate: true,
        connection: { requestTimeoutSeconds: 5 },
      },
    };
    const changedSetting: Record<string, unknown> = {
      ...{ url: B, username: "bob", apiToken: "t", password: "p", caCert: "/ca.pem" },
      ...{ headers: { "X-Door": "h" }, clientCertificate: "/c.pem", clientKey: "/k.pem" },
      ...{ insecureSkipTlsVerify: true, requestTimeoutSeconds: 5, waitForReadySeconds: 5 },
    };
    for (const [name, { willReplaceOnChanges = false }] of Object.entries(inputs)) {
      assert.equal(isReplacedBy({ [name]: changed[name] }), willReplaceOnChanges, name);
      const { changes } = changesBy({ [name]: changed[name] });
      assert.equal(changes, !UNSTORED.includes(name), `a change of ${name} has to be stored by diff`);
    }
    for (const [name, { willReplaceOnChanges = false }] of Object.entries(settings)) {
      assert.equal(isReplacedBy({ connection: { [name]: changedSetting[name] } }), willReplaceOnChanges, name);
    }
  });

  it("marks the token's value and the secrets of the credentials as secret everywhere, and nothing else", () => {
    const { config, provider } = schema;
    const ofToken: Properties[] = [inputs, properties];
    const ofLogin: Properties[] = [settings, config.variables, provider.inputProperties, provider.properties];
    const secretsOf = (some: Properties) => Object.keys(some).filter((name) => some[name]?.secret);
    for (const some of ofToken) assert.deepEqual(new Set(secretsOf(some)), new Set(["tokenValue", "fixedValue"]));
    for (const some of ofLogin) {
      const secrets = ["apiToken", "password", "headers", "clientKey"].filter((name) => name in some); // No output is a map.
      assert.deepEqual(secretsOf(some), secrets);
    }
  });

  it("names variables only for the stack config, because generated classes would store their values", () => {
    const { environment } = schema.config.variables.username.defaultInfo;
    assert.deepEqual(environment, ["JENKINS_USER_ID", "JENKINS_USERNAME", "JENKINS_USER"]);
    assert.doesNotMatch(JSON.stringify([schema.provider, schema.types, schema.resources]), /defaultInfo/);
  });

  it("has no properties or terms that only the dynamic resource or TypeScript has", () => {
    assert.doesNotMatch(JSON.stringify(schema), /autoName|__provider|\{@link|pending/);
  });
});

/** Inputs whose change does not affect the existing token. */
const UNSTORED = ["renewBeforeDays", "via"];

function failuresOf(declared: Record<string, unknown>): string[] {
  const others = "renewBeforeDays" in declared ? { expiresInDays: 90 } : {};
  return inputFailures({ tokenName: "n", ...others, ...declared }).map(({ reason }) => reason);
}

/** The types in Pulumi's schema whose values check accepts. If it accepts a fraction, "integer" is left out. */
function typesAccepted(name: string, declare: (value: unknown) => Record<string, unknown>): string[] {
  const texts: Record<string, string> = { tokenValue: VALUE, fixedValue: VALUE, via: "rest" };
  const values = { string: texts[name] ?? "x", integer: 2, number: 0.5, boolean: true, object: {} };
  const accepted = Object.entries(values).filter(([, value]) => failuresOf(declare(value)).length === 0);
  const types = accepted.map(([type]) => type);
  return types.includes("number") ? types.filter((type) => type !== "integer") : types;
}
