/** What each property has to be like, alone: zod, held to the interfaces. */
import { z } from "zod";
import type { ConnectionArguments, Inputs, Observed, RotatedToken, RotatingInputs, TokenQuery } from "./properties.ts";

/** The text by which Pulumi stands for a value that isn't known yet, in check and diff of a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** A value of `schema`, or one that is not known yet. */
function known<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return z.custom<T>().superRefine((value, context) => {
    if (value === UNKNOWN) return;
    for (const issue of schema.safeParse(value).error?.issues ?? []) context.addIssue(issue as never);
  });
}

const text = z.string().min(1, "must not be empty");

/**
 * What can't stand in a token's name. Jenkins keeps names in an XML file: NUL, U+FFFE or U+FFFF make every later change
 * of that user fail, and a line separator comes back as a newline.
 */
const UNSTORABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]/u;

const tokenName = text
  .refine((name) => !UNSTORABLE.test(name), "must not contain control characters, line separators or half characters")
  .refine((name) => name === name.trim(), "must not begin or end with a blank");

const user = text
  .refine((id) => id !== "." && id !== "..", "must be a user id: a path of . or .. would end elsewhere")
  .refine((id) => !UNSTORABLE.test(id), "must not contain control characters, line separators or half characters");

const days = z.number().int("must be whole days").max(36_500);

const tokenValue = z.string().regex(/^11[0-9a-f]{32}$/, "must be 11 and 32 hexadecimal digits");

/** A zod shape that has exactly the properties of an interface, each with the type and as optional as it is there. */
type ShapeOf<T> = {
  [Name in keyof T]-?: undefined extends T[Name]
    ? z.ZodOptional<z.ZodType<Exclude<T[Name], undefined>>>
    : z.ZodType<T[Name]>;
};

const connectionShape: ShapeOf<ConnectionArguments> = {
  url: known(text).optional(),
  username: known(text).optional(),
  apiToken: known(text).optional(),
  password: known(text).optional(),
  caCert: known(text).optional(),
  insecureSkipTlsVerify: known(z.boolean()).optional(),
  requestTimeoutSeconds: known(z.number().positive().max(3600)).optional(),
  waitForReadySeconds: known(z.number().nonnegative().max(3600)).optional(),
};

const inputsShape: ShapeOf<Inputs> = {
  connection: known(z.strictObject(connectionShape)).optional(),
  user: known(user).optional(),
  tokenName: known(tokenName).optional(),
  expiresInDays: known(days.min(1)).optional(),
  renewBeforeDays: known(days.min(0)).optional(),
  triggers: known(z.record(z.string(), known(z.string("must be a text: put it into quotes")))).optional(),
  via: known(z.enum(["rest", "scriptConsole", "legacy"])).optional(),
  tokenValue: known(tokenValue).optional(),
  autoName: tokenName.optional(),
};

const queryShape: ShapeOf<TokenQuery> = {
  connection: z.strictObject(connectionShape).optional(),
  user: user.optional(),
  unusedForDays: days.min(1).optional(),
  via: z.enum(["rest", "scriptConsole"]).optional(),
};

const observedShape: ShapeOf<Observed> = {
  tokenUuid: z.string(),
  tokenName: z.string(),
  tokenValue: z.string().optional(),
  userId: z.string(),
  jenkinsUrl: z.string(),
  createdAt: z.string().optional(),
  expiresOn: z.string().optional(),
};

export const inputsSchema = z.strictObject(inputsShape);
const pendingSchema = z.strictObject({ name: z.string(), startedAt: z.string() });

export const querySchema = z.strictObject(queryShape);

export const stateSchema = z.looseObject({ ...inputsShape, ...observedShape });

export const pendingStateSchema = z.looseObject({
  ...inputsShape,
  userId: observedShape.userId,
  jenkinsUrl: observedShape.jenkinsUrl,
  pending: pendingSchema,
});

const rotatingShape: ShapeOf<RotatingInputs> = {
  rotateEveryDays: known(days.min(1)),
  connection: inputsShape.connection,
  user: inputsShape.user,
  tokenName: inputsShape.tokenName,
  expiresInDays: inputsShape.expiresInDays,
  triggers: inputsShape.triggers,
  via: known(z.enum(["rest", "scriptConsole"])).optional(),
};

const rotatedSchema: z.ZodType<RotatedToken> = z.object({
  tokenUuid: z.string(),
  tokenName: z.string(),
  tokenValue: z.string(),
  createdAt: z.string(),
  expiresOn: z.string().exactOptional(),
});

export const rotatingSchema = z.strictObject(rotatingShape);

export const rotatingStateSchema = z.looseObject({
  ...rotatingShape,
  userId: z.string(),
  jenkinsUrl: z.string(),
  current: rotatedSchema.optional(),
  previous: rotatedSchema.optional(),
  unrevoked: z.array(z.string()).default([]),
  pending: z.array(pendingSchema).default([]),
});
