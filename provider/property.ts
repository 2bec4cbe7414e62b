/** The columns of the table in `properties.ts`, and the types that derive from its rows. */
/** What is known of one property. */
export interface Property {
  /** A type of Pulumi's schema, the texts that are allowed, `texts` by any names, or objects of another table. */
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
  /** Given always: other properties may be left out. */
  required?: true;
  /** The rule of this name in `settings/rules.ts` applies. Without it a text must not be empty. */
  rule?: "tokenName" | "tokenValue" | "userId";
  /** The least number. */
  from?: number;
  /** The number has to be greater. */
  above?: number;
  /** The greatest number. */
  upTo?: number;
  /** Encrypted in the state, and never printed. */
  secret?: true;
  /** A change replaces the token, whatever else is declared. */
  replaces?: true;
  /** It can't hold a secret. Pulumi prints the value of a property that fails check, so check names only these. */
  printable?: true;
  /** Only this class has it. The class of the dynamic resource sets its own; users don't. */
  only?: "native" | "dynamic";
  /** The environment variables that give the setting. The first that is set counts. */
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

/** What a `T` that exists has: optional properties are absent, and never `undefined`. */
export type Given<T extends Table, Objects> = RequiredOf<T, Objects> & OptionalOf<T, Objects>;

/** What a program declares: optional properties may be `undefined`. */
export type Declared<T extends Table, Objects> = RequiredOf<T, Objects> & {
  [Name in keyof OptionalOf<T, Objects>]: OptionalOf<T, Objects>[Name] | undefined;
};
