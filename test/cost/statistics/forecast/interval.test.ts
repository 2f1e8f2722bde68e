import { describe, expect, test } from 'vitest';
import {
  errorDistribution,
  errorInterval,
  independentDays,
  independentSums,
  shareAtMost,
} from '../../../../packages/core/src/cost/statistics/forecast/interval.ts';

test.each([
  [1, 30, 1],
  [31, 30, 2],
  [10, 1, 10],
  [0, 5, 1],
])('%i origins over %i days are worth %d sums', (origins, horizon, worth) => expect(independentSums(origins, horizon)).toBe(worth));

describe('independentDays', () => {
  test('errors that alternate are all independent', () => expect(independentDays([1, -1, 1, -1, 1, -1, 1, -1], 4)).toBe(8));
  test('errors that never change are worth what sums are', () => expect(independentDays([2, 2, 2, 2, 2, 2, 2], 3)).toBe(3));
  test('a slow wave is worth less than its days', () => {
    const wave = Array.from({ length: 60 }, (_, i) => Math.sin(i / 8));
    expect(independentDays(wave, 20)).toBeLessThan(15);
  });
});

describe('the interval', () => {
  test('of no errors is nothing', () => expect(errorInterval(errorDistribution([], 1), 0.8)).toEqual({ low: 0, high: 0 }));
  test('of perfect forecasts is a point', () =>
    expect(errorInterval(errorDistribution([0, 0, 0, 0, 0], 5), 0.8)).toEqual({ low: 0, high: 0 }));

  test('of many independent errors −49…49 lies at ranks 10 and 90 of 100', () => {
    const errors = Array.from({ length: 99 }, (_, i) => i - 49);
    const { low, high } = errorInterval(errorDistribution(errors, 1e9), 0.8);
    expect(low).toBeCloseTo(-40, 6);
    expect(high).toBeCloseTo(40, 6);
  });

  test('few independent errors of one sign are no proof of a bias: mirrored and wider', () => {
    const { low, high } = errorInterval(errorDistribution([5, 6, 7], 2), 0.8);
    expect(low).toBe(-high);
    expect(high).toBeGreaterThan(7);
  });
});

describe('shareAtMost', () => {
  const errors = errorDistribution([-3, -2, -1, 0, 1, 2, 3, 4], 8);
  // Eight independent errors leave a doubt of 1 in 18.
  test.each([
    [-100, 1 / 18],
    [0, 4 / 8],
    [1.5, 5 / 8],
    [100, 17 / 18],
  ])('error ≤ %d has the share %d', (error, share) => expect(shareAtMost(errors, error)).toBeCloseTo(share, 12));
});
