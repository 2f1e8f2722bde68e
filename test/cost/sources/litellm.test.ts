import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../packages/core/src/cost/sources/fields.ts';
import { fromSpendLogRow } from '../../../packages/core/src/cost/sources/litellm.ts';
import { readDocuments } from './support.ts';

const row = {
  request_id: 'r1',
  call_type: 'acompletion',
  api_key: 'hash',
  spend: 0.0123,
  total_tokens: 1500,
  prompt_tokens: 1200,
  completion_tokens: 300,
  startTime: '2026-05-01T10:00:00.000Z',
  endTime: '2026-05-01T10:00:02.500Z',
  model: 'claude-sonnet-4-5',
  custom_llm_provider: 'anthropic',
  team_id: 't1',
  session_id: 's1',
  status: 'success',
  agent_id: 'planner',
  cache_hit: 'False',
  request_tags: '["task:refund","other"]',
  metadata: {
    additional_usage_values: { cache_read_input_tokens: 1000, cache_creation_input_tokens: 100 },
    usage_object: { completion_tokens_details: { reasoning_tokens: 40 } },
  },
};

describe('litellm spend logs', () => {
  it('reads every field of a row', () => {
    expect(readDocuments('litellm', [row])).toEqual({
      records: [
        {
          key: 'r1',
          source: 'litellm',
          at: Date.UTC(2026, 4, 1, 10),
          model: 'claude-sonnet-4-5',
          provider: 'anthropic',
          agent: 'planner',
          session: 's1',
          task: 'refund',
          project: 't1',
          tokens: { input: 100, output: 300, cacheRead: 1000, cacheWrite5m: 100, cacheWrite1h: 0 },
          reasoning: 40,
          requests: 1,
          webSearches: 0,
          serviceTier: '',
          geo: '',
          sidechain: false,
          status: 'ok',
          latencyMs: 2500,
          claimedPico: 12_300_000_000n,
        },
      ],
      rejects: [],
      empty: 0,
    });
  });

  it.each([
    ['a page', { data: [row], total: 1 }],
    ['an array', [row]],
    ['PostgreSQL’s JSON without an offset, which is UTC', { ...row, startTime: '2026-05-01T10:00:00', endTime: '2026-05-01 10:00:02.5' }],
    ['dates', { ...row, startTime: new Date('2026-05-01T10:00:00Z'), endTime: new Date('2026-05-01T10:00:02.5Z') }],
    ['metadata as text', { ...row, metadata: JSON.stringify(row.metadata) }],
    ['tags as a list', { ...row, request_tags: ['task:refund'] }],
    ['a duration of its own', { ...row, endTime: null, request_duration_ms: 2500 }],
  ])('reads %s alike', (_, document) => {
    expect(readDocuments('litellm', [document])).toEqual(readDocuments('litellm', [row]));
  });

  it.each([
    ['an agent by tag', { request_tags: ['agent:writer'] }, { agent: 'writer', task: '' }],
    ['an agent by the alias of its key', { agent_id: null, metadata: { user_api_key_alias: 'bot' } }, { agent: 'bot' }],
    ['a team by its alias', { metadata: { user_api_key_team_alias: 'search' } }, { project: 'search' }],
    [
      'OpenAI’s cache details',
      { metadata: { additional_usage_values: { prompt_tokens_details: { cached_tokens: 200 } } } },
      { tokens: { input: 1000, cacheRead: 200 } },
    ],
    [
      'an hour of cache',
      {
        metadata: {
          usage_object: {
            cache_creation_input_tokens: 100,
            prompt_tokens_details: { cache_creation_token_details: { ephemeral_1h_input_tokens: 60 } },
          },
        },
      },
      { tokens: { input: 1100, cacheWrite5m: 40, cacheWrite1h: 60 } },
    ],
    [
      'usage values that are null',
      { metadata: { additional_usage_values: { cache_read_input_tokens: null }, usage_object: { cache_read_input_tokens: 5 } } },
      { tokens: { input: 1195, cacheRead: 5 } },
    ],
    ['no metadata', { metadata: null }, { tokens: { input: 1200, cacheRead: 0 } }],
    [
      'a failure',
      { status: 'failure', prompt_tokens: 0, completion_tokens: 0, spend: 0, metadata: {} },
      { status: 'error', tokens: { input: 0, output: 0 } },
    ],
    [
      'an answer out of LiteLLM’s cache, which used nothing',
      { cache_hit: 'True', spend: 0 },
      { tokens: { input: 0, output: 0, cacheRead: 0 }, requests: 1, claimedPico: 0n },
    ],
    ['a model only by its group', { model: '', model_group: 'fast' }, { model: 'fast' }],
  ])('takes %s', (_, over, expected) => {
    expect(readDocuments('litellm', [{ ...row, ...over }])).toMatchObject({ records: [expected], rejects: [] });
  });

  it.each([
    ['no id', { request_id: undefined }, 'missing-field: request_id is missing'],
    ['no tokens', { prompt_tokens: null }, 'missing-field: prompt_tokens is missing'],
    ['more cache than prompt', { prompt_tokens: 5 }, 'bad-number: prompt_tokens is less than its parts'],
    ['no time', { startTime: 'soon' }, 'bad-time: startTime is not an ISO 8601 time'],
    ['metadata that is no object', { metadata: '[1' }, 'unknown-shape: metadata is not a JSON object'],
    ['a spend that is none', { spend: 'n/a' }, 'bad-number: spend is not an amount'],
  ])('rejects %s', (_, over, reject) => {
    expect(readDocuments('litellm', [{ ...row, ...over }])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });

  it('throws what is malformed to its caller', () => {
    expect(() => fromSpendLogRow({})).toThrow(new Malformed('missing-field', 'request_id is missing'));
  });

  it('reads the daily rollup', () => {
    const day = {
      id: 'x',
      date: '2026-05-01',
      user_id: 'u',
      api_key: 'h',
      model: 'gpt-5',
      custom_llm_provider: 'openai',
      prompt_tokens: '900',
      completion_tokens: 100,
      cache_read_input_tokens: 300,
      cache_creation_input_tokens: 0,
      spend: 1.5,
      api_requests: 12,
    };
    expect(readDocuments('litellm', [[day]])).toMatchObject({
      records: [
        { at: Date.UTC(2026, 4, 1), requests: 12, tokens: { input: 600, output: 100, cacheRead: 300 }, claimedPico: 1_500_000_000_000n },
      ],
      rejects: [],
    });
  });
});
