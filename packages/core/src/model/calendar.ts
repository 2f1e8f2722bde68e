/**
 * Days and months in an IANA time zone, daylight saving included. A day starts
 * at its first instant there, which is not always 00:00 (Cuba's clocks jump
 * from 24:00 to 01:00 in spring).
 */

interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', year: 'numeric', month: 'numeric', day: 'numeric' });
    formatters.set(timeZone, found);
  }
  return found;
}

/** The calendar date that clocks in the zone show at that instant. Throws RangeError for an unknown zone. */
export function localDate(at: number, timeZone: string): LocalDate {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 0, day = 0 } = parts;
  return { year, month, day };
}

/** True where `Intl` knows the zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatter(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** First instant (ms) of the local day that contains `at`. */
export function startOfDay(at: number, timeZone: string): number {
  return firstInstantOf(localDate(at, timeZone), timeZone);
}

/** First instant (ms) of the local month that contains `at`. */
export function startOfMonth(at: number, timeZone: string): number {
  return firstInstantOf({ ...localDate(at, timeZone), day: 1 }, timeZone);
}

/** Searches the first instant whose local date is `date` or later: local dates never go back. */
function firstInstantOf(date: LocalDate, timeZone: string): number {
  const target = ordinal(date);
  const midnight = Date.UTC(date.year, date.month - 1, date.day);
  // Zones lie between UTC-12 and UTC+14, with a day to spare for zones that skipped one.
  let before = midnight - 40 * 3_600_000;
  let after = midnight + 40 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (ordinal(localDate(middle, timeZone)) >= target) after = middle;
    else before = middle;
  }
  return after;
}

function ordinal({ year, month, day }: LocalDate): number {
  return year * 10_000 + month * 100 + day;
}
