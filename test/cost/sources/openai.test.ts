import { describe, expect, it } from 'vitest';
import { readDocuments } from './support.ts';

const result = {
  object: 'organization.usage.completions.result',
  input_tokens: 1000,
  input_cached_tokens: 800,
  output_tokens: 500,
  num_model_requests: 5,
  project_id: null,
  user_id: null,
  api_key_id: null,
  model: 'gpt-5.5',
  batch: false,
};
const bucket = (results: readonly object[], over: object = {}) => ({
  object: 'bucket',
  start_time: 1730419200,
  end_time: 1730505600,
  results,
  ...over,
});
const cost = { object: 'organization.costs.result', amount: { value: 0.06, currency: 'usd' }, line_item: null, project_id: null };

describe('openai-usage', () => {
  it('reads every field of a bucket', () => {
    expect(readDocuments('openai-usage', [bucket([{ ...result, project_id: 'p1' }])])).toEqual({
      records: [
        {
          key: '["usage","organization.usage.completions.result",1730419200000,1730505600,"gpt-5.5","p1","","",""]',
          source: 'openai-usage',
          at: Date.UTC(2024, 10, 1),
          model: 'gpt-5.5',
          provider: 'openai',
          agent: '',
          session: '',
          task: '',
          project: 'p1',
          tokens: { input: 200, output: 500, cacheRead: 800, cacheWrite5m: 0, cacheWrite1h: 0 },
          reasoning: 0,
          requests: 5,
          webSearches: 0,
          serviceTier: '',
          geo: '',
          sidechain: false,
          status: '',
          latencyMs: null,
          claimedPico: null,
        },
      ],
      rejects: [],
      empty: 0,
    });
  });

  it.each([
    ['a page', { object: 'page', data: [bucket([result])], has_more: false }],
    ['an array of buckets', [bucket([result])]],
    ['an array of pages', [{ data: [bucket([result])] }]],
    ['a result with its own times', { ...result, start_time: 1730419200, end_time: 1730505600 }],
  ])('is found in %s', (_, document) => {
    expect(readDocuments('openai-usage', [document])).toMatchObject({
      records: [{ at: Date.UTC(2024, 10, 1), tokens: { input: 200 } }],
      rejects: [],
    });
  });

  it.each([
    ['batch', { batch: true, service_tier: 'default' }, { serviceTier: 'batch' }],
    ['a tier', { service_tier: 'priority' }, { serviceTier: 'priority' }],
    [
      'cache writes inside the input',
      { input_cache_write_tokens: 100 },
      { tokens: { input: 100, cacheRead: 800, cacheWrite5m: 100, cacheWrite1h: 0, output: 500 } },
    ],
    [
      'only the uncached part',
      { input_tokens: undefined, input_uncached_tokens: 200 },
      { tokens: { input: 200, cacheRead: 800, cacheWrite5m: 0, cacheWrite1h: 0, output: 500 } },
    ],
    ['a model that was not asked for', { model: null }, { model: '' }],
    [
      'embeddings',
      { object: 'organization.usage.embeddings.result', output_tokens: undefined, input_cached_tokens: undefined },
      { tokens: { input: 1000, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 } },
    ],
  ])('takes %s', (_, over, expected) => {
    expect(readDocuments('openai-usage', [bucket([{ ...result, ...over }])])).toMatchObject({ records: [expected], rejects: [] });
  });

  it('keys apart what is grouped apart', () => {
    const groups = [{}, { model: 'x' }, { project_id: 'p' }, { user_id: 'u' }, { api_key_id: 'k' }, { batch: true }];
    const { records } = readDocuments('openai-usage', [bucket(groups.map((group) => ({ ...result, ...group })))]);
    expect(new Set(records.map((record) => record.key)).size).toBe(groups.length);
  });

  it.each([
    ['a number', 0.06, 60_000_000_000n],
    ['text', '0.06', 60_000_000_000n],
    ['text with all its digits', '0.060000000000000001', 60_000_000_000n],
    ['an exponent', '1.5e-5', 15_000_000n],
    ['a credit', -2, -2_000_000_000_000n],
  ])('reads a cost given as %s', (_, value, claimedPico) => {
    const { records } = readDocuments('openai-usage', [
      bucket([{ ...cost, amount: { value, currency: 'usd' }, line_item: 'gpt-5.5, input' }]),
    ]);
    expect(records).toMatchObject([{ claimedPico, requests: 0, model: 'gpt-5.5', tokens: { input: 0, output: 0 } }]);
  });

  it.each([
    ['no time at all', cost, 'missing-field: start_time is missing'],
    ['another currency', bucket([{ ...cost, amount: { value: 1, currency: 'eur' } }]), 'unknown-shape: amount.currency is not USD'],
    [
      'an amount that is none',
      bucket([{ ...cost, amount: { value: 'much', currency: 'usd' } }]),
      'bad-number: amount.value is not an amount',
    ],
    ['no amount', bucket([{ ...cost, amount: { currency: 'usd' } }]), 'missing-field: amount.value is missing'],
    ['more cached than there was', bucket([{ ...result, input_tokens: 1 }]), 'bad-number: input_tokens is less than its parts'],
    ['no input', bucket([{ ...result, input_tokens: null }]), 'missing-field: input_tokens is missing'],
    [
      'images',
      bucket([{ object: 'organization.usage.images.result', images: 3 }]),
      'unknown-shape: a usage result without tokens (images, seconds, bytes or sessions)',
    ],
    ['audio', bucket([{ ...result, input_audio_tokens: 3 }]), 'unknown-shape: input_audio_tokens: audio has prices of its own'],
    ['a text', 'usage', 'unknown-shape: not an object'],
  ])('rejects %s', (_, document, reject) => {
    expect(readDocuments('openai-usage', [document])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });

  it('does not lose the good results of a bucket with a bad one', () => {
    const read = readDocuments('openai-usage', [bucket([{ ...result, output_tokens: 0.5 }, result])]);
    expect([read.records.length, read.rejects]).toEqual([1, ['bad-number: output_tokens is not a whole count']]);
  });

  it('has nothing to say of an empty bucket', () => {
    expect(readDocuments('openai-usage', [bucket([])])).toEqual({ records: [], rejects: [], empty: 0 });
  });
});
