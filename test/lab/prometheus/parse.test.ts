import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../packages/lab/src/prometheus/ast.ts';
import { parseQuery, parseSelector } from '../../../packages/lab/src/prometheus/parse.ts';

/** The nesting of an expression, every operator in parentheses. */
function nested(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return String(expr.value);
    case 'string':
      return JSON.stringify(expr.value);
    case 'vector':
      return `${expr.name}${expr.at === undefined ? '' : `@${expr.at}`}${expr.offset === 0 ? '' : `~${expr.offset}`}`;
    case 'matrix':
      return `${nested(expr.vector)}[${expr.rangeMs}]`;
    case 'subquery':
      return `${nested(expr.expr)}[${expr.rangeMs}:${expr.stepMs ?? ''}]${expr.at === undefined ? '' : `@${expr.at}`}~${expr.offset}`;
    case 'paren':
      return nested(expr.expr);
    case 'unary':
      return `(${expr.op}${nested(expr.expr)})`;
    case 'binary':
      return `(${nested(expr.left)} ${expr.op} ${nested(expr.right)})`;
    case 'aggregate':
      return `${expr.op}${expr.without ? '-' : ''}{${expr.grouping}}${nested(expr.expr)}`;
    case 'call':
      return `${expr.name}<${expr.args.map(nested).join(', ')}>`;
  }
}

test.each([
  ['a + b * c', '(a + (b * c))'],
  ['a - b - c', '((a - b) - c)'],
  ['a ^ b ^ c', '(a ^ (b ^ c))'],
  ['-a ^ b', '(-(a ^ b))'],
  ['-1 ^ 2', '(-(1 ^ 2))'],
  ['a ^ -b * c', '((a ^ (-b)) * c)'],
  ['-a * b', '((-a) * b)'],
  ['- -1', '1'],
  ['a -1', '(a - 1)'],
  ['a or b and c unless d', '(a or ((b and c) unless d))'],
  ['a == b + c > d', '((a == (b + c)) > d)'],
  ['a % b atan2 c', '((a % b) atan2 c)'],
  ['a + b offset 1m', '(a + b~60000)'],
  ['a + b offset 1m * c', '(a + (b~60000 * c))'],
  ['a + b @ 1 * c', '(a + (b@1000 * c))'],
  ['-a offset -1m', '(-a~-60000)'],
  ['a @ start() offset 1m + b @ end()', '(a@start~60000 + b@end)'],
  ['rate(a[5m]) + rate(b[1h30m])', '(rate<a[300000]> + rate<b[5400000]>)'],
  ['a + sum(b[5m:1m])', undefined],
  ['max_over_time((a + b)[5m:])', 'max_over_time<(a + b)[300000:]~0>'],
  ['sum_over_time(a[5m:1m] @ 1 offset 2m)', 'sum_over_time<a[300000:60000]@1000~120000>'],
  ['sum without (b, a) (x)', 'sum-{a,b}x'],
  ['SUM(x) BY (c)', 'sum{c}x'],
  ['sum(sum) by (by)', 'sum{by}sum'],
  ['# what\n a # and why\n', 'a'],
])('%s', (query, expected) => {
  if (expected === undefined)
    expect(() => parseQuery(query)).toThrow('expected type instant vector in aggregation expression, got range vector');
  else expect(nested(parseQuery(query))).toBe(expected);
});

describe('errors carry the place', () => {
  test.each([
    ['', '1:1: parse error: no expression found in input'],
    ['a +', '1:4: parse error: unexpected end of input'],
    ['rate(a[5m]', '1:11: parse error: unclosed left parenthesis'],
    ['a +\n no_such(b)', '2:2: parse error: unknown function with name "no_such"'],
    ['a b', '1:3: parse error: unexpected identifier "b"'],
    ['a[5]', '1:3: parse error: unexpected "5", expected duration'],
    ['a[0s]', '1:3: parse error: duration must be greater than 0'],
    ['a{b="c', '1:7: parse error: unexpected end of input'],
    ['a{b="c\\"}', '1:10: parse error: unexpected end of input'],
    ['"c', '1:1: parse error: unterminated quoted string'],
    ['a{b="\\q"}', '1:5: parse error: error unquoting string "\\"\\\\q\\""'],
    ['1h', '1:1: parse error: bad number or duration syntax: "1h"'],
  ])('%j', (query, message) => {
    expect(() => parseQuery(query)).toThrow(message);
  });
});

test('match[] takes a selector and nothing else', () => {
  expect(parseSelector('up{job!="x"}').map(({ name, op, value }) => name + op + value)).toEqual(['job!=x', '__name__=up']);
  expect(() => parseSelector('up offset 5m')).toThrow('expected a series selector');
  expect(() => parseSelector('{a=""}')).toThrow('match[] must contain at least one non-empty matcher');
});
