import { describe, expect, test } from 'vitest';
import { bytes, cores, count, dollars, duration, listed, percent, plural, seconds, shorten } from '../../packages/core/src/model/format.ts';

test.each([
  [0, '0 %'],
  [0.05, '5 %'],
  [0.004, '0.4 %'],
  [0.1214, '12.1 %'],
  [0.8004, '80 %'],
  [1, '100 %'],
  [12.345, '1,235 %'],
  [0.000001, '<0.001 %'],
  [-0.5, '-50 %'],
  [Number.NaN, 'unknown'],
  [Number.POSITIVE_INFINITY, 'unknown'],
])('percent(%s) is %s', (value, expected) => expect(percent(value)).toBe(expected));

test.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1024, '1 KiB'],
  [1.5 * 2 ** 30, '1.5 GiB'],
  [512 * 2 ** 20, '512 MiB'],
  [2 ** 30 - 1, '1 GiB'],
  [2 ** 60, '1,024 PiB'],
  [Number.NaN, 'unknown'],
])('bytes(%s) is %s', (value, expected) => expect(bytes(value)).toBe(expected));

test.each([
  [0, '0'],
  [0.0001, '<1m'],
  [0.25, '250m'],
  [0.9996, '1'],
  [1.5, '1.5'],
  [63.96, '64'],
  [Number.NaN, 'unknown'],
])('cores(%s) is %s', (value, expected) => expect(cores(value)).toBe(expected));

test.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [999.9, '999 ms'],
  [6_800, '6.8 s'],
  [9_999, '9.99 s'],
  [60_000, '60 s'],
  [119_999, '119 s'],
  [120_000, '2 min'],
  [59 * 60_000 + 59_000, '59 min'],
  [2 * 3_600_000, '2 h'],
  [2 * 3_600_000 + 5 * 60_000, '2 h 5 min'],
  [47 * 3_600_000, '47 h'],
  [131.9 * 86_400_000, '131 d'],
  [-4 * 60_000, '-4 min'],
  [Number.NaN, 'unknown'],
])('duration(%s) is %s', (value, expected) => expect(duration(value)).toBe(expected));

test.each([
  [0, '0 s'],
  [0.25, '250 ms'],
  [0.9999, '1 s'],
  [6.8, '6.8 s'],
  [61.24, '61.2 s'],
  [300, '5 min'],
  [Number.NaN, 'unknown'],
])('seconds(%s) is %s', (value, expected) => expect(seconds(value)).toBe(expected));

test.each([
  [0, '$0'],
  [0.00001, '<$0.0001'],
  [0.0042, '$0.0042'],
  [0.1119, '$0.112'],
  [0.9999, '$1.00'],
  [412.18, '$412.18'],
  [999.999, '$1,000'],
  [1_214_000.4, '$1,214,000'],
  [-5, '-$5.00'],
  [Number.NaN, 'unknown'],
])('dollars(%s) is %s', (value, expected) => expect(dollars(value)).toBe(expected));

test.each([
  [0, '0'],
  [999, '999'],
  [1_234_567, '1,234,567'],
  [-1_000, '-1,000'],
  [2.5, '2.5'],
  [Number.NaN, 'unknown'],
])('count(%s) is %s', (value, expected) => expect(count(value)).toBe(expected));

describe('words', () => {
  test.each([
    [1, 'pod', '1 pod'],
    [0, 'pod', '0 pods'],
    [2, 'entry', '2 entries'],
    [2, 'day', '2 days'],
    [1_500, 'process', '1,500 processes'],
  ])('plural(%s, %s) is %s', (n, noun, expected) => expect(plural(n, noun)).toBe(expected));

  test('an irregular plural is handed in', () => expect(plural(2, 'datum', 'data')).toBe('2 data'));

  test('shorten keeps one line', () => {
    expect(shorten('a  b\n c', 10)).toBe('a b c');
    expect(shorten('0123456789', 10)).toBe('0123456789');
    expect(shorten('0123456789a', 10)).toBe('012345678…');
    expect(shorten('01234567 9a', 10)).toBe('01234567…');
  });

  test('listed names the first and counts the rest', () => {
    expect(listed(['a', 'b'])).toBe('a, b');
    expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  });
});
