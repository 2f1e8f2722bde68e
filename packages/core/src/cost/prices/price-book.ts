import type { Tokens, UsageRecord } from '../../model/usage.ts';

/** Pico-dollars by token class and for web searches; exact integers. */
export interface Cost {
  readonly input: bigint;
  readonly output: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite5m: bigint;
  readonly cacheWrite1h: bigint;
  readonly webSearch: bigint;
}

export type Priced =
  | { readonly priced: true; readonly cost: Cost; readonly total: bigint; readonly priceId: string }
  /** No exact price is known: `lowerBound` is what is certain (0 where nothing is), `cost` the same by class. */
  | { readonly priced: false; readonly tokens: Tokens; readonly lowerBound: bigint; readonly cost: Cost; readonly why: string };

/** Where a model's price came from, for `agentops cost prices MODEL`. */
export interface PriceFacts {
  readonly model: string;
  /** The catalogue's id that the name resolved to, exactly or by alias. */
  readonly resolved: string;
  readonly provider: string;
  /** `override`, `litellm file`, `genai-prices 0.1.8`. */
  readonly origin: string;
  /** ISO date since which it holds; undefined: always. */
  readonly since?: string;
  /** Dollars per million tokens as decimal strings, by class (`input`, `input above 200000`…); `webSearch per 1000` and `request per 1000`. */
  readonly perMillion: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Prices resolved once a model and date; `price` is called for each record and must be cheap. */
export interface PriceBook {
  /** Changes whenever any price may have changed: the ledger reprices then. */
  readonly version: string;
  price(record: UsageRecord): Priced;
  facts(model: string, at: number): PriceFacts | undefined;
  /** Every model of the catalogue, for recommendations: context window and the prices that hold at `at` (ms; default: the last known). */
  models(at?: number): readonly CatalogueModel[];
}

export interface CatalogueModel {
  readonly id: string;
  readonly provider: string;
  readonly contextWindow: number | null;
  /** Dollars per million, standard tier, short context. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | null;
}
