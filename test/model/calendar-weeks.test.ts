import { describe, expect, it } from 'vitest';
import { addDays, addMonths, isoDate, isoWeek, parseIsoDate, startOfWeek } from '../../packages/core/src/model/calendar.ts';

const iso = (at: number | undefined): string => (at === undefined ? 'none' : new Date(at).toISOString());

describe('weeks, months and dates in a time zone', () => {
  it.each([
    ['a Saturday in Berlin', '2026-11-21T13:00:00Z', 'Europe/Berlin', '2026-11-15T23:00:00.000Z'],
    ['Sunday night in Berlin is Monday in Tokyo', '2026-11-22T16:00:00Z', 'Asia/Tokyo', '2026-11-22T15:00:00.000Z'],
    ['over the end of summer time', '2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-18T22:00:00.000Z'],
  ])('startOfWeek: %s', (_name, at, zone, expected) => {
    expect(iso(startOfWeek(Date.parse(at), zone))).toBe(expected);
  });

  it.each([
    ['2026-11-21', 2026, 47],
    ['2027-01-01', 2026, 53],
    ['2024-12-30', 2025, 1],
    ['2026-01-01', 2026, 1],
    ['2021-01-03', 2020, 53],
  ])('isoWeek of %s', (date, year, week) => {
    expect(isoWeek(Date.parse(`${date}T12:00:00Z`), 'UTC')).toEqual({ year, week });
  });

  it('a day of 23 hours and one of 25', () => {
    const spring = parseIsoDate('2026-03-29', 'Europe/Berlin') ?? 0;
    const autumn = parseIsoDate('2026-10-25', 'Europe/Berlin') ?? 0;
    expect((addDays(spring, 1, 'Europe/Berlin') - spring) / 3_600_000).toBe(23);
    expect((addDays(autumn, 1, 'Europe/Berlin') - autumn) / 3_600_000).toBe(25);
  });

  it('months go over the year', () => {
    expect(isoDate(addMonths(Date.parse('2026-11-21T00:00:00Z'), 2, 'UTC'), 'UTC')).toBe('2027-01-01');
    expect(isoDate(addMonths(Date.parse('2026-01-31T00:00:00Z'), -1, 'UTC'), 'UTC')).toBe('2025-12-01');
  });

  it.each([
    ['2026-02-29', 'none'],
    ['2026-13-01', 'none'],
    ['26-1-1', 'none'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('parseIsoDate %s', (text, expected) => {
    expect(iso(parseIsoDate(text, 'UTC'))).toBe(expected);
  });
});
