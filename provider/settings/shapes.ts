/** What each property has to be like, alone: zod, held to the interfaces. */
import {
  type ConnectionArguments,
  type Inputs,
  isUnknown,
  type Observed,
  type RotatedToken,
  type RotatingInputs,
  type TokenQuery,
} from "../properties.ts";
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

const days = z.number().check(z.int("must be whole days"), z.maximum(36_500));
const daysFrom = (least: number) => days.check(z.minimum(least));

const tokenValue = z.string().check(z.regex(/^11[0-9a-f]{32}$/, "must be 11 and 32 hexadecimal digits"));

/** A zod shape that has exactly the properties of an interface, each with the type and as optional as it is there. */
type ShapeOf<T> = {
  [Name in keyof T]-?: undefined extends T[Name] ? z.Optional<z.Type<Exclude<T[Name], undefined>>> : z.Type<T[Name]>;
};

const connectionShape: ShapeOf<ConnectionArguments> = {
  url: z.optional(known(text)),
  username: z.optional(known(text)),
  apiToken: z.optional(known(text)),
  password: z.optional(known(text)),
  caCert: z.optional(known(text)),
  insecureSkipTlsVerify: z.optional(known(z.boolean())),
  requestTimeoutSeconds: z.optional(known(z.number().check(z.positive(), z.maximum(3600)))),
  waitForReadySeconds: z.optional(known(z.number().check(z.nonnegative(), z.maximum(3600)))),
};

const inputsShape: ShapeOf<Inputs> = {
  connection: z.optional(known(z.strictObject(connectionShape))),
  user: z.optional(known(user)),
  tokenName: z.optional(known(tokenName)),
  expiresInDays: z.optional(known(daysFrom(1))),
  renewBeforeDays: z.optional(known(daysFrom(0))),
  triggers: z.optional(known(z.record(z.string(), known(z.string("must be a text: put it into quotes"))))),
  via: z.optional(known(z.enum(["rest", "scriptConsole", "legacy"]))),
  tokenValue: z.optional(known(tokenValue)),
  autoName: z.optional(tokenName),
};

const queryShape: ShapeOf<TokenQuery> = {
  connection: z.optional(z.strictObject(connectionShape)),
  user: z.optional(user),
  unusedForDays: z.optional(daysFrom(1)),
  via: z.optional(z.enum(["rest", "scriptConsole"])),
};

const observedShape: ShapeOf<Observed> = {
  tokenUuid: z.string(),
  tokenName: z.string(),
  tokenValue: z.optional(z.string()),
  userId: z.string(),
  jenkinsUrl: z.string(),
  createdAt: z.optional(z.string()),
  expiresOn: z.optional(z.string()),
};

export const inputsSchema = z.strictObject(inputsShape);
const pendingSchema = z.strictObject({
  name: z.string(),
  startedAt: z.string(),
  recordedAt: z.exactOptional(z.string()),
});

export const querySchema = z.strictObject(queryShape);

export const stateSchema = z.looseObject({ ...inputsShape, ...observedShape });

export const pendingStateSchema = z.looseObject({
  ...inputsShape,
  userId: observedShape.userId,
  jenkinsUrl: observedShape.jenkinsUrl,
  pending: pendingSchema,
});

const rotatingShape: ShapeOf<RotatingInputs> = {
  rotateEveryDays: known(daysFrom(1)),
  connection: inputsShape.connection,
  user: inputsShape.user,
  tokenName: inputsShape.tokenName,
  expiresInDays: inputsShape.expiresInDays,
  triggers: inputsShape.triggers,
  via: z.optional(known(z.enum(["rest", "scriptConsole"]))),
};

const rotatedSchema: z.Type<RotatedToken> = z.object({
  tokenUuid: z.string(),
  tokenName: z.string(),
  tokenValue: z.string(),
  createdAt: z.string(),
  expiresOn: z.exactOptional(z.string()),
});

export const rotatingSchema = z.strictObject(rotatingShape);

export const rotatingStateSchema = z.looseObject({
  ...rotatingShape,
  userId: z.string(),
  jenkinsUrl: z.string(),
  current: z.optional(rotatedSchema),
  previous: z.optional(rotatedSchema),
  unrevoked: z.defaultTo(z.array(z.string()), []),
  pending: z.defaultTo(z.array(pendingSchema), []),
});
