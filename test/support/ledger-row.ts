import type { LedgerRow } from '../../packages/core/src/cost/ledger/ledger.ts';

/** A ledger row of zeros with what is given. */
export function ledgerRow(fields: Partial<LedgerRow> = {}): LedgerRow {
  return {
    group: {},
    bucket: 0,
    requests: 0,
    errors: 0,
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    reasoning: 0,
    webSearches: 0,
    unpricedTokens: 0,
    costInput: 0n,
    costOutput: 0n,
    costCacheRead: 0n,
    costCacheWrite5m: 0n,
    costCacheWrite1h: 0n,
    costWebSearch: 0n,
    cost: 0n,
    claimed: 0n,
    latencyMsSum: 0,
    latencyCount: 0,
    ...fields,
  };
}
