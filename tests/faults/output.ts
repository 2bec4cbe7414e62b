import { inspect } from "node:util";
import { ForbiddenError, JenkinsError } from "../../provider/errors.ts";
import { CheckFailed, type Failure, Interrupted, Killed } from "./engine.ts";
import { Answered } from "./plugin-face.ts";

/** Records the console output instead of showing it, until `stop`. */
export function keepOutput(): { printed: string[]; stop: () => void } {
  const printed: string[] = [];
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams) {
    stream.write = (chunk: Uint8Array | string) => {
      printed.push(String(chunk));
      return true;
    };
  }
  const stop = () =>
    streams.forEach((stream, index) => {
      stream.write = writes[index] as typeof stream.write;
    });
  return { printed, stop };
}

/** All texts of an error that Pulumi, its host or somebody else may print. */
export function textOf(error: unknown): string {
  const { message, stack, reasons } = error as Error & { reasons?: string[] };
  return [String(error), message, stack, JSON.stringify(error), inspect(error), ...(reasons ?? [])].join("\n");
}

/** The secrets in `text`, in any encoding. The beginning of a long secret is enough. */
export function secretsIn(text: string, secrets: Iterable<string>): string[] {
  return [...secrets].filter((secret) =>
    [
      secret.slice(0, 12),
      encodeURIComponent(secret),
      new URLSearchParams([["", secret]]).toString().slice(1),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString("base64").slice(0, 16),
    ].some((form) => text.includes(form)),
  );
}

/** Errors that this package did not create. */
export function isMistake({ error }: Failure): boolean {
  if (error instanceof Answered) return !error.isOwn;
  return ![JenkinsError, CheckFailed, Interrupted, Killed].some((own) => error instanceof own);
}

/** Whether Jenkins refused the credentials. An error over gRPC has only its message. */
export function isForbidden({ error }: Failure): boolean {
  if (!(error instanceof Answered)) return error instanceof ForbiddenError;
  const { id, message } = error;
  return (
    !id && /( answered 40[13]|, and whether it still exists can't be told|saw no login|no longer works: )/.test(message)
  );
}

/** Whether a request was given up because it took too long. A busy machine can be the reason. */
export function isTimeOut({ error }: Failure): boolean {
  return error instanceof Error && error.message.includes("no whole answer within");
}
