import type { SourceKind, Tokens, UsageRecord } from '../../model/usage.ts';
import { Malformed } from './fields.ts';
import type { LineResult } from './source.ts';

export const noTokens: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

/** A record whose unsaid fields are empty: one request of an unnamed model. */
export function usageRecord(
  said: Partial<UsageRecord> & { readonly key: string; readonly source: SourceKind; readonly at: number },
): UsageRecord {
  return {
    model: '',
    provider: '',
    agent: '',
    session: '',
    task: '',
    project: '',
    tokens: noTokens,
    reasoning: 0,
    requests: 1,
    webSearches: 0,
    serviceTier: '',
    geo: '',
    sidechain: false,
    status: '',
    latencyMs: null,
    claimedPico: null,
    ...said,
  };
}

/** Runs the reading of one line; a {@link Malformed} value is a reject, no record is `none`. */
export function attempt<State>(state: State, read: () => UsageRecord | undefined): LineResult<State> {
  try {
    const record = read();
    return record ? { kind: 'record', record, state } : { kind: 'none', state };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'reject', reason: error.reason, detail: error.message, state };
    throw error;
  }
}
