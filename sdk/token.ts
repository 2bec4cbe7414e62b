/** What the two classes of a token have in common: what they take and give, and what is secret of it. */
import * as pulumi from "@pulumi/pulumi";
import {
  CONNECTION,
  type ConnectionArguments,
  INPUTS,
  type Inputs,
  type InputsOfOne,
  OBSERVED,
  type Observed,
  ROTATING_INPUTS,
  ROTATING_OBSERVED,
  type RotatingInputs,
  type RotatingObserved,
} from "../provider/properties.ts";
import type { Property, Table } from "../provider/property.ts";

/** A `T` as programs give it: every part may be an output or a promise. */
export type ArgsOf<T> = { [Name in keyof T]: pulumi.Input<PartsOf<Exclude<T[Name], undefined>>> };
type PartsOf<T> = [T] extends [object] ? ArgsOf<T> : T; // In brackets, or a union would become one of inputs.

/** A `T` as programs get it. */
type OutputsOf<T> = { readonly [Name in keyof T]-?: pulumi.Output<T[Name]> };

/** How to reach and sign in to one Jenkins: the `connection` of {@link JenkinsApiTokenArgs}. */
export interface ConnectionArgs extends ArgsOf<ConnectionArguments> {}

/** What a `JenkinsApiToken` is declared with. All of it is optional. */
export interface JenkinsApiTokenArgs extends ArgsOf<Omit<Inputs, InputsOfOne>> {}

/** What `JenkinsApiToken.get` looks a token up with. */
export type JenkinsApiTokenLookup = Pick<JenkinsApiTokenArgs, "connection" | "user">;

type Declared = Omit<Inputs, keyof Observed | InputsOfOne>;

/** What a token is known by, and the inputs as declared. The value and the time are missing only where one is looked up. */
export type TokenOutputs = OutputsOf<Required<Omit<Observed, "expiresOn">> & Pick<Observed, "expiresOn"> & Declared>;

/** What a `RotatingJenkinsApiToken` is declared with. */
export interface RotatingJenkinsApiTokenArgs extends ArgsOf<RotatingInputs> {}

/** The two tokens, and the inputs as declared. */
export type RotatingTokenOutputs = OutputsOf<RotatingObserved & RotatingInputs>;

/** Pulumi makes outputs of the properties that are named when a resource is registered: so also of those that are not declared. */
function undeclared(table: Table, isNamed: (name: string, property: Property) => boolean = () => true) {
  const names = Object.entries(table).filter(([name, property]) => isNamed(name, property));
  return Object.fromEntries(names.map(([name]) => [name, undefined]));
}

const DECLARABLE = undeclared(INPUTS, (_, { only }) => !only);
const GIVEN = undeclared(OBSERVED, (name) => !(name in DECLARABLE));
const ROTATING_DECLARABLE = undeclared(ROTATING_INPUTS);
const ROTATING_GIVEN = undeclared(ROTATING_OBSERVED);

/** All properties of a token; of one that is looked up, no other inputs than where it is and whose. */
export function propertiesOf({ connection, ...declared }: JenkinsApiTokenArgs, { id }: pulumi.CustomResourceOptions) {
  const inputs = id === undefined ? declared : { user: declared.user };
  return { ...DECLARABLE, ...inputs, connection: withSecrets(connection), ...GIVEN };
}

/** All properties of a rotating token. */
export function rotatingPropertiesOf({ connection, ...declared }: RotatingJenkinsApiTokenArgs) {
  return { ...ROTATING_DECLARABLE, ...declared, connection: withSecrets(connection), ...ROTATING_GIVEN };
}

const secretsOf = (table: Table) => Object.entries(table).flatMap(([name, { secret }]) => (secret ? [name] : []));

/** The outputs that hold values. */
export const VALUES = secretsOf(OBSERVED);
export const ROTATED_VALUES = secretsOf(ROTATING_OBSERVED);

const LOGIN_SECRETS = secretsOf(CONNECTION);

/** Login secrets are secrets also where the program gives them as plain strings. */
function withSecrets(connection: JenkinsApiTokenArgs["connection"]): typeof connection {
  if (connection === undefined || pulumi.Output.isInstance(connection) || connection instanceof Promise) {
    return connection && pulumi.secret(connection);
  }
  const secrets = Object.entries(connection).map(([name, value]) => {
    return [name, LOGIN_SECRETS.includes(name) && value !== undefined ? pulumi.secret(value) : value];
  });
  return Object.fromEntries(secrets);
}
