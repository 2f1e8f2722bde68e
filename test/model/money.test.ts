import { describe, expect, it } from 'vitest';
import { divideRounded, formatPico, parsePico, picoFromDollars, ratioOf, tokenCost } from '../../packages/core/src/model/money.ts';

describe('parsePico', () => {
  it.each<[string, bigint]>([
    ['0', 0n],
    ['1', 1_000_000_000_000n],
    ['12.5', 12_500_000_000_000n],
    ['.5', 500_000_000_000n],
    ['5.', 5_000_000_000_000n],
    ['-3', -3_000_000_000_000n],
    ['+3', 3_000_000_000_000n],
    ['1e-05', 10_000_000n],
    ['1.25E+3', 1_250_000_000_000_000n],
    ['0.1', 100_000_000_000n],
    // Half a pico-dollar rounds away from zero, less than half to zero.
    ['0.0000000000005', 1n],
    ['-0.0000000000005', -1n],
    ['0.00000000000049', 0n],
    ['123456789012345678', 123_456_789_012_345_678_000_000_000_000n],
  ])('%s', (text, pico) => {
    expect(parsePico(text)).toBe(pico);
  });

  it.each(['', '.', 'NaN', '+Inf', '-Inf', 'Infinity', '1,5', '0x10', '1e', '$1', '1 2'])('refuses %j', (text) => {
    expect(parsePico(text)).toBeUndefined();
  });
});

it('adds up exactly where doubles do not', () => {
  expect(picoFromDollars(0.1) + picoFromDollars(0.2)).toBe(picoFromDollars(0.3));
});

it('refuses an amount that is no number', () => {
  expect(() => picoFromDollars(Number.NaN)).toThrow(RangeError);
});

it.each<[bigint, bigint, bigint]>([
  [7n, 2n, 4n],
  [-7n, 2n, -4n],
  [7n, -2n, -4n],
  [-7n, -2n, 4n],
  [5n, 3n, 2n],
  [4n, 3n, 1n],
  [0n, 5n, 0n],
])('%d / %d rounds to %d', (n, d, rounded) => {
  expect(divideRounded(n, d)).toBe(rounded);
});

it('prices tokens per million', () => {
  // 2,000 tokens at $1.25 a million.
  expect(tokenCost(2000n * 10n ** 12n, picoFromDollars(1.25))).toBe(picoFromDollars(0.0025));
});

it.each<[string, string]>([
  ['0', '$0.00'],
  ['0.0042', '$0.0042'],
  ['0.112', '$0.112'],
  ['0.5', '$0.50'],
  ['0.999', '$0.999'],
  ['0.9996', '$1.00'],
  ['1', '$1.00'],
  ['412.184', '$412.18'],
  ['412.185', '$412.19'],
  ['1214', '$1,214.00'],
  ['1234567.891', '$1,234,567.89'],
  ['-3.5', '-$3.50'],
  ['0.000000000001', '$0.000000000001'],
])('%s dollars are shown as %s', (dollars, text) => {
  expect(formatPico(parsePico(dollars) ?? -1n)).toBe(text);
});

it('tells shares', () => {
  expect(ratioOf(picoFromDollars(80), picoFromDollars(100))).toBe(0.8);
  expect(ratioOf(picoFromDollars(1), picoFromDollars(3))).toBe(0.333333333);
});
