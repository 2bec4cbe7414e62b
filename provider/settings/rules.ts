/** The rules of the table of properties as zod. A rule is of one property alone. */
import { CONNECTION, INPUTS, isUnknown, OBSERVED, ROTATED_TOKEN, ROTATING_INPUTS, TOKEN_QUERY } from "../properties.ts";
import type { Property, Table } from "../property.ts";
import * as z from "../zod.ts";

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

/**
 * What can't stand in a token's name. Jenkins keeps names in an XML file: NUL, U+FFFE or U+FFFF make every later change
 * of that user fail, and a line separator comes back as a newline.
 */
const UNSTORABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]/u;

const storable = z.refine<string>(
  (name) => !UNSTORABLE.test(name),
  "must not contain control characters, line separators or half characters",
);

const tokenName = text.check(
  storable,
  z.refine((name) => name === name.trim(), "must not begin or end with a blank"),
);

const user = text.check(
  z.refine((id) => id !== "." && id !== "..", "must be a user id: a path of . or .. would end elsewhere"),
  storable,
);

const NAMED = {
  tokenName,
  userId: user,
  tokenValue: z.string().check(z.regex(/^11[0-9a-f]{32}$/, "must be 11 and 32 hexadecimal digits")),
} satisfies Record<NonNullable<Property["rule"]>, z.Type<string>>;

/** What a declared value has to be like. */
function ruleOf({ type, rule, ...limits }: Property): z.Type {
  switch (type) {
    case "string":
      return rule ? NAMED[rule] : text;
    case "integer":
      return within(limits, z.number().check(z.int("must be whole days"), z.maximum(limits.upTo ?? 36_500)));
    case "number":
      return within(limits, z.number());
    case "boolean":
      return z.boolean();
    case "texts":
      return z.record(z.string(), known(z.string("must be a text: put it into quotes")));
    case "connection":
      return connectionSchema;
    case "rotated":
    case "reviewedTokens":
      throw new Error(`${type} can't be declared`);
    default:
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
function declarable(table: Table) {
  return shapeOf(table, (property) => known(ruleOf(property)));
}

/** The properties of a table as Jenkins gives them: texts may be empty. */
function given(table: Table) {
  return shapeOf(table, (property) => (property.type === "string" ? z.string() : ruleOf(property)));
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

export const rotatingSchema = z.strictObject(declarable(ROTATING_INPUTS));

const pendingSchema = z.strictObject({
  name: z.string(),
  startedAt: z.string(),
  recordedAt: z.exactOptional(z.string()),
});

export const stateSchema = z.looseObject({ ...declarable(INPUTS), ...given(OBSERVED) });

export const pendingStateSchema = z.looseObject({
  ...declarable(INPUTS),
  userId: z.string(),
  jenkinsUrl: z.string(),
  pending: pendingSchema,
});

const rotatedSchema = z.object(given(ROTATED_TOKEN));

export const rotatingStateSchema = z.looseObject({
  ...declarable(ROTATING_INPUTS),
  userId: z.string(),
  jenkinsUrl: z.string(),
  current: z.optional(rotatedSchema), // Absent where it could not be made, or is gone.
  previous: z.optional(rotatedSchema),
  unrevoked: z.defaultTo(z.array(z.string()), []),
  pending: z.defaultTo(z.array(pendingSchema), []),
});
