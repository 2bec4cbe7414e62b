/** The columns of the table in `properties.ts`, and the types that derive from its rows. */

/** One row of the table: one property. */
export interface Property {
  /** A type of Pulumi's schema, a list of allowed strings, `texts` for a map of strings, or an object of another table. */
  type:
    | "string"
    | "integer"
    | "number"
    | "boolean"
    | "texts"
    | "connection"
    | "rotated"
    | "reviewedTokens"
    | readonly string[];
  /** The property is always present. Other properties may be absent. */
  required?: true;
  /** The rule of this name in `settings/rules.ts` applies. Without a rule, a string must not be empty. */
  rule?: "headers" | "tokenName" | "tokenValue" | "userId";
  /** The least number. */
  from?: number;
  /** The number has to be greater. */
  above?: number;
  /** The greatest number. */
  upTo?: number;
  /** Encrypted in the state, and never printed. */
  secret?: true;
  /** Pulumi's documentation says that a change replaces the resource. The `diff` of the resource decides it. */
  replaces?: true;
  /** The value is never a secret. Pulumi prints the value of a property that fails check, so check names only printable properties. */
  printable?: true;
  /** Only this class has the property. The class of the dynamic resource sets `autoName` itself: users never do. */
  only?: "native" | "dynamic";
  /** The environment variables of the setting. The first one that is set counts. */
  environment?: readonly string[];
}

export type Table = Record<string, Property>;

interface Plain {
  string: string;
  integer: number;
  number: number;
  boolean: boolean;
  texts: Record<string, string>;
}

type ValueOf<Type extends Property["type"], Objects> = Type extends readonly (infer Text)[]
  ? Text
  : Type extends keyof Plain
    ? Plain[Type]
    : Type extends keyof Objects
      ? Objects[Type]
      : never;

type Required<T extends Table> = { [Name in keyof T]: T[Name] extends { required: true } ? Name : never }[keyof T];

// Editors show the doc comments of the table, because nothing here maps with `as`, which would drop them.
type ValuesOf<T extends Table, Objects> = { -readonly [Name in keyof T]: ValueOf<T[Name]["type"], Objects> };
type OptionalOf<T extends Table, Objects> = Partial<ValuesOf<Omit<T, Required<T>>, Objects>>;
type RequiredOf<T extends Table, Objects> = ValuesOf<Pick<T, Required<T>>, Objects>;

/** The properties of an existing `T`: optional properties are absent, never `undefined`. */
export type Given<T extends Table, Objects> = RequiredOf<T, Objects> & OptionalOf<T, Objects>;

/** The properties that a program declares: optional ones may be `undefined`. */
export type Declared<T extends Table, Objects> = RequiredOf<T, Objects> & {
  [Name in keyof OptionalOf<T, Objects>]: OptionalOf<T, Objects>[Name] | undefined;
};
