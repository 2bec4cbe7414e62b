import { inspect } from "node:util";
import { ForbiddenError, JenkinsError } from "../../provider/errors.ts";
import { CheckFailed, type Failure, Interrupted } from "./engine.ts";
import { Answered } from "./plugin-face.ts";

/** Keeps what is printed, instead of showing it, until `stop`. */
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

/** Everything of an error that can come to be shown: by Pulumi, by its host, by whoever prints it. */
export function textOf(error: unknown): string {
  const { message, stack, reasons } = error as Error & { reasons?: string[] };
  return [String(error), message, stack, JSON.stringify(error), inspect(error), ...(reasons ?? [])].join("\n");
}

/** Which secrets stand in `text`, in a form in which they travel; of a long one its beginning is enough. */
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

/** Errors that are not of the package's own making. */
export function isMistake({ error }: Failure): boolean {
  if (error instanceof Answered) return !error.isOwn;
  return !(error instanceof JenkinsError || error instanceof CheckFailed || error instanceof Interrupted);
}

/** Whether a login was refused. Over the wire only the words of an error come. */
export function isForbidden({ error }: Failure): boolean {
  if (!(error instanceof Answered)) return error instanceof ForbiddenError;
  const { id, message } = error;
  return (
    !id && /( answered 40[13]|, and whether it still exists can't be told|without a login|is gone: )/.test(message)
  );
}
