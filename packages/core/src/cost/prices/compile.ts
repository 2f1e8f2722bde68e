import { unsplitTier } from '../../model/usage.ts';
import { type Fraction, multiply, one, type Rate, rateOf } from './decimal.ts';
import type { Era, ModelPrice, PriceClass, Prices } from './model-price.ts';
import { modifierOf } from './modifiers.ts';

/** Rates ready to multiply with: of one model, one service tier, one geography, one era, one context tier. */
export interface Rates {
  readonly input: Rate | undefined;
  readonly output: Rate | undefined;
  readonly cacheRead: Rate | undefined;
  readonly cacheWrite5m: Rate | undefined;
  readonly cacheWrite1h: Rate | undefined;
  readonly webSearch: Rate | undefined;
  readonly request: Rate | undefined;
  /** What a reasoning token costs beyond an output token; undefined where nothing. */
  readonly reasoning: Rate | undefined;
  readonly priceId: string;
}

export interface CompiledEra {
  readonly since: number;
  readonly timeOfDay: Era['timeOfDay'];
  /** `steps[0]` from no token on, the others above their threshold. */
  readonly steps: readonly { readonly above: number; readonly rates: Rates }[];
}

/** One model under one service tier and geography. */
export interface Compiled {
  readonly eras: readonly CompiledEra[];
  /** Prices change within a day: a bucket of requests cannot be told apart. */
  readonly hourly: boolean;
  /** Set where the price is not published: the rates are a lower bound. */
  readonly why: string | undefined;
}

export function compile(model: ModelPrice, serviceTier: string, geo: string): Compiled {
  const modifier = modifierOf(model, serviceTier, geo);
  const own = modifier.known && modifier.tier !== undefined ? model.tierEras?.[modifier.tier] : undefined;
  const factor = !modifier.known ? modifier.floor : own ? modifier.geo : multiply(modifier.factor, modifier.geo);
  const label = modifier.known ? modifier.label : ' at least';
  const listed = own ?? model.eras;
  const eras = (serviceTier === unsplitTier ? listed.map(withCheapestInput) : listed).map((era) => compileEra(model, era, factor, label));
  return {
    eras,
    hourly: eras.some(({ timeOfDay }) => timeOfDay !== undefined),
    why: modifier.known ? undefined : modifier.why,
  };
}

/** What is certain of a token that may be of any class: an agent's prompts mostly come from the cache. */
function withCheapestInput(era: Era): Era {
  const cheapest = (prices: Prices): Prices => {
    const known = [prices.input, prices.output, prices.cacheRead].filter((price) => price !== undefined);
    const [least] = known.sort((a, b) => (a < b ? -1 : 1));
    return least === undefined ? prices : { ...prices, input: least };
  };
  return { ...era, base: cheapest(era.base), tiers: era.tiers.map(({ above, prices }) => ({ above, prices: cheapest(prices) })) };
}

function compileEra(model: ModelPrice, era: Era, factor: Fraction, label: string): CompiledEra {
  const name = `${model.origin}: ${model.provider === '' ? '' : `${model.provider}/`}${model.id}`;
  const id = `${name}${era.sinceText === undefined ? '' : ` since ${era.sinceText}`}${label}`;
  return {
    since: era.since,
    timeOfDay: era.timeOfDay,
    steps: [
      { above: -1, rates: ratesOf(era.base, factor, id) },
      ...era.tiers.map(({ above, prices }) => ({ above, rates: ratesOf(prices, factor, `${id} above ${above}`) })),
    ],
  };
}

function ratesOf(prices: Prices, factor: Fraction, priceId: string): Rates {
  const tokens = (name: PriceClass): Rate | undefined => (prices[name] === undefined ? undefined : rateOf(prices[name], factor));
  // Searches and requests are charged by the piece: no discount, no premium.
  const pieces = (name: PriceClass): Rate | undefined => (prices[name] === undefined ? undefined : rateOf(prices[name], one));
  const { reasoning, output } = prices;
  return {
    input: tokens('input'),
    output: tokens('output'),
    cacheRead: tokens('cacheRead'),
    cacheWrite5m: tokens('cacheWrite5m'),
    cacheWrite1h: tokens('cacheWrite1h'),
    webSearch: pieces('webSearch'),
    request: pieces('request'),
    reasoning: reasoning === undefined || output === undefined || reasoning === output ? undefined : rateOf(reasoning - output, factor),
    priceId,
  };
}

/** Index of the era in force, the last one that applies; -1 where none does. */
export function eraAt(eras: readonly Pick<Era, 'since' | 'timeOfDay'>[], at: number): number {
  for (let i = eras.length - 1; i >= 0; i--) {
    const era = eras[i];
    if (era !== undefined && at >= era.since && (era.timeOfDay === undefined || contains(era.timeOfDay, at))) return i;
  }
  return -1;
}

const dayMs = 86_400_000;

function contains({ start, end }: { readonly start: number; readonly end: number }, at: number): boolean {
  const second = (((at % dayMs) + dayMs) % dayMs) / 1000;
  return end < start ? second >= start || second < end : second >= start && second < end;
}
