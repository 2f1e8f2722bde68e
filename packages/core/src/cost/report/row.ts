import type { CostRow } from '../../model/cost-report.ts';
import { divideRounded, picoToNumber, ratioOf, usdString } from '../../model/money.ts';
import type { LedgerRow } from '../ledger/ledger.ts';

/** What a row is made of, before it is put into words. */
export interface Sums {
  requests: number;
  errors: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  unpricedTokens: number;
  cost: bigint;
}

export function emptySums(): Sums {
  return { requests: 0, errors: 0, input: 0, output: 0, cacheRead: 0, cacheWrite: 0, unpricedTokens: 0, cost: 0n };
}

/** Adds a ledger row to sums, in place. */
export function addRow(sums: Sums, row: LedgerRow): Sums {
  sums.requests += row.requests;
  sums.errors += row.errors;
  sums.input += row.input;
  sums.output += row.output;
  sums.cacheRead += row.cacheRead;
  sums.cacheWrite += row.cacheWrite5m + row.cacheWrite1h;
  sums.unpricedTokens += row.unpricedTokens;
  sums.cost += row.cost;
  return sums;
}

export interface RowContext {
  /** Of the whole report. */
  readonly total: bigint;
  /** undefined: the period before was not recorded. */
  readonly previous: bigint | undefined;
  /** Pico by bucket; undefined for buckets in the future. */
  readonly series: readonly (bigint | undefined)[];
}

/** Sums as a row of the report. */
export function costRowOf(name: string, sums: Sums, { total, previous, series }: RowContext): CostRow {
  const allInput = sums.input + sums.cacheRead + sums.cacheWrite;
  return {
    name,
    spend: usdString(sums.cost),
    share: total > 0n ? ratioOf(sums.cost, total) : null,
    previous: previous === undefined ? null : usdString(previous),
    change: previous === undefined || previous <= 0n ? null : ratioOf(sums.cost - previous, previous),
    requests: sums.requests,
    errors: sums.errors,
    inputTokens: sums.input,
    outputTokens: sums.output,
    cacheReadTokens: sums.cacheRead,
    cacheWriteTokens: sums.cacheWrite,
    cacheHitShare: allInput > 0 ? sums.cacheRead / allInput : null,
    unpricedTokens: sums.unpricedTokens,
    spendPerRequest: sums.requests > 0 ? usdString(divideRounded(sums.cost, BigInt(Math.round(sums.requests)))) : null,
    series: series.map((value) => (value === undefined ? null : picoToNumber(value))),
  };
}
