import type { LedgerQuery, LedgerRow } from './ledger.ts';

/** What is there to read, and how fresh it is. */
export interface ReaderState {
  readonly records: number;
  /** ms; null without records. */
  readonly firstAt: number | null;
  /** ms at which anything was last read into it; null: never. */
  readonly readAt: number | null;
  /** Two price lists were used: the sums are neither's until they are priced anew. */
  readonly mixedPrices: boolean;
}

/** A ledger that is only looked at: nothing is created, migrated or written. */
export interface LedgerReader {
  rows(query: LedgerQuery): Promise<LedgerRow[]>;
  state(): Promise<ReaderState>;
  close(): Promise<void>;
}
