/**
 * What a token is declared with, and what the state keeps of it. The one place that spells the names of the properties,
 * which are kept for ever: every version reads the state of every earlier one.
 */
import { z } from "zod";

/** The text by which Pulumi stands for a value that isn't known yet, in check and diff of a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The property in which Pulumi's dynamic host keeps the text that finds this package. Not one of ours. */
export const PROVIDER_KEY = "__provider";

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

/** How to reach and sign in to one Jenkins. Whatever is absent is looked for in stack config and environment. */
const connectionSchema = z.strictObject({
  url: known(text).optional(),
  username: known(text).optional(),
  apiToken: known(text).optional(),
  password: known(text).optional(),
  caCert: known(text).optional(),
  insecureSkipTlsVerify: known(z.boolean()).optional(),
  requestTimeoutSeconds: known(z.number().positive().max(3600)).optional(),
  waitForReadySeconds: known(z.number().nonnegative().max(3600)).optional(),
});

const inputsSchema = z.strictObject({
  connection: known(connectionSchema).optional(),
  user: known(user).optional(),
  tokenName: known(tokenName).optional(),
  triggers: known(z.record(z.string(), known(z.string()))).optional(),
  autoName: tokenName.optional(),
});

export type ConnectionArguments = z.infer<typeof connectionSchema>;
export type Inputs = z.infer<typeof inputsSchema>;

/** The parts of `connection` that are never written into the outputs. */
const SECRETS_OF_CONNECTION = ["apiToken", "password"] as const;

/** What a token that exists is known by, beside its inputs. */
export interface Observed {
  tokenUuid: string;
  tokenName: string;
  /** Absent in what `JenkinsApiToken.get` reads: Jenkins shows a value once only. */
  tokenValue?: string;
  /** The owner's id as the server spells it. */
  userId: string;
  /** The normalised root URL of the Jenkins where the token lives. */
  jenkinsUrl: string;
  /** ISO time, by Jenkins' own clock. */
  createdAt?: string;
}

/** An attempt to make a token that may still have left one behind under `name`. */
export interface Pending {
  name: string;
  /** ISO time, by Jenkins' own clock. */
  startedAt: string;
}

const stateSchema = z.looseObject({
  ...inputsSchema.shape,
  tokenName: z.string(),
  tokenUuid: z.string(),
  tokenValue: z.string().optional(),
  userId: z.string(),
  jenkinsUrl: z.string(),
  createdAt: z.string().optional(),
});

const pendingStateSchema = z.looseObject({
  ...inputsSchema.shape,
  userId: z.string(),
  jenkinsUrl: z.string(),
  pending: z.strictObject({ name: z.string(), startedAt: z.string() }),
});

export type State = Omit<Inputs, "tokenName"> & Observed;
export type PendingState = Inputs & { userId: string; jenkinsUrl: string; pending: Pending };

/** The id of a resource whose making could not be finished: `pending-<16 hex>`. */
export const PENDING_ID = /^pending-[0-9a-f]{16}$/;

export type CheckFailure = { property: string; reason: string };

/** Pulumi prints the value of a property that fails check: only what can hold no secret is named as one. */
const PRINTABLE = new Set(["tokenName", "user"]);

/** What is wrong with the inputs, property by property; nothing where they are right. */
export function inputFailures(inputs: Record<string, unknown>): CheckFailure[] {
  const issues = inputsSchema.safeParse(ours(inputs)).error?.issues ?? [];
  const nameless =
    inputs["tokenName"] == null ? [failure("tokenName", "must be given where there is no autoName")] : [];
  return [
    ...nameless,
    ...issues.flatMap(({ path, message, ...issue }) => {
      const where = path.join(".");
      if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => failure([...path, key].join("."), "is not a property of a JenkinsApiToken"));
      }
      return [failure(where, message)];
    }),
  ];
}

/** A check failure that names `property` and shows no value. */
export function failure(property: string, reason: string): CheckFailure {
  if (PRINTABLE.has(property)) return { property, reason };
  if (property === "autoName") {
    return {
      property: "tokenName",
      reason: `give it: the default, made of project, stack and resource name, ${reason}`,
    };
  }
  return { property: property.startsWith("connection.") ? property : "", reason: `${property}: ${reason}` };
}

/** The inputs of a resource, Pulumi's own property and absent values left out. They have passed check. */
export function parseInputs(properties: Record<string, unknown>): Inputs {
  return inputsSchema.parse(ours(properties));
}

/** The state of a token, as this or an earlier version wrote it. */
export function parseState(properties: Record<string, unknown>): State {
  return stateSchema.parse(ours(properties)) as State;
}

/** The state of an attempt that could not be finished. */
export function parsePendingState(properties: Record<string, unknown>): PendingState {
  return pendingStateSchema.parse(ours(properties)) as PendingState;
}

/** The outputs of a token: plain JSON, with the inputs as declared but for the secrets of the connection. */
export function toState(inputs: Inputs, observed: Observed): Record<string, unknown> {
  const { connection, ...declared } = inputs;
  return plain({ ...declared, ...(connection && { connection: withoutSecrets(connection) }), ...observed });
}

/** `connection` as the outputs may hold it. */
export function withoutSecrets(connection: ConnectionArguments): ConnectionArguments {
  const rest = { ...connection };
  for (const secret of SECRETS_OF_CONNECTION) delete rest[secret];
  return rest;
}

function ours(properties: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(properties).filter(([key, value]) => key !== PROVIDER_KEY && value != null);
  return Object.fromEntries(entries);
}

/** Without `undefined`, which Pulumi's host refuses after the token has been made. */
function plain(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}
