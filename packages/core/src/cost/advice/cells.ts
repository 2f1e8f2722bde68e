import { type Tokens, tokenClasses, type UsageRecord } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { Histogram } from './histogram.ts';

/** All requests of one agent for one task on one model, at one price. */
export interface Cell {
  readonly agent: string;
  readonly task: string;
  readonly model: string;
  /** A record of this cell with the cell's tokens: what to hand to the price book. */
  readonly sample: UsageRecord;
  requests: number;
  errors: number;
  tokens: Record<keyof Tokens, number>;
  /** Pico-dollars, record by record. */
  cost: bigint;
  unpricedTokens: number;
  /** Of the largest single request; input of all classes. */
  largestInput: number;
  /** Whether every record was a single request, so that `largestInput` is the whole truth. */
  singles: boolean;
  readonly latencies: Histogram;
}

/**
 * Folds records into cells: what advice looks at, small however many records
 * there are. Requests of long context are cells of their own, as they have
 * other prices.
 */
export function collectCells(book: PriceBook): { add(record: UsageRecord): void; cells(): Cell[] } {
  const cells = new Map<string, Cell>();
  return {
    add(record) {
      const priced = book.price(record);
      // Prices are looked up by the record's day; a month is near enough for advice, and the cost itself is exact.
      const month = new Date(record.at).toISOString().slice(0, 7);
      const long = isLong(record);
      const key = JSON.stringify([record.agent, record.task, record.model, record.provider, record.serviceTier, record.geo, long, month]);
      let cell = cells.get(key);
      if (!cell) {
        cell = emptyCell(record, long);
        cells.set(key, cell);
      }
      cell.requests += record.requests;
      if (record.status === 'error') cell.errors += record.requests;
      for (const name of tokenClasses) cell.tokens[name] += record.tokens[name];
      cell.cost += priced.priced ? priced.total : priced.lowerBound;
      if (!priced.priced) cell.unpricedTokens += tokenClasses.reduce((sum, name) => sum + priced.tokens[name], 0);
      if (record.requests === 1) cell.largestInput = Math.max(cell.largestInput, inputOf(record.tokens));
      else cell.singles = false;
      if (record.latencyMs !== null && record.requests === 1) cell.latencies.add(record.latencyMs);
    },
    cells: () => [...cells.values()],
  };
}

function isLong(record: UsageRecord): boolean {
  return record.longContext ?? (record.requests === 1 && inputOf(record.tokens) > 200_000);
}

function emptyCell(record: UsageRecord, long: boolean): Cell {
  return {
    agent: record.agent,
    task: record.task,
    model: record.model,
    sample: { ...record, longContext: long },
    requests: 0,
    errors: 0,
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
    cost: 0n,
    unpricedTokens: 0,
    largestInput: 0,
    singles: true,
    latencies: new Histogram(),
  };
}

/** Whole input of a request: what has to fit the context window. */
export function inputOf(tokens: Tokens): number {
  return tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h;
}

/** The cell as one record, for pricing it otherwise: on another model, in another tier. */
export function recordOf(cell: Cell, changes: Partial<UsageRecord> = {}): UsageRecord {
  return { ...cell.sample, key: '', tokens: cell.tokens, requests: Math.max(2, cell.requests), webSearches: 0, ...changes };
}

/** Cost of the cell with those changes, without web searches; undefined where there is no exact price. */
export function costIf(book: PriceBook, cell: Cell, changes: Partial<UsageRecord> = {}): bigint | undefined {
  const priced = book.price(recordOf(cell, changes));
  return priced.priced ? priced.total : undefined;
}
