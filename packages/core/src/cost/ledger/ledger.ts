import type { Reject, SourceKind, UsageRecord } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { FileCursor, SourceCounts } from '../sources/source.ts';

/** What one transaction writes: records with the cursor that says they were read, or neither. */
export interface LedgerBatch {
  /** Name for the counts: a path pattern, `litellm postgres`, `stdin`. */
  readonly source: string;
  readonly kind: SourceKind;
  readonly records: readonly UsageRecord[];
  readonly rejects: readonly Reject[];
  /**
   * Lines read for this batch, and those without usage in them. Lines that a
   * better one of the same key made superfluous were merged before and are not
   * among `records`: duplicate = lines - empty - rejects - counted.
   */
  readonly lines: number;
  readonly empty: number;
  readonly cursor?: FileCursor;
  /** The file was rewritten or rotated: what it held before stays (its records have keys), its cursor starts anew. */
  readonly restart?: boolean;
}

export const dimensions = ['source', 'model', 'agent', 'session', 'task', 'project'] as const;
export type Dimension = (typeof dimensions)[number];

export interface LedgerQuery {
  /** ms, inclusive; multiples of 15 minutes. */
  readonly from: number;
  /** ms, exclusive. */
  readonly to: number;
  readonly by: readonly Dimension[];
  /** Bounds of time buckets, ascending, first = from, last = to: a row for each bucket and group. Days of a time zone are not 24 h long. */
  readonly buckets?: readonly number[];
  readonly where?: Partial<Record<Dimension, readonly string[]>>;
}

/** Sums of a group; parts of disjoint groups add up exactly to the whole. Token counts fit a double (< 2^53). */
export interface LedgerRow {
  readonly group: Readonly<Partial<Record<Dimension, string>>>;
  /** Index into the buckets; 0 without. */
  readonly bucket: number;
  readonly requests: number;
  readonly errors: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly reasoning: number;
  readonly webSearches: number;
  readonly unpricedTokens: number;
  /** Pico-dollars. */
  readonly costInput: bigint;
  readonly costOutput: bigint;
  readonly costCacheRead: bigint;
  readonly costCacheWrite5m: bigint;
  readonly costCacheWrite1h: bigint;
  readonly costWebSearch: bigint;
  readonly cost: bigint;
  readonly claimed: bigint;
  readonly latencyMsSum: number;
  readonly latencyCount: number;
}

export interface LedgerState {
  readonly sources: readonly (SourceCounts & { readonly lastReadAt: number; readonly newestRecordAt: number | null })[];
  readonly records: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly priceVersion: string;
}

/**
 * Usage records, deduplicated by (source, key), priced on the way in, with
 * rollups by quarter hour (time zones with half and quarter hours exist). The
 * same input in any order, any number of times, from any number of processes
 * at once gives the same ledger. One contract for SQLite and PostgreSQL.
 */
export interface Ledger {
  /** One transaction. Of several records with one key the one of the greatest {@link recordRank} stays. */
  write(batch: LedgerBatch): Promise<{ readonly counted: number; readonly duplicate: number }>;
  /** Several batches in one transaction, where a ledger can do that faster than one by one. */
  writeMany?(batches: readonly LedgerBatch[]): Promise<readonly { readonly counted: number; readonly duplicate: number }[]>;
  cursors(kind?: SourceKind): Promise<FileCursor[]>;
  rows(query: LedgerQuery): Promise<LedgerRow[]>;
  /** Single records, newest first, for what rollups do not hold (per-request advice, what-if). */
  records(query: Omit<LedgerQuery, 'by' | 'buckets'>, visit: (record: UsageRecord) => void): Promise<void>;
  rejects(limit: number): Promise<Reject[]>;
  state(): Promise<LedgerState>;
  /** Prices every record anew where the book's version differs from the ledger's. */
  reprice(book: PriceBook): Promise<{ readonly changed: number }>;
  /** Deletes single records before a time; their rollups stay. */
  compact(before: number): Promise<{ readonly deleted: number }>;
  /** Deletes everything before a time. */
  retain(from: number): Promise<{ readonly deleted: number }>;
  close(): Promise<void>;
}
