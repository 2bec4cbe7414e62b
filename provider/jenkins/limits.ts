/** Time limits and pauses. */
import type { Transport } from "./http.ts";

/** Limits and pauses, in milliseconds. They are parameters, so that tests of faults run in milliseconds. */
export interface Limits {
  /** For one request and its whole reply. */
  requestTimeoutMs: number;
  /** How long to wait for a Jenkins that says it is getting ready. */
  waitForReadyMs: number;
  /** How long to wait for a Jenkins that refuses the connection or whose name is unknown. */
  waitForConnectionMs: number;
  /** The pause before the first retry of a request. It doubles with each retry, to at most 16 times its length. */
  pauseMs: number;
  /** How long an idempotent request is retried. */
  repeatMs: number;
  /** The pause before the second look at a refusal, a missing token or a missing user. */
  secondLookMs: number;
  /** How long to look for a token whose generate got no answer, before it is recorded as pending. */
  lookAgainMs: number;
  /** After this age, a generate whose token is not on the list has created none. */
  settledAfterMs: number;
  /** If a generate reaches that age within this time, delete waits for it. Otherwise the user has to run it again. */
  worthWaitingMs: number;
}

const DEFAULTS: Limits = {
  requestTimeoutMs: 60_000,
  waitForReadyMs: 120_000,
  waitForConnectionMs: 0,
  pauseMs: 500,
  repeatMs: 30_000,
  secondLookMs: 3_000,
  lookAgainMs: 15_000,
  settledAfterMs: 300_000,
  worthWaitingMs: 20_000,
};

/** The limits that `transport` asks for, and the usual ones. */
export function limitsOf(
  { requestTimeoutSeconds, waitForReadySeconds }: Transport,
  changed: Partial<Limits> = {},
): Limits {
  const asked = waitForReadySeconds === undefined ? undefined : Math.round(waitForReadySeconds * 1000);
  return {
    ...DEFAULTS,
    // A timer takes whole milliseconds, and 16.1 * 1000 is not a whole number.
    ...(requestTimeoutSeconds && { requestTimeoutMs: Math.max(1, Math.round(requestTimeoutSeconds * 1000)) }),
    ...(asked !== undefined && { waitForReadyMs: asked, waitForConnectionMs: asked }),
    ...changed,
  };
}
