import { describe, expect, it } from 'vitest';
import { readDocuments } from './support.ts';

const observation = {
  id: 'o1',
  traceId: 't1',
  type: 'GENERATION',
  name: 'planner',
  startTime: '2026-05-01T10:00:00.000Z',
  endTime: '2026-05-01T10:00:01.500Z',
  model: 'gpt-5',
  usageDetails: { input: 86, input_cached_tokens: 17817, output: 50 },
  costDetails: { total: 0.01 },
};

describe('langfuse', () => {
  it('reads every field of an observation', () => {
    expect(readDocuments('langfuse', [observation])).toEqual({
      records: [
        {
          key: 'o1',
          source: 'langfuse',
          at: Date.UTC(2026, 4, 1, 10),
          model: 'gpt-5',
          provider: '',
          agent: 'planner',
          session: 't1',
          task: '',
          project: '',
          tokens: { input: 86, output: 50, cacheRead: 17817, cacheWrite5m: 0, cacheWrite1h: 0 },
          reasoning: 0,
          requests: 1,
          webSearches: 0,
          serviceTier: '',
          geo: '',
          sidechain: false,
          status: 'ok',
          latencyMs: 1500,
          claimedPico: 10_000_000_000n,
        },
      ],
      rejects: [],
      empty: 0,
    });
  });

  it.each([
    ['a total that agrees', { input: 86, input_cached_tokens: 10, output: 50, total: 146 }, { input: 86, cacheRead: 10, output: 50 }],
    [
      'a total that says the cache is inside',
      { input: 86, input_cached_tokens: 10, output: 50, total: 136 },
      { input: 76, cacheRead: 10, output: 50 },
    ],
    [
      'Anthropic’s names',
      { input: 5, cache_read_input_tokens: 7, cache_creation_input_tokens: 9, output: 1 },
      { input: 5, cacheRead: 7, cacheWrite5m: 9, output: 1 },
    ],
    ['an hour of cache', { input: 5, input_cache_creation_1h: 9, output: 1 }, { input: 5, cacheWrite1h: 9, output: 1 }],
    ['audio beside text', { input: 5, input_audio_tokens: 3, output: 1 }, { input: 8, output: 1 }],
    ['text', { input: '5', output: '1' }, { input: 5, output: 1 }],
    ['unknown names with nothing in them', { input: 5, output: 1, foo: 0 }, { input: 5, output: 1 }],
  ])('reads usage with %s', (_, usageDetails, tokens) => {
    const { records, rejects } = readDocuments('langfuse', [{ data: [{ ...observation, usageDetails }] }]);
    expect(rejects).toEqual([]);
    expect(records[0]?.tokens).toEqual({ cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, ...tokens });
  });

  it('counts reasoning as output', () => {
    const [record] = readDocuments('langfuse', [
      { ...observation, usageDetails: { input: 1, output: 10, output_reasoning_tokens: 30 } },
    ]).records;
    expect([record?.tokens.output, record?.reasoning]).toEqual([40, 30]);
  });

  it('counts reasoning once where the total says it is inside', () => {
    const [record] = readDocuments('langfuse', [
      { ...observation, usageDetails: { input: 1, output: 40, output_reasoning_tokens: 30, total: 41 } },
    ]).records;
    expect([record?.tokens.output, record?.reasoning]).toEqual([40, 30]);
  });

  it('reads the older usage', () => {
    const { records } = readDocuments('langfuse', [
      { ...observation, usageDetails: null, usage: { input: 5, output: 2, unit: 'TOKENS' }, level: 'ERROR', sessionId: 'c1' },
    ]);
    expect(records).toMatchObject([{ tokens: { input: 5, output: 2 }, status: 'error', session: 'c1' }]);
  });

  it.each([
    ['a span without usage', { ...observation, type: 'SPAN', usageDetails: {} }],
    ['an event', { id: 'e', traceId: 't', type: 'EVENT', startTime: observation.startTime }],
    ['usage of nothing', { ...observation, usageDetails: { input: 0, output: 0 } }],
  ])('does not count %s', (_, value) => {
    expect(readDocuments('langfuse', [[value]])).toEqual({ records: [], rejects: [], empty: 1 });
  });

  it.each([
    [
      'tokens of an unknown name',
      { ...observation, usageDetails: { foo: 3 } },
      'unknown-shape: usageDetails holds tokens of an unknown name',
    ],
    [
      'characters',
      { ...observation, usageDetails: undefined, usage: { input: 5, unit: 'CHARACTERS' } },
      'unknown-shape: usage.unit is not TOKENS',
    ],
    ['no id', { ...observation, id: null }, 'missing-field: id is missing'],
    ['half a token', { ...observation, usageDetails: { input: 0.5 } }, 'bad-number: usageDetails.input is not a whole count'],
  ])('rejects %s', (_, value, reject) => {
    expect(readDocuments('langfuse', [value])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });
});
