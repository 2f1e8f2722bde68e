import { expect, test } from 'vitest';
import { Histogram } from '../../../packages/core/src/cost/advice/histogram.ts';

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

test('of nothing there is no quantile', () => expect(of([]).quantile(0.95)).toBeNull());
test('what is no time is not counted', () => expect(of([Number.NaN, -1, Number.POSITIVE_INFINITY]).count).toBe(0));
test('zero stays zero', () => expect(of([0, 0, 0]).quantile(0.5)).toBe(0));

test.each([
  [0.5, 500],
  [0.95, 950],
  [1, 1000],
])('quantile %d of 1…1000 is %i within 1 %%', (p, expected) => {
  const value = of(Array.from({ length: 1000 }, (_, i) => i + 1)).quantile(p) ?? 0;
  expect(Math.abs(value / expected - 1)).toBeLessThan(0.0101);
});

test('merged is as if added together', () => {
  const merged = of([1, 2, 3]);
  merged.merge(of([400, 500]));
  expect([merged.count, merged.sum, merged.quantile(1)]).toEqual([5, 906, of([500]).quantile(1)]);
});
