import type { BilledLine } from './exports.ts';

/** Our own spend on one model and one UTC day. */
export interface OwnSpend {
  /** UTC day, as the export's. */
  readonly day: string;
  readonly model: string;
  /** Tokens and fees, without web searches. */
  readonly pico: bigint;
  /** Web searches: other charges on a bill. */
  readonly costWebSearch: bigint;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly unpricedTokens: number;
  readonly costInput: bigint;
  readonly costCacheRead: bigint;
  readonly costCacheWrite5m: bigint;
  readonly costCacheWrite1h: bigint;
}

export interface ReconcileSettings {
  /** Names of one model are made one name: `gpt-5-2025-08-07` → `gpt-5`. {@link withoutDate} unless told. */
  canonical?(model: string): string;
  /** Differences up to the larger of the two are accepted. */
  readonly tolerancePico?: bigint;
  /** Share of the billed amount. */
  readonly toleranceShare?: number;
  /** Zone in which the user's own reports cut days, for the reasons. */
  readonly timeZone?: string;
}

export type Verdict = 'equal' | 'within tolerance' | 'billed more' | 'billed less';

/** Rows that no model stands for. */
export const creditsRow = '(credits)';
export const otherRow = '(other charges)';

/** Ours and billed of one day and model, with what they are made of. */
export interface Pair {
  readonly day: string;
  readonly model: string;
  ours: bigint;
  billed: bigint;
  readonly own: OwnSpend[];
  readonly lines: BilledLine[];
}
