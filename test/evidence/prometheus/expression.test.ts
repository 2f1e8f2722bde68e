import { expect, it } from 'vitest';
import { durationOf, growth, quoted, select, selectNames, sumBy } from '../../../packages/core/src/evidence/prometheus/expression.ts';

it('writes selectors, with the configured matchers in each', () => {
  expect(select('up', '')).toBe('up');
  expect(select('up', 'cluster="prod"')).toBe('up{cluster="prod"}');
  expect(select('up', 'cluster="prod"', ['job="a"'])).toBe('up{job="a",cluster="prod"}');
  expect(selectNames('a|b', 'cluster="prod"')).toBe('{__name__=~"a|b",cluster="prod"}');
});

it('quotes', () => {
  expect(quoted('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
});

it('counts a new series in full and the others by their increase, with the matchers in every selector', () => {
  expect(sumBy(['a', 'b'], growth('m_total', 'c="d"', 300))).toBe(
    'sum by (a, b) (((m_total{c="d"} unless last_over_time(m_total{c="d"}[1h] offset 300s)) or increase(m_total{c="d"}[300s])))',
  );
});

it('writes durations as whole seconds, at least one', () => {
  expect([durationOf(300), durationOf(0.2), durationOf(2_592_000)]).toEqual(['300s', '1s', '2592000s']);
});
