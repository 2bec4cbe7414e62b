/** The inputs and outputs that the two classes of a token share, and which of them are secret. */
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

/** A `T` as the input of a resource: every part may be an output or a promise. */
export type ArgsOf<T> = { [Name in keyof T]: pulumi.Input<PartsOf<Exclude<T[Name], undefined>>> };
type PartsOf<T> = [T] extends [object] ? ArgsOf<T> : T; // The brackets prevent a union from becoming a union of inputs.

/** A `T` as the outputs of a resource. */
type OutputsOf<T> = { readonly [Name in keyof T]-?: pulumi.Output<T[Name]> };

/** How to reach one Jenkins and log in to it: the `connection` of {@link JenkinsApiTokenArgs}. */
export interface ConnectionArgs extends ArgsOf<ConnectionArguments> {}

/** The inputs of a `JenkinsApiToken`. All are optional. */
export interface JenkinsApiTokenArgs extends ArgsOf<Omit<Inputs, InputsOfOne>> {}

/** The inputs of `JenkinsApiToken.get`. */
export type JenkinsApiTokenLookup = Pick<JenkinsApiTokenArgs, "connection" | "user">;

type Declared = Omit<Inputs, keyof Observed | InputsOfOne>;

/** The outputs of a token, including its inputs. A looked-up or imported token has no creation time. It has a value only if its `tokenValue` is declared. */
export type TokenOutputs = OutputsOf<Required<Omit<Observed, "expiresOn">> & Pick<Observed, "expiresOn"> & Declared>;

/** The inputs of a `RotatingJenkinsApiToken`. */
export interface RotatingJenkinsApiTokenArgs extends ArgsOf<RotatingInputs> {}

/** The outputs of a rotating token, including its inputs. */
export type RotatingTokenOutputs = OutputsOf<RotatingObserved & RotatingInputs>;

/** Undefined properties. Pulumi creates outputs only for properties that are named when the resource is registered. */
function undeclared(table: Table, isNamed: (name: string, property: Property) => boolean = () => true) {
  const names = Object.entries(table).filter(([name, property]) => isNamed(name, property));
  return Object.fromEntries(names.map(([name]) => [name, undefined]));
}

const DECLARABLE = undeclared(INPUTS, (_, { only }) => !only);
const GIVEN = undeclared(OBSERVED, (name) => !(name in DECLARABLE));
const ROTATING_DECLARABLE = undeclared(ROTATING_INPUTS);
const ROTATING_GIVEN = undeclared(ROTATING_OBSERVED);

/** All properties of a token. A token that is looked up has no inputs except `connection` and `user`. */
export function propertiesOf({ connection, ...declared }: JenkinsApiTokenArgs, { id }: pulumi.CustomResourceOptions) {
  const { fixedValue } = declared;
  const fixed = fixedValue !== undefined && { fixedValue: pulumi.secret(fixedValue) }; // Secret even if it is a plain string.
  const inputs = id === undefined ? { ...declared, ...fixed } : { user: declared.user };
  return { ...DECLARABLE, ...inputs, connection: withSecrets(connection), ...GIVEN };
}

/** All properties of a rotating token. */
export function rotatingPropertiesOf({ connection, ...declared }: RotatingJenkinsApiTokenArgs) {
  return { ...ROTATING_DECLARABLE, ...declared, connection: withSecrets(connection), ...ROTATING_GIVEN };
}

const secretsOf = (table: Table) => Object.entries(table).flatMap(([name, { secret }]) => (secret ? [name] : []));

/** The outputs that contain values. */
export const VALUES = [...new Set([...secretsOf(OBSERVED), ...secretsOf(INPUTS)])];
export const ROTATED_VALUES = secretsOf(ROTATING_OBSERVED);

const LOGIN_SECRETS = secretsOf(CONNECTION);

/** The secrets of a connection are secret even if the program gives them as plain strings. */
function withSecrets(connection: JenkinsApiTokenArgs["connection"]): typeof connection {
  if (connection === undefined || pulumi.Output.isInstance(connection) || connection instanceof Promise) {
    return connection && pulumi.secret(connection);
  }
  const secrets = Object.entries(connection).map(([name, value]) => {
    return [name, LOGIN_SECRETS.includes(name) && value !== undefined ? pulumi.secret(value) : value];
  });
  return Object.fromEntries(secrets);
}
