import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paretoFront } from '../../../packages/core/src/cost/advice/pareto.ts';

const at = (name: string, quality: number | null, latencyMs: number | null, costPico: bigint | null) => ({
  name,
  quality,
  latencyMs,
  costPico,
});
const names = (points: readonly { name: string }[]): string[] => points.map(({ name }) => name);

test('nothing has no front', () => expect(paretoFront([])).toEqual([]));

test('beaten in everything is out; better in one thing stays', () =>
  expect(names(paretoFront([at('a', 0.9, 500, 10n), at('b', 0.8, 600, 20n), at('c', 0.7, 100, 30n), at('d', 0.9, 500, 9n)]))).toEqual([
    'c',
    'd',
  ]));

test('equals stay together', () => expect(names(paretoFront([at('a', 0.9, 1, 1n), at('b', 0.9, 1, 1n)]))).toEqual(['a', 'b']));

test('what is not known beats nothing and is beaten by nothing', () =>
  expect(names(paretoFront([at('measured', 0.9, 500, 10n), at('unmeasured', null, 500, 20n)]))).toEqual(['measured', 'unmeasured']));

test('where neither is known the rest decides', () =>
  expect(names(paretoFront([at('cheap', null, 500, 10n), at('dear', null, 500, 20n)]))).toEqual(['cheap']));

test('the front is never empty, and everyone off it is beaten by someone on it', () => {
  const point = fc.record({
    quality: fc.integer({ min: 0, max: 4 }),
    latencyMs: fc.integer({ min: 0, max: 4 }),
    costPico: fc.bigInt({ min: 0n, max: 4n }),
  });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
      const front = paretoFront(points);
      if (front.length === 0) return false;
      return points.every(
        (p) => front.includes(p) || front.some((f) => f.quality >= p.quality && f.latencyMs <= p.latencyMs && f.costPico <= p.costPico),
      );
    }),
  );
});
