import { describe, expect, it } from 'vitest';
import { type PeriodOptions, resolvePeriod } from '../../../packages/core/src/cost/report/period.ts';

const now = Date.parse('2026-11-21T13:07:31Z');
const iso = (at: number): string => new Date(at).toISOString();

function compared(options: PeriodOptions, at = now, timeZone = 'UTC'): unknown[] {
  const { from, to, label, namedDays } = resolvePeriod(options, at, timeZone).previous;
  return [iso(from), iso(to), label, namedDays];
}

describe('resolvePeriod with compare', () => {
  it.each<[string, PeriodOptions, number, string, unknown[]]>([
    [
      'a named span is taken as a whole, whatever its length',
      { compare: '2026-10-01..2026-10-07' },
      now,
      'Europe/Berlin',
      ['2026-09-30T22:00:00.000Z', '2026-10-07T22:00:00.000Z', '1–7 Oct 2026', 7],
    ],
    [
      'a single day',
      { kind: 'day', compare: '2026-11-14..2026-11-14' },
      now,
      'UTC',
      ['2026-11-14T00:00:00.000Z', '2026-11-15T00:00:00.000Z', 'Sat 14 Nov 2026', 1],
    ],
    [
      'a span until today',
      { compare: '2026-11-20..2026-11-21' },
      now,
      'UTC',
      ['2026-11-20T00:00:00.000Z', '2026-11-22T00:00:00.000Z', '20–21 Nov 2026', 2],
    ],
    [
      'a week a year before: the same weekdays, up to the same time of day',
      { compare: 'previous-year' },
      now,
      'UTC',
      ['2025-11-17T00:00:00.000Z', '2025-11-22T13:15:00.000Z', 'Week 47, 17–23 Nov 2025', undefined],
    ],
    [
      'a month a year before, up to the same day',
      { kind: 'month', compare: 'previous-year' },
      now,
      'UTC',
      ['2025-11-01T00:00:00.000Z', '2025-11-21T13:15:00.000Z', 'November 2025', undefined],
    ],
    [
      'a leap February has a day more than the one before it',
      { kind: 'month', compare: 'previous-year' },
      Date.parse('2028-02-29T12:00:00Z'),
      'UTC',
      ['2027-02-01T00:00:00.000Z', '2027-03-01T00:00:00.000Z', 'February 2027', undefined],
    ],
    [
      'dates a year before',
      { from: '2026-10-30', to: '2026-11-02', compare: 'previous-year' },
      now,
      'UTC',
      ['2025-10-30T00:00:00.000Z', '2025-11-03T00:00:00.000Z', '30 Oct–2 Nov 2025', undefined],
    ],
    [
      'previous is what is compared anyway',
      { from: '2026-11-10', to: '2026-11-12', compare: 'previous' },
      now,
      'UTC',
      ['2026-11-07T00:00:00.000Z', '2026-11-10T00:00:00.000Z', '7–9 Nov 2026', undefined],
    ],
  ])('%s', (_name, options, at, timeZone, expected) => {
    expect(compared(options, at, timeZone)).toEqual(expected);
  });

  it.each([
    ['2026-10-01', '--compare: "2026-10-01" is no span'],
    ['2026-10-01..', '--compare: "2026-10-01.." is no span'],
    ['a..b..c', '--compare: "a..b..c" is no span'],
    ['last-year', '--compare: "last-year" is no span'],
    ['2026-10-01..2026-09-31', '--compare: "2026-09-31" is not a date'],
    ['2026-10-07..2026-10-01', '--compare: 2026-10-07 lies after 2026-10-01'],
    ['2026-11-20..2026-11-22', '--compare: 2026-11-22 has not come yet'],
  ])('%s is refused', (compare, message) => {
    expect(() => resolvePeriod({ compare }, now, 'UTC')).toThrow(message);
  });
});
