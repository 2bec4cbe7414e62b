/** Holds requests at a Jenkins, for tests that do something in the meantime. */
import type { Interception, Jenkins, LoggedRequest } from "../jenkins/server.ts";

/** A gate: callers wait until it is opened. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Holds requests whose path ends with `path` until they are released, even if the client no longer waits for the reply. */
export function hold(jenkins: Jenkins, path: string) {
  const [arrived, opened, carriedOut] = [gate(), gate(), gate()];
  let times = 0;
  const holding = (request: LoggedRequest): Interception | undefined => {
    if (!request.path.endsWith(path)) return undefined;
    times++;
    arrived.open();
    void opened.passed.then(() => setImmediate(() => setImmediate(carriedOut.open)));
    return { kind: "wait", until: opened.passed };
  };
  jenkins.intercept = holding;
  return { arrived: arrived.passed, open: opened.open, carriedOut: carriedOut.passed, times: () => times };
}

/** Holds the first two requests whose path ends with `path` until both have arrived, so that Jenkins carries them out at once. */
export function collide(jenkins: Jenkins, path: string): void {
  const both = gate();
  let times = 0;
  jenkins.intercept = (request) => {
    if (!request.path.endsWith(path) || times === 2) return undefined;
    if (++times === 2) both.open();
    return { kind: "wait", until: both.passed };
  };
}

/** Calls `done` after each reply to a request whose path ends with `path`. */
export function onAnswer(jenkins: Jenkins, path: string, done: () => void): void {
  const present = jenkins.intercept;
  jenkins.intercept = (request) => {
    if (!request.path.endsWith(path)) return present?.(request);
    const alter = <T>(reply: T): T => {
      done();
      return reply;
    };
    return { kind: "alter", alter };
  };
}
