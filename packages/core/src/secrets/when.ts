import { isoDate, timeOfDay } from '../model/calendar.ts';

/** `2026-11-30 09:00`, as clocks in the zone show it: for sentences; machines get RFC 3339 beside them. */
export function localTime(at: number, timeZone: string): string {
  const minutes = Math.floor(timeOfDay(at, timeZone) / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${isoDate(at, timeZone)} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
