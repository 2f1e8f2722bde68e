import { describe, expect, it } from 'vitest';
import { resolvePeriod } from '../../../packages/core/src/cost/report/period.ts';

const now = Date.parse('2026-11-21T13:07:31Z');
const iso = (at: number): string => new Date(at).toISOString();

describe('resolvePeriod', () => {
  it('this week in Berlin, compared with the same part of the week before', () => {
    const period = resolvePeriod({}, now, 'Europe/Berlin');
    expect(period).toMatchObject({ kind: 'week', label: 'Week 47, 16–22 Nov 2026' });
    expect([iso(period.from), iso(period.to), iso(period.seenTo)]).toEqual([
      '2026-11-15T23:00:00.000Z',
      '2026-11-22T23:00:00.000Z',
      '2026-11-21T13:07:31.000Z',
    ]);
    expect(period.days).toHaveLength(8);
    expect([iso(period.previous.from), iso(period.previous.to), period.previous.label]).toEqual([
      '2026-11-08T23:00:00.000Z',
      '2026-11-14T13:15:00.000Z',
      'Week 46, 9–15 Nov 2026',
    ]);
  });

  it('the week in which summer time ends is compared at the same time of day', () => {
    const period = resolvePeriod({}, Date.parse('2026-10-25T12:00:00Z'), 'Europe/Berlin');
    // Sunday 13:00 local; the Sunday before, 13:00 local was 11:00 UTC.
    expect(iso(period.previous.to)).toBe('2026-10-18T11:00:00.000Z');
    expect(period.to - period.from).toBe(169 * 3_600_000);
  });

  it('a month against a shorter one: never beyond its end', () => {
    const period = resolvePeriod({ kind: 'month' }, Date.parse('2026-03-31T12:00:00Z'), 'UTC');
    expect(period.label).toBe('March 2026');
    expect([iso(period.previous.from), iso(period.previous.to)]).toEqual(['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z']);
  });

  it('a day', () => {
    expect(resolvePeriod({ kind: 'day' }, now, 'UTC')).toMatchObject({ label: 'Sat 21 Nov 2026', previous: { label: 'Fri 20 Nov 2026' } });
  });

  it.each([
    ['day', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z', '2026-11-19T00:00:00.000Z'],
    ['week', '2026-11-09T00:00:00.000Z', '2026-11-16T00:00:00.000Z', '2026-11-02T00:00:00.000Z'],
    ['month', '2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z', '2026-09-01T00:00:00.000Z'],
  ] as const)('the last whole %s, held against all of the one before', (kind, from, to, before) => {
    const period = resolvePeriod({ kind, last: true }, now, 'UTC');
    expect([iso(period.from), iso(period.to), iso(period.seenTo)]).toEqual([from, to, to]);
    expect([iso(period.previous.from), iso(period.previous.to)]).toEqual([before, from]);
  });

  it('the last week across the end of summer time, early on Monday', () => {
    const period = resolvePeriod({ kind: 'week', last: true }, Date.parse('2026-10-26T06:00:00Z'), 'Europe/Berlin');
    expect(period.label).toBe('Week 43, 19–25 Oct 2026');
    expect(period.to - period.from).toBe(169 * 3_600_000);
  });

  it('from…to are both inclusive, and are compared with as many days before', () => {
    const period = resolvePeriod({ from: '2026-10-30', to: '2026-11-02' }, now, 'UTC');
    expect(period).toMatchObject({ kind: 'custom', label: '30 Oct–2 Nov 2026', seenTo: period.to });
    expect([iso(period.previous.from), iso(period.previous.to)]).toEqual(['2026-10-26T00:00:00.000Z', '2026-10-30T00:00:00.000Z']);
  });

  it.each([
    ['2025-12-30', '2026-01-02', '30 Dec 2025–2 Jan 2026'],
    ['2026-10-30', '2026-11-02', '30 Oct–2 Nov 2026'],
    ['2026-11-02', '2026-11-09', '2–9 Nov 2026'],
    ['2026-11-02', '2026-11-02', 'Mon 2 Nov 2026'],
  ])('%s to %s is called %s', (from, to, label) => {
    expect(resolvePeriod({ from, to }, now, 'UTC').label).toBe(label);
  });

  it('the week over New Year names both years', () => {
    expect(resolvePeriod({}, Date.parse('2026-12-31T12:00:00Z'), 'UTC').label).toBe('Week 53, 28 Dec 2026–3 Jan 2027');
  });

  it('--from alone runs until today', () => {
    expect(iso(resolvePeriod({ from: '2026-11-20' }, now, 'UTC').to)).toBe('2026-11-22T00:00:00.000Z');
  });

  it.each([
    [{ from: 'yesterday' }, '--from: "yesterday" is not a date'],
    [{ from: '2026-11-02', to: '2026-11-01' }, '--from lies after --to'],
  ])('%o is refused', (options, message) => {
    expect(() => resolvePeriod(options, now, 'UTC')).toThrow(message);
  });
});
