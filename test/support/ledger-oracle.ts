import type { Dimension, LedgerRow } from '../../packages/core/src/cost/ledger/ledger.ts';
import type { PriceBook } from '../../packages/core/src/cost/prices/price-book.ts';
import { recordRank, totalTokens, type UsageRecord } from '../../packages/core/src/model/usage.ts';

/** Of each key the record of the greatest rank. */
export function winners(records: readonly UsageRecord[]): UsageRecord[] {
  const best = new Map<string, UsageRecord>();
  for (const record of records) {
    const id = `${record.source} ${record.key}`;
    const known = best.get(id);
    if (!known || recordRank(record) > recordRank(known)) best.set(id, record);
  }
  return [...best.values()];
}

/** What a ledger must answer, computed record by record. */
export function expectedRows(
  records: readonly UsageRecord[],
  book: PriceBook,
  by: readonly Dimension[],
  bounds: readonly number[],
): LedgerRow[] {
  const rows = new Map<string, LedgerRow>();
  for (const record of winners(records)) {
    const bucket = bounds.findIndex((bound, i) => record.at >= bound && record.at < (bounds[i + 1] ?? -Infinity));
    if (bucket < 0) continue;
    const group = Object.fromEntries(by.map((name) => [name, record[name]]));
    const id = JSON.stringify([bucket, group]);
    rows.set(id, addRow(rows.get(id), rowOf(record, book, bucket, group)));
  }
  return sortRows([...rows.values()]);
}

function rowOf(record: UsageRecord, book: PriceBook, bucket: number, group: LedgerRow['group']): LedgerRow {
  const { tokens } = record;
  const priced = book.price(record);
  const { cost } = priced;
  return {
    group,
    bucket,
    requests: record.requests,
    errors: record.status === 'error' ? record.requests : 0,
    ...tokens,
    reasoning: record.reasoning,
    webSearches: record.webSearches,
    unpricedTokens: priced.priced ? 0 : totalTokens(tokens),
    costInput: cost.input,
    costOutput: cost.output,
    costCacheRead: cost.cacheRead,
    costCacheWrite5m: cost.cacheWrite5m,
    costCacheWrite1h: cost.cacheWrite1h,
    costWebSearch: cost.webSearch,
    cost: priced.priced ? priced.total : priced.lowerBound,
    claimed: record.claimedPico ?? 0n,
    latencyMsSum: record.latencyMs ?? 0,
    latencyCount: record.latencyMs === null ? 0 : 1,
  };
}

/** Field by field; `group` and `bucket` are those of `b`. */
export function addRow(a: LedgerRow | undefined, b: LedgerRow): LedgerRow {
  if (!a) return b;
  const sum = Object.entries(b).map(([name, value]) => {
    const other = a[name as keyof LedgerRow];
    if (name === 'bucket' || typeof value === 'object') return [name, value];
    return [name, typeof value === 'bigint' ? value + (other as bigint) : (value as number) + (other as number)];
  });
  return Object.fromEntries(sum) as LedgerRow;
}

export function sortRows(rows: readonly LedgerRow[]): LedgerRow[] {
  const key = (row: LedgerRow): string => JSON.stringify([row.bucket, Object.entries(row.group).sort()]);
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
