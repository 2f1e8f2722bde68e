import type { UsageRecord } from '../../../model/usage.ts';
import type { Charge } from '../sums.ts';
import { timeOf } from './hash.ts';
import type { Dictionary } from './names.ts';

export const recordColumns = [
  'id',
  'key',
  'grp',
  'traits',
  'book',
  'input',
  'output',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'reasoning',
  'requests',
  'web_searches',
  'latency_ms',
  'claimed',
  'unpriced',
  'cost_input',
  'cost_output',
  'cost_cache_read',
  'cost_cache_write_5m',
  'cost_cache_write_1h',
  'cost_web_search',
] as const;

/** A row read with BigInts. */
export type RecordRow = Readonly<Record<Exclude<(typeof recordColumns)[number], 'key' | 'latency_ms' | 'claimed'>, bigint>> & {
  readonly key: string;
  readonly latency_ms: bigint | null;
  readonly claimed: bigint | null;
};

export const selectRecord = `SELECT ${recordColumns.join(', ')} FROM records`;

/** The record as it was written. */
export function recordOfRow(row: RecordRow, names: Dictionary): UsageRecord {
  const { longContext, ...traits } = names.traits(Number(row.traits));
  return {
    key: row.key,
    at: timeOf(row.id),
    ...names.group(Number(row.grp)),
    ...traits,
    ...(longContext === undefined ? {} : { longContext }),
    tokens: {
      input: Number(row.input),
      output: Number(row.output),
      cacheRead: Number(row.cache_read),
      cacheWrite5m: Number(row.cache_write_5m),
      cacheWrite1h: Number(row.cache_write_1h),
    },
    reasoning: Number(row.reasoning),
    requests: Number(row.requests),
    webSearches: Number(row.web_searches),
    latencyMs: row.latency_ms === null ? null : Number(row.latency_ms),
    claimedPico: row.claimed,
  };
}

/** What the row added to its rollup. */
export function chargeOfRow(row: RecordRow): Charge {
  return {
    cost: [row.cost_input, row.cost_output, row.cost_cache_read, row.cost_cache_write_5m, row.cost_cache_write_1h, row.cost_web_search],
    unpriced: Number(row.unpriced),
  };
}
