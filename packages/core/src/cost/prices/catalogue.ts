import {
  type ConditionalPrice,
  findProvider,
  type MatchLogic,
  type ModelInfo,
  type Provider,
  type ModelPrice as RawPrices,
} from '@pydantic/genai-prices';
import { perMillion, perMillionFromThousand } from './decimal.ts';
import { type ContextTier, completePrices, type Era, isClaude, type ModelPrice, type PriceClass, type Prices } from './model-price.ts';
import { vendorName, withoutSnapshot } from './names.ts';

/** The installed version of @pydantic/genai-prices; a test holds it to the package. */
export const catalogueVersion = '0.1.8';

const origin = `genai-prices ${catalogueVersion}`;

/** Providers of the catalogue. A test holds the list to the package. */
export const catalogueProviders = [
  'anthropic', 'arcee', 'avian', 'aws', 'azure', 'baseten', 'cerebras', 'cloudflare', 'cohere', 'cursor', 'deepseek', 'doubleword',
  'fireworks', 'github-copilot', 'google', 'groq', 'huggingface_cerebras', 'huggingface_fireworks-ai', 'huggingface_groq',
  'huggingface_hyperbolic', 'huggingface_nebius', 'huggingface_novita', 'huggingface_nscale', 'huggingface_ovhcloud',
  'huggingface_publicai', 'huggingface_sambanova', 'huggingface_together', 'minimax', 'mistral', 'modal', 'moonshotai', 'novita',
  'openai', 'openrouter', 'ovhcloud', 'perplexity', 'quicksilverpro', 'together', 'typesafe', 'voyageai', 'x-ai', 'zai', 'zhipuai',
] as const; // biome-ignore format: a list

/** Whose names are their own: where a source does not name the provider, these are asked, in this order. Hosts of open weights are not, their prices differ. */
export const vendors = [
  'anthropic', 'openai', 'google', 'x-ai', 'mistral', 'deepseek', 'cohere', 'moonshotai', 'minimax', 'perplexity', 'voyageai', 'zhipuai',
] as const; // biome-ignore format: a list

/** Where a provider resells another's models at the list price and the catalogue leaves some out. */
const fallbacks: Readonly<Record<string, readonly string[]>> = {
  google: ['anthropic'],
  azure: ['openai', 'anthropic', 'deepseek', 'x-ai', 'moonshotai'],
  aws: ['anthropic'],
};

/** How an alias was learnt; the surest wins. */
type AliasRank = 0 | 1 | 2 | 3;

interface ProviderIndex {
  readonly aliases: ReadonlyMap<string, { readonly model: ModelInfo; readonly rank: AliasRank }>;
  readonly patterns: readonly { readonly pattern: RegExp; readonly model: ModelInfo }[];
}

const indexes = new Map<string, ProviderIndex | undefined>();
const converted = new Map<ModelInfo, ModelPrice>();

export function isCatalogueProvider(id: string): boolean {
  return (catalogueProviders as readonly string[]).includes(id);
}

/** Leaves of a match rule that name something. */
function leaves(match: MatchLogic): MatchLogic[] {
  if ('or' in match) return match.or.flatMap(leaves);
  if ('and' in match) return match.and.flatMap(leaves);
  return [match];
}

/**
 * The names that mean a model: its id, what a rule says is equal, and what a
 * rule takes as a prefix or a part, but that whole and nothing around it.
 */
function indexOf(provider: Provider): ProviderIndex {
  const aliases = new Map<string, { model: ModelInfo; rank: AliasRank; ambiguous?: boolean }>();
  const patterns: { pattern: RegExp; model: ModelInfo }[] = [];
  const add = (text: string, model: ModelInfo, rank: AliasRank): void => {
    const name = text.toLowerCase();
    const known = aliases.get(name);
    if (!known || rank < known.rank) aliases.set(name, { model, rank });
    else if (rank === 3 && known.rank === 3 && known.model !== model) known.ambiguous = true;
  };
  for (const model of provider.models) {
    add(model.id, model, 0);
    for (const leaf of leaves(model.match)) {
      if ('regex' in leaf) {
        // Whole-name patterns of digits only; exclusions and open ends are no names.
        if (/^\^[^*+?(]*\$$/.test(leaf.regex)) patterns.push({ pattern: new RegExp(leaf.regex, 'i'), model });
        continue;
      }
      const [kind, text] = Object.entries(leaf)[0] as [string, string];
      add(text, model, kind === 'equals' ? 1 : 2);
      if (withoutSnapshot(text) !== text) add(withoutSnapshot(text), model, 3);
    }
  }
  for (const [name, alias] of aliases) if (alias.ambiguous) aliases.delete(name);
  return { aliases, patterns };
}

function providerIndex(id: string): ProviderIndex | undefined {
  if (!indexes.has(id)) {
    const provider = isCatalogueProvider(id) ? findProvider({ providerId: id }) : undefined;
    indexes.set(id, provider?.id === id ? indexOf(provider) : undefined);
  }
  return indexes.get(id);
}

function lookup(provider: string, names: readonly string[]): ModelInfo | undefined {
  const index = providerIndex(provider);
  if (!index) return undefined;
  for (const name of names) {
    const found = index.aliases.get(name)?.model ?? index.patterns.find(({ pattern }) => pattern.test(name))?.model;
    if (found) return found;
  }
  return undefined;
}

/** The catalogue's entry for one of the names, exactly or by alias; undefined where there is none. */
export function catalogueModel(provider: string, names: readonly string[]): ModelPrice | undefined {
  const providers = provider === '' ? vendors : [provider, ...(fallbacks[provider] ?? [])];
  for (const id of providers) {
    const model = lookup(id, [...names, ...vendorNames(id, names)]);
    if (!model) continue;
    const price = convert(model, id);
    if (provider === '' || id === provider) return price;
    return { ...price, notes: [...price.notes, `${provider} lists no price of its own for it: ${id}'s list price`] };
  }
  return undefined;
}

/** Bedrock's names without geography and vendor. A bare name has the price of a regional endpoint there, so a global one keeps its prefix. */
function vendorNames(provider: string, names: readonly string[]): string[] {
  if (provider !== 'anthropic' && provider !== 'aws') return [];
  return names.filter((name) => provider === 'anthropic' || !name.startsWith('global.')).flatMap((name) => vendorName(name) ?? []);
}

/** Every model of the catalogue. */
export function catalogueModels(): ModelPrice[] {
  return catalogueProviders.flatMap((id) => (findProvider({ providerId: id })?.models ?? []).map((model) => convert(model, id)));
}

const classes: Readonly<Record<string, PriceClass>> = {
  input_mtok: 'input',
  output_mtok: 'output',
  cache_read_mtok: 'cacheRead',
  cache_write_mtok: 'cacheWrite5m',
  cache_write_1h_mtok: 'cacheWrite1h',
  output_reasoning_mtok: 'reasoning',
  web_searches_kcount: 'webSearch',
  requests_kcount: 'request',
};

function convert(model: ModelInfo, provider: string): ModelPrice {
  const known = converted.get(model);
  if (known) return known;
  const conditional: ConditionalPrice[] = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  const notes: string[] = [];
  if (model.price_comments) notes.push(model.price_comments);
  if (conditional.some(({ prices }) => Object.keys(prices).some((key) => /audio|image|video/.test(key)))) {
    notes.push('audio, image and video tokens have prices of their own; counted here as text');
  }
  const price: ModelPrice = {
    id: model.id,
    provider,
    origin,
    contextWindow: model.context_window ?? null,
    eras: windowsAfterDates(conditional.map((entry) => eraOf(model, provider, entry))),
    notes,
  };
  converted.set(model, price);
  return price;
}

function eraOf(model: ModelInfo, provider: string, { constraint, prices }: ConditionalPrice): Era {
  const { base, tiers } = pricesOf(model, provider, prices);
  if (constraint === undefined) return { since: -Infinity, base, tiers };
  if (constraint.type === 'start_date') {
    return { since: Date.parse(`${constraint.start_date}T00:00:00Z`), sinceText: constraint.start_date, base, tiers };
  }
  return {
    since: -Infinity,
    timeOfDay: { start: secondOfDay(constraint.start_time), end: secondOfDay(constraint.end_time) },
    base,
    tiers,
  };
}

/** A daily window that the catalogue lists after a dated price came with it (it cannot write both on one entry). */
function windowsAfterDates(eras: readonly Era[]): Era[] {
  let since = -Infinity;
  return eras.map((era) => {
    if (era.timeOfDay) return { ...era, since };
    since = era.since;
    return era;
  });
}

/** `16:30:00Z` → seconds. */
function secondOfDay(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/Z$/, '').split(':').map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

/** Anthropic's web search, $10 per 1,000, where the catalogue leaves it out (platform.claude.com/docs/en/about-claude/pricing#specific-tool-pricing). */
const anthropicWebSearch = perMillionFromThousand(10);

function pricesOf(model: ModelInfo, provider: string, raw: RawPrices): { base: Prices; tiers: ContextTier[] } {
  const starts = new Set<number>();
  for (const value of Object.values(raw)) if (typeof value === 'object') for (const tier of value.tiers) starts.add(tier.start);
  const at = (total: number): Prices => {
    const prices: Partial<Record<PriceClass, bigint>> = {};
    for (const [key, value] of Object.entries(raw)) {
      const name = classes[key];
      if (name === undefined || value === undefined) continue;
      const dollars =
        typeof value === 'number' ? value : value.tiers.reduce((found, tier) => (total > tier.start ? tier.price : found), value.base);
      prices[name] = key.endsWith('_kcount') ? perMillionFromThousand(dollars) : perMillion(dollars);
    }
    // Nothing at all is "free" only where the name says so; else the catalogue does not know.
    if (Object.keys(raw).length === 0 && /:free$|^moderation$/.test(model.id))
      return { input: 0n, output: 0n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n };
    if (provider === 'anthropic' && isClaude(model.id)) prices.webSearch ??= anthropicWebSearch;
    return completePrices(model.id, prices);
  };
  const tiers = [...starts].sort((a, b) => a - b).map((above) => ({ above, prices: at(above + 1) }));
  return { base: at(0), tiers };
}
