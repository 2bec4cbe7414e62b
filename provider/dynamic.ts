/** The life of a resource as Pulumi's dynamic host wants it. Everything the host does with errors and arguments is dealt with here. */

import { JenkinsError, reportable } from "./errors.ts";
import type * as lifecycle from "./resources/token.ts";
import type { Config } from "./settings/connection.ts";

type Properties = Record<string, unknown>;

/** What Pulumi calls in the life of a resource, whichever face it has. */
export type Life = Pick<typeof lifecycle, "check" | "diff" | "create" | "read" | "update" | "remove">;

/** The seven functions that the host looks for. */
export function dynamicFace(life: Life) {
  let config: Config | undefined;
  let present: lifecycle.Context | undefined;
  /** With a copy of the environment, because each look at the real one is a call of the operating system. */
  const context = (): lifecycle.Context => {
    present ??= { config, environment: { ...process.env } };
    return present;
  };

  return {
    /** Keeps the stack config. The host serves other calls before this one's promise is settled, so nothing may wait here. */
    async configure(request: { config: Config }): Promise<void> {
      config = request.config;
      present = undefined;
    },

    check: async (olds: Properties, news: Properties) => await presentable(() => life.check(olds, news, context())),

    diff: async (id: string, olds: Properties, news: Properties) =>
      await presentable(() => life.diff(id, olds, news, context())),

    create: async (inputs: Properties) => await presentable(() => life.create(inputs, context())),

    read: async (id: string, properties: Properties) =>
      await presentable(async () => {
        const { id: found, props } = await life.read(id, properties, context());
        return { id: found, props };
      }),

    update: async (id: string, olds: Properties, news: Properties) =>
      await presentable(() => life.update(id, olds, news, context())),

    delete: async (id: string, properties: Properties) =>
      await presentable(() => life.remove(id, properties, context())),
  };
}

/**
 * The host prints an error together with its stack, takes a numeric `code` for one of gRPC and an `id` for a resource that
 * was made, and never answers when what is thrown is no Error.
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
