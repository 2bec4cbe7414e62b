const formats = new Map<string, Intl.DateTimeFormat>();

/** The local time in that time zone, as the instant with the same time in UTC. */
export function wallClock(date: Date, timeZone: string): Date {
  if (timeZone === "UTC") return date;
  const [day, time] = formatOf(timeZone).format(date).split(" ");
  return new Date(`${day}T${time}.${String(date.getUTCMilliseconds()).padStart(3, "0")}Z`);
}

/** Cached, because date formats are slow to create. Swedish has the ISO format. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone });
  formats.set(timeZone, format);
  return format;
}
