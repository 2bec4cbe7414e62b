/** A resource as Pulumi's dynamic host wants it. Everything the host does with errors and arguments is dealt with here. */
import { JenkinsError, reportable } from "../errors.ts";
import { type Context, Memory } from "../resources/context.ts";
import type { Resource } from "../resources/resource.ts";
import type { Config } from "../settings/connection.ts";
import type { CheckFailure } from "../settings/failure.ts";

type Properties = Record<string, unknown>; // Its own, so that the published types need no other file.

/** One for all resources, because one process hosts them all: changes of a user have one queue. */
const memory = new Memory();

/** The seven functions that the host looks for. */
export function hosted(resource: Resource) {
  let config: Config | undefined;
  let present: Context | undefined;
  /** With a copy of the environment, because each look at the real one is a call of the operating system. */
  const context = (): Context => {
    present ??= { config, environment: { ...process.env }, memory };
    return present;
  };

  return {
    /** Keeps the stack config. The host serves other calls before this one's promise is settled, so nothing may wait here. */
    async configure(request: { config: Config }): Promise<void> {
      config = request.config;
      present = undefined;
    },

    check: async (olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: CheckFailure[] }> =>
      await presentable(() => resource.check(olds, news, context())),
    diff: async (id: string, olds: Properties, news: Properties) =>
      await presentable(() => {
        const { changes, replaces } = resource.diff(id, olds, news, context());
        return { changes, replaces };
      }),

    create: async (inputs: Properties): Promise<{ id: string; outs: Properties }> =>
      await presentable(() => resource.create(inputs, context())),
    read: async (id: string, properties: Properties): Promise<{ id: string; props: Properties }> =>
      await presentable(async () => {
        const { id: found, props } = await resource.read(id, properties, context());
        return { id: found, props };
      }),

    update: async (id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }> =>
      await presentable(() => resource.update(id, olds, news, context())),

    delete: async (id: string, properties: Properties) =>
      await presentable(() => resource.remove(id, properties, context())),
  };
}

/**
 * The host prints an error together with its stack, takes a numeric `code` for one of gRPC and an `id` for a resource that
 * was created, and never answers when what is thrown is no Error.
 */
async function presentable<T>(operation: () => T | Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const shown = reportable(error);
    if (shown instanceof JenkinsError) shown.stack = shown.code; // The message says it all, and the host prints it, too.
    throw shown;
  }
}
