import type { Login } from "../../provider/jenkins/auth.ts";
import { Client } from "../../provider/jenkins/client.ts";
import { Controller } from "../../provider/jenkins/controller.ts";
import { type Limits, limitsOf } from "../../provider/jenkins/limits.ts";

/** Short time limits and pauses, so that faults take milliseconds. */
export const quick: Partial<Limits> = {
  requestTimeoutMs: 10_000,
  waitForReadyMs: 10_000,
  pauseMs: 1,
  repeatMs: 10_000,
  secondLookMs: 1,
  lookAgainMs: 10,
  worthWaitingMs: 0,
};

export function byPassword(username: string, value = `${username}-password`): Login {
  return { username, secret: { kind: "password", value }, source: "environment" };
}

export function byToken(username: string, value: string): Login {
  return { username, secret: { kind: "apiToken", value }, source: "environment" };
}

/** A client that shares nothing with other clients, unless the shared objects are given. */
export function clientOf(
  url: string,
  login: Login,
  limits: Partial<Limits> = {},
  shared = new Controller(url),
): Client {
  return new Client(shared, login, {}, limitsOf({}, { ...quick, ...limits }));
}

/** Runs `task`, and returns its console output instead of printing it. */
export async function printed(task: (lines: readonly string[]) => Promise<unknown>): Promise<string[]> {
  const { log, warn } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  console.warn = (line: string) => void lines.push(line);
  try {
    await task(lines);
    return lines;
  } finally {
    Object.assign(console, { log, warn });
  }
}
