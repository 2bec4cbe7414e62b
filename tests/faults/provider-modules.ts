import { registerHooks } from "node:module";
import type * as Lifecycle from "../../provider/lifecycle.ts";

/** The provider as a process beside this one has it: the same code, and nothing that is remembered is shared. */
export async function loadSecondProvider(): Promise<typeof Lifecycle> {
  const mark = "?second";
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const isPart = context.parentURL?.endsWith(mark) && resolved.url.includes("/provider/");
      return isPart && !resolved.url.endsWith(mark) ? { ...resolved, url: resolved.url + mark } : resolved;
    },
  });
  const provider = (await import(`../../provider/lifecycle.ts${mark}`)) as typeof Lifecycle;
  // Parts that are loaded late have to be found as well, so the hooks stay until everything is.
  await import(`../../provider/tokens/page.ts${mark}`);
  hooks.deregister();
  return provider;
}
