import { expect, test } from 'vitest';
import { humanDuration, since } from '../../../../packages/lab/src/kubernetes/printers/duration.ts';

const [s, m, h, d] = [1_000, 60_000, 3_600_000, 86_400_000];

test.each([
  [-2 * s, '<invalid>'],
  [-1 * s, '0s'],
  [0, '0s'],
  [999, '0s'],
  [119 * s, '119s'],
  [2 * m, '2m'],
  [2 * m + s, '2m1s'],
  [9 * m + 59 * s, '9m59s'],
  [10 * m + 59 * s, '10m'],
  [179 * m, '179m'],
  [3 * h, '3h'],
  [7 * h + 59 * m, '7h59m'],
  [8 * h + 59 * m, '8h'],
  [47 * h, '47h'],
  [48 * h, '2d'],
  [7 * d + 23 * h, '7d23h'],
  [8 * d + 23 * h, '8d'],
  [729 * d, '729d'],
  [730 * d, '2y'],
  [731 * d, '2y1d'],
  [8 * 365 * d, '8y'],
  [8 * 365 * d + 40 * d, '8y'],
])('%i ms is %s', (ms, expected) => {
  expect(humanDuration(ms)).toBe(expected);
});

test('no time is unknown', () => {
  expect(since('', 0)).toBe('<unknown>');
});
