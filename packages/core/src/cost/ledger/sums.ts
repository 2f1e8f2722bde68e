import { totalTokens, type UsageRecord } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { fitsCost, quarterMs } from './fit.ts';

/** Whole-number columns of a rollup, in order. `records` keeps count, so that an empty row can be removed. */
export const countColumns = [
  'records',
  'requests',
  'errors',
  'input',
  'output',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'reasoning',
  'web_searches',
  'unpriced',
  'latency_sum',
  'latency_count',
] as const;

/** Money columns of a rollup, in order; pico-dollars. */
export const moneyColumns = [
  'cost_input',
  'cost_output',
  'cost_cache_read',
  'cost_cache_write_5m',
  'cost_cache_write_1h',
  'cost_web_search',
  'claimed',
] as const;

/** What a record adds to its rollup by its price: in the order of {@link moneyColumns}, without `claimed`. */
export interface Charge {
  readonly cost: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
  /** Tokens whose exact price is not known; `cost` is what is certain of them. */
  readonly unpriced: number;
}

/** undefined: the cost is beyond what a column holds. */
export function chargeOf(book: PriceBook, record: UsageRecord): Charge | undefined {
  const priced = book.price(record);
  if (!fitsCost(priced.cost)) return undefined;
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearch } = priced.cost;
  // A record of web searches alone must not look priced for want of tokens.
  const unpriced = priced.priced ? 0 : Math.max(totalTokens(priced.tokens), record.webSearches);
  return { cost: [input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearch], unpriced };
}

/** Sums to add to one rollup row. */
export interface Delta {
  readonly counts: number[];
  readonly money: bigint[];
}

export function emptyDelta(): Delta {
  return { counts: countColumns.map(() => 0), money: moneyColumns.map(() => 0n) };
}

/** Adds a record (`sign` 1) or takes it away (-1). */
export function addTo({ counts, money }: Delta, record: UsageRecord, charge: Charge, sign: 1 | -1): void {
  const { tokens, latencyMs } = record;
  const values = [
    1,
    record.requests,
    record.status === 'error' ? record.requests : 0,
    tokens.input,
    tokens.output,
    tokens.cacheRead,
    tokens.cacheWrite5m,
    tokens.cacheWrite1h,
    record.reasoning,
    record.webSearches,
    charge.unpriced,
    latencyMs ?? 0,
    latencyMs === null ? 0 : 1,
  ];
  for (let i = 0; i < values.length; i++) counts[i] = (counts[i] ?? 0) + sign * (values[i] ?? 0);
  for (let i = 0; i < 6; i++) addMoney(money, i, charge.cost[i] ?? 0n, sign);
  addMoney(money, 6, record.claimedPico ?? 0n, sign);
}

/** Adds `other` to a delta. */
export function addDelta({ counts, money }: Delta, other: Delta): void {
  for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] ?? 0) + (other.counts[i] ?? 0);
  for (let i = 0; i < money.length; i++) addMoney(money, i, other.money[i] ?? 0n, 1);
}

function addMoney(money: bigint[], i: number, value: bigint, sign: 1 | -1): void {
  if (value !== 0n) money[i] = sign === 1 ? (money[i] ?? 0n) + value : (money[i] ?? 0n) - value;
}

export function isZero({ counts, money }: Delta): boolean {
  return counts.every((value) => value === 0) && money.every((value) => value === 0n);
}

export function quarterOf(at: number): number {
  return Math.floor(at / quarterMs);
}
