/** Adapts a resource to Pulumi's dynamic host, including the host's treatment of errors and arguments. */
import { JenkinsError, reportable } from "../errors.ts";
import { type Context, Memory } from "../resources/context.ts";
import type { Resource } from "../resources/resource.ts";
import type { Config } from "../settings/connection.ts";
import type { CheckFailure } from "../settings/failure.ts";

type Properties = Record<string, unknown>; // Declared here, so that the published types need no other file.

/** One memory for all resources of the process, so that the changes of a user share one queue. */
const memory = new Memory();

/** The seven functions that the host calls. */
export function hosted(resource: Resource) {
  let config: Config | undefined;
  let present: Context | undefined;
  /** Copies the environment, because each read of `process.env` is a system call. */
  const context = (): Context => {
    present ??= { config, environment: { ...process.env }, memory };
    return present;
  };

  return {
    /** Stores the stack config. The host does not wait for this promise before it serves other calls, so nothing may be awaited here. */
    async configure(request: { config: Config }): Promise<void> {
      config = request.config;
      present = undefined;
    },

    check: async (olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: CheckFailure[] }> =>
      await withPresentableError(() => resource.check(olds, news, context())),
    diff: async (id: string, olds: Properties, news: Properties) =>
      await withPresentableError(() => {
        const { changes, replaces } = resource.diff(id, olds, news, context());
        return { changes, replaces };
      }),

    create: async (inputs: Properties): Promise<{ id: string; outs: Properties }> =>
      await withPresentableError(() => resource.create(inputs, context())),
    read: async (id: string, properties: Properties): Promise<{ id: string; props: Properties }> =>
      await withPresentableError(async () => {
        const { id: found, props } = await resource.read(id, properties, context());
        return { id: found, props };
      }),

    update: async (id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }> =>
      await withPresentableError(() => resource.update(id, olds, news, context())),

    delete: async (id: string, properties: Properties) =>
      await withPresentableError(() => resource.remove(id, properties, context())),
  };
}

/**
 * Turns each failure into an error that the host can show. The host prints the stack of an error. It treats a numeric `code` as a gRPC code, and
 * an `id` as the id of a created resource. If something other than an Error is thrown, the host never answers.
 */
async function withPresentableError<T>(operation: () => T | Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const shown = reportable(error);
    if (shown instanceof JenkinsError) shown.stack = shown.code; // The host also prints the message, which is enough.
    throw shown;
  }
}
