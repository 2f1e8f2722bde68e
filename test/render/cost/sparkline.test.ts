import { describe, expect, it } from 'vitest';
import { resample, sparkline } from '../../../packages/core/src/render/cost/sparkline.ts';

describe('sparkline', () => {
  it.each([
    [[], ''],
    [[0, 0], '▁▁'],
    [[1, 4, 7], '▂▅█'],
    [[0.001, 100], '▂█'],
    [[3, null, 3], '█ █'],
  ])('%j', (values, expected) => {
    expect(sparkline(values)).toBe(expected);
  });

  it('takes the mean of neighbours where there is no room, and keeps what is not known apart from nothing', () => {
    expect(resample([1, 2, 3, 4], 2)).toEqual([1.5, 3.5]);
    expect(resample([1, null, null, null], 2)).toEqual([1, null]);
    expect(resample([1, 2], 5)).toEqual([1, 2]);
  });
});
