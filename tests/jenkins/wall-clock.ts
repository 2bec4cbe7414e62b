const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock on a wall in that time zone shows, as the instant at which one in UTC does. */
export function wallClock(date: Date, timeZone: string): Date {
  if (timeZone === "UTC") return date;
  const [day, time] = formatOf(timeZone).format(date).split(" ");
  return new Date(`${day}T${time}.${String(date.getUTCMilliseconds()).padStart(3, "0")}Z`);
}

/** Formats are slow to make. Swedish is how ISO writes it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone });
  formats.set(timeZone, format);
  return format;
}
