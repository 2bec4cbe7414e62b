/** What a rotating token is declared with, and what its state keeps. */
import { ROTATED_TOKEN, ROTATING_INPUTS, type RotatedToken, type RotatingInputs } from "../properties.ts";
import { type CheckFailure, failure } from "../settings/failure.ts";
import { declarable, kept, NEEDED, neededText, pendingSchema } from "../settings/rules.ts";
import { mistakes, ours, type Pending, readState, toState } from "../settings/schema.ts";
import * as z from "../zod.ts";

/** What is known of a rotating token. Its present token is missing where it could not be made, or is gone. */
export interface RotatingState extends RotatingInputs {
  userId: string;
  jenkinsUrl: string;
  current?: RotatedToken | undefined;
  previous?: RotatedToken | undefined;
  /** The uuids of tokens from before `previous` that could not be revoked yet. */
  unrevoked: string[];
  /** Attempts to rotate that may have left a token. */
  pending: Pending[];
}

const rotatingSchema = z.strictObject(declarable(ROTATING_INPUTS));

const keptRotatingSchema = z.looseObject(kept(ROTATING_INPUTS));

const rotatedSchema = z.looseObject({
  ...kept(ROTATED_TOKEN, NEEDED),
  tokenName: z.caught(z.string(), ""),
  tokenValue: z.caught(z.string(), ""),
  createdAt: z.caught(z.string(), new Date(0).toISOString()), // So old that it is rotated.
});

const rotatingStateSchema = z.looseObject({
  ...kept(ROTATING_INPUTS),
  userId: neededText,
  jenkinsUrl: neededText,
  // What may be a trace of a live token is never left out.
  current: z.optional(rotatedSchema), // Absent where it could not be made, or is gone.
  previous: z.optional(rotatedSchema),
  unrevoked: z.defaultTo(z.array(z.string()), []),
  pending: z.defaultTo(z.array(pendingSchema), []),
});

/** What is wrong with the inputs, property by property; nothing where they are right. */
export function rotatingFailures(inputs: Record<string, unknown>): CheckFailure[] {
  const { rotateEveryDays, expiresInDays } = inputs;
  const failures = mistakes(rotatingSchema, ROTATING_INPUTS, inputs, "RotatingJenkinsApiToken");
  if (typeof expiresInDays === "number" && expiresInDays < 2 * Number(rotateEveryDays)) {
    failures.push(
      failure("expiresInDays", "must be at least twice rotateEveryDays: a token is used for two periods", inputs),
    );
  }
  return failures;
}

/** The inputs for a comparison with a state, as `parseComparedInputs` of a token. */
export function parseComparedRotatingInputs(properties: Record<string, unknown>): RotatingInputs {
  return readState(keptRotatingSchema, properties);
}

/** The inputs of a rotating token, as `parseInputs` has them. */
export function parseRotatingInputs(properties: Record<string, unknown>): RotatingInputs {
  return rotatingSchema.parse(ours(properties)) as unknown as RotatingInputs;
}

/** The state of a rotating token. */
export function parseRotatingState(properties: Record<string, unknown>): RotatingState {
  return readState(rotatingStateSchema, properties);
}

type RotatingObserved = Omit<RotatingState, keyof RotatingInputs>;

/** The outputs of a rotating token. */
export function toRotatingState(inputs: RotatingInputs, { unrevoked, pending, ...rest }: RotatingObserved) {
  const left = { ...(unrevoked.length > 0 && { unrevoked }), ...(pending.length > 0 && { pending }) };
  return toState(inputs, { ...rest, ...left });
}
