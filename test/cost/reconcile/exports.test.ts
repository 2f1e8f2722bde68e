import { describe, expect, test } from 'vitest';
import { readAnthropicCosts, readOpenAiCosts } from '../../../packages/core/src/cost/reconcile/exports.ts';

const openAi = (amount: unknown, line_item: unknown = null) => ({
  object: 'bucket',
  start_time: 1730419200,
  end_time: 1730505600,
  results: [{ object: 'organization.costs.result', amount, line_item, project_id: null }],
});

describe('OpenAI', () => {
  test.each([
    [{ value: 0.06, currency: 'usd' }, 60_000_000_000n],
    [{ value: '0.06', currency: 'usd' }, 60_000_000_000n],
    [{ value: 1e-7, currency: 'USD' }, 100_000n],
    [{ value: '12.345678901234' }, 12_345_678_901_234n],
  ])('%j is %d pico-dollars', (amount, pico) =>
    expect(readOpenAiCosts(openAi(amount))).toEqual({
      lines: [{ day: '2024-11-01', model: '', pico, kind: 'tokens', serviceTier: '', tokenType: '' }],
      rejects: [],
      days: ['2024-11-01'],
    }),
  );

  test.each([
    ['gpt-5-2025-08-07, input', { model: 'gpt-5-2025-08-07', tokenType: 'input', kind: 'tokens' }],
    ['gpt-5-2025-08-07, cached input', { model: 'gpt-5-2025-08-07', tokenType: 'cached input', kind: 'tokens' }],
    ['gpt-5 batch, output', { tokenType: 'output', serviceTier: 'batch' }],
    ['web search tool calls', { kind: 'other' }],
    ['credit grant', { kind: 'credit' }],
  ])('line item %j', (item, expected) => expect(readOpenAiCosts(openAi({ value: 1 }, item)).lines[0]).toMatchObject(expected));

  test('pages, lists and single buckets', () => {
    const bucket = openAi({ value: 1 });
    for (const document of [bucket, [bucket], { data: [bucket] }, [{ data: [bucket] }]])
      expect(readOpenAiCosts(document).lines).toHaveLength(1);
  });

  test('a negative amount is a credit', () =>
    expect(readOpenAiCosts(openAi({ value: -5 })).lines[0]).toMatchObject({ kind: 'credit', pico: -5_000_000_000_000n }));

  test('an empty bucket is a day on which nothing was billed', () =>
    expect(readOpenAiCosts({ start_time: 1730419200, results: [] })).toEqual({ lines: [], rejects: [], days: ['2024-11-01'] }));
});

const anthropic = (fields: Record<string, unknown>) => ({
  data: [{ starting_at: '2026-05-01T00:00:00Z', ending_at: '2026-05-02T00:00:00Z', results: [fields] }],
});

describe('Anthropic', () => {
  test('"123.45" is cents: $1.2345', () =>
    expect(
      readAnthropicCosts(
        anthropic({
          amount: '123.45',
          currency: 'USD',
          cost_type: 'tokens',
          model: 'claude-sonnet-4-5',
          token_type: 'output_tokens',
          service_tier: 'batch',
        }),
      ),
    ).toEqual({
      lines: [
        {
          day: '2026-05-01',
          model: 'claude-sonnet-4-5',
          pico: 1_234_500_000_000n,
          kind: 'tokens',
          serviceTier: 'batch',
          tokenType: 'output_tokens',
        },
      ],
      rejects: [],
      days: ['2026-05-01'],
    }));

  test.each([
    ['tokens', 'tokens'],
    ['web_search', 'other'],
    ['code_execution', 'other'],
    ['promotional_credit', 'credit'],
  ])('cost type %s is %s', (cost_type, kind) =>
    expect(readAnthropicCosts(anthropic({ amount: '1', cost_type })).lines[0]).toMatchObject({ kind }),
  );

  test('finer than a pico-dollar is refused, not rounded', () =>
    expect(readAnthropicCosts(anthropic({ amount: '0.00000000001' })).rejects).toEqual([
      { where: 'data[0].results[0]', why: 'amount is finer than a pico-dollar' },
    ]));
});

describe('what cannot be read is said, never counted as nothing', () => {
  test.each([
    ['not a document', null, 'not a bucket with start_time and results'],
    ['no time', { results: [] }, 'not a bucket with start_time and results'],
    ['a bad time', { start_time: 'yesterday', results: [] }, 'not a bucket with start_time and results'],
    ['no results', { start_time: 0 }, 'not a bucket with start_time and results'],
    ['a result that is text', { start_time: 0, results: ['x'] }, 'not an object'],
    ['no amount', openAi(null), 'no amount'],
    ['no number', openAi({ value: 'much' }), 'amount.value is not a number'],
    ['NaN', openAi({ value: Number.NaN }), 'amount.value is not a number'],
    ['euros', openAi({ value: 1, currency: 'eur' }), 'not in dollars'],
  ])('%s', (_, document, why) => {
    const { lines, rejects } = readOpenAiCosts(document);
    expect([lines, rejects.map((reject) => reject.why)]).toEqual([[], [why]]);
  });
});
