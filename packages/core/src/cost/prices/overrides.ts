import { perMillion, perMillionFromThousand } from './decimal.ts';
import { completePrices, type Era, isClaude, type ModelPrice, type PriceClass, type Prices } from './model-price.ts';
import { canonicalProvider } from './names.ts';
import type { CostPrices, OverridePrice } from './settings.ts';

/** The user's own prices: `name` as configured, under it and its aliases. */
export interface Override {
  readonly name: string;
  /** undefined: aliases of a catalogue model alone. */
  readonly price: ModelPrice | undefined;
}

/** Overrides by lower-case name and alias. A name that two models claim belongs to the one that bears it. */
export function readOverrides(settings: CostPrices): ReadonlyMap<string, Override> {
  const found = new Map<string, Override>();
  const entries = Object.entries(settings).map(([name, entry]) => ({
    names: [name, ...entry.aliases],
    override: { name, price: entry.prices.length === 0 ? undefined : priceOf(name, entry) },
  }));
  for (const { names, override } of entries) for (const alias of names.slice(1)) found.set(alias.toLowerCase(), override);
  for (const { names, override } of entries) found.set((names[0] ?? '').toLowerCase(), override);
  return found;
}

function priceOf(name: string, entry: CostPrices[string]): ModelPrice {
  const id = name.toLowerCase();
  const provider = entry.provider === undefined ? (isClaude(id) ? 'anthropic' : '') : canonicalProvider(entry.provider);
  const eras = entry.prices.map((price) => eraOf(id, price)).sort((a, b) => a.since - b.since);
  return { id, provider, origin: 'override', contextWindow: null, eras, notes: [] };
}

function eraOf(id: string, price: OverridePrice): Era {
  const base = pricesOf(id, price);
  const since = price.effective_from;
  return {
    since: since === undefined ? -Infinity : Date.parse(since),
    ...(since === undefined ? {} : { sinceText: since }),
    base,
    tiers: price.above200k ? [{ above: 200_000, prices: pricesOf(id, { ...price, ...price.above200k }) }] : [],
  };
}

/** Only what is written, and Claude's one-hour writes by rule: a class without a price stays unpriced and is said. */
function pricesOf(id: string, price: OverridePrice): Prices {
  const prices: Partial<Record<PriceClass, bigint>> = {};
  for (const name of ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
    const dollars = price[name];
    if (dollars !== undefined) prices[name] = perMillion(dollars);
  }
  if (price.webSearch !== undefined) prices.webSearch = perMillionFromThousand(price.webSearch);
  if (prices.cacheWrite5m === undefined || prices.cacheWrite1h !== undefined || !isClaude(id)) return prices;
  const { cacheWrite1h } = completePrices(id, prices);
  return cacheWrite1h === undefined ? prices : { ...prices, cacheWrite1h };
}
