import { describe, expect, it } from 'vitest';
import { readDocuments } from './support.ts';

const result = {
  uncached_input_tokens: 1500,
  cache_creation: { ephemeral_1h_input_tokens: 1000, ephemeral_5m_input_tokens: 500 },
  cache_read_input_tokens: 200,
  output_tokens: 500,
  server_tool_use: { web_search_requests: 10 },
  model: 'claude-sonnet-4-5',
  service_tier: 'standard',
  context_window: '0-200k',
  api_key_id: null,
  workspace_id: 'wrkspc_1',
  inference_geo: 'us',
};
const cost = {
  amount: '123.45',
  currency: 'USD',
  cost_type: 'tokens',
  model: 'claude-sonnet-4-5',
  token_type: 'output_tokens',
  service_tier: 'batch',
  context_window: '0-200k',
  description: 'Claude Sonnet 4.5 usage',
  workspace_id: 'wrkspc_1',
};
const bucket = (...results: readonly object[]) => ({ starting_at: '2026-05-01T00:00:00Z', ending_at: '2026-05-02T00:00:00Z', results });

describe('anthropic-usage', () => {
  it('reads every field of a usage bucket', () => {
    const { records, rejects } = readDocuments('anthropic-usage', [{ data: [bucket(result)], has_more: false }]);
    expect(rejects).toEqual([]);
    expect(records).toEqual([
      {
        key: '["usage",1777593600000,1777680000000,"claude-sonnet-4-5","standard","0-200k","wrkspc_1","us","","",""]',
        source: 'anthropic-usage',
        at: Date.UTC(2026, 4, 1),
        model: 'claude-sonnet-4-5',
        provider: 'anthropic',
        agent: '',
        session: '',
        task: '',
        project: 'wrkspc_1',
        tokens: { input: 1500, output: 500, cacheRead: 200, cacheWrite5m: 500, cacheWrite1h: 1000 },
        reasoning: 0,
        requests: 0,
        webSearches: 10,
        serviceTier: 'standard',
        geo: 'us',
        longContext: false,
        sidechain: false,
        status: '',
        latencyMs: null,
        claimedPico: null,
      },
    ]);
  });

  it('takes an amount in cents: "123.45" is $1.2345', () => {
    const { records } = readDocuments('anthropic-usage', [bucket(cost)]);
    expect(records).toMatchObject([
      {
        claimedPico: 1_234_500_000_000n,
        requests: 0,
        serviceTier: 'batch',
        tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
      },
    ]);
  });

  it.each([
    ['to the pico-dollar', '0.0000000001', 1n],
    ['a number', 50, 500_000_000_000n],
    ['a credit', '-100', -1_000_000_000_000n],
  ])('takes cents %s', (_, amount, claimedPico) => {
    expect(readDocuments('anthropic-usage', [bucket({ ...cost, amount })]).records).toMatchObject([{ claimedPico }]);
  });

  it.each([
    ['a long context', { context_window: '200k-1M' }, { longContext: true }],
    ['batch', { service_tier: 'batch' }, { serviceTier: 'batch' }],
    ['fast mode', { speed: 'fast' }, { serviceTier: 'fast' }],
    ['geo that is not available', { inference_geo: 'not_available' }, { geo: '' }],
    ['nothing written to the cache', { cache_creation: null }, { tokens: { cacheWrite5m: 0, cacheWrite1h: 0 } }],
  ])('takes %s', (_, over, expected) => {
    expect(readDocuments('anthropic-usage', [bucket({ ...result, ...over })])).toMatchObject({ records: [expected], rejects: [] });
  });

  it('leaves the context open where the report was not grouped by it', () => {
    const [record] = readDocuments('anthropic-usage', [bucket({ ...result, context_window: null })]).records;
    expect(record).not.toHaveProperty('longContext');
  });

  it('keys apart what is grouped apart, and costs from usage', () => {
    const usages = [
      {},
      { model: 'x' },
      { service_tier: 'batch' },
      { context_window: '200k-1M' },
      { api_key_id: 'k' },
      { workspace_id: null },
      { inference_geo: 'global' },
    ];
    const costs = [{}, { token_type: 'uncached_input_tokens' }, { cost_type: 'web_search' }, { description: 'other' }];
    const results = [...usages.map((over) => ({ ...result, ...over })), ...costs.map((over) => ({ ...cost, ...over }))];
    const { records } = readDocuments('anthropic-usage', [bucket(...results)]);
    expect(new Set(records.map((record) => record.key)).size).toBe(results.length);
  });

  it.each([
    ['no time', { data: [cost] }, 'missing-field: starting_at is missing'],
    ['another currency', bucket({ ...cost, currency: 'EUR' }), 'unknown-shape: currency is not USD'],
    ['no amount', bucket({ ...cost, amount: null }), 'missing-field: amount is missing'],
    ['an amount with a sign of its own', bucket({ ...cost, amount: '$1' }), 'bad-number: amount is not an amount'],
    ['another window', bucket({ ...result, context_window: '1M-2M' }), 'unknown-shape: context_window is neither 0-200k nor 200k-1M'],
    ['no input', bucket({ ...result, uncached_input_tokens: undefined }), 'missing-field: uncached_input_tokens is missing'],
  ])('rejects %s', (_, document, reject) => {
    expect(readDocuments('anthropic-usage', [document])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });
});
