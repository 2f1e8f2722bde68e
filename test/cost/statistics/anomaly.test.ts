import { describe, expect, test } from 'vitest';
import { anomalies } from '../../../packages/core/src/cost/statistics/anomaly.ts';
import { normal, seeded } from '../../support/seeded.ts';

/** Mon–Sun with a little scatter that repeats every fortnight. */
const weeks = (n: number): number[] =>
  Array.from({ length: 7 * n }, (_, i) => ([100, 104, 98, 102, 100, 20, 10][i % 7] ?? 0) + (Math.floor(i / 7) % 2));

const withDays = (days: number[], changes: Record<number, number>): number[] => days.map((value, i) => changes[i] ?? value);

describe('thin history is refused', () => {
  test.each([
    [0, 29],
    [1, 28],
    [28, 1],
  ])('%i days: %i more', (length, needs) => {
    const why = 'a day is judged by 4 of the same weekday before it';
    expect(anomalies(new Array<number>(length).fill(5))).toEqual({ ok: false, needs, why });
  });

  test('days that were not seen are no history', () => {
    const series: (number | null)[] = weeks(5);
    for (let i = 0; i < 28; i += 1) if (i % 7 === 0) series[i] = null;
    // Only Mondays are gone: the other six days can be judged.
    expect(anomalies(series)).toEqual({ ok: true, episodes: [], judged: 6 });
  });
});

describe('what does not stand out', () => {
  test.each([
    ['all zero', new Array<number>(60).fill(0)],
    ['the first cent ever', withDays(new Array<number>(60).fill(0), { 59: 0.01 })],
    ['constant', new Array<number>(60).fill(42)],
    ['a cent on a constant series', withDays(new Array<number>(60).fill(42), { 50: 42.01 })],
    ['five percent on a constant series', withDays(new Array<number>(60).fill(42), { 50: 44.1 })],
    ['a weekly pattern', weeks(9)],
    [
      'a dollar on an idle Sunday',
      withDays(
        weeks(9).map((v, i) => (i % 7 === 6 ? 0 : v)),
        { 62: 1 },
      ),
    ],
    ['steady growth', Array.from({ length: 84 }, (_, i) => 50 + i)],
  ])('%s', (_, series) => expect(anomalies(series)).toMatchObject({ ok: true, episodes: [] }));

  test('plain noise: fewer than one day in a hundred', () => {
    const random = seeded(11);
    let judged = 0;
    let found = 0;
    for (let run = 0; run < 30; run += 1) {
      const result = anomalies(Array.from({ length: 120 }, (_, i) => (i % 7 < 5 ? 100 : 20) * (1 + 0.1 * normal(random))));
      if (!result.ok) throw new Error('refused');
      judged += result.judged;
      found += result.episodes.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    }
    expect(judged).toBe(30 * 92);
    expect(found / judged).toBeLessThan(0.01);
  });
});

describe('what stands out', () => {
  test('a day far above its weekday: actual, usual and their ratio', () => {
    // Day 59 is a Thursday (59 % 7 = 3); the Thursdays before are 102 and 103 in turn.
    const result = anomalies(withDays(weeks(9), { 59: 235.75 }));
    expect(result).toMatchObject({
      ok: true,
      episodes: [{ from: 59, to: 59, direction: 'high', actual: 235.75, usual: 102.5, ratio: 2.3 }],
    });
  });

  test('a day far below', () =>
    expect(anomalies(withDays(weeks(9), { 59: 0 }))).toMatchObject({
      episodes: [{ from: 59, to: 59, direction: 'low', actual: 0, ratio: 0 }],
    }));

  test('a Saturday that is small beside a working day, and yet four times a Saturday', () =>
    expect(anomalies(withDays(weeks(9), { 61: 82 }))).toMatchObject({ episodes: [{ from: 61, usual: 20.5, ratio: 4 }] }));

  test('days in a row are one episode, the other direction begins another', () => {
    const result = anomalies(withDays(weeks(9), { 56: 300, 57: 310, 58: 5 }));
    if (!result.ok) throw new Error(result.why);
    expect(result.episodes.map(({ from, to, direction }) => [from, to, direction])).toEqual([
      [56, 57, 'high'],
      [58, 58, 'low'],
    ]);
  });

  test('spend where none was usual has no ratio', () => {
    const idle = weeks(9).map((value, i) => (i % 7 === 6 ? 0 : value));
    expect(anomalies(withDays(idle, { 62: 90 }))).toMatchObject({ episodes: [{ from: 62, usual: 0, ratio: null }] });
  });

  test('`from` leaves what was before out', () => {
    const series = withDays(weeks(9), { 40: 400, 60: 400 });
    expect(anomalies(series, { from: 56 })).toMatchObject({ judged: 7, episodes: [{ from: 60, to: 60 }] });
  });

  test('an outlier in the history neither hides the next one nor moves the usual', () =>
    expect(anomalies(withDays(weeks(9), { 52: 900, 59: 400 }), { from: 56 })).toMatchObject({ episodes: [{ from: 59, usual: 102.5 }] }));
});
