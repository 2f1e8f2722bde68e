import { expect, it } from 'vitest';
import { addDifferences } from '../../../packages/core/src/evidence/prometheus/restarted.ts';
import { picoFromDollars } from '../../../packages/core/src/model/money.ts';

it.each<[values: string[], base: number | undefined, sum: number]>([
  [['1', '2', '5'], undefined, 4],
  [['1', '2', '5'], 0, 5],
  [['1', '2', '5'], 1, 4],
  // A reset before the first sample.
  [['1', '2', '5'], 9, 5],
  [['5', '1', '2', '0.5'], undefined, 2.5],
  [['5', 'NaN', '6'], undefined, 1],
  [[], 4, 0],
])('addDifferences(%j, %s) is %d', (values, base, sum) => {
  const points = values.map((value, at) => [at, value] as const);
  expect(addDifferences(points, base === undefined ? undefined : picoFromDollars(base)).sum).toBe(picoFromDollars(sum));
});
