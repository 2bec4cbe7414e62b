/**
 * The error classes, their codes, and the composition of their messages. In the doc comment of a class with a code, the first
 * paragraph says when the error is thrown, and the second paragraph says what to do: `npm run docs` shows both to users.
 */
import { maskAnywhere, presentable, redact, shortened, visible } from "./redaction.ts";

/** The code that a program compares: stable across minor versions, one per class. */
export type ErrorCode =
  | "ERR_JENKINS_SETTINGS"
  | "ERR_JENKINS_UNREACHABLE"
  | "ERR_JENKINS_FORBIDDEN"
  | "ERR_JENKINS_REJECTED"
  | "ERR_JENKINS_UNEXPECTED"
  | "ERR_JENKINS_CANCELLED"
  | "ERR_JENKINS_UNFINISHED";

/**
 * The effect of a failed request on the server. It decides whether a failed `generateNewToken` may be repeated.
 *
 * - `none`: no effect. The request was not sent, or it was refused.
 * - `ended`: the request may have been carried out, and has certainly ended. Two reads of the token list are final.
 * - `possible`: the request may have been carried out, or may be carried out later. A list without the token proves nothing yet.
 */
export type Effect = "none" | "ended" | "possible";

/** The parts of a message, in their order. */
export interface Circumstances {
  /** What was tried. It begins the sentence: "Revoking API token 4f1c…". */
  tried: string;
  method?: string;
  url?: string;
  status?: number;
  /** The words of Jenkins, or of the proxy that answered in its place. The message has one line of them. Redact outside text first. */
  words?: string;
  /** What the reader can do: one or more whole sentences. */
  remedy?: string;
  effect?: Effect;
  /** Whether the failure may pass by itself, so that an idempotent request is worth a retry. */
  mayPass?: boolean;
  /** The time to wait before the next try, if the server named one. */
  retryAfterMs?: number | undefined;
  /** Whether the reply has a mark of Jenkins. A reply without one may come from a proxy. */
  isFromJenkins?: boolean;
  cause?: unknown;
}

/** The base class of every error that this package throws on purpose. Compare {@link JenkinsError.code}. */
export abstract class JenkinsError extends Error {
  abstract readonly code: ErrorCode;
  /** The HTTP status of the response. Absent if no response arrived. */
  readonly status: number | undefined;
  /** The possible effect of the failed request on the server. */
  readonly effect: Effect;
  /** Whether the failure may pass by itself. */
  readonly mayPass: boolean;
  readonly retryAfterMs: number | undefined;
  /** Whether the response has a mark of Jenkins. */
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
      // A cause is printed with the error, so only its masked words are kept.
      this.cause = foreign(`${circumstances.cause.name}: ${circumstances.cause.message}`);
    }
  }
}

/**
 * A setting is missing, set twice or malformed, or two settings contradict each other. No request was sent.
 *
 * Correct the setting that the message names. The URL and the credentials are each read from one source: from `connection`, else from the
 * stack config, else from the environment.
 */
export class SettingsError extends JenkinsError {
  readonly code = "ERR_JENKINS_SETTINGS";
  /** The dotted path of the wrong input, such as `connection.url`. */
  readonly property: string;
  /** What is wrong with the input, and what to do. */
  readonly reason: string;

  constructor(property: string, reason: string) {
    super({ tried: reason });
    this.property = property;
    this.reason = reason;
  }
}

/**
 * No response arrived: unknown host, refused or broken connection, failed TLS handshake, or timeout.
 *
 * Check the URL, the network, the proxies and the certificates: `npx pulumi-jenkins doctor` tests the connection from this machine and names
 * the problem.
 */
export class UnreachableError extends JenkinsError {
  readonly code = "ERR_JENKINS_UNREACHABLE";
  /** Whether nothing listens at the address, or the host name is unknown. A Jenkins that is not started yet looks like this. */
  readonly isDown: boolean;
  readonly #explanation: Pick<Circumstances, "words" | "remedy">;

  constructor(circumstances: Circumstances & { isDown?: boolean }) {
    super(circumstances);
    const { isDown = false, words = "", remedy = "" } = circumstances;
    this.isDown = isDown;
    this.#explanation = { words, remedy };
  }

  /** The same failure, for another request that was therefore not sent. */
  sameFor({ tried, method, url }: Pick<Circumstances, "tried" | "method" | "url">): UnreachableError {
    const isDown = this.isDown || this.mayPass;
    return new UnreachableError({
      tried,
      ...(method && { method }),
      ...(url && { url }),
      ...this.#explanation,
      isDown,
    });
  }
}

/**
 * Jenkins answered 401 or 403: it does not accept the credentials, or the user lacks a permission.
 *
 * Log in with a valid password or API token, as the user who owns the token, or as an administrator with
 * `via: "scriptConsole"`.
 */
export class ForbiddenError extends JenkinsError {
  readonly code = "ERR_JENKINS_FORBIDDEN";
}

/**
 * Jenkins refused the request, with a 4xx or with an error in a 200. Or it cannot do the request: it is too old, or has no such user or
 * token.
 *
 * Change the inputs or the URL, as the message says. After a change by hand in Jenkins, `pulumi refresh` updates the state.
 */
export class RejectedError extends JenkinsError {
  readonly code = "ERR_JENKINS_REJECTED";
}

/**
 * The response is a 5xx or 429, or Jenkins never sends such a response: a proxy's page, a redirect, or a malformed body.
 *
 * After a 5xx or 429 run again. Otherwise use the URL that Jenkins shows as its own, and configure the proxy or gateway before Jenkins to
 * let API clients through.
 */
export class UnexpectedResponseError extends JenkinsError {
  readonly code = "ERR_JENKINS_UNEXPECTED";
}

/**
 * The operation was cancelled: somebody interrupted Pulumi, or a custom timeout of the resource expired.
 *
 * Run again. If the custom timeout expired, set a longer one. No unknown token is left behind.
 */
export class CancelledError extends JenkinsError {
  readonly code = "ERR_JENKINS_CANCELLED";
}

/**
 * A token was created, or may have been created, and the operation could not be finished. The state records the token as pending.
 *
 * Run `pulumi up` again, or `pulumi destroy`: both look for the token and finish the operation. In the first five minutes, they may ask you
 * to run them again.
 *
 * This is the only error with an `id`. Pulumi records the resource under this id, with `properties` as its state.
 */
export class UnfinishedTokenError extends JenkinsError {
  readonly code = "ERR_JENKINS_UNFINISHED";
  readonly id: string;
  readonly properties: Record<string, unknown>;
  readonly reasons: string[];

  constructor(id: string, properties: Record<string, unknown>, circumstances: Circumstances) {
    super(circumstances);
    this.id = id;
    // The state needs the token's value, but a printed error must not show it.
    Object.defineProperty(this, "properties", { enumerable: false });
    this.properties = properties;
    this.reasons = [this.message];
  }
}

/** A proxy answers with these statuses if no Jenkins is behind it. */
export const ABSENT_STATUSES = [502, 503, 504];

/** Whether the error says that no Jenkins runs at the address: this machine, or a proxy on the way, finds no server. */
export function isAbsent(error: unknown): error is JenkinsError {
  if (error instanceof UnreachableError) return error.isDown;
  return error instanceof UnexpectedResponseError && ABSENT_STATUSES.includes(error.status ?? 0);
}

/** The error to show. An error of this package is shown unchanged. Any other error is a bug in this package, and is reported as one. */
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
  return [what.replace(/(?<![.?!\s])[.\s]*$/, "."), remedy && presentable(remedy)].filter(Boolean).join(" ");
}

/** The text of a server's response as one line of readable length, without markup and binary data. */
export function inOneLine(text: string): string {
  const line = withoutBytes(maskAnywhere(text))
    .replace(/<(script|style|head)\b[\s\S]*?(?:<\/\1>|$)/gi, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/[\s\p{Cc}]+/gu, " ");
  return shortened(line.trim());
}

const UNDECODED = /\ufffd/g;
const CONTROL = /(?!\s)\p{Cc}/u;

/** A compressed body or a picture has undecodable bytes and control characters. A text in Latin-1 has only a few undecodable bytes. */
function withoutBytes(text: string): string {
  const [first, ...more] = text.matchAll(UNDECODED);
  const isBinary = first && (CONTROL.test(text) || more.length * 3 > text.length);
  return isBinary ? `${text.slice(0, first.index).replace(/\S*$/, "")}[binary data]` : text;
}
