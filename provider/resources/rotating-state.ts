/** The inputs and the state of a rotating token. */
import { ROTATED_TOKEN, ROTATING_INPUTS, type RotatedToken, type RotatingInputs } from "../properties.ts";
import { type CheckFailure, failure } from "../settings/failure.ts";
import { declarable, kept, NEEDED, neededText, pendingSchema } from "../settings/rules.ts";
import { mistakes, ours, type Pending, readState, toState } from "../settings/schema.ts";
import * as z from "../zod.ts";

/** The state of a rotating token. `current` is absent if the token could not be created, or is gone. */
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
  createdAt: z.caught(z.string(), new Date(0).toISOString()), // The token is then old enough to be rotated.
});

const rotatingStateSchema = z.looseObject({
  ...kept(ROTATING_INPUTS),
  userId: neededText,
  jenkinsUrl: neededText,
  // These are never left out, because each may be the only trace of a live token.
  current: z.optional(rotatedSchema),
  previous: z.optional(rotatedSchema),
  unrevoked: z.defaultTo(z.array(z.string()), []),
  pending: z.defaultTo(z.array(pendingSchema), []),
});

/** The failures of the inputs, property by property. Empty if the inputs are valid. */
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

/** The inputs for a comparison with a state, like `parseComparedInputs` of a token. */
export function parseComparedRotatingInputs(properties: Record<string, unknown>): RotatingInputs {
  return readState(keptRotatingSchema, properties);
}

/** The inputs of a rotating token, like `parseInputs` of a token. */
export function parseRotatingInputs(properties: Record<string, unknown>): RotatingInputs {
  return rotatingSchema.parse(ours(properties)) as unknown as RotatingInputs;
}

/** The state of a rotating token. */
export function parseRotatingState(properties: Record<string, unknown>): RotatingState {
  return readState(rotatingStateSchema, properties);
}

type RotatingOutputs = Omit<RotatingState, keyof RotatingInputs>;

/** The outputs of a rotating token. */
export function toRotatingState(inputs: RotatingInputs, { unrevoked, pending, ...rest }: RotatingOutputs) {
  const left = { ...(unrevoked.length > 0 && { unrevoked }), ...(pending.length > 0 && { pending }) };
  return toState(inputs, { ...rest, ...left });
}
