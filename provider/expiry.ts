/** When a token's time is over. Jenkins counts in whole days of its own time zone, which nobody else knows. */
import type { State } from "./schema.ts";

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

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Whether the last day on which the token signs in is over in every time zone. */
export function isExpired({ expiresOn }: Pick<State, "expiresOn">, now: Date): boolean {
  return expiresOn !== undefined && now.getTime() > endOf(expiresOn) + 12 * HOUR_MS;
}

/**
 * Whether the token is to be replaced for its age: it has expired, or it is that near to its end. Never one that is younger
 * than a day: at the other end of the world it may already be tomorrow, and each `up` would make another.
 */
export function isDueForRenewal(state: State, renewBeforeDays: number | undefined, now: Date): boolean {
  if (isExpired(state, now)) return true;
  if (renewBeforeDays === undefined || state.expiresOn === undefined) return false;
  const ageMs = now.getTime() - Date.parse(state.createdAt ?? "");
  return !(ageMs < DAY_MS) && now.getTime() > endOf(state.expiresOn) - renewBeforeDays * DAY_MS;
}

function endOf(date: string): number {
  return Date.parse(date) + DAY_MS;
}
