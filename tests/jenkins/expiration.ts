import { UncaughtException } from "./failures.ts";

const day = 24 * 60 * 60 * 1000;

/** The calendar day in UTC, as yyyy-mm-dd. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function addDays(date: string, days: number): string {
  return dayOf(new Date(Date.parse(date) + days * day));
}

/** The expiry in a request. An invalid expiry throws in Jenkins, and no token is created. */
export function requestedExpiration(duration = "", tokenExpiration = "", today: string): string | undefined {
  const asked = duration.trim();
  if (asked === "" || asked === "never") return undefined;
  if (asked === "custom") return parseDate(tokenExpiration);
  return addDays(today, parseInteger(asked));
}

/** Whether a token is about to expire: up to six days ahead. */
export function isAboutToExpire(expiresOn: string | undefined, today: string): boolean {
  return expiresOn !== undefined && expiresOn < addDays(today, 7);
}

/** The date in Java's short style for the caller's locale. Node.js has the same CLDR data. */
export function shortDates(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { dateStyle: "short", timeZone: "UTC" });
}

export function mediumDates(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
}

/** The locale of a request: the preferred valid language, else the locale of this Jenkins. */
export function localeOf(acceptLanguage = ""): string {
  const wanted = acceptLanguage
    .split(",")
    .map((part) => /^\s*([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\s*(?:;\s*q=([0-9.]+))?\s*$/i.exec(part))
    .filter((match) => match !== null)
    .sort((a, b) => Number(b[2] ?? 1) - Number(a[2] ?? 1))
    .map((match) => match[1] ?? "");
  return wanted.find((language) => Intl.DateTimeFormat.supportedLocalesOf(language).length > 0) ?? "en-US";
}

function parseDate(text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(new Date(text)) === text;
  if (!isDate) throw new UncaughtException("java.time.format.DateTimeParseException");
  return text;
}

function parseInteger(text: string): number {
  const number = Number(text);
  const isInteger = /^[+-]?\d+$/.test(text) && number >= -(2 ** 31) && number < 2 ** 31;
  if (!isInteger) throw new UncaughtException("java.lang.NumberFormatException");
  return number;
}
