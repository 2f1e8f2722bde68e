import { expect, test } from 'vitest';
import { type Cell, collectCells, costIf } from '../../../packages/core/src/cost/advice/cells.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { haiku, sonnet, testBook, usage } from '../../support/price-book.ts';

const book = testBook({ 'claude-sonnet-4-5': { ...sonnet, longFactor: 2n }, 'claude-haiku-4-5': haiku });

function collect(records: readonly UsageRecord[]): Cell[] {
  const cells = collectCells();
  for (const record of records) cells.add(record, book.price(record));
  return cells.cells();
}

test('nothing', () => expect(collect([])).toEqual([]));

test('sums of one kind: requests, errors, tokens, cost, the largest prompt', () => {
  const [cell, ...others] = collect([
    usage({ tokens: { input: 1000, cacheRead: 500 }, latencyMs: 100 }),
    usage({ tokens: { input: 200, output: 10 }, status: 'error', latencyMs: null }),
  ]);
  expect(others).toEqual([]);
  // 1,200 × $3 + 500 × $0.30 + 10 × $15, per million.
  expect(cell).toMatchObject({ requests: 2, errors: 1, cost: 3_900_000_000n, largestInput: 1500, singles: true, unpricedTokens: 0 });
  expect(cell?.tokens).toEqual({ input: 1200, output: 10, cacheRead: 500, cacheWrite5m: 0, cacheWrite1h: 0 });
  expect(cell?.latencies.count).toBe(1);
});

test('another tier, month or context length is another kind', () =>
  expect(
    collect([
      usage({ tokens: { input: 1 } }),
      usage({ tokens: { input: 1 }, serviceTier: 'batch' }),
      usage({ tokens: { input: 1 }, at: Date.UTC(2026, 5, 1) }),
      usage({ tokens: { input: 200_001 } }),
    ]),
  ).toHaveLength(4));

test('long context keeps its price, and is priced so elsewhere', () => {
  const [cell] = collect([usage({ tokens: { input: 1_000_000 } })]);
  if (!cell) throw new Error('no cell');
  expect(costIf(book, cell)).toBe(6_000_000_000_000n);
  expect(costIf(book, cell, { model: 'claude-haiku-4-5' })).toBe(1_000_000_000_000n);
  expect(costIf(book, cell, { model: 'zeta-9' })).toBeUndefined();
});

test('a bucket of several requests hides the largest prompt', () =>
  expect(collect([usage({ requests: 9, tokens: { input: 9000 } })])).toMatchObject([{ singles: false, largestInput: 0, requests: 9 }]));

test('tokens without a price are counted as such', () =>
  expect(collect([usage({ model: 'zeta-9', tokens: { input: 5, output: 2 } })])).toMatchObject([{ unpricedTokens: 7, cost: 0n }]));
