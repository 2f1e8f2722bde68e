import { createHash } from 'node:crypto';
import type { UsageRecord } from '../../model/usage.ts';
import { catalogueModel, catalogueModels, catalogueVersion, isCatalogueProvider } from './catalogue.ts';
import { type Compiled, compile, eraAt, type Rates } from './compile.ts';
import { costOf, dollarsText, type Rate } from './decimal.ts';
import type { LiteLlmPrices } from './litellm-file.ts';
import type { ModelPrice, Prices } from './model-price.ts';
import { canonicalProvider, nameForms } from './names.ts';
import { readOverrides } from './overrides.ts';
import type { CatalogueModel, Cost, PriceBook, Priced, PriceFacts } from './price-book.ts';
import type { CostPrices } from './settings.ts';

/** Raised whenever a rule of this folder changes what something costs. */
const rulesVersion = 1;

export interface PriceBookOptions {
  /** An imported `model_prices_and_context_window.json`: before the bundled catalogue, after the user's own prices. */
  readonly liteLlm?: LiteLlmPrices;
}

interface Resolved {
  /** In order of precedence; the first with a price in force counts. */
  readonly sources: readonly { readonly model: ModelPrice; readonly byTier: Map<string, Map<string, Compiled>> }[];
  readonly why: string;
}

const noCost: Cost = { input: 0n, output: 0n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n, webSearch: 0n };
const free: Priced = { priced: true, cost: noCost, total: 0n, priceId: 'nothing to price' };

/** Names that one run may see before the cache starts anew: a log with a million made-up models must not fill the memory. */
const cacheLimit = 20_000;

export function createPriceBook(settings: CostPrices = {}, options: PriceBookOptions = {}): PriceBook {
  const overrides = readOverrides(settings);
  const imported = options.liteLlm?.models ?? new Map<string, ModelPrice>();
  const cache = new Map<string, Map<string, Resolved>>();
  let cached = 0;

  const isProvider = (name: string): boolean => isCatalogueProvider(name);

  function resolve(model: string, provider: string): Resolved {
    const forms = nameForms(model, isProvider);
    const stated = provider === '' || /^litellm/i.test(provider) ? '' : canonicalProvider(provider);
    const where = stated === '' ? forms.provider : stated;
    const catalogue = where === '' || isCatalogueProvider(where) ? catalogueModel(where, forms.names) : undefined;
    const override =
      forms.names.map((name) => overrides.get(name)).find((found) => found !== undefined) ?? overrides.get(catalogue?.id ?? '');
    // An entry without prices lends its aliases to the catalogue's model.
    const lent = override !== undefined && override.price === undefined && !forms.names.includes(override.name.toLowerCase());
    const target = lent ? resolve(override.name, provider).sources.map((source) => source.model) : [];
    const models = [override?.price, ...target, importedModel(where, forms.names), catalogue].filter((found) => found !== undefined);
    const unknown =
      where !== '' && !isCatalogueProvider(where) ? `provider ${quoted(where)} is in no catalogue` : `no price for ${quoted(model)}`;
    return {
      sources: models.map((found) => ({ model: withFactorsOf(found, catalogue), byTier: new Map() })),
      why: models.length > 0 ? `no price of ${quoted(model)} was in force then` : unknown,
    };
  }

  function importedModel(provider: string, names: readonly string[]): ModelPrice | undefined {
    for (const name of names) {
      const found = imported.get(name);
      if (found && (provider === '' || found.provider === provider || found.provider === '')) return found;
    }
    return undefined;
  }

  function lookup(model: string, provider: string): Resolved {
    let models = cache.get(provider);
    if (!models) {
      models = new Map();
      cache.set(provider, models);
    }
    let found = models.get(model);
    if (!found) {
      if (++cached > cacheLimit) {
        cache.clear();
        cache.set(provider, models);
        models.clear();
        cached = 1;
      }
      found = resolve(model, provider);
      models.set(model, found);
    }
    return found;
  }

  function price(record: UsageRecord): Priced {
    if (isEmpty(record)) return free;
    const { sources, why } = lookup(record.model, record.provider);
    for (const source of sources) {
      const compiled = compiledOf(source, record.serviceTier, record.geo);
      const era = eraAt(compiled.eras, record.at);
      if (era >= 0) return priceWith(record, compiled, era);
    }
    return { priced: false, tokens: record.tokens, lowerBound: 0n, cost: noCost, why };
  }

  function facts(model: string, at: number): PriceFacts | undefined {
    for (const { model: found } of lookup(model, '').sources) {
      const era = found.eras[eraAt(found.eras, at)];
      if (!era) continue;
      return {
        model,
        resolved: found.id,
        provider: found.provider,
        origin: found.origin,
        ...(era.sinceText === undefined ? {} : { since: era.sinceText }),
        perMillion: priceTexts(era.base, era.tiers),
        notes: found.notes,
      };
    }
    return undefined;
  }

  return { version: versionOf(settings, imported), price, facts, models: (at = Number.POSITIVE_INFINITY) => catalogueList(lookup, at) };
}

function compiledOf(source: Resolved['sources'][number], serviceTier: string, geo: string): Compiled {
  let byGeo = source.byTier.get(serviceTier);
  if (!byGeo) {
    byGeo = new Map();
    if (source.byTier.size < 100) source.byTier.set(serviceTier, byGeo);
  }
  let compiled = byGeo.get(geo);
  if (!compiled) {
    compiled = compile(source.model, serviceTier, geo);
    if (byGeo.size < 100) byGeo.set(geo, compiled);
  }
  return compiled;
}

/** An override without a provider keeps the rules (geography, tiers) of the catalogue's model that it replaces. */
function withFactorsOf(found: ModelPrice, catalogue: ModelPrice | undefined): ModelPrice {
  return catalogue && found.origin === 'override' ? { ...found, id: catalogue.id, provider: catalogue.provider } : found;
}

function isEmpty({ tokens, webSearches }: UsageRecord): boolean {
  return (
    tokens.input === 0 &&
    tokens.output === 0 &&
    tokens.cacheRead === 0 &&
    tokens.cacheWrite5m === 0 &&
    tokens.cacheWrite1h === 0 &&
    webSearches === 0
  );
}

/** Anthropic's and Google's mark of a long context. */
const longInput = 200_000;

/**
 * The whole request is priced by its total input, cache included. A bucket of
 * several requests is certain only where all of them must lie in one tier.
 */
function priceWith(record: UsageRecord, compiled: Compiled, eraIndex: number): Priced {
  const { tokens, longContext } = record;
  const total = tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h;
  const single = record.requests === 1;
  let high = longContext === false ? Math.min(total, longInput) : total;
  if (longContext === true) high = Math.max(high, longInput + 1);
  // A correction (no request of its own) belongs to a request whose size is not known.
  if (record.requests === 0 && longContext === undefined) high = Number.POSITIVE_INFINITY;
  const low = single ? high : longContext === true ? longInput + 1 : 0;

  const eras = compiled.hourly && !single ? compiled.eras.filter((era) => era.since <= record.at) : [compiled.eras[eraIndex]];
  let rates: Rates | undefined;
  let why = compiled.why;
  for (const era of eras) {
    if (!era) continue;
    const at = stepOf(era.steps, low);
    const candidate = era.steps[at]?.rates;
    if (candidate === undefined) continue;
    if (stepOf(era.steps, high) !== at) {
      why ??= `${record.requests} requests in one record, and the price changes above ${era.steps[at + 1]?.above} input tokens`;
    }
    if (rates !== undefined && rates !== candidate) why ??= 'the price changes within the day, and the record is a bucket of requests';
    if (rates === undefined || perMillionOf(candidate.input) < perMillionOf(rates.input)) rates = candidate;
  }
  return rates === undefined
    ? { priced: false, tokens, lowerBound: 0n, cost: noCost, why: why ?? 'no price' }
    : multiplyOut(record, rates, why);
}

function perMillionOf(rate: Rate | undefined): number {
  return rate === undefined ? 0 : Number(rate.n) / Number(rate.d);
}

function stepOf(steps: readonly { readonly above: number }[], total: number): number {
  let found = 0;
  for (let i = 1; i < steps.length; i++) if (total > (steps[i]?.above ?? 0)) found = i;
  return found;
}

function multiplyOut(record: UsageRecord, rates: Rates, uncertain: string | undefined): Priced {
  const { tokens, webSearches, requests, reasoning } = record;
  let missing = '';
  const part = (units: number, rate: Rate | undefined, name: string): bigint => {
    if (units === 0) return 0n;
    if (rate !== undefined) return costOf(units, rate);
    missing ||= name;
    return 0n;
  };
  const input = part(tokens.input, rates.input, 'input');
  let output = part(tokens.output, rates.output, 'output');
  if (rates.reasoning !== undefined) output += costOf(Math.min(reasoning, tokens.output), rates.reasoning);
  const cacheRead = part(tokens.cacheRead, rates.cacheRead, 'cache reads');
  const cacheWrite5m = part(tokens.cacheWrite5m, rates.cacheWrite5m, 'five-minute cache writes');
  const cacheWrite1h = part(tokens.cacheWrite1h, rates.cacheWrite1h, 'one-hour cache writes');
  let webSearch = part(webSearches, rates.webSearch, 'web searches');
  if (rates.request !== undefined) webSearch += costOf(requests, rates.request);
  const cost: Cost = { input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearch };
  const total = input + output + cacheRead + cacheWrite5m + cacheWrite1h + webSearch;
  if (missing === '' && uncertain === undefined) return { priced: true, cost, total, priceId: rates.priceId };
  return { priced: false, tokens, lowerBound: total, cost, why: uncertain ?? `${rates.priceId} lists no price for ${missing}` };
}

function priceTexts(base: Prices, tiers: readonly { readonly above: number; readonly prices: Prices }[]): Record<string, string> {
  const texts: Record<string, string> = {};
  const add = (prices: Prices, suffix: string): void => {
    for (const [name, value] of Object.entries(prices)) {
      if (value === undefined) continue;
      // Searches and requests are priced by the thousand everywhere.
      if (name === 'webSearch' || name === 'request') texts[`${name} per 1000`] = dollarsText(value / 1000n);
      else texts[`${name}${suffix}`] = dollarsText(value);
    }
  };
  add(base, '');
  for (const { above, prices } of tiers) add(prices, ` above ${above}`);
  return texts;
}

function catalogueList(lookup: (model: string, provider: string) => Resolved, at: number): CatalogueModel[] {
  const dollars = (value: bigint): number => Number(dollarsText(value));
  return catalogueModels().flatMap((model) => {
    const found = lookup(model.id, model.provider).sources[0]?.model ?? model;
    const { base } = found.eras.findLast((era) => era.since <= at && era.timeOfDay === undefined) ?? { base: {} as Prices };
    if (base.input === undefined || base.output === undefined) return [];
    return [
      {
        id: model.id,
        provider: model.provider,
        contextWindow: model.contextWindow,
        input: dollars(base.input),
        output: dollars(base.output),
        cacheRead: base.cacheRead === undefined ? null : dollars(base.cacheRead),
      },
    ];
  });
}

/** A model's name in a message: short, and on one line whatever it holds. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function versionOf(settings: CostPrices, imported: ReadonlyMap<string, ModelPrice>): string {
  const text = JSON.stringify([rulesVersion, catalogueVersion, settings, [...imported]], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
