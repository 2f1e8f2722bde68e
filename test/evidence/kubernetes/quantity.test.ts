import { expect, test } from 'vitest';
import { parseQuantity, quantities } from '../../../packages/core/src/evidence/kubernetes/quantity.ts';

test.each([
  ['0', 0],
  ['1', 1],
  ['250m', 0.25],
  ['100m', 0.1],
  ['1500m', 1.5],
  ['3900u', 0.0039],
  ['123456789n', 0.123456789],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['+3', 3],
  ['-2', -2],
  ['1k', 1000],
  ['2M', 2_000_000],
  ['3G', 3_000_000_000],
  ['1T', 1e12],
  ['1P', 1e15],
  ['1E', 1e18],
  ['1Ki', 1024],
  ['512Mi', 536_870_912],
  ['1.5Gi', 1_610_612_736],
  ['1Ti', 1_099_511_627_776],
  ['1Pi', 1_125_899_906_842_624],
  ['1Ei', 2 ** 60],
  ['1e3', 1000],
  ['1E3', 1000],
  ['12e-1', 1.2],
  ['1e+2', 100],
  [4, 4],
])('%s is %d', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each(['', 'abc', '1KiB', '1K', '1 Gi', '1e', '1Gi2', '--1', 'Infinity', 'NaN', '0x10', null, undefined, {}, Number.NaN])(
  '%s is no quantity',
  (value) => {
    expect(parseQuantity(value)).toBeUndefined();
  },
);

test('a missing or unreadable quantity is absent, never 0', () => {
  expect(quantities({ cpu: '2', memory: 'lots', pods: '110' })).toEqual({ cpu: 2 });
  expect(quantities(undefined)).toEqual({});
});
