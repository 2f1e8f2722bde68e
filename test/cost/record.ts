import type { Tokens, UsageRecord } from '../../packages/core/src/model/usage.ts';

/** A request to Claude Sonnet 4.5 on 1 Nov 2026 without a token; change what matters. */
export function usageRecord(changes: Partial<Omit<UsageRecord, 'tokens'>> & { tokens?: Partial<Tokens> } = {}): UsageRecord {
  const { tokens, ...rest } = changes;
  return {
    key: 'msg_1:req_1',
    source: 'claude-code',
    at: Date.parse('2026-11-01T12:00:00Z'),
    model: 'claude-sonnet-4-5',
    provider: 'anthropic',
    agent: 'main',
    session: 's1',
    task: '',
    project: '/w',
    reasoning: 0,
    requests: 1,
    webSearches: 0,
    serviceTier: '',
    geo: '',
    sidechain: false,
    status: 'ok',
    latencyMs: null,
    claimedPico: null,
    ...rest,
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, ...tokens },
  };
}
