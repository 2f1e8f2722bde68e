import { describe, expect, test } from 'vitest';
import { candidates, models } from '../../../../packages/core/src/cost/statistics/forecast/models.ts';

const week = [10, 11, 12, 13, 14, 3, 2];
const repeated = Array.from({ length: 28 }, (_, i) => week[i % 7] ?? 0);

describe.each(candidates)('%s', (name) => {
  test('all zero stays zero', () => expect(models[name](new Array<number>(28).fill(0), 3)).toEqual([0, 0, 0]));

  test('an exact weekly pattern repeats', () => {
    const ahead = models[name](repeated, 9);
    for (const [i, value] of [10, 11, 12, 13, 14, 3, 2, 10, 11].entries()) expect(ahead[i]).toBeCloseTo(value, 9);
  });

  test('never below zero', () => {
    const falling = Array.from({ length: 28 }, (_, i) => Math.max(0, 54 - 2 * i));
    expect(Math.min(...models[name](falling, 30))).toBeGreaterThanOrEqual(0);
  });
});

test('seasonal naive repeats the last week, whatever came before', () =>
  expect(models['seasonal naive']([9, 9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7], 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 1]));

test('Theta rises by half the slope of the line: 100, 101, 102… goes on with steps of one half', () => {
  const ahead = models.Theta(
    Array.from({ length: 42 }, (_, i) => 100 + i),
    3,
  );
  expect((ahead[1] ?? 0) - (ahead[0] ?? 0)).toBeCloseTo(0.5, 9);
  expect((ahead[2] ?? 0) - (ahead[1] ?? 0)).toBeCloseTo(0.5, 9);
});

test('damped Holt follows a line with ever smaller steps', () => {
  const ahead = models['damped Holt'](
    Array.from({ length: 60 }, (_, i) => 100 + 2 * i),
    4,
  );
  const steps = ahead.slice(1).map((value, i) => value - (ahead[i] ?? 0));
  expect(ahead[0]).toBeGreaterThan(218);
  expect(steps[0]).toBeGreaterThan(steps[1] ?? 0);
  expect(steps[1]).toBeGreaterThan(steps[2] ?? 0);
});
