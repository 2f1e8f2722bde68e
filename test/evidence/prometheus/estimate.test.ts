import { describe, expect, it } from 'vitest';
import { add, estimate, overlap, priceOf } from '../../../packages/core/src/evidence/prometheus/estimate.ts';
import { tokenKind } from '../../../packages/core/src/evidence/prometheus/spend-sources.ts';

const million = 1_000_000n * 10n ** 12n;
const dollars = (amount: number): bigint => BigInt(amount * 100) * 10n ** 10n;

describe('estimate of a million tokens at $2 in and $10 out', () => {
  it.each<['input' | 'output' | 'cacheRead' | 'cacheWrite' | 'unsplit' | 'ignored', number, number]>([
    ['input', 2, 2],
    ['output', 10, 10],
    ['cacheRead', 0, 2],
    ['cacheWrite', 2, 4],
    ['unsplit', 2, 10],
    ['ignored', 0, 0],
  ])('%s: $%d to $%d', (kind, least, most) => {
    expect(estimate(million, kind, { input: 2, output: 10 })).toEqual({ least: dollars(least), most: dollars(most) });
  });

  it('takes the dearer of the two prices as the upper bound, whichever it is', () => {
    expect(estimate(million, 'unsplit', { input: 10, output: 2 })).toEqual({ least: dollars(2), most: dollars(10) });
  });
});

it('finds a price by exact name, with or without the provider in front', () => {
  const prices = { 'gpt-5': { input: 1, output: 2 }, 'azure/gpt-5': { input: 3, output: 4 } };
  expect(priceOf('gpt-5', prices)).toEqual({ input: 1, output: 2 });
  expect(priceOf('openai/gpt-5', prices)).toEqual({ input: 1, output: 2 });
  expect(priceOf('azure/gpt-5', prices)).toEqual({ input: 3, output: 4 });
  expect(priceOf('gpt-5-5', prices)).toBeUndefined();
  expect(priceOf('gpt', prices)).toBeUndefined();
  expect(priceOf('constructor', prices)).toBeUndefined();
});

it('adds, and bounds what may overlap', () => {
  expect(add({ least: 1n, most: 2n }, { least: 10n, most: 20n })).toEqual({ least: 11n, most: 22n });
  expect(add({ least: 1n, most: null }, { least: 10n, most: 20n })).toEqual({ least: 11n, most: null });
  expect(overlap({ least: 1n, most: 2n }, { least: 10n, most: 20n })).toEqual({ least: 10n, most: 22n });
  expect(overlap({ least: 10n, most: 20n }, { least: 1n, most: null })).toEqual({ least: 10n, most: null });
});

it.each<[Record<string, string>, string]>([
  [{ gen_ai_token_type: 'input' }, 'input'],
  [{ type: 'cacheRead' }, 'cacheRead'],
  [{ type: 'cacheCreation' }, 'cacheWrite'],
  [{ type: 'cache_read_input_tokens' }, 'cacheRead'],
  [{ token_type: 'prompt' }, 'input'],
  [{ token_type: 'completion_tokens' }, 'output'],
  [{ type: 'total' }, 'ignored'],
  [{ type: 'strange' }, 'unsplit'],
  [{}, 'unsplit'],
])('%j is %s', (labels, kind) => {
  expect(tokenKind(labels)).toBe(kind);
});
