/** The rules for what a token is declared with, and what the state keeps of it: every version reads every earlier one's. */
import { isDeepStrictEqual } from "node:util";
import { closestMatch } from "leven";
import { SettingsError } from "../errors.ts";
import {
  CONNECTION,
  type ConnectionArguments,
  INPUTS,
  type Inputs,
  isUnknown,
  OBSERVED,
  type Observed,
  ROTATED_TOKEN,
  ROTATING_INPUTS,
  ROTATING_OBSERVED,
  type RotatedToken,
  type RotatingInputs,
  type TokenQuery,
} from "../properties.ts";
import type { Table } from "../property.ts";
import type * as z from "../zod.ts";
import { type CheckFailure, failure, namesWith } from "./failure.ts";
import {
  inputsSchema,
  pendingStateSchema,
  querySchema,
  rotatingSchema,
  rotatingStateSchema,
  stateSchema,
} from "./rules.ts";

export type {
  ConnectionArguments,
  Inputs,
  Observed,
  ReviewedToken,
  RotatedToken,
  RotatingInputs,
  TokenQuery,
  TokenReview,
} from "../properties.ts";
export { isUnknown, UNKNOWN } from "../properties.ts";
export type { CheckFailure } from "./failure.ts";

/** The parts of `connection` that are never written into the outputs. */
export const SECRETS_OF_CONNECTION = namesWith("secret", CONNECTION) as (keyof ConnectionArguments)[];

/** Every property whose value is a secret. */
export const SECRETS: readonly string[] = [
  ...namesWith("secret", INPUTS, OBSERVED, ROTATING_INPUTS, ROTATING_OBSERVED, ROTATED_TOKEN),
  ...SECRETS_OF_CONNECTION,
];

/** The `via` of the one token that each user has in Jenkins before 2.129. */
export const LEGACY = "legacy";

/** What Jenkins gives a token as its id. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The property in which Pulumi's dynamic host keeps the text that finds this package. Not one of ours. */
const PROVIDER_KEY = "__provider";

/** An attempt to make a token that may still have left one behind under `name`. */
export interface Pending {
  name: string;
  /** ISO time, by Jenkins' own clock. */
  startedAt: string;
  /** The same by the clock of the machine that has recorded it. Absent in what 0.1.0 has recorded. */
  recordedAt?: string | undefined;
}

export type State = Omit<Inputs, keyof Observed> & Observed;
export type PendingState = Inputs & { userId: string; jenkinsUrl: string; pending: Pending };

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

/** The id of a resource whose making could not be finished: `pending-<16 hex>`. */
export const PENDING_ID = /^pending-[0-9a-f]{16}$/;

/** What is wrong with the inputs, property by property; nothing where they are right. */
export function inputFailures(inputs: Record<string, unknown>): CheckFailure[] {
  return [...contradictions(inputs), ...mistakes(inputsSchema, INPUTS, inputs, "JenkinsApiToken")];
}

/** The same for a rotating token. */
export function rotatingFailures(inputs: Record<string, unknown>): CheckFailure[] {
  const { rotateEveryDays, expiresInDays } = inputs;
  const failures = mistakes(rotatingSchema, ROTATING_INPUTS, inputs, "RotatingJenkinsApiToken");
  if (typeof expiresInDays === "number" && expiresInDays < 2 * Number(rotateEveryDays)) {
    failures.push(failure("expiresInDays", "must be at least twice rotateEveryDays: a token is used for two periods"));
  }
  return failures;
}

function mistakes(schema: z.Type, table: Table, inputs: Record<string, unknown>, resource: string): CheckFailure[] {
  const issues = schema.safeParse(ours(inputs)).error?.issues ?? [];
  return issues.flatMap(({ path, message, ...issue }) => {
    if (issue.code !== "unrecognized_keys") return [failure(path.join("."), message)];
    const names = Object.keys(path[0] === "connection" ? CONNECTION : table).filter((name) => name !== "autoName");
    return issue.keys.map((key) => {
      const reason = `is not a property of a ${resource}${didYouMean(key, names, path.map(String))}`;
      return failure([...path, key].join("."), reason);
    });
  });
}

/** A hint where `name` is nearly one of `names`; nothing where it is like none. */
export function didYouMean(name: string, names: readonly string[], path: readonly string[] = []): string {
  const typed = name.toLowerCase();
  const lowered = names.map((known) => known.toLowerCase());
  const maxDistance = Math.min(2, Math.floor(name.length / 3)); // A short word is near to too many others.
  const meant = names[lowered.indexOf(closestMatch(typed, lowered, { maxDistance }) ?? "")];
  return meant === undefined ? "" : `. Did you mean ${[...path, meant].join(".")}?`;
}

/** What is right in each property alone, and wrong in all of them together. */
function contradictions(inputs: Record<string, unknown>): CheckFailure[] {
  const { tokenName, autoName, expiresInDays, renewBeforeDays, via } = inputs;
  const failures = [];
  if (via === LEGACY) {
    if (tokenName != null) failures.push(failure("tokenName", "a legacy token has no name of its own: leave it out"));
    if (expiresInDays != null) failures.push(failure("expiresInDays", "a legacy token never expires: leave it out"));
  } else if (tokenName == null && typeof autoName !== "string") {
    failures.push(failure("tokenName", "must be given where there is no autoName"));
  }
  if (renewBeforeDays != null && expiresInDays == null) {
    failures.push(failure("renewBeforeDays", "means nothing without expiresInDays"));
  }
  if (
    typeof renewBeforeDays === "number" &&
    Number.isFinite(expiresInDays) &&
    renewBeforeDays > Number(expiresInDays) - 2
  ) {
    failures.push(failure("renewBeforeDays", "must be at least two days less than expiresInDays"));
  }
  return failures;
}

/** The inputs of a resource, Pulumi's own property and absent values left out. They have passed check. */
export function parseInputs(properties: Record<string, unknown>): Inputs {
  return read(inputsSchema, properties);
}

/**
 * What is asked about a user's tokens, absent values left out.
 *
 * @throws {SettingsError} naming the first property that is wrong.
 */
export function parseQuery(properties: Record<string, unknown>): TokenQuery {
  const { data, error } = querySchema.safeParse(ours(properties));
  if (!data) {
    const { path = [], message } = error.issues[0] ?? {};
    throw new SettingsError(path.join("."), [path.join("."), message].filter(Boolean).join(": "));
  }
  const query: TokenQuery = data;
  if (query.unusedForDays !== undefined && query.via !== "scriptConsole") {
    const reason = "needs the exact times that the script console alone gives: an administrator asks";
    throw new SettingsError("unusedForDays", `unusedForDays: ${reason} with \`via: "scriptConsole"\``);
  }
  return query;
}

/** The state of a token, as this or an earlier version wrote it. */
export function parseState(properties: Record<string, unknown>): State {
  return read(stateSchema, properties);
}

/** The state of an attempt that could not be finished. */
export function parsePendingState(properties: Record<string, unknown>): PendingState {
  return read(pendingStateSchema, properties);
}

/** The inputs of a rotating token, as {@link parseInputs} has them. */
export function parseRotatingInputs(properties: Record<string, unknown>): RotatingInputs {
  return read(rotatingSchema, properties);
}

/** The state of a rotating token. */
export function parseRotatingState(properties: Record<string, unknown>): RotatingState {
  return read(rotatingStateSchema, properties);
}

/** The outputs of a rotating token, as {@link toState} makes those of a token. */
export function toRotatingState(inputs: RotatingInputs, known: Omit<RotatingState, keyof RotatingInputs>) {
  const { connection, ...declared } = inputs;
  const { unrevoked, pending, ...rest } = known;
  return plain({
    ...declared,
    ...(connection && { connection: withoutSecrets(connection) }),
    ...rest,
    ...(unrevoked.length > 0 && { unrevoked }),
    ...(pending.length > 0 && { pending }),
  });
}

/** The outputs of a token: plain JSON, with the inputs as declared but for the secrets of the connection. */
export function toState(inputs: Inputs, observed: Observed): Record<string, unknown> {
  const { connection, tokenValue, ...declared } = inputs; // A declared value is one only when it has signed in.
  return plain({ ...declared, ...(connection && { connection: withoutSecrets(connection) }), ...observed });
}

/** Whether a trigger has changed, was added or removed. */
export function isTriggered(inputs: Pick<Inputs, "triggers">, state: Pick<Inputs, "triggers">): boolean {
  return !isDeepStrictEqual(inputs.triggers ?? {}, state.triggers ?? {});
}

/** The property that the host adds to what is returned, but not to what an error carries. */
export function providerKeyOf(properties: Record<string, unknown>): Record<string, unknown> {
  return PROVIDER_KEY in properties ? { [PROVIDER_KEY]: properties[PROVIDER_KEY] } : {};
}

/** What a state says of its token beside the inputs. */
export function observedOf(state: State): Observed {
  const { tokenUuid, tokenName, tokenValue, userId, jenkinsUrl, createdAt, expiresOn } = state;
  const kept = { ...(tokenValue && { tokenValue }), ...(createdAt && { createdAt }), ...(expiresOn && { expiresOn }) };
  return { tokenUuid, tokenName, userId, jenkinsUrl, ...kept };
}

/** `connection` as the outputs may hold it. */
export function withoutSecrets(connection: ConnectionArguments): ConnectionArguments {
  if (isUnknown(connection)) return connection;
  const rest = { ...connection };
  for (const secret of SECRETS_OF_CONNECTION) delete rest[secret];
  return rest;
}

/** The schemas come from the same table as the types, which `T` is one of. */
function read<T>(schema: z.Type, properties: Record<string, unknown>): T {
  return schema.parse(ours(properties)) as T;
}

function ours(properties: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(properties).filter(([key, value]) => key !== PROVIDER_KEY && value != null);
  return Object.fromEntries(entries);
}

/** Without `undefined`, which Pulumi's host refuses after the token has been made. */
function plain(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}
