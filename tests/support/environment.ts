/** The environment variables of the tests' own process, and of the processes that it starts. */

const SETTINGS = /^JENKINS_|_PROXY$|^(CI|NO_COLOR|FORCE_COLOR)$/i;

/**
 * Removes the caller's settings from this process: a Jenkins build sets JENKINS_URL. Forward proxies stay, because npm and Go
 * may need them, but not for the servers of the tests.
 */
export function isolate(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("JENKINS_")) delete process.env[name];
  for (const name of ["NO_PROXY", "no_proxy"]) {
    process.env[name] = [process.env[name], "127.0.0.1", "localhost"].filter(Boolean).join();
  }
}

/** The variables of this process, except those that change what pulumi-jenkins does or prints. */
export function plainEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS.test(name)));
}

/** Runs `act` with these variables in the environment of this process, and restores the previous ones afterwards. */
export async function inEnvironment<T>(variables: Record<string, string>, act: () => T): Promise<Awaited<T>> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await act();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
