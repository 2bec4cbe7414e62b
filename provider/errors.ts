/**
 * The error classes, their codes, and the composition of their messages. Of the doc comment of a
 * class with a code the first paragraph says when it is thrown and the second what to do: `npm run docs` shows both to users.
 */
import { inOneLine, presentable, redact, visible } from "./redaction.ts";

export { keepSecret, redact } from "./redaction.ts";

/** What a program matches on: stable across minor versions, one per class. */
export type ErrorCode =
  | "ERR_JENKINS_SETTINGS"
  | "ERR_JENKINS_UNREACHABLE"
  | "ERR_JENKINS_FORBIDDEN"
  | "ERR_JENKINS_REJECTED"
  | "ERR_JENKINS_UNEXPECTED"
  | "ERR_JENKINS_CANCELLED"
  | "ERR_JENKINS_UNFINISHED";

/**
 * What a failed request may have done on the server, which decides what may follow a failed `generateNewToken`.
 *
 * - `none`: nothing. It was not sent, or it was refused.
 * - `ended`: perhaps carried out, and certainly over: two looks at the server's list are final.
 * - `possible`: perhaps carried out, perhaps still to be: a look that finds nothing proves nothing yet.
 */
export type Effect = "none" | "ended" | "possible";

/** The parts of a message, in the order in which they are read. */
export interface Circumstances {
  /** What was tried, as the beginning of a sentence: "Revoking API token 4f1c…". */
  tried: string;
  method?: string;
  url?: string;
  status?: number;
  /** What Jenkins, or whatever answered in its place, said: cut to one line. Text from outside has to be redacted first. */
  words?: string;
  /** What the reader can do about it: one or more whole sentences. */
  remedy?: string;
  effect?: Effect;
  /** Whether the fault may pass by itself, so that a request that may be repeated is worth repeating. */
  mayPass?: boolean;
  /** How long the server asks to wait before the next try. */
  retryAfterMs?: number | undefined;
  /** Whether the answer bears a mark of Jenkins: a proxy may have given any other. */
  isFromJenkins?: boolean;
  cause?: unknown;
}

/** The class of every error this package throws on purpose. Match on {@link JenkinsError.code}. */
export abstract class JenkinsError extends Error {
  abstract readonly code: ErrorCode;
  /** The HTTP status that was answered; absent where no answer came. */
  readonly status: number | undefined;
  /** What the failed request may have done on the server. */
  readonly effect: Effect;
  /** Whether the fault may pass by itself. */
  readonly mayPass: boolean;
  readonly retryAfterMs: number | undefined;
  /** Whether the answer bears a mark of Jenkins. */
  readonly isFromJenkins: boolean;

  constructor(circumstances: Circumstances) {
    super(compose(circumstances));
    this.name = new.target.name;
    this.status = circumstances.status;
    this.effect = circumstances.method === "GET" ? "none" : (circumstances.effect ?? "none");
    this.mayPass = circumstances.mayPass ?? false;
    this.retryAfterMs = circumstances.retryAfterMs;
    this.isFromJenkins = circumstances.isFromJenkins ?? false;
    if (circumstances.cause instanceof Error) {
      // A cause is printed with the error; only its words are kept, and those without secrets.
      this.cause = foreign(`${circumstances.cause.name}: ${circumstances.cause.message}`);
    }
  }
}

/**
 * A setting is missing, doubled or of a wrong form, or two contradict each other. Nothing was contacted.
 *
 * Set what the message names. The url comes whole from one place, and so does the login: from `connection`, else from the stack
 * config, else from the environment.
 */
export class SettingsError extends JenkinsError {
  readonly code = "ERR_JENKINS_SETTINGS";
  /** The dotted path of the input at fault, such as `connection.url`. */
  readonly property: string;
  /** What is wrong with it, and what to do. */
  readonly reason: string;

  constructor(property: string, reason: string) {
    super({ tried: reason });
    this.property = property;
    this.reason = reason;
  }
}

/**
 * No answer came: unknown host, refused or broken connection, failed TLS handshake, time-out.
 *
 * Check the url, and the network, proxies and certificates on the way to it: `npx pulumi-jenkins doctor` shows what this machine
 * meets there.
 */
export class UnreachableError extends JenkinsError {
  readonly code = "ERR_JENKINS_UNREACHABLE";
  /** Whether nothing listens there, or the name is unknown: what a Jenkins looks like that is not there yet. */
  readonly isDown: boolean;

  constructor(circumstances: Circumstances & { isDown?: boolean }) {
    super(circumstances);
    this.isDown = circumstances.isDown ?? false;
  }
}

/**
 * Jenkins answered 401 or 403: the login is not accepted, or lacks a permission.
 *
 * Sign in with a password or an API token that is valid, as the user whose token it is, or as an administrator with
 * `via: "scriptConsole"`.
 */
export class ForbiddenError extends JenkinsError {
  readonly code = "ERR_JENKINS_FORBIDDEN";
}

/**
 * Jenkins refused the request, with a 4xx or in a 200, or can't do what is asked of it: it is too old, or there is no such user or
 * token.
 *
 * Change what is asked for, or the url, as the message says. After a change by hand in Jenkins, `pulumi refresh` brings the state
 * up to date.
 */
export class RejectedError extends JenkinsError {
  readonly code = "ERR_JENKINS_REJECTED";
}

/**
 * The answer is a 5xx or 429, or not one that Jenkins gives: a proxy's page, a redirect, a body that is not what it should be.
 *
 * After a 5xx or 429 run again. Otherwise use the url that Jenkins shows as its own, and have API clients let through by what stands
 * before it.
 */
export class UnexpectedResponseError extends JenkinsError {
  readonly code = "ERR_JENKINS_UNEXPECTED";
}

/**
 * The operation was ended before it was done: by whoever interrupted Pulumi, or by a custom timeout of the resource.
 *
 * Run again, with a longer custom timeout if that was over. No token is left behind unknown.
 */
export class CancelledError extends JenkinsError {
  readonly code = "ERR_JENKINS_CANCELLED";
}

/**
 * A token was made, or may have been made, and the operation could not be finished. What is known of it is recorded in the state.
 *
 * Run `pulumi up` again, or `pulumi destroy`: both settle it. Within five minutes of the attempt they may ask to be run again.
 *
 * The only error with an `id`: Pulumi records the resource under it, with `properties` as its state.
 */
export class UnfinishedTokenError extends JenkinsError {
  readonly code = "ERR_JENKINS_UNFINISHED";
  readonly id: string;
  readonly properties: Record<string, unknown>;
  readonly reasons: string[];

  constructor(id: string, properties: Record<string, unknown>, circumstances: Circumstances) {
    super(circumstances);
    this.id = id;
    // The state has to hold the token's value; a print of the error must not.
    Object.defineProperty(this, "properties", { enumerable: false });
    this.properties = properties;
    this.reasons = [this.message];
  }
}

/** A proxy answers with these if no Jenkins is behind it. */
export const ABSENT_STATUSES = [502, 503, 504];

/** Whether a Jenkins that is not there yet looks like this, be it to this machine or to a proxy on the way. */
export function isAbsent(error: unknown): error is JenkinsError {
  if (error instanceof UnreachableError) return error.isDown;
  return error instanceof UnexpectedResponseError && ABSENT_STATUSES.includes(error.status ?? 0);
}

/** What is to be shown of whatever was thrown: an error of this package as it is, any other as a mistake in it. */
export function reportable(error: unknown): Error {
  if (error instanceof JenkinsError) return error;
  const { stack = "" } = error instanceof Error ? error : {};
  const frames = stack.split("\n").filter((line) => line.startsWith("    at "));
  const said = `pulumi-jenkins met an error of its own, please report it: ${foreign(String(error))}`;
  return new Error([said, ...frames.map(presentable)].join("\n"));
}

function foreign(text: string): string {
  return visible(inOneLine(redact(text)));
}

function compose({ tried, method, url, status, words, remedy }: Circumstances): string {
  const address = url && presentable(url);
  const request = method && address ? `${method} ${address}` : address;
  const answer = status === undefined ? "" : ` answered ${status}`;
  const said = words ? `${request || status !== undefined ? ": " : " "}${presentable(inOneLine(words))}` : "";
  const what = `${presentable(tried)}${request ? ` failed: ${request}${answer}` : answer}${said}`;
  return [what.replace(/(?<![.\s])[.\s]*$/, "."), remedy && presentable(remedy)].filter(Boolean).join(" ");
}
