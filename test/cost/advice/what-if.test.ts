import { describe, expect, test } from 'vitest';
import { type WhatIfResult, whatIf } from '../../../packages/core/src/cost/advice/what-if.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { haiku, sonnet, testBook, usage } from '../../support/price-book.ts';

const book = testBook({ 'claude-sonnet-4-5': sonnet, 'claude-haiku-4-5': haiku });

function replay(map: Record<string, string>, records: readonly UsageRecord[]): WhatIfResult {
  const run = whatIf(new Map(Object.entries(map)), book);
  for (const record of records) run.add(record);
  return run.result();
}

const records = [
  usage({ agent: 'planner', tokens: { input: 1_000_000, output: 100_000 } }), // $3.00 + $1.50
  usage({ agent: 'coder', tokens: { cacheRead: 2_000_000, cacheWrite1h: 500_000 } }), // $0.60 + $3.00
  usage({ agent: 'coder', model: 'claude-haiku-4-5', tokens: { output: 1_000_000 } }), // $5.00
];

test('no records, no money', () =>
  expect(replay({ a: 'b' }, [])).toMatchObject({ ok: true, before: 0n, after: 0n, records: 0, moved: 0, byModel: [], byAgent: [] }));

test('sonnet to haiku by hand: $8.10 becomes $2.70, what is haiku stays', () =>
  expect(replay({ 'claude-sonnet-4-5': 'claude-haiku-4-5' }, records)).toMatchObject({
    ok: true,
    before: 13_100_000_000_000n,
    after: 7_700_000_000_000n,
    records: 3,
    moved: 2,
    byModel: [
      { name: 'claude-sonnet-4-5', moved: 2, before: 8_100_000_000_000n, after: 2_700_000_000_000n },
      { name: 'claude-haiku-4-5', moved: 0, before: 5_000_000_000_000n, after: 5_000_000_000_000n },
    ],
    byAgent: [
      { name: 'planner', moved: 1, before: 4_500_000_000_000n, after: 1_500_000_000_000n },
      { name: 'coder', moved: 1, before: 8_600_000_000_000n, after: 6_200_000_000_000n },
    ],
  }));

test('* moves all the others', () =>
  expect(replay({ '*': 'claude-haiku-4-5' }, records)).toMatchObject({ ok: true, moved: 2, after: 7_700_000_000_000n }));

test('an empty map changes nothing', () => {
  const result = replay({}, records);
  expect(result.ok && result.before === result.after && result.moved === 0).toBe(true);
});

describe('refuses what has no price', () => {
  test('after', () =>
    expect(replay({ 'claude-sonnet-4-5': 'zeta-9' }, records)).toEqual({
      ok: false,
      unpriced: [{ model: 'zeta-9', why: 'no price for "zeta-9"' }],
    }));

  test('before', () =>
    expect(replay({ 'zeta-9': 'claude-haiku-4-5' }, [usage({ model: 'zeta-9', tokens: { input: 5 } })])).toMatchObject({
      ok: false,
      unpriced: [{ model: 'zeta-9' }],
    }));

  test('but what stays may be unpriced: it is in neither total, and said', () =>
    expect(
      replay({ 'claude-sonnet-4-5': 'claude-haiku-4-5' }, [...records, usage({ model: 'zeta-9', tokens: { input: 5, output: 2 } })]),
    ).toMatchObject({
      ok: true,
      unpricedTokens: 7,
      before: 13_100_000_000_000n,
    }));
});

test('rows add up to the totals', () => {
  const result = replay({ 'claude-sonnet-4-5': 'claude-haiku-4-5' }, records);
  if (!result.ok) throw new Error('refused');
  for (const rows of [result.byModel, result.byAgent]) {
    expect(rows.reduce((sum, { before }) => sum + before, 0n)).toBe(result.before);
    expect(rows.reduce((sum, { after }) => sum + after, 0n)).toBe(result.after);
  }
});
