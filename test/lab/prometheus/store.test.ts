import { expect, test } from 'vitest';
import { type Series, SeriesStore, stale } from '../../../packages/lab/src/prometheus/store.ts';

const one = (labels: Record<string, string>, samples: Series['samples'] = []): Series => ({ labels, samples });

test.each<[string, Series[], string]>([
  ['no name', [one({ job: 'x' })], 'lab series: "" is no metric name'],
  ['a bad name', [one({ __name__: '1up' })], 'lab series: "1up" is no metric name'],
  ['a bad label', [one({ __name__: 'up', 'a-b': 'x' })], 'lab series up: "a-b" is no label name'],
  ['the same series twice', [one({ __name__: 'up', a: '' }), one({ __name__: 'up' })], 'lab series {__name__="up"} is given twice'],
  [
    'time that stands still',
    [
      one({ __name__: 'up' }, [
        [1, 1],
        [1, 2],
      ]),
    ],
    'lab series {__name__="up"}: timestamps must ascend',
  ],
  ['seconds for milliseconds', [one({ __name__: 'up' }, [[1.5, 1]])], 'lab series {__name__="up"}: timestamps are whole milliseconds'],
  [
    'columns of two lengths',
    [one({ __name__: 'up' }, { t: new Float64Array(2), v: new Float64Array(1) })],
    'lab series {__name__="up"}: 2 timestamps but 1 values',
  ],
])('refuses %s', (_, series, message) => {
  expect(() => new SeriesStore(series)).toThrow(message);
});

test('pairs and columns are the same, and range selectors see no stale markers', () => {
  const pairs = one({ __name__: 'a' }, [
    [1, 10],
    [2, stale],
    [3, 30],
  ]);
  const columns = one({ __name__: 'b' }, { t: Float64Array.of(1, 2, 3), v: Float64Array.of(10, 0, 30), stale: [1] });
  for (const { live, isStale } of new SeriesStore([pairs, columns]).series) {
    expect([Array.from(live.t), Array.from(live.v)]).toEqual([
      [1, 3],
      [10, 30],
    ]);
    expect([isStale(0), isStale(1), isStale(2)]).toEqual([false, true, false]);
  }
});
