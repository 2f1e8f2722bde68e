import type { LedgerRow } from '../ledger/ledger.ts';
import type { OwnSpend } from './pair.ts';

/** Ledger rows by model, in buckets of UTC days, as our side of a reconciliation. */
export function ownSpend(rows: readonly LedgerRow[], buckets: readonly number[]): OwnSpend[] {
  return rows.map((row) => {
    const start = buckets[row.bucket];
    if (start === undefined || start % 86_400_000 !== 0) throw new RangeError(`bucket ${row.bucket} does not begin a UTC day`);
    const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, unpricedTokens } = row;
    const { costInput, costCacheRead, costCacheWrite5m, costCacheWrite1h } = row;
    return {
      day: new Date(start).toISOString().slice(0, 10),
      model: row.group.model ?? '',
      pico: row.cost - row.costWebSearch,
      costWebSearch: row.costWebSearch,
      ...{ input, output, cacheRead, cacheWrite5m, cacheWrite1h, unpricedTokens },
      ...{ costInput, costCacheRead, costCacheWrite5m, costCacheWrite1h },
    };
  });
}
