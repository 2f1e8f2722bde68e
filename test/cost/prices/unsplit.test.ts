import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import { unsplitTier } from '../../../packages/core/src/model/usage.ts';
import { usageRecord } from '../record.ts';

const book = createPriceBook({
  own: { aliases: [], prices: [{ input: 4, output: 1, cacheRead: 2 }] },
  plain: { aliases: [], prices: [{ input: 4, output: 12 }] },
  tiered: { aliases: [], prices: [{ input: 4, output: 12, cacheRead: 1, above200k: { input: 8, output: 24, cacheRead: 2 } }] },
});

describe('tokens that nobody split into input and output', () => {
  it.each([
    ['own', 1, 'the cheapest class is the output', 1_000_000_000_000n],
    ['plain', 1, 'without a price of their own cached tokens cost as input', 4_000_000_000_000n],
    ['tiered', 0, 'how large the requests were is not known', 1_000_000_000_000n],
    ['unheard-of', 1, 'without any price nothing is certain', 0n],
  ])('%s, %i requests: %s', (model, requests, _why, lowerBound) => {
    const record = usageRecord({ model, provider: '', requests, serviceTier: unsplitTier, tokens: { input: 1_000_000 } });
    expect(book.price(record)).toMatchObject({ priced: false, lowerBound });
  });

  it('says why', () => {
    const record = usageRecord({ model: 'own', provider: '', serviceTier: unsplitTier, tokens: { input: 1 } });
    expect(book.price(record)).toMatchObject({ why: 'input and output are not told apart' });
  });
});
