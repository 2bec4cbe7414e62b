/**
 * What Pulumi's dynamic host loads, by the text that stands in every state: these seven functions under the name
 * `pulumi-jenkins/provider` are kept for ever. Everything the host does with errors and arguments is dealt with here.
 */
import type { Config } from "./connection.ts";
import { JenkinsError, reportable } from "./errors.ts";
import * as lifecycle from "./lifecycle.ts";

type Properties = Record<string, unknown>;

let config: Config | undefined;

const context = (): lifecycle.Context => ({ config, environment: process.env });

/** Keeps the stack config. The host serves other calls before this one's promise is settled, so nothing may wait here. */
export async function configure(request: { config: Config }): Promise<void> {
  config = request.config;
}

export const check = async (olds: Properties, news: Properties) =>
  await presentable(() => lifecycle.check(olds, news, context()));

export const diff = async (id: string, olds: Properties, news: Properties) =>
  await presentable(() => lifecycle.diff(id, olds, news, context()));

export const create = async (inputs: Properties) => await presentable(() => lifecycle.create(inputs, context()));

export const read = async (id: string, properties: Properties) =>
  await presentable(async () => {
    const { id: found, props } = await lifecycle.read(id, properties, context());
    return { id: found, props };
  });

export const update = async (id: string, olds: Properties, news: Properties) =>
  await presentable(() => lifecycle.update(id, olds, news, context()));

const remove = async (id: string, properties: Properties) =>
  await presentable(() => lifecycle.remove(id, properties, context()));

export { remove as delete };

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
