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

/** First instant of the local day `days` after (or before) the one that contains `at`. */
export function addDays(at: number, days: number, timeZone: string): number {
  const { year, month, day } = localDate(at, timeZone);
  const moved = new Date(Date.UTC(year, month - 1, day + days));
  return firstInstantOf({ year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() }, timeZone);
}

/** First instant of the local month `months` after (or before) the one that contains `at`. */
export function addMonths(at: number, months: number, timeZone: string): number {
  const { year, month } = localDate(at, timeZone);
  const moved = new Date(Date.UTC(year, month - 1 + months, 1));
  return firstInstantOf({ year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: 1 }, timeZone);
}

/** Monday (ISO 8601) of the local week that contains `at`. */
export function startOfWeek(at: number, timeZone: string): number {
  const { year, month, day } = localDate(at, timeZone);
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return addDays(at, -weekday, timeZone);
}

/** ISO 8601 week number and its year: the week belongs to the year of its Thursday. */
export function isoWeek(at: number, timeZone: string): { readonly year: number; readonly week: number } {
  const { year, month, day } = localDate(addDays(startOfWeek(at, timeZone), 3, timeZone), timeZone);
  const dayOfYear = (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000;
  return { year, week: Math.floor(dayOfYear / 7) + 1 };
}

/** `2026-11-21`: the local date. */
export function isoDate(at: number, timeZone: string): string {
  const { year, month, day } = localDate(at, timeZone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** First instant of a local date written `2026-11-21`; undefined where it is none. */
export function parseIsoDate(text: string, timeZone: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const check = new Date(Date.UTC(year, month - 1, day));
  if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day) return undefined;
  return firstInstantOf({ year, month, day }, timeZone);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that clocks in the zone show since midnight at that instant; to the second. */
export function timeOfDay(at: number, timeZone: string): number {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' });
    clocks.set(timeZone, clock);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of clock.formatToParts(at)) parts[type] = Number(value);
  return ((parts.hour ?? 0) * 3600 + (parts.minute ?? 0) * 60 + (parts.second ?? 0)) * 1000;
}

/** The instant at which clocks show `time` (ms since midnight) on the local day that starts at `day`; an hour off where clocks skip it. */
export function atTimeOfDay(day: number, time: number, timeZone: string): number {
  const guess = day + time;
  const half = 43_200_000;
  const off = ((((time - timeOfDay(guess, timeZone) + half) % (2 * half)) + 2 * half) % (2 * half)) - half;
  return guess + off;
}
