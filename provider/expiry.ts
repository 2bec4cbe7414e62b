/** When a token's time is over. Jenkins counts in whole days of its own time zone, which nobody else knows. */

/** What a state says about a token's time. */
interface Lifetime {
  createdAt?: string | undefined;
  expiresOn?: string | undefined;
  expiresInDays?: number | undefined;
}

/** The `expiresOn` of a token whose last day is told in a form that is not understood: another language than the one asked for. */
export const UNKNOWN_DAY = "unknown";

/** The last day that Jenkins names in a reply; nothing where it says "never", or knows of no expiry. */
export function lastDayIn(text: string | undefined): string | undefined {
  if (text === undefined || text === "never") return undefined;
  return /^\d{4}-\d\d-\d\d$/.test(text) && Number.isFinite(Date.parse(text)) ? text : UNKNOWN_DAY;
}

/** The last day of a token that was made at `createdAt` for so many days, give or take one for Jenkins' time zone. */
export function lastDayAfter(createdAt: Date, days: number): string {
  return new Date(createdAt.getTime() + days * DAY_MS).toISOString().slice(0, 10);
}

/** Now, by the clock that decides what has expired. */
export function timeOf({ now }: { now?: () => Date }): Date {
  return now?.() ?? new Date();
}

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Whether the last day on which the token signs in is over in every time zone. */
export function isExpired({ expiresOn }: Pick<Lifetime, "expiresOn">, now: Date): boolean {
  return expiresOn !== undefined && now.getTime() > endOf(expiresOn) + 12 * HOUR_MS;
}

/**
 * Whether a token is due for its successor: 12 hours before `days` are over, at most a tenth of them. Without this tolerance, a
 * scheduled run that starts a second early would skip a whole period.
 */
export function isDue(createdMs: number, days: number, now: Date): boolean {
  const toleranceMs = Math.min(12 * HOUR_MS, (days * DAY_MS) / 10);
  return now.getTime() >= createdMs + days * DAY_MS - toleranceMs;
}

/**
 * Whether the token is to be replaced for its age: it has expired, or is due at `expiresInDays - renewBeforeDays`. Counting from
 * `createdAt` needs no time zone: Jenkins lets a token sign in for at least `expiresInDays`. The period is at least one day,
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
