import { expect, test } from 'vitest';
import { release } from '../../../packages/core/src/evidence/kubernetes/request.ts';

test('memory of its own is given back', () => {
  const body = Buffer.from(new ArrayBuffer(4));
  release(body);
  expect(body).toHaveLength(0);
});

test('memory that is shared is left alone', () => {
  const pool = new ArrayBuffer(8);
  const body = Buffer.from(pool, 0, 4);
  const neighbour = Buffer.from(pool, 4, 4).fill(7);
  release(body);
  expect(body).toHaveLength(4);
  expect([...neighbour]).toEqual([7, 7, 7, 7]);
});
