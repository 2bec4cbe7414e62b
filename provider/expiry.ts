/** When a token expires. Jenkins counts in whole days of its own time zone, which it does not show. */

/** The dates of a token in a state. */
interface Lifetime {
  createdAt?: string | undefined;
  expiresOn?: string | undefined;
  expiresInDays?: number | undefined;
}

/** The `expiresOn` of a token if Jenkins writes its last day in another language than the request asks for. */
export const UNKNOWN_DAY = "unknown";

/** The last day of a token that was created at `createdAt` for `days`. Jenkins' time zone may make a difference of one day. */
export function lastDayAfter(createdAt: Date, days: number): string {
  return new Date(createdAt.getTime() + days * DAY_MS).toISOString().slice(0, 10);
}

/** The present time, by the clock that decides which tokens have expired. */
export function timeOf({ now }: { now?: () => Date }): Date {
  return now?.() ?? new Date();
}

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Whether the token's last day is over in every time zone. */
export function isExpired({ expiresOn }: Pick<Lifetime, "expiresOn">, now: Date): boolean {
  return expiresOn !== undefined && now.getTime() > endOf(expiresOn) + 12 * HOUR_MS;
}

/**
 * Whether it is time to replace a token: 12 hours before `days` are over, at most a tenth of `days`. Without this tolerance, a
 * scheduled run that starts a second early would skip a whole period.
 */
export function isDue(createdMs: number, days: number, now: Date): boolean {
  const toleranceMs = Math.min(12 * HOUR_MS, (days * DAY_MS) / 10);
  return now.getTime() >= createdMs + days * DAY_MS - toleranceMs;
}

/**
 * Whether the token is old enough to be replaced: it has expired, or its age is `expiresInDays - renewBeforeDays`, less the tolerance.
 * Counting from `createdAt` needs no time zone, because Jenkins accepts a token for at least `expiresInDays`. The period is at least one day,
 * so that no inputs replace the token at each `up`.
 */
export function isDueForRenewal(state: Lifetime, renewBeforeDays: number | undefined, now: Date): boolean {
  if (isExpired(state, now)) return true;
  const { createdAt, expiresOn, expiresInDays } = state;
  if (renewBeforeDays === undefined || expiresOn === undefined || expiresInDays === undefined) return false;
  const createdMs = createdAt ? Date.parse(createdAt) : Date.parse(expiresOn) - expiresInDays * DAY_MS;
  return isDue(createdMs, Math.max(1, expiresInDays - renewBeforeDays), now);
}

function endOf(date: string): number {
  return Date.parse(date) + DAY_MS;
}
