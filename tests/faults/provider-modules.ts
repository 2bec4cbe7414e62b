import { registerHooks } from "node:module";
import * as errors from "../../provider/errors.ts";
import { Plugin } from "../../provider/plugin/plugin.ts";
import { serve } from "../../provider/plugin/server.ts";
import * as rotation from "../../provider/resources/rotating-token.ts";
import * as lifecycle from "../../provider/resources/token.ts";

/** What of the provider a process of it is made of. */
export interface ProviderModules {
  errors: Pick<typeof errors, "forgetSecrets">;
  lifecycle: typeof lifecycle;
  rotation: typeof rotation;
  Plugin: typeof Plugin;
  serve: typeof serve;
}

export const firstProvider: ProviderModules = { errors, lifecycle, rotation, Plugin, serve };

/** The provider as a process beside this one has it: the same code, and nothing that is remembered is shared. */
export async function loadSecondProvider(): Promise<ProviderModules> {
  const mark = "?second";
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const isPart = context.parentURL?.endsWith(mark) && resolved.url.includes("/provider/");
      return isPart && !resolved.url.endsWith(mark) ? { ...resolved, url: resolved.url + mark } : resolved;
    },
  });
  const load = (part: string) => import(`../../provider/${part}.ts${mark}`);
  const [errors, lifecycle, rotation, { Plugin }, { serve }] = await Promise.all(
    ["errors", "resources/token", "resources/rotating-token", "plugin/plugin", "plugin/server"].map(load),
  );
  await load("jenkins/token-page"); // Parts that are loaded late have to be found as well, so the hooks stay until everything is.
  hooks.deregister();
  return { errors, lifecycle, rotation, Plugin, serve };
}
