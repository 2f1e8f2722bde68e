import { AgentOpsError } from '../../errors.ts';
import { fractionOf, perMillionFromUnit } from './decimal.ts';
import {
  type ContextTier,
  completePrices,
  type Era,
  type ModelPrice,
  type PriceClass,
  type PricedTier,
  type Prices,
} from './model-price.ts';
import { canonicalProvider } from './names.ts';

/** A parsed `model_prices_and_context_window.json`: prices by lower-case name. */
export interface LiteLlmPrices {
  readonly models: ReadonlyMap<string, ModelPrice>;
  /** Entries that could not be taken, with the reason. */
  readonly skipped: readonly { readonly model: string; readonly why: string }[];
}

const fields: Readonly<Record<string, PriceClass>> = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  cache_read_input_token_cost: 'cacheRead',
  cache_creation_input_token_cost: 'cacheWrite5m',
  cache_creation_input_token_cost_above_1hr: 'cacheWrite1h',
  output_cost_per_reasoning_token: 'reasoning',
  input_cost_per_request: 'request',
};

/** Suffix of a service tier's own fields. */
const tierSuffixes: readonly (readonly [suffix: string, tier: PricedTier])[] = [
  ['_batches', 'batch'],
  ['_flex', 'flex'],
  ['_priority', 'priority'],
];

/**
 * Reads LiteLLM's price table. Its prices are dollars a token as floats; the
 * shortest decimal form of each is taken, exactly. Throws AgentOpsError for a
 * text that is no such table; single bad entries are skipped and said.
 */
export function parseLiteLlmPrices(text: string): LiteLlmPrices {
  let table: unknown;
  try {
    table = JSON.parse(text);
  } catch (cause) {
    throw new AgentOpsError('config-invalid', 'the LiteLLM price table is no JSON', { cause });
  }
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw new AgentOpsError('config-invalid', 'the LiteLLM price table is no object of models');
  }
  const models = new Map<string, ModelPrice>();
  const skipped: { model: string; why: string }[] = [];
  for (const [name, entry] of Object.entries(table)) {
    if (name === 'sample_spec') continue;
    const read = readEntry(name, entry);
    if (typeof read === 'string') skipped.push({ model: name, why: read });
    else models.set(name.toLowerCase(), read);
  }
  return { models, skipped };
}

function readEntry(name: string, entry: unknown): ModelPrice | string {
  if (typeof entry !== 'object' || entry === null) return 'no object';
  const raw = entry as Record<string, unknown>;
  if (raw.input_cost_per_token === undefined && raw.output_cost_per_token === undefined) return 'no price per token';
  for (const [key, value] of Object.entries(raw)) {
    if (
      /_cost(_per|_above|$)/.test(key) &&
      !key.startsWith('search_') &&
      !(typeof value === 'number' && Number.isFinite(value) && value >= 0)
    ) {
      return `${key} is no price`;
    }
  }
  const id = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const tierEras: Partial<Record<PricedTier, Era[]>> = {};
  for (const [suffix, tier] of tierSuffixes) {
    if (typeof raw[`input_cost_per_token${suffix}`] === 'number') tierEras[tier] = [eraOf(id, raw, suffix)];
  }
  const specific = (raw.provider_specific_entry ?? {}) as Record<string, unknown>;
  const factor = (key: string) => (typeof specific[key] === 'number' ? { [key]: fractionOf(specific[key]) } : {});
  return {
    id,
    provider: canonicalProvider(String(raw.litellm_provider ?? '')),
    origin: 'litellm file',
    contextWindow: typeof raw.max_input_tokens === 'number' ? raw.max_input_tokens : null,
    eras: [eraOf(id, raw, '')],
    ...(Object.keys(tierEras).length > 0 ? { tierEras } : {}),
    factors: { ...factor('us'), ...factor('fast') },
    notes: [],
  };
}

/** Prices of one service tier; a class that batch or flex leaves out costs half its standard price there. */
function eraOf(id: string, raw: Record<string, unknown>, suffix: string): Era {
  const half = suffix === '_batches' || suffix === '_flex';
  const at = (above: string): Prices => {
    const prices: Partial<Record<PriceClass, bigint>> = {};
    for (const [field, name] of Object.entries(fields)) {
      const exact = raw[`${field}${above}${suffix}`] ?? raw[`${field}${suffix}`];
      const standard = raw[`${field}${above}`] ?? raw[field];
      if (typeof exact === 'number') prices[name] = perMillionFromUnit(exact);
      else if (half && typeof standard === 'number') prices[name] = perMillionFromUnit(standard) / 2n;
    }
    const search = raw.search_context_cost_per_query as Record<string, unknown> | undefined;
    const perSearch = search?.search_context_size_medium;
    if (typeof perSearch === 'number') prices.webSearch = perMillionFromUnit(perSearch);
    // A free request fee says nothing about the tokens; a listed zero for cache writes means "as input".
    if (prices.cacheWrite5m === 0n && prices.input !== 0n) delete prices.cacheWrite5m;
    return completePrices(id, prices);
  };
  const starts = new Set<number>();
  for (const key of Object.keys(raw)) {
    const match = /_above_(\d+)k_tokens/.exec(key);
    if (match) starts.add(Number(match[1]));
  }
  const tiers: ContextTier[] = [...starts].sort((a, b) => a - b).map((k) => ({ above: k * 1000, prices: at(`_above_${k}k_tokens`) }));
  return { since: -Infinity, base: at(''), tiers };
}
