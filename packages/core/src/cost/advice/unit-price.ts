import { type TokenClass, type Tokens, tokenClasses, type UsageRecord } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';

const million = 1_000_000;
export const noTokens: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

/** Pico-dollars per million tokens of each class, for requests like that one (tier, geography, context); undefined where one has no exact price. */
export function unitPrices(book: PriceBook, like: UsageRecord): Readonly<Record<TokenClass, bigint>> | undefined {
  const prices: Partial<Record<TokenClass, bigint>> = {};
  for (const name of tokenClasses) {
    const priced = book.price({ ...like, requests: 2, webSearches: 0, reasoning: 0, tokens: { ...noTokens, [name]: million } });
    if (!priced.priced) return undefined;
    prices[name] = priced.cost[name];
  }
  return { input: 0n, output: 0n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n, ...prices };
}

/** Tokens × price per million, cut to the pico-dollar. Tokens are whole. */
export function times(tokens: number, perMillion: bigint): bigint {
  return (BigInt(Math.round(tokens)) * perMillion) / BigInt(million);
}

/** A record with nothing in it but a model and a time. */
export function blankRecord(model: string, at: number): UsageRecord {
  return {
    key: '',
    source: 'agentops',
    at,
    model,
    provider: '',
    agent: '',
    session: '',
    task: '',
    project: '',
    tokens: noTokens,
    reasoning: 0,
    requests: 2,
    webSearches: 0,
    serviceTier: '',
    geo: '',
    longContext: false,
    sidechain: false,
    status: '',
    latencyMs: null,
    claimedPico: null,
  };
}
