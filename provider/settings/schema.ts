/** The rules for the inputs and the state of a token. Every version reads the states of all earlier versions. */
import { isDeepStrictEqual } from "node:util";
import { closestMatch } from "leven";
import { SettingsError } from "../errors.ts";
import {
  CONNECTION,
  type ConnectionArguments,
  INPUTS,
  type Inputs,
  isUnknown,
  type Observed,
  RESOURCES,
  type TokenQuery,
} from "../properties.ts";
import type { Table } from "../property.ts";
import type * as z from "../zod.ts";
import { type CheckFailure, failure, namesWith } from "./failure.ts";
import { inputsSchema, keptInputsSchema, pendingStateSchema, querySchema, stateSchema } from "./rules.ts";
import { rootUrl } from "./texts.ts";

/** The parts of `connection` that are never written into the outputs. */
export const SECRETS_OF_CONNECTION = namesWith("secret", CONNECTION) as (keyof ConnectionArguments)[];

/** Every property whose value is a secret. */
export const SECRETS: readonly string[] = [
  ...namesWith("secret", ...Object.values(RESOURCES).flatMap(({ inputs, observed }) => [inputs, observed])),
  ...SECRETS_OF_CONNECTION,
];

/** The `via` of the one token that each user has in Jenkins before 2.129. */
export const LEGACY = "legacy";

/** The property in which Pulumi's dynamic host keeps the text that finds this package. It is not a property of this package. */
const PROVIDER_KEY = "__provider";

/** An attempt to create a token, which may have left a token under `name`. */
export interface Pending {
  name: string;
  /** ISO time, by Jenkins' own clock. */
  startedAt: string;
  /** The same by the clock of the machine that has recorded it. Absent in records of 0.1.0. */
  recordedAt?: string | undefined;
  /** The created token, if it is known: a token with a declared value that could not be finished. */
  tokenUuid?: string | undefined;
}

export type State = Omit<Inputs, keyof Observed> &
  Observed & {
    /** The default name of this token. Absent if a name is declared, and in states of 0.1.0, which keep it in the inputs. */
    defaultName?: string | undefined;
  };
export type PendingState = Inputs & { userId: string; jenkinsUrl: string; pending: Pending };

/** The id of a resource whose create could not be finished: `pending-<16 hex>`. */
export const PENDING_ID = /^pending-[0-9a-f]{16}$/;

/** The failures of the inputs, property by property. Empty if the inputs are valid. */
export function inputFailures(inputs: Record<string, unknown>): CheckFailure[] {
  return [...contradictions(inputs), ...mistakes(inputsSchema, INPUTS, inputs, "JenkinsApiToken")];
}

/** What is wrong with each property alone. `resource` is its name in messages. */
export function mistakes(
  schema: z.Type,
  table: Table,
  inputs: Record<string, unknown>,
  resource: string,
): CheckFailure[] {
  const issues = schema.safeParse(ours(inputs)).error?.issues ?? [];
  return issues.flatMap(({ path, message, ...issue }) => {
    if (issue.code !== "unrecognized_keys") return [failure(path.join("."), message, inputs)];
    const names = Object.keys(path[0] === "connection" ? CONNECTION : table).filter((name) => name !== "autoName");
    return issue.keys.map((key) => {
      const reason = `is not a property of a ${resource}${didYouMean(key, names, path.map(String))}`;
      return failure([...path, key].join("."), reason, {});
    });
  });
}

/** A hint if `name` is nearly one of `names`, else an empty text. */
export function didYouMean(name: string, names: readonly string[], path: readonly string[] = []): string {
  const typed = name.toLowerCase();
  const lowered = names.map((known) => known.toLowerCase());
  const maxDistance = Math.min(2, Math.floor(name.length / 3)); // A short word is near to too many others.
  const meant = names[lowered.indexOf(closestMatch(typed, lowered, { maxDistance }) ?? "")];
  return meant === undefined ? "" : `. Did you mean ${[...path, meant].join(".")}?`;
}

/** Properties that are valid alone, but contradict each other. */
function contradictions(inputs: Record<string, unknown>): CheckFailure[] {
  const { tokenName, autoName, expiresInDays, renewBeforeDays, via, tokenValue, fixedValue } = inputs;
  const failures = [];
  if (fixedValue != null && tokenValue != null)
    failures.push(
      failure("fixedValue", "can't be given together with tokenValue, which is only for an imported token", inputs),
    );
  if (via === LEGACY) {
    if (tokenName != null)
      failures.push(failure("tokenName", "a legacy token has no name of its own: leave it out", inputs));
    if (expiresInDays != null)
      failures.push(failure("expiresInDays", "a legacy token never expires: leave it out", inputs));
    if (fixedValue != null)
      failures.push(failure("fixedValue", "Jenkins chooses the value of a legacy token: leave it out", inputs));
  } else if (tokenName == null && typeof autoName !== "string") {
    failures.push(failure("tokenName", "must be given if there is no autoName", inputs));
  }
  if (renewBeforeDays != null && expiresInDays == null) {
    failures.push(failure("renewBeforeDays", "has no effect without expiresInDays", inputs));
  }
  if (
    typeof renewBeforeDays === "number" &&
    Number.isFinite(expiresInDays) &&
    renewBeforeDays > Number(expiresInDays) - 2
  ) {
    failures.push(failure("renewBeforeDays", "must be at least two days less than expiresInDays", inputs));
  }
  return failures;
}

/** The inputs of a resource, without Pulumi's own property and without absent values. They have passed check. */
export function parseInputs(properties: Record<string, unknown>): Inputs {
  return inputsSchema.parse(ours(properties));
}

/**
 * The query for a user's tokens, without absent values.
 *
 * @throws {SettingsError} that names the first wrong property.
 */
export function parseQuery(properties: Record<string, unknown>): TokenQuery {
  const { data, error } = querySchema.safeParse(ours(properties));
  if (!data) {
    const { path = [], message } = error.issues[0] ?? {};
    throw new SettingsError(path.join("."), [path.join("."), message].filter(Boolean).join(": "));
  }
  const query: TokenQuery = data;
  if (query.unusedForDays !== undefined && query.via !== "scriptConsole") {
    const reason = "needs exact times, which only the script console gives: as an administrator, ask";
    throw new SettingsError("unusedForDays", `unusedForDays: ${reason} with \`via: "scriptConsole"\``);
  }
  return query;
}

/**
 * The inputs for a comparison with a state. A refresh compares the inputs that the state itself keeps. A newer version may have written them, so
 * values that this version does not understand are left out.
 */
export function parseComparedInputs(properties: Record<string, unknown>): Inputs {
  return readState(keptInputsSchema, properties);
}

/** The state of a token. A newer version or a person may have written it, so only the properties that find the token are required. */
export function parseState(properties: Record<string, unknown>): State {
  return readState(stateSchema, properties);
}

/** The state of an attempt that could not be finished. */
export function parsePendingState(properties: Record<string, unknown>): PendingState {
  return readState(pendingStateSchema, properties);
}

/**
 * The outputs of a resource: plain JSON, with the declared inputs except the secrets of the connection. They hold no `undefined`: Pulumi's host
 * would refuse it after the token was created.
 */
export function toState(inputs: Inputs, observed: object): Record<string, unknown> {
  const { connection, tokenValue, ...declared } = inputs; // A declared tokenValue becomes an output only after it has logged in.
  const shown = connection && { connection: withoutSecrets(connection) };
  return JSON.parse(JSON.stringify({ ...declared, ...shown, ...observed }));
}

/** Whether a trigger has changed, was added or removed. */
export function isTriggered(inputs: Pick<Inputs, "triggers">, state: Pick<Inputs, "triggers">): boolean {
  return !isDeepStrictEqual(inputs.triggers ?? {}, state.triggers ?? {});
}

/** The property of Pulumi's host. The host adds it to returned outputs, but not to the properties of an error. */
export function providerKeyOf(properties: Record<string, unknown>): Record<string, unknown> {
  return PROVIDER_KEY in properties ? { [PROVIDER_KEY]: properties[PROVIDER_KEY] } : {};
}

/** The outputs in a state that are not inputs. */
export function observedOf(state: State): Observed {
  const { tokenUuid, tokenName, tokenValue, userId, jenkinsUrl, createdAt, expiresOn } = state;
  const kept = { ...(tokenValue && { tokenValue }), ...(createdAt && { createdAt }), ...(expiresOn && { expiresOn }) };
  return { tokenUuid, tokenName, userId, jenkinsUrl, ...kept };
}

export function withoutSecrets(connection: ConnectionArguments): ConnectionArguments {
  if (isUnknown(connection)) return connection;
  const rest = { ...connection };
  for (const secret of SECRETS_OF_CONNECTION) delete rest[secret];
  return rest;
}

/** @throws {SettingsError} that names the first property without which the token can't be found again. */
export function readState<T>(schema: z.Type, properties: Record<string, unknown>): T {
  const { data, error } = schema.safeParse(ours(properties));
  if (error) {
    const property = error.issues[0]?.path.join(".") ?? "";
    const reason = `the state of this resource has no usable ${property}`;
    const remedy = "Correct it, or take the resource out of the state with `pulumi state delete`";
    throw new SettingsError(property, `${reason}. ${remedy}`);
  }
  const known = ours(data as Record<string, unknown>);
  const { jenkinsUrl } = known;
  return { ...known, ...(typeof jenkinsUrl === "string" && { jenkinsUrl: rootUrl(jenkinsUrl) }) } as T;
}

/** Without Pulumi's own property, and without what is absent. */
export function ours(properties: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(properties).filter(([key, value]) => key !== PROVIDER_KEY && value != null);
  return Object.fromEntries(entries);
}
