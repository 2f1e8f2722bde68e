import { describe, expect, it } from 'vitest';
import { isTimeZone, localDate, startOfDay, startOfMonth } from '../../packages/core/src/model/calendar.ts';

const iso = (at: number): string => new Date(at).toISOString();

describe('startOfDay', () => {
  it.each<[zone: string, at: string, start: string, why: string]>([
    ['UTC', '2026-11-21T13:07:31Z', '2026-11-21T00:00:00.000Z', 'plain'],
    ['UTC', '2026-11-21T00:00:00Z', '2026-11-21T00:00:00.000Z', 'the first instant itself'],
    ['UTC', '2026-11-20T23:59:59.999Z', '2026-11-20T00:00:00.000Z', 'the last instant'],
    ['Europe/Berlin', '2026-11-21T13:07:31Z', '2026-11-20T23:00:00.000Z', 'winter'],
    ['Europe/Berlin', '2026-07-01T22:30:00Z', '2026-07-01T22:00:00.000Z', 'summer, half past midnight'],
    ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z', 'the day of 23 hours'],
    ['Europe/Berlin', '2026-10-25T23:30:00Z', '2026-10-25T23:00:00.000Z', 'the day after 25 hours'],
    ['Europe/Berlin', '2026-10-25T20:00:00Z', '2026-10-24T22:00:00.000Z', 'the day of 25 hours'],
    ['America/New_York', '2026-03-08T12:00:00Z', '2026-03-08T05:00:00.000Z', 'spring forward'],
    ['America/New_York', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00.000Z', 'fall back'],
    // Havana's clocks go from 23:59:59 to 01:00: there is no midnight.
    ['America/Havana', '2026-03-08T12:00:00Z', '2026-03-08T05:00:00.000Z', 'a day that starts at 01:00'],
    // And from 00:59:59 back to 00:00: there are two, the first counts.
    ['America/Havana', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00.000Z', 'a day with two midnights'],
    ['Asia/Kolkata', '2026-11-21T13:07:31Z', '2026-11-20T18:30:00.000Z', 'half an hour'],
    ['Pacific/Kiritimati', '2026-11-21T13:07:31Z', '2026-11-21T10:00:00.000Z', 'UTC+14'],
    ['Pacific/Niue', '2026-11-21T13:07:31Z', '2026-11-21T11:00:00.000Z', 'UTC-11'],
    // Samoa skipped 30 December 2011 altogether.
    ['Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12-30T10:00:00.000Z', 'the day after a skipped one'],
  ])('%s at %s: %s (%s)', (zone, at, start) => {
    expect(iso(startOfDay(Date.parse(at), zone))).toBe(start);
  });
});

describe('startOfMonth', () => {
  it.each<[zone: string, at: string, start: string]>([
    ['UTC', '2026-11-21T13:07:31Z', '2026-11-01T00:00:00.000Z'],
    ['UTC', '2024-02-29T23:59:59Z', '2024-02-01T00:00:00.000Z'],
    // The month began in summer time.
    ['Europe/Berlin', '2026-10-31T12:00:00Z', '2026-09-30T22:00:00.000Z'],
    // Local time is a month ahead of UTC.
    ['Asia/Tokyo', '2026-12-31T16:00:00Z', '2026-12-31T15:00:00.000Z'],
    ['America/Havana', '2026-11-15T12:00:00Z', '2026-11-01T04:00:00.000Z'],
  ])('%s at %s: %s', (zone, at, start) => {
    expect(iso(startOfMonth(Date.parse(at), zone))).toBe(start);
  });
});

it('tells the date that clocks show', () => {
  expect(localDate(Date.parse('2026-12-31T23:30:00Z'), 'Europe/Berlin')).toEqual({ year: 2027, month: 1, day: 1 });
});

it('knows zones', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Europe/Bärlin')).toBe(false);
});
