/** The rules of the table of properties as zod schemas. Each rule is about one property alone. */
import { CONNECTION, INPUTS, isUnknown, OBSERVED, TOKEN_QUERY, UNKNOWN } from "../properties.ts";
import type { Property, Table } from "../property.ts";
import { TOKEN_VALUE } from "../redaction.ts";
import * as z from "../zod.ts";
import { whatIsWrongWith } from "./texts.ts";

/** A value of `schema`, or one that is not known yet. */
function known<T>(schema: z.Type<T>): z.Type<T> {
  return z.custom<T>().check(
    z.superRefine((value, context) => {
      if (isUnknown(value)) return;
      for (const issue of schema.safeParse(value).error?.issues ?? []) context.addIssue(issue as never);
    }),
  );
}

const text = z.string().check(z.minLength(1, "must not be empty"));

/** A text of blanks would be trimmed to nothing. The setting would then be read from another source. */
const filled = z.string().check(z.refine((value) => value.trim() !== "", "must not be empty"));

const trimmed = z.refine<string>((name) => name === name.trim(), "must not begin or end with a blank");

/**
 * Characters that a token's name can't have. Jenkins keeps names in an XML file: NUL, U+FFFE or U+FFFF make every later change of that user fail,
 * and a line separator comes back as a newline.
 */
const UNSTORABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]/u;

const storable = z.refine<string>(
  (name) => !UNSTORABLE.test(name),
  "must not contain control characters, line separators or lone surrogates",
);

const tokenName = text.check(storable, trimmed);

const user = text.check(
  z.refine((id) => id !== "." && id !== "..", "must be a user id: a url can't hold . or .."),
  storable,
  trimmed,
);

const NAMED = {
  tokenName,
  userId: user,
  tokenValue: z.string().check(z.regex(TOKEN_VALUE, "must be 11 followed by 32 lowercase hexadecimal digits")),
} satisfies Partial<Record<NonNullable<Property["rule"]>, z.Type<string>>>;

const texts = z.record(z.string(), known(z.string("must be a string: put it into quotes")));

/** One issue for all headers. It has no path, because a wrong header name may be a value. */
const headers = z.custom<Record<string, string>>().check(
  z.superRefine((value, context) => {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    const message = isMap ? whatIsWrongWith(value) : "must be a map of names and values";
    if (message) context.addIssue({ code: "custom", message, input: undefined });
  }),
);

/** The schema of a declared value. */
function ruleOf({ type, rule, ...limits }: Property): z.Type {
  switch (type) {
    case "string":
      return rule && rule !== "headers" ? NAMED[rule] : filled;
    case "integer":
      return within(limits, z.number().check(z.int("must be a whole number"), z.maximum(limits.upTo ?? 36_500)));
    case "number":
      return within(limits, z.number());
    case "boolean":
      return z.boolean();
    case "texts":
      return rule === "headers" ? headers : texts;
    case "connection":
      return connectionSchema;
    default:
      if (typeof type === "string") throw new Error(`${type} can't be declared`);
      return z.enum(type);
  }
}

function within({ from, above, upTo }: Pick<Property, "from" | "above" | "upTo">, number: z.Type<number>) {
  const limits = [
    ...(from === undefined ? [] : [z.minimum(from)]),
    ...(above === undefined ? [] : [z.moreThan(above)]),
    ...(upTo === undefined ? [] : [z.maximum(upTo)]),
  ];
  return number.check(...limits);
}

/** The declared properties of a table. Values may be unknown in a preview. */
export function declarable(table: Table) {
  return shapeOf(table, (property) => known(ruleOf(property)));
}

/**
 * The properties of a table as a state keeps them. A value that this version does not understand is left out. A newer version may have written
 * it, or a person. Delete needs only the other properties.
 */
export function kept(table: Table, needed: readonly string[] = []): Record<string, z.Type> {
  const entries = Object.entries(table).map(([name, property]) => {
    if (needed.includes(name)) return [name, neededText] as const;
    const value = z.union([z.literal(UNKNOWN), typeOf(property)]);
    return [name, z.caught(z.optional(value), undefined)] as const;
  });
  return Object.fromEntries(entries);
}

/** The type of a property, without the rule for new values. */
function typeOf({ type }: Property): z.Type {
  switch (type) {
    case "string":
      return z.string();
    case "integer":
    case "number":
      return z.number();
    case "boolean":
      return z.boolean();
    case "texts":
      return z.record(z.string(), z.unknown());
    case "connection":
      return z.looseObject(kept(CONNECTION));
    default:
      return typeof type === "string" ? z.unknown() : z.enum(type);
  }
}

function shapeOf(table: Table, schemaOf: (property: Property) => z.Type): Record<string, z.Type> {
  const entries = Object.entries(table).map(([name, property]) => {
    return [name, property.required ? schemaOf(property) : z.optional(schemaOf(property))] as const;
  });
  return Object.fromEntries(entries);
}

const connectionSchema: z.Type = z.strictObject(declarable(CONNECTION));

export const inputsSchema = z.strictObject(declarable(INPUTS));

export const querySchema = z.strictObject(shapeOf(TOKEN_QUERY, ruleOf));

export const NEEDED = ["tokenUuid", "userId", "jenkinsUrl"];

/** A path with an empty part, or with dots as a part, could lead to another account. */
export const neededText = z
  .string()
  .check(z.refine((text) => !["", ".", ".."].includes(text), "must not be empty or dots"));

export const pendingSchema = z.looseObject({
  name: z.string(),
  startedAt: z.string(),
  recordedAt: z.caught(z.optional(z.string()), undefined),
  tokenUuid: z.caught(z.optional(z.string()), undefined),
});

/** The schema of inputs for a comparison with a state. A refresh compares the inputs that the state itself keeps. */
export const keptInputsSchema = z.looseObject(kept(INPUTS));

export const stateSchema = z.looseObject({
  ...kept(INPUTS),
  ...kept(OBSERVED, NEEDED),
  tokenName: z.caught(z.string(), ""),
  defaultName: z.caught(z.optional(z.string()), undefined),
});

export const pendingStateSchema = z.looseObject({
  ...kept(INPUTS),
  userId: neededText,
  jenkinsUrl: neededText,
  pending: pendingSchema,
});
