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

/** Where two types are not the same, `true satisfies Same<...>` fails in tsc. */
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;
type OutputsOf<Class> = Exclude<keyof Class, keyof pulumi.CustomResource | "authorization">;
type NativeArgs = native.JenkinsApiTokenArgs;
type NativeOnly = "tokenValue" | "refreshBeforeUpdate";

describe("schema.json", () => {
  it("has the properties of both classes, all inputs optional; the native one takes two more", () => {
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

  it("names every input that check lets pass, by the type that it lets pass", () => {
    for (const [name, { type = connection.type }] of Object.entries(inputs)) {
      const accepted = typesAccepted(name, (value) => ({ [name]: value }));
      assert.deepEqual(accepted, [type], name);
    }
  });

  it("names every setting that check lets pass in a connection, by the type that it lets pass", () => {
    for (const [name, { type }] of Object.entries(settings)) {
      const accepted = typesAccepted(name, (value) => ({ connection: { [name]: value } }));
      assert.deepEqual(accepted, [type], name);
    }
  });

  it("takes a plain text as `via`, because mypy, Java and C# reject a text where an enumeration is declared", () => {
    assert.doesNotMatch(JSON.stringify(schema), /"enum"|"oneOf"/);
    for (const { type } of vias) assert.equal(type, "string");
  });

  it("names in the description of `via` the ways that check lets pass, and no others", () => {
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

  it("has package names that nobody else holds or reserves, and that differ from npm's package", () => {
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

  it("says nothing that one language alone has, because the generators copy descriptions into all of them", () => {
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

  it("requires the outputs without which no state is read", () => {
    const state = { tokenUuid: "u", tokenName: "n", userId: "alice", jenkinsUrl: A };
    assert.deepEqual(new Set(required), new Set(Object.keys(state)));
    assert.deepEqual(parseState(state), state);
    const { tokenName, ...needed } = state; // A name can be read again.
    for (const name of Object.keys(needed)) assert.throws(() => parseState({ ...state, [name]: undefined }), name);
  });

  it("says of an input that its change replaces the token where a diff says so", () => {
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

  it("has the value and the login's secrets as secrets, wherever they stand, and nothing else", () => {
    const { config, provider } = schema;
    const ofToken: Properties[] = [inputs, properties];
    const ofLogin: Properties[] = [settings, config.variables, provider.inputProperties, provider.properties];
    const secretsOf = (some: Properties) => Object.keys(some).filter((name) => some[name]?.secret);
    for (const some of ofToken) assert.deepEqual(new Set(secretsOf(some)), new Set(["tokenValue", "fixedValue"]));
    for (const some of ofLogin) {
      const secrets = ["apiToken", "password", "headers", "clientKey"].filter((name) => name in some); // No map is an output of a provider.
      assert.deepEqual(secretsOf(some), secrets);
    }
  });

  it("names the variables of the environment for the stack config alone, or generated classes would store what they hold", () => {
    const { environment } = schema.config.variables.username.defaultInfo;
    assert.deepEqual(environment, ["JENKINS_USER_ID", "JENKINS_USERNAME", "JENKINS_USER"]);
    assert.doesNotMatch(JSON.stringify([schema.provider, schema.types, schema.resources]), /defaultInfo/);
  });

  it("has no property and no text that only the dynamic resource or TypeScript knows", () => {
    assert.doesNotMatch(JSON.stringify(schema), /autoName|__provider|\{@link|pending/);
  });
});

/** A change of these means nothing for the token that exists. */
const UNSTORED = ["renewBeforeDays", "via"];

function failuresOf(declared: Record<string, unknown>): string[] {
  const others = "renewBeforeDays" in declared ? { expiresInDays: 90 } : {};
  return inputFailures({ tokenName: "n", ...others, ...declared }).map(({ reason }) => reason);
}

/** The types of Pulumi's schema of which a value passes, an integer being no number of its own where a fraction passes. */
function typesAccepted(name: string, declare: (value: unknown) => Record<string, unknown>): string[] {
  const texts: Record<string, string> = { tokenValue: VALUE, fixedValue: VALUE, via: "rest" };
  const values = { string: texts[name] ?? "x", integer: 2, number: 0.5, boolean: true, object: {} };
  const accepted = Object.entries(values).filter(([, value]) => failuresOf(declare(value)).length === 0);
  const types = accepted.map(([type]) => type);
  return types.includes("number") ? types.filter((type) => type !== "integer") : types;
}
