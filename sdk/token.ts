/** What the two classes of a token have in common: what they take and give, and what is secret of it. */
import * as pulumi from "@pulumi/pulumi";
import type {
  ConnectionArguments,
  Inputs,
  Observed,
  RotatingInputs,
  RotatingObserved,
} from "../provider/properties.ts";

/** A `T` as programs give it: every part may be an output or a promise. */
export type ArgsOf<T> = { [Name in keyof T]: pulumi.Input<PartsOf<Exclude<T[Name], undefined>>> };
type PartsOf<T> = [T] extends [object] ? ArgsOf<T> : T; // In brackets, or a union would become one of inputs.

/** A `T` as programs get it. */
type OutputsOf<T> = { readonly [Name in keyof T]-?: pulumi.Output<T[Name]> };

/** How to reach and sign in to one Jenkins: the `connection` of {@link JenkinsApiTokenArgs}. */
export interface ConnectionArgs extends ArgsOf<ConnectionArguments> {}

/** What a `JenkinsApiToken` is declared with. All of it is optional. */
export interface JenkinsApiTokenArgs extends ArgsOf<Omit<Inputs, "tokenValue" | "autoName">> {}

/** What `JenkinsApiToken.get` looks a token up with. */
export type JenkinsApiTokenLookup = Pick<JenkinsApiTokenArgs, "connection" | "user">;

type Declared = Omit<Inputs, keyof Observed | "autoName">;

/** What a token is known by, and the inputs as declared. The value and the time are missing only where one is looked up. */
export type TokenOutputs = OutputsOf<Required<Omit<Observed, "expiresOn">> & Pick<Observed, "expiresOn"> & Declared>;

/** What a `RotatingJenkinsApiToken` is declared with. */
export interface RotatingJenkinsApiTokenArgs extends ArgsOf<RotatingInputs> {}

/** The two tokens, and the inputs as declared. */
export type RotatingTokenOutputs = OutputsOf<RotatingObserved & RotatingInputs>;

/** Every property has to be named, so that its output is there also where it is not declared. */
const DECLARABLE = {
  user: undefined,
  tokenName: undefined,
  expiresInDays: undefined,
  renewBeforeDays: undefined,
  triggers: undefined,
  via: undefined,
};

const OBSERVED = {
  tokenUuid: undefined,
  tokenValue: undefined,
  userId: undefined,
  jenkinsUrl: undefined,
  createdAt: undefined,
  expiresOn: undefined,
};

/** All properties of a token; of one that is looked up, no other inputs than where it is and whose. */
export function propertiesOf({ connection, ...declared }: JenkinsApiTokenArgs, { id }: pulumi.CustomResourceOptions) {
  const inputs = id === undefined ? declared : { user: declared.user };
  return { ...DECLARABLE, ...inputs, connection: withSecrets(connection), ...OBSERVED };
}

/** The outputs that hold values. */
export const VALUES = ["tokenValue"];
export const ROTATED_VALUES = ["current", "previous"];

/** All properties of a rotating token. */
export function rotatingPropertiesOf({ connection, ...declared }: RotatingJenkinsApiTokenArgs) {
  const { renewBeforeDays, ...declarable } = DECLARABLE;
  const observed = { current: undefined, previous: undefined, userId: undefined, jenkinsUrl: undefined };
  return { ...declarable, ...declared, connection: withSecrets(connection), ...observed };
}

/** Login secrets are secrets also where the program gives them as plain strings. */
function withSecrets(connection: JenkinsApiTokenArgs["connection"]): typeof connection {
  if (connection === undefined || pulumi.Output.isInstance(connection) || connection instanceof Promise) {
    return connection && pulumi.secret(connection);
  }
  const { apiToken, password } = connection;
  return {
    ...connection,
    ...(apiToken !== undefined && { apiToken: pulumi.secret(apiToken) }),
    ...(password !== undefined && { password: pulumi.secret(password) }),
  };
}

/** Whether `value` is a resource of the class with this type, also one of another copy of this package. */
export function isOfType(value: unknown, type: string): boolean {
  return (value as { constructor?: { __pulumiType?: unknown } } | undefined)?.constructor?.__pulumiType === type;
}

/** Previews and Pulumi's mocks know nothing of `additionalSecretOutputs`. */
export function keepSecrets(resource: pulumi.CustomResource, outputs: readonly string[]): void {
  const known = resource as unknown as Record<string, pulumi.Output<unknown>>;
  for (const name of outputs) known[name] = pulumi.secret(known[name]);
}

/** The value of an `Authorization` header that signs in with a token. */
export function authorizationOf(
  userId: pulumi.Output<string>,
  tokenValue: pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi
    .all([userId, tokenValue])
    .apply(([id, value]) => value && `Basic ${Buffer.from(`${id}:${value}`).toString("base64")}`);
}
