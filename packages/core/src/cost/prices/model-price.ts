import type { Fraction } from './decimal.ts';

/** Classes that have a price. `request`: a fee for each request; `reasoning`: where reasoning tokens cost something else than output. */
export const priceClasses = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'webSearch', 'request', 'reasoning'] as const;
export type PriceClass = (typeof priceClasses)[number];

/** Pico-dollars per million units. A class without an entry has no known price. */
export type Prices = Readonly<Partial<Record<PriceClass, bigint>>>;

/** Prices from a whole-request input of more than `above` tokens on. */
export interface ContextTier {
  readonly above: number;
  /** Complete: classes that do not change are repeated. */
  readonly prices: Prices;
}

/** Prices in force from an instant on, or during a part of each day. */
export interface Era {
  /** ms; -Infinity: always. */
  readonly since: number;
  /** ISO date as the source writes it. */
  readonly sinceText?: string;
  /** Seconds of the UTC day, end exclusive; may wrap around midnight. */
  readonly timeOfDay?: { readonly start: number; readonly end: number };
  readonly base: Prices;
  /** Ascending by `above`. */
  readonly tiers: readonly ContextTier[];
}

export type PricedTier = 'batch' | 'flex' | 'priority' | 'fast';

/** What one source says about one model. */
export interface ModelPrice {
  readonly id: string;
  /** The catalogue's provider id (`anthropic`, `aws`…); empty for an override that names none. */
  readonly provider: string;
  /** `override`, `litellm file`, `genai-prices 0.1.8`. */
  readonly origin: string;
  readonly contextWindow: number | null;
  /** In the source's order: of those that apply, the last one counts. */
  readonly eras: readonly Era[];
  /** Eras of service tiers that the source prices by themselves; the others follow by rule. */
  readonly tierEras?: Readonly<Partial<Record<PricedTier, readonly Era[]>>>;
  /** Factors that the source states for this model, before the table's. */
  readonly factors?: { readonly us?: Fraction; readonly fast?: Fraction };
  readonly notes: readonly string[];
}

/** True for models of Anthropic's, whoever serves them. */
export function isClaude(id: string): boolean {
  return /(^|[./])claude-/.test(id);
}

/**
 * Fills classes in that follow from others by a published rule:
 * - Claude: a one-hour cache write costs twice the base input
 *   (platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing);
 *   catalogues of Bedrock and Vertex list the five-minute one alone.
 * - A provider that lists no price for cache reads or writes bills those tokens as input.
 */
export function completePrices(id: string, prices: Prices): Prices {
  const { input } = prices;
  if (input === undefined) return prices;
  const cacheWrite5m = prices.cacheWrite5m ?? input;
  const derived = isClaude(id) && prices.cacheWrite5m !== undefined ? input * 2n : cacheWrite5m;
  return { ...prices, cacheRead: prices.cacheRead ?? input, cacheWrite5m, cacheWrite1h: prices.cacheWrite1h ?? derived };
}
