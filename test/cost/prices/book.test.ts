import { waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import { catalogueProviders, catalogueVersion } from '../../../packages/core/src/cost/prices/catalogue.ts';
import { parseLiteLlmPrices } from '../../../packages/core/src/cost/prices/litellm-file.ts';
import type { Priced } from '../../../packages/core/src/cost/prices/price-book.ts';
import { type CostPrices, costPrices } from '../../../packages/core/src/cost/prices/settings.ts';
import { usageRecord } from '../record.ts';

const book = createPriceBook();
type Changes = Parameters<typeof usageRecord>[0];

function priceOf(changes: Changes, from = book): Priced {
  return from.price(usageRecord(changes));
}

/** Pico-dollars of a record that must have an exact price. */
function total(changes: Changes, from = book): bigint {
  const priced = priceOf(changes, from);
  if (!priced.priced) throw new Error(priced.why);
  return priced.total;
}

describe('the bundled catalogue', () => {
  it('is the version and has the providers that the code says', async () => {
    const { default: manifest } = await import('../../../node_modules/@pydantic/genai-prices/package.json', { with: { type: 'json' } });
    expect(manifest.version).toBe(catalogueVersion);
    expect((await waitForUpdate())?.map(({ id }) => id).sort()).toEqual([...catalogueProviders].sort());
  });
});

describe('token classes', () => {
  it('prices each class by itself, to the pico-dollar', () => {
    // $3, $15, $0.30, $3.75, $6 per million; $10 per thousand searches.
    const priced = priceOf({ tokens: { input: 3, output: 159, cacheRead: 15_000, cacheWrite5m: 7, cacheWrite1h: 900 }, webSearches: 1 });
    expect(priced).toEqual({
      priced: true,
      cost: {
        input: 9_000_000n,
        output: 2_385_000_000n,
        cacheRead: 4_500_000_000n,
        cacheWrite5m: 26_250_000n,
        cacheWrite1h: 5_400_000_000n,
        webSearch: 10_000_000_000n,
      },
      total: 22_320_250_000n,
      priceId: 'genai-prices 0.1.8: anthropic/claude-sonnet-4-5',
    });
  });

  it.each<[string, Changes, bigint]>([
    ['a single token', { model: 'claude-haiku-4-5', tokens: { input: 1 } }, 1_000_000n],
    ['a tenth of a cent a million', { model: 'gemini-1.5-flash', provider: 'google', tokens: { cacheRead: 1 } }, 18_750n],
    ['ten searches', { webSearches: 10 }, 100_000_000_000n],
    ['more than a double holds exactly', { model: 'claude-opus-4-1', tokens: { output: 900_000_000_001 } }, 67_500_000_000_075_000_000n],
    ['no cache price listed: billed as input', { model: 'gpt-4o-2024-05-13', provider: 'openai', tokens: { cacheRead: 10 } }, 50_000_000n],
    ['cache writes not listed: billed as input', { model: 'gpt-5', provider: 'openai', tokens: { cacheWrite5m: 8 } }, 10_000_000n],
    [
      'one-hour writes on Vertex, by rule twice the input',
      { model: 'claude-sonnet-4-6', provider: 'vertex_ai', tokens: { cacheWrite1h: 10 } },
      60_000_000n,
    ],
    ['nothing at all, whatever the model', { model: '<synthetic>' }, 0n],
    ['a free model', { model: 'mistral-nemo:free', provider: 'mistral', tokens: { input: 5 } }, 0n],
    ['a correction', { model: 'claude-opus-5', requests: 0, tokens: { output: -10 } }, -250_000_000n],
    ['a fee for each request', { model: 'sonar', provider: 'perplexity', requests: 2, tokens: { input: 1 } }, 24_001_000_000n],
    [
      'reasoning tokens of a price of their own, once',
      { model: 'perplexity/sonar-deep-research', provider: 'openrouter', tokens: { output: 10 }, reasoning: 4 },
      60_000_000n,
    ],
  ])('%s', (_what, changes, expected) => {
    expect(total(changes)).toBe(expected);
  });
});

describe('context tiers', () => {
  it.each<[string, Changes, bigint]>([
    ['exactly 200k', { tokens: { input: 200_000, output: 1 } }, 600_015_000_000n],
    ['one more reprices the whole request', { tokens: { input: 200_001, output: 1 } }, 1_200_028_500_000n],
    ['cache counts', { tokens: { input: 1, cacheRead: 100_000, cacheWrite5m: 50_000, cacheWrite1h: 50_000 } }, 1_035_006_000_000n],
    ['output does not', { tokens: { input: 1, output: 300_000 } }, 4_500_003_000_000n],
    ['the source says long', { tokens: { input: 10 }, longContext: true }, 60_000_000n],
    ['a bucket that the source says is long', { tokens: { input: 10 }, requests: 5, longContext: true }, 60_000_000n],
    ['a bucket that the source says is short', { tokens: { input: 1_000_000 }, requests: 5, longContext: false }, 3_000_000_000_000n],
    ['a bucket too small to hold a long request', { tokens: { input: 200_000 }, requests: 5 }, 600_000_000_000n],
    ['272k of GPT-5.5: one below', { model: 'gpt-5.5', provider: 'openai', tokens: { input: 271_999 } }, 1_359_995_000_000n],
    ['272k of GPT-5.5', { model: 'gpt-5.5', provider: 'openai', tokens: { input: 272_000 } }, 2_720_000_000_000n],
    ['272k of GPT-6: exactly', { model: 'gpt-6-sol', provider: 'openai', tokens: { input: 272_000 } }, 544_000_000_000n],
    ['272k of GPT-6: more', { model: 'gpt-6-sol', provider: 'openai', tokens: { input: 272_001 } }, 1_088_004_000_000n],
    ['no tiers: any bucket', { model: 'claude-opus-5', requests: 9, tokens: { input: 5_000_000 } }, 25_000_000_000_000n],
  ])('%s', (_what, changes, expected) => {
    expect(total(changes)).toBe(expected);
  });

  it.each<[string, Changes, bigint, RegExp]>([
    ['several requests, size unknown', { requests: 2, tokens: { input: 200_001 } }, 600_003_000_000n, /^2 requests .* above 200000 input/],
    ['a correction of a tiered model', { requests: 0, tokens: { input: 1 } }, 3_000_000n, /^0 requests/],
    [
      'long by 200k says nothing of 272k',
      { model: 'gpt-5.5', provider: 'openai', requests: 2, longContext: true, tokens: { input: 900_000 } },
      4_500_000_000_000n,
      /above 271999/,
    ],
  ])('%s: a lower bound', (_what, changes, lowerBound, why) => {
    const priced = priceOf(changes);
    expect(priced).toMatchObject({ priced: false, lowerBound, cost: { input: lowerBound, output: 0n } });
    expect(priced.priced ? '' : priced.why).toMatch(why);
  });
});

describe('service tiers and geography', () => {
  it.each<[string, Changes, bigint]>([
    [
      'batch is half',
      { serviceTier: 'batch', tokens: { input: 1, output: 1, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1 } },
      14_025_000n,
    ],
    ['batch of a long context', { serviceTier: 'batch', tokens: { input: 200_001 } }, 600_003_000_000n],
    ['web searches are not discounted', { serviceTier: 'batch', webSearches: 1 }, 10_000_000_000n],
    ['batch of xAI', { serviceTier: 'batch', model: 'grok-4', provider: 'xai', tokens: { input: 10 } }, 24_000_000n],
    ['flex of OpenAI', { serviceTier: 'flex', model: 'gpt-5', provider: 'openai', tokens: { input: 2, output: 1 } }, 6_250_000n],
    ['priority of OpenAI', { serviceTier: 'priority', model: 'gpt-5.5', provider: 'openai', tokens: { input: 1, output: 1 } }, 87_500_000n],
    [
      'priority by a third',
      { serviceTier: 'priority', model: 'o4-mini', provider: 'openai', tokens: { input: 1, output: 1 } },
      10_000_000n,
    ],
    ['fast mode', { serviceTier: 'fast', model: 'claude-opus-4-8', tokens: { input: 1 } }, 10_000_000n],
    ['default is the list price', { serviceTier: 'default', model: 'gpt-5', provider: 'openai', tokens: { input: 4 } }, 5_000_000n],
    ['us on a model that says so', { geo: 'us', model: 'claude-opus-4-6', tokens: { input: 10, cacheRead: 10 } }, 60_500_000n],
    ['us does not touch searches', { geo: 'us', model: 'claude-opus-4-6', webSearches: 1 }, 10_000_000_000n],
    ['us and batch', { geo: 'us', serviceTier: 'batch', model: 'claude-sonnet-5', tokens: { output: 1 } }, 5_500_000n],
    ['us on an older model', { geo: 'us', tokens: { input: 1 } }, 3_000_000n],
    ['us on Haiku 4.5', { geo: 'us', model: 'claude-haiku-4-5', tokens: { input: 1 } }, 1_000_000n],
    ['global', { geo: 'global', model: 'claude-opus-4-6', tokens: { input: 1 } }, 5_000_000n],
    ['us elsewhere than at Anthropic', { geo: 'us', model: 'gpt-5', provider: 'openai', tokens: { input: 4 } }, 5_000_000n],
  ])('%s', (_what, changes, expected) => {
    expect(total(changes)).toBe(expected);
  });

  it.each<[string, Changes, bigint]>([
    ['priority of Anthropic is a contract', { serviceTier: 'priority', tokens: { input: 1 } }, 0n],
    ['priority of a model without one', { serviceTier: 'priority', model: 'o1', provider: 'openai', tokens: { input: 1 } }, 15_000_000n],
    [
      'fast mode of a model without one',
      { serviceTier: 'fast', model: 'claude-opus-5-5', provider: 'aws', tokens: { input: 1 } },
      4_400_000n,
    ],
    ['a tier that nobody knows', { serviceTier: 'provisioned', tokens: { input: 1 } }, 0n],
  ])('%s: unpriced, with what is certain', (_what, changes, lowerBound) => {
    expect(priceOf(changes)).toMatchObject({ priced: false, lowerBound, why: expect.stringContaining('no ') });
  });
});

describe('dated prices', () => {
  it.each<[string, string, Changes, bigint]>([
    ['before', '2026-03-12T23:59:59.999Z', { model: 'claude-opus-4-6', tokens: { input: 200_001 } }, 2_000_010_000_000n],
    ['from the day on', '2026-03-13T00:00:00Z', { model: 'claude-opus-4-6', tokens: { input: 200_001 } }, 1_000_005_000_000n],
    ['by the hour: dear', '2026-11-01T16:29:59.999Z', { model: 'deepseek-chat', provider: 'deepseek', tokens: { output: 1 } }, 1_100_000n],
    ['by the hour: cheap', '2026-11-01T16:30:00Z', { model: 'deepseek-chat', provider: 'deepseek', tokens: { output: 1 } }, 550_000n],
    ['by the hour: from', '2026-11-01T00:30:00Z', { model: 'deepseek-chat', provider: 'deepseek', tokens: { output: 1 } }, 1_100_000n],
    ['hours only since', '2026-08-16T02:00:00Z', { model: 'deepseek-v4-pro', provider: 'deepseek', tokens: { output: 1 } }, 870_000n],
    ['and after', '2026-08-17T00:00:00Z', { model: 'deepseek-v4-pro', provider: 'deepseek', tokens: { output: 1 } }, 1_980_000n],
  ])('%s', (_what, at, changes, expected) => {
    expect(total({ ...changes, at: Date.parse(at) })).toBe(expected);
  });

  it('a bucket across hours of different prices is a lower bound', () => {
    expect(priceOf({ model: 'deepseek-chat', provider: 'deepseek', requests: 3, tokens: { input: 1 } })).toMatchObject({
      priced: false,
      why: 'the price changes within the day, and the record is a bucket of requests',
    });
  });
});

describe('names', () => {
  it.each([
    ['claude-sonnet-5-5', ''],
    ['claude-sonnet-5-5', 'anthropic'],
    ['claude-sonnet-4-5-turbo', 'anthropic'],
    ['gpt-5.5-mini', 'openai'],
    ['ft:gpt-4o-2024-08-06:acme::abc', 'openai'],
    ['llama-3.3-70b-versatile', ''],
    ['claude-sonnet-4-5', 'acme-gateway'],
    ['', ''],
  ])('%j of %j is not priced', (model, provider) => {
    expect(priceOf({ model, provider, tokens: { input: 5 } })).toMatchObject({ priced: false, lowerBound: 0n, tokens: { input: 5 } });
  });

  it.each([
    ['claude-sonnet-4-5-20250929', 'anthropic', 'anthropic/claude-sonnet-4-5'],
    ['claude-sonnet-4-5@20250929', '', 'google/claude-sonnet-4-5'],
    ['claude-opus-4-20250514', '', 'anthropic/claude-opus-4-0'],
    ['Claude-Opus-4-6[1m]', '', 'anthropic/claude-opus-4-6 since 2026-03-13'],
    ['anthropic/claude-opus-4.5', 'litellm', 'anthropic/claude-opus-4-5'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', '', 'aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws-bedrock', 'aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['in.anthropic.claude-opus-4-8', 'bedrock', 'aws/regional.anthropic.claude-opus-4-8-v1:0'],
    ['bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0', '', 'aws/regional.anthropic.claude-3-haiku-20240307-v1:0'],
    [
      'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-8',
      '',
      'aws/regional.anthropic.claude-opus-4-8-v1:0',
    ],
    ['claude-opus-4-5@20251101', 'vertex_ai', 'anthropic/claude-opus-4-5'],
    ['publishers/google/models/gemini-2.5-pro', '', 'google/gemini-2.5-pro'],
    ['models/gemini-2.0-flash-001', 'gcp.gemini', 'google/gemini-2.0-flash'],
    ['gpt-4.1-2025-04-14', 'openai', 'openai/gpt-4.1'],
    ['gpt-4o-2024-05-13', 'openai', 'openai/gpt-4o-2024-05-13'],
    ['gpt-5', 'azure.ai.openai', 'openai/gpt-5'],
    ['gpt-6-sol-2026-10-01', '', 'openai/gpt-6-sol'],
    ['xai/grok-4', '', 'x-ai/grok-4-0709'],
  ])('%j of %j is %s', (model, provider, expected) => {
    const priced = priceOf({ model, provider, tokens: { input: 5 } });
    expect(priced.priced ? priced.priceId : priced.why).toBe(`genai-prices 0.1.8: ${expected}`);
  });

  it('a regional endpoint of Bedrock costs a tenth more where the catalogue says so', () => {
    expect(total({ model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', provider: '', tokens: { input: 1 } })).toBe(3_300_000n);
    expect(total({ model: 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', provider: '', tokens: { input: 1 } })).toBe(3_000_000n);
  });

  it('survives more names than it caches', () => {
    const own = createPriceBook();
    for (let i = 0; i < 25_000; i++) own.price(usageRecord({ model: `made-up-${i}`, tokens: { input: 1 } }));
    expect(total({ tokens: { input: 1 } }, own)).toBe(3_000_000n);
  });
});

describe('prices of the user', () => {
  const settings = costPrices.parse({
    'in-house-70b': { prices: [{ input: 0.35, output: 0.4 }] },
    'claude-opus-5': {
      aliases: ['prod-opus'],
      prices: [
        { effective_from: '2026-10-01', input: 4, output: 20, cacheWrite5m: 5 },
        { effective_from: '2026-11-01T06:00:00+02:00', input: 3, output: 15, above200k: { input: 6 } },
      ],
    },
    'gpt-5': { aliases: ['our-deployment'] },
  });
  const own = createPriceBook(settings);

  it.each<[string, Changes, bigint]>([
    ['a model of their own, whoever serves it', { model: 'in-house-70b', provider: 'vllm', tokens: { input: 3, output: 1 } }, 1_450_000n],
    [
      'before the first date: the catalogue',
      { model: 'claude-opus-5', at: Date.parse('2026-09-30T23:59:59Z'), tokens: { input: 1 } },
      5_000_000n,
    ],
    ['from the day on', { model: 'claude-opus-5', at: Date.parse('2026-10-01T00:00:00Z'), tokens: { input: 1 } }, 4_000_000n],
    [
      'one-hour writes by rule',
      { model: 'claude-opus-5', at: Date.parse('2026-10-01T00:00:00Z'), tokens: { cacheWrite1h: 1 } },
      8_000_000n,
    ],
    ['from the instant on', { model: 'claude-opus-5', at: Date.parse('2026-11-01T04:00:00Z'), tokens: { input: 1 } }, 3_000_000n],
    ['a snapshot of it', { model: 'claude-opus-5-20260801', tokens: { input: 1 } }, 3_000_000n],
    ['an alias of it', { model: 'prod-opus', provider: '', tokens: { input: 1 } }, 3_000_000n],
    ['above 200k', { model: 'claude-opus-5', tokens: { input: 200_001, output: 1 } }, 1_200_021_000_000n],
    ['geography still counts', { model: 'claude-opus-5', geo: 'us', tokens: { input: 10 } }, 33_000_000n],
    ['an alias of a catalogue model', { model: 'our-deployment', provider: 'openai', tokens: { input: 4 } }, 5_000_000n],
  ])('%s', (_what, changes, expected) => {
    expect(total(changes, own)).toBe(expected);
  });

  it('a class that is not written is unpriced, not free', () => {
    expect(priceOf({ model: 'in-house-70b', provider: '', tokens: { input: 2, cacheRead: 9 } }, own)).toEqual({
      priced: false,
      tokens: { input: 2, output: 0, cacheRead: 9, cacheWrite5m: 0, cacheWrite1h: 0 },
      lowerBound: 700_000n,
      cost: { input: 700_000n, output: 0n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n, webSearch: 0n },
      why: 'override: in-house-70b lists no price for cache reads',
    });
  });

  it.each<[string, unknown]>([
    ['a negative price', { m: { prices: [{ input: -1 }] } }],
    ['a date that is none', { m: { prices: [{ effective_from: '2026-13-01', input: 1 }] } }],
    ['an unknown field', { m: { prices: [{ inptu: 1 }] } }],
  ])('%s is refused', (_what, input) => {
    expect(costPrices.safeParse(input).success).toBe(false);
  });

  it('every change of a price changes the version', () => {
    const versionOf = (prices: CostPrices): string => createPriceBook(prices).version;
    const versions = [
      {},
      settings,
      costPrices.parse({ m: { prices: [{ input: 1 }] } }),
      costPrices.parse({ m: { prices: [{ input: 2 }] } }),
    ].map(versionOf);
    expect(new Set(versions).size).toBe(4);
    expect(versionOf(settings)).toBe(own.version);
  });
});

describe('a LiteLLM price table', () => {
  const table = {
    sample_spec: { input_cost_per_token: 0 },
    'claude-sonnet-5-5': {
      litellm_provider: 'anthropic',
      max_input_tokens: 1_000_000,
      input_cost_per_token: 2e-6,
      output_cost_per_token: 1e-5,
      cache_read_input_token_cost: 2e-7,
      cache_creation_input_token_cost: 2.5e-6,
      provider_specific_entry: { us: 1.1, fast: 2 },
      search_context_cost_per_query: { search_context_size_medium: 0.01 },
    },
    'acme/tiered': {
      litellm_provider: 'acme',
      input_cost_per_token: 1.83333e-7,
      output_cost_per_token: 2.8e-7,
      input_cost_per_token_above_200k_tokens: 3.66666e-7,
      input_cost_per_token_batches: 1e-7,
    },
    whisper: { litellm_provider: 'openai', input_cost_per_second: 0.0001 },
    broken: { input_cost_per_token: 'free' },
  };
  const liteLlm = parseLiteLlmPrices(JSON.stringify(table));
  const imported = createPriceBook({}, { liteLlm });

  it.each<[string, Changes, bigint]>([
    ['prices what the catalogue lacks', { model: 'claude-sonnet-5-5-20261001', tokens: { input: 1, cacheWrite1h: 1 } }, 6_000_000n],
    ['takes its factors', { model: 'claude-sonnet-5-5', geo: 'us', serviceTier: 'fast', tokens: { input: 5 } }, 22_000_000n],
    ['searches by the piece', { model: 'claude-sonnet-5-5', webSearches: 2 }, 20_000_000_000n],
    ['takes the shortest decimal of a float', { model: 'acme/tiered', provider: 'acme', tokens: { input: 3 } }, 549_999n],
    ['tiers by name', { model: 'acme/tiered', provider: 'acme', tokens: { input: 1_000_000 } }, 366_666_000_000n],
    [
      'batch fields of its own',
      { model: 'acme/tiered', provider: 'acme', serviceTier: 'batch', tokens: { input: 1, output: 1 } },
      240_000n,
    ],
    ['leaves the rest to the catalogue', { model: 'claude-opus-5', tokens: { input: 1 } }, 5_000_000n],
  ])('%s', (_what, changes, expected) => {
    expect(total(changes, imported)).toBe(expected);
  });

  it('says what it could not take', () => {
    expect(liteLlm.skipped).toEqual([
      { model: 'whisper', why: 'no price per token' },
      { model: 'broken', why: 'input_cost_per_token is no price' },
    ]);
  });

  it.each(['{', '[]', '7'])('refuses %s', (text) => {
    expect(() => parseLiteLlmPrices(text)).toThrow(/^the LiteLLM price table is no /);
  });
});

describe('facts', () => {
  it('says which price applied, from where, since when', () => {
    expect(book.facts('claude-sonnet-4-6', Date.parse('2026-11-01'))).toMatchObject({
      resolved: 'claude-sonnet-4-6',
      provider: 'anthropic',
      origin: 'genai-prices 0.1.8',
      since: '2026-03-13',
      perMillion: { input: '3', output: '15', cacheRead: '0.3', cacheWrite5m: '3.75', cacheWrite1h: '6', 'webSearch per 1000': '10' },
    });
    expect(book.facts('claude-sonnet-4-6', Date.parse('2026-03-01'))).toMatchObject({
      perMillion: { 'input above 200000': '6', 'output above 200000': '22.5' },
    });
    expect(book.facts('claude-sonnet-5-5', 0)).toBeUndefined();
  });

  it('lists the models with their prices of the day', () => {
    const luna = (day: string): unknown =>
      book.models(Date.parse(day)).find(({ id, provider }) => id === 'claude-opus-5' && provider === 'anthropic');
    expect(luna('2026-11-01')).toEqual({
      id: 'claude-opus-5',
      provider: 'anthropic',
      contextWindow: 1_000_000,
      input: 5,
      output: 25,
      cacheRead: 0.5,
    });
  });
});
