import { describe, expect, test } from 'vitest';
import { dailyTrend, theilSen } from '../../../packages/core/src/cost/statistics/trend.ts';

describe('theilSen', () => {
  test.each([
    [[], 6],
    [[1], 5],
    [[1, 2, 3, 4, 5], 1],
  ])('%j is too short: %i more', (values, needs) =>
    expect(theilSen(values)).toEqual({ ok: false, needs, why: 'a trend needs at least 6 values' }),
  );

  test('the example of Sen (1968), as scipy.stats.theilslopes repeats it: slope 4, 93 % interval 3.71 to 4.38', () => {
    const trend = theilSen([9, 15, 19, 20, 45, 55, 78], { at: [1, 2, 3, 4, 10, 12, 18], confidence: 0.93 });
    expect(trend).toMatchObject({ ok: true, slope: 4, intercept: 4, significant: true, n: 7 });
    if (!trend.ok) throw new Error('refused');
    expect(trend.low).toBeCloseTo(3.71, 2);
    expect(trend.high).toBeCloseTo(4.38, 2);
  });

  test('a straight line has its own slope and no doubt', () =>
    expect(theilSen([2, 5, 8, 11, 14, 17, 20, 23])).toMatchObject({ slope: 3, low: 3, high: 3, intercept: 2, significant: true }));

  test.each([
    ['all zero', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['constant', [7, 7, 7, 7, 7, 7, 7, 7]],
  ])('%s: no slope, no NaN', (_, values) => {
    const trend = theilSen(values);
    expect(trend).toMatchObject({ ok: true, slope: 0, low: 0, high: 0, pValue: 1, significant: false, intercept: values[0] });
  });

  test('one wild value does not move the slope', () =>
    expect(theilSen([1, 2, 3, 4, 5000, 6, 7, 8, 9, 10])).toMatchObject({ slope: 1, significant: true }));

  test('the slope of the mirrored series is the mirrored slope', () => {
    const values = [3, 8, 1, 9, 4, 12, 7, 15, 2, 18];
    const up = theilSen(values);
    const down = theilSen(values.map((value) => -value));
    if (!up.ok || !down.ok) throw new Error('refused');
    expect([down.slope, down.pValue]).toEqual([-up.slope, up.pValue]);
  });
});

describe('dailyTrend', () => {
  const week = [10, 10, 10, 10, 10, 2, 1];

  test('a weekly pattern alone is no trend', () =>
    expect(dailyTrend(Array.from({ length: 35 }, (_, i) => week[i % 7] ?? 0))).toMatchObject({ slope: 0, significant: false }));

  test('growth of 0.5 a day under a weekly pattern is found exactly', () =>
    expect(dailyTrend(Array.from({ length: 35 }, (_, i) => (week[i % 7] ?? 0) + i / 2))).toMatchObject({
      slope: 0.5,
      low: 0.5,
      significant: true,
    }));
});
