import type { Amount, BudgetLimits, PicoString, SpendPart } from './prometheus.ts';

/** Spend as the usage ledger tells it: what was read into it, priced by request. */
export interface LedgerSpend {
  /** Path, or server without credentials. */
  readonly location: string;
  /** IANA zone of day and month. */
  readonly timeZone: string;
  /** ms: the first instants of today and of this month there, and now. */
  readonly dayStart: number;
  readonly monthStart: number;
  readonly now: number;
  /** ms at which anything was last read into it: what was spent since is not in it. */
  readonly readAt: number;
  /** ms: from this age on it is stale (`cost.staleAfter`). */
  readonly staleAfter: number;
  /** ms of the first record: what lies before was not recorded. */
  readonly firstAt: number;
  /** Two price lists were used: it is to be priced anew. */
  readonly mixedPrices: boolean;
  /** Dollars, as of `readAt`; without an upper bound where tokens have no price. */
  readonly today: Amount;
  readonly month: Amount;
  /** Today's dollars by agent. */
  readonly byAgent: readonly SpendPart[];
  /** This month's dollars by session; empty where no budget of a session is set. */
  readonly bySession: readonly SpendPart[];
  /** Models with tokens today whose price nobody knows. */
  readonly unpriced: readonly { readonly model: string; readonly tokens: PicoString }[];
  readonly limits: BudgetLimits;
}
