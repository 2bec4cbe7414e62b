/** How long things may take, and what is waited for. */
import type { Transport } from "./http.ts";

/** Limits and pauses, in milliseconds: parameters, so that tests of faults run in milliseconds. */
export interface Limits {
  /** For one request and its whole reply. */
  requestTimeoutMs: number;
  /** How long to wait for a Jenkins that says it is getting ready. */
  waitForReadyMs: number;
  /** How long to wait for a Jenkins that refuses the connection or whose name is unknown. */
  waitForConnectionMs: number;
  /** First pause before a request is sent again; it doubles, up to 16 times. */
  pauseMs: number;
  /** How long a request that may be repeated is repeated. */
  repeatMs: number;
  /** The pause before a refusal, a missing token or a missing user is looked at again. */
  secondLookMs: number;
  /** How long to look for a token whose generate got no answer, before it is left as pending. */
  lookAgainMs: number;
  /** After this age, a generate whose token is not on the list has created none. */
  settledAfterMs: number;
  /** The part of that age which delete waits for, instead of asking to be run again. */
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
    // A timer takes whole milliseconds, and 16.1 * 1000 is none.
    ...(requestTimeoutSeconds && { requestTimeoutMs: Math.max(1, Math.round(requestTimeoutSeconds * 1000)) }),
    ...(asked !== undefined && { waitForReadyMs: asked, waitForConnectionMs: asked }),
    ...changed,
  };
}
