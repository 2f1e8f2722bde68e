import { describe, expect, it } from 'vitest';
import { reconcileWith } from '../../../packages/core/src/cost/report/reconcile.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { sonnet, testBook, usage } from '../../support/price-book.ts';
import { memorySession } from './ledger.ts';

const gpt = { provider: 'openai', prices: { input: '2', output: '8', cacheRead: '0.2', cacheWrite5m: '2', cacheWrite1h: '2' } };
const book = testBook({ 'claude-sonnet-4-5': sonnet, 'gpt-5': gpt });
const at = Date.parse('2026-05-01T12:00:00Z');

/** Anthropic's export for the first of May, in cents. */
const bill = (cents: string, model = 'claude-sonnet-4-5'): unknown => ({
  data: [
    {
      starting_at: '2026-05-01T00:00:00Z',
      ending_at: '2026-05-02T00:00:00Z',
      results: [{ amount: cents, currency: 'USD', cost_type: 'tokens', model, service_tier: 'standard' }],
    },
  ],
});
const million = (key: string, provider: string, more: Partial<UsageRecord> = {}): UsageRecord =>
  usage({ key, at, provider, tokens: { input: 1_000_000 }, ...more });

async function against(records: readonly UsageRecord[], document: unknown): ReturnType<typeof reconcileWith> {
  const session = await memorySession(records, { book });
  try {
    return await reconcileWith(session, document);
  } finally {
    await session.close();
  }
}

describe('reconcileWith', () => {
  it('compares what the provider itself bills: a model of Bedrock, Vertex or Azure is on another bill', async () => {
    const records = [million('a', 'anthropic'), million('b', 'aws-bedrock'), million('c', 'google-vertex'), million('d', 'aws-bedrock')];
    const result = await against(records, bill('300'));
    expect(result.rows.map(({ model, ours, billed, verdict }) => [model, ours, billed, verdict])).toEqual([
      ['claude-sonnet-4-5', 3_000_000_000_000n, 3_000_000_000_000n, 'equal'],
    ]);
    expect(result.agrees).toBe(true);
    expect(result.notes).toEqual([
      '$3.00 on its models went through google-vertex: that is on another bill, and not compared',
      '$6.00 on its models went through aws-bedrock: that is on another bill, and not compared',
    ]);
  });

  it('a model that was only resold leaves no row', async () => {
    expect((await against([million('b', 'aws-bedrock')], bill('0'))).rows).toEqual([
      expect.objectContaining({ ours: 0n, billed: 0n, verdict: 'equal' }),
    ]);
  });

  it('keeps what does not say its road, or went through a gateway of one’s own', async () => {
    const result = await against([million('a', ''), million('b', 'litellm_proxy'), million('c', 'my-gateway')], bill('900'));
    expect(result.rows.map(({ ours, verdict }) => [ours, verdict])).toEqual([[9_000_000_000_000n, 'equal']]);
    expect(result.notes).toEqual([]);
  });

  it('leaves other providers out, and takes a model that nobody knows for its own', async () => {
    const result = await against(
      [million('a', 'anthropic'), million('b', '', { model: 'gpt-5' }), million('c', '', { model: 'zeta-9' })],
      bill('300'),
    );
    expect(result.rows.map(({ model, ours, reasons }) => [model, ours, reasons[0]?.id])).toEqual([
      ['claude-sonnet-4-5', 3_000_000_000_000n, undefined],
      ['zeta-9', 0n, undefined],
    ]);
  });

  it('refuses a document that is no export', async () => {
    await expect(against([], { hello: 1 })).rejects.toThrow('not a cost export of OpenAI or Anthropic');
    await expect(against([], { data: [] })).rejects.toThrow('not a cost export of OpenAI or Anthropic');
  });
});
