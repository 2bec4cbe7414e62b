import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import { inputFailures, parseState } from "../../provider/settings/schema.ts";
import schema from "../../schema.json" with { type: "json" };
import { pulumiSchema } from "../../scripts/schema.ts";
import type * as dynamic from "../../sdk/index.ts";
import type * as native from "../../sdk/native.ts";
import { memory } from "../support/process.ts";
import { A, around, B, variables } from "../support/surroundings.ts";

const { diff } = resources.ApiToken;
type Properties = Record<string, { type?: string; $ref?: string; secret?: boolean; willReplaceOnChanges?: boolean }>;

const { inputProperties, properties, required } = schema.resources["jenkins:index:ApiToken"];
const { "jenkins:index:Connection": connection, "jenkins:index:Via": via } = schema.types;
const VALUE = `11${"0".repeat(32)}`;
const inputs: Properties = inputProperties;
const settings: Properties = connection.properties;

/** Where two types are not the same, `true satisfies Same<...>` fails in tsc. */
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;
type OutputsOf<Class> = Exclude<keyof Class, keyof pulumi.CustomResource | "authorization">;
type NativeArgs = native.JenkinsApiTokenArgs;

describe("schema.json", () => {
  it("is what `npm run schema` makes now", () => {
    assert.equal(readFileSync(new URL("../../schema.json", import.meta.url), "utf8"), pulumiSchema());
  });

  it("has the properties of both classes, all inputs optional; the native one takes `tokenValue` besides", () => {
    const claims = [
      true satisfies Same<keyof NativeArgs, keyof typeof inputProperties>,
      true satisfies Same<keyof NativeArgs, keyof dynamic.JenkinsApiTokenArgs | "tokenValue">,
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
    for (const [name, { type, $ref }] of Object.entries(inputs)) {
      const typeOfReference = $ref?.endsWith(":Via") ? via.type : connection.type;
      const accepted = typesAccepted(name, (value) => ({ [name]: value }));
      assert.deepEqual(accepted, [type ?? typeOfReference], name);
    }
  });

  it("names every setting that check lets pass in a connection, by the type that it lets pass", () => {
    for (const [name, { type }] of Object.entries(settings)) {
      const accepted = typesAccepted(name, (value) => ({ connection: { [name]: value } }));
      assert.deepEqual(accepted, [type], name);
    }
  });

  it("lists the ways to the tokens that check lets pass", () => {
    const ways = via.enum.map(({ value }) => JSON.stringify(value)).join("|");
    assert.deepEqual(failuresOf({ via: "other" }), [`Invalid option: expected one of ${ways}`]);
  });

  it("requires the outputs without which no state is read", () => {
    const state = { tokenUuid: "u", tokenName: "n", userId: "alice", jenkinsUrl: A };
    assert.deepEqual(new Set(required), new Set(Object.keys(state)));
    assert.deepEqual(parseState(state), state);
    for (const name of required) assert.throws(() => parseState({ ...state, [name]: undefined }), name);
  });

  it("says of an input that its change replaces the token where a diff says so", () => {
    const state = { tokenUuid: "u", tokenName: "n", userId: "alice", jenkinsUrl: A };
    const surroundings = { ...around({}, variables({ url: A, username: "alice", apiToken: "t" })), memory: memory() };
    const isReplacedBy = (changed: object) =>
      diff("u", state, { tokenName: "n", ...changed }, surroundings).replaces.length > 0;
    const changed: Record<string, unknown> = {
      ...{ user: "bob", tokenName: "other", expiresInDays: 9, renewBeforeDays: 1, triggers: { a: "1" } },
      ...{ via: "scriptConsole", tokenValue: VALUE, connection: { requestTimeoutSeconds: 5 } },
    };
    const changedSetting: Record<string, unknown> = {
      ...{ url: B, username: "bob", apiToken: "t", password: "p", caCert: "/ca.pem" },
      ...{ insecureSkipTlsVerify: true, requestTimeoutSeconds: 5, waitForReadySeconds: 5 },
    };
    for (const [name, { willReplaceOnChanges = false }] of Object.entries(inputs)) {
      assert.equal(isReplacedBy({ [name]: changed[name] }), willReplaceOnChanges, name);
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
    for (const some of ofToken) assert.deepEqual(secretsOf(some), ["tokenValue"]);
    for (const some of ofLogin) assert.deepEqual(secretsOf(some), ["apiToken", "password"]);
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

function failuresOf(declared: Record<string, unknown>): string[] {
  const others = "renewBeforeDays" in declared ? { expiresInDays: 90 } : {};
  return inputFailures({ tokenName: "n", ...others, ...declared }).map(({ reason }) => reason);
}

/** The types of Pulumi's schema of which a value passes, an integer being no number of its own where a fraction passes. */
function typesAccepted(name: string, declare: (value: unknown) => Record<string, unknown>): string[] {
  const texts: Record<string, string> = { tokenValue: VALUE, via: "rest" };
  const values = { string: texts[name] ?? "x", integer: 2, number: 0.5, boolean: true, object: {} };
  const accepted = Object.entries(values).filter(([, value]) => failuresOf(declare(value)).length === 0);
  const types = accepted.map(([type]) => type);
  return types.includes("number") ? types.filter((type) => type !== "integer") : types;
}
