import { describe, expect, it } from 'vitest';
import { quantile } from '../../../packages/core/src/evidence/prometheus/histogram.ts';

const inf = Number.POSITIVE_INFINITY;
const of = (...counts: [number, number][]): { counts: Map<number, number> } => ({ counts: new Map(counts) });

describe('quantile', () => {
  it('interpolates within the bucket, from 0 in the first', () => {
    expect(quantile(0.5, of([1, 10], [2, 20], [inf, 20]))).toEqual({ value: 1, atLeast: false });
    expect(quantile(0.75, of([1, 10], [2, 20], [inf, 20]))).toEqual({ value: 1.5, atLeast: false });
    expect(quantile(0.25, of([1, 10], [inf, 20]))).toEqual({ value: 0.5, atLeast: false });
  });

  it('does not care for the order of buckets', () => {
    expect(quantile(0.75, of([inf, 20], [2, 20], [1, 10]))).toEqual({ value: 1.5, atLeast: false });
  });

  it('says that a rank beyond the largest finite bucket is a lower bound', () => {
    expect(quantile(0.99, of([1, 10], [10, 90], [inf, 100]))).toEqual({ value: 10, atLeast: true });
    expect(quantile(0.9, of([1, 10], [10, 90], [inf, 100]))).toEqual({ value: 10, atLeast: false });
  });

  it('evens out counts that dip by a rounding error', () => {
    expect(quantile(1, of([1, 10.0000001], [2, 10], [inf, 10.0000001]))).toEqual({ value: 1, atLeast: false });
  });

  it.each([
    ['no observations', of([1, 0], [inf, 0])],
    ['no +Inf', of([1, 10], [2, 20])],
    ['nothing but +Inf', of([inf, 5])],
    ['no buckets', of()],
    ['NaN', of([1, 1], [inf, Number.NaN])],
  ])('answers nothing for %s', (_, buckets) => {
    expect(quantile(0.5, buckets)).toBeUndefined();
  });
});
