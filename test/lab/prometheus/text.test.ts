import { expect, test } from 'vitest';
import { anchoredRegex, expand } from '../../../packages/lab/src/prometheus/regex.ts';
import { formatPlain, formatValue, parseGoDuration, parseGoFloat, unquote } from '../../../packages/lab/src/prometheus/text.ts';

test.each([
  [0, '0', '0'],
  [-0, '-0', '-0'],
  [Number.NaN, 'NaN', 'NaN'],
  [Infinity, '+Inf', '+Inf'],
  [-Infinity, '-Inf', '-Inf'],
  [0.1 + 0.2, '0.30000000000000004', '0.30000000000000004'],
  [1e20, '100000000000000000000', '100000000000000000000'],
  [1.25e21, '1.25e+21', '1250000000000000000000'],
  [-1.5e-7, '-1.5e-07', '-0.00000015'],
  [1e-6, '0.000001', '0.000001'],
  [5e-324, '5e-324', `0.${'0'.repeat(323)}5`],
])('%d', (value, inVector, inScalar) => {
  expect([formatValue(value), formatPlain(value)]).toEqual([inVector, inScalar]);
});

test.each([
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1y2w3d4h5m6s7ms', 31_536_000_000 + 2 * 604_800_000 + 3 * 86_400_000 + 4 * 3_600_000 + 306_007],
  ['0', 0],
  ['', undefined],
  ['5', undefined],
  ['30m1h', undefined],
  ['1.5h', undefined],
  ['-5m', undefined],
])('duration %j', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});

test.each([
  ['+Inf', Infinity],
  ['-inf', -Infinity],
  ['Infinity', Infinity],
  ['nan', Number.NaN],
  ['1e3', 1000],
  ['.5', 0.5],
  ['5.', 5],
  ['', undefined],
  ['1_000', undefined],
  [' 1', undefined],
  ['+NaN', undefined],
])('float %j', (text, value) => {
  expect(parseGoFloat(text)).toBe(value);
});

test.each([
  [String.raw`"a\"b\n\x41\u00e4\101\\"`, 'a"b\nAäA\\'],
  [String.raw`'it\'s'`, "it's"],
  ['`raw \\n`', 'raw \\n'],
  [String.raw`"\'"`, undefined],
  [String.raw`"a\"`, undefined],
  ['"a', undefined],
  ['"', undefined],
])('string %s', (literal, value) => {
  expect(unquote(literal)).toBe(value);
});

test.each([
  ['a|b', 'ab', false],
  ['a|b', 'b', true],
  ['a.c', 'a\nc', false],
  ['a.c', 'a\rc', true],
  ['(?s)a.c', 'a\nc', true],
  ['(?i)ABC', 'aBc', true],
  ['\\s', '\u00a0', false],
  ['[\\s\\S]+', 'a\u00a0\n', true],
  ['a\\-b\\_c', 'a-b_c', true],
  ['[[:digit:]_-]+', '1_2-3', true],
  ['a{,2}', 'a{,2}', true],
  ['a{2}', 'aa', true],
  ['a$', 'a\n', false],
])('%s on %j', (pattern, text, matches) => {
  expect(anchoredRegex(pattern).test(text)).toBe(matches);
});

test.each(['(', '[a', 'a**', '(?=a)', '(?<=a)', '(?<name>a)', '(a)\\1', '\\', 'a{1001}', '[[:nope:]]'])('RE2 refuses %s', (pattern) => {
  expect(() => anchoredRegex(pattern)).toThrow('error parsing regexp');
});

test('replacements as in Go', () => {
  const match = anchoredRegex('(?P<a>x)(y)').exec('xy');
  if (!match) throw new Error('no match');
  expect(expand('$1-$a-${2}z-$2z-$$-$9-$', match)).toBe('x-x-yz--$--$');
});
