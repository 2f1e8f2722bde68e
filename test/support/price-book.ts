import type { CatalogueModel, Cost, PriceBook } from '../../packages/core/src/cost/prices/price-book.ts';
import { parsePico, tokenCost } from '../../packages/core/src/model/money.ts';
import { type TokenClass, tokenClasses, type UsageRecord } from '../../packages/core/src/model/usage.ts';

/** Dollars per million tokens. */
export interface TestPrice {
  readonly provider: string;
  readonly prices: Readonly<Record<TokenClass, string>>;
  readonly contextWindow?: number;
  /** Price × this above 200k tokens. */
  readonly longFactor?: bigint;
}

/** A price book of literal prices: batch is half, anything else than standard and batch has no price. */
export function testBook(models: Readonly<Record<string, TestPrice>>): PriceBook {
  return {
    version: 'test',
    price(record) {
      const model = models[record.model];
      const none: Cost = { input: 0n, output: 0n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n, webSearch: 0n };
      if (!model || !['', 'standard', 'batch'].includes(record.serviceTier))
        return { priced: false, tokens: record.tokens, lowerBound: 0n, cost: none, why: `no price for "${record.model}"` };
      const cost: Record<string, bigint> = { webSearch: BigInt(record.webSearches) * 10_000_000_000n };
      const factor = record.longContext === true ? (model.longFactor ?? 1n) : 1n;
      for (const name of tokenClasses) {
        const full = tokenCost(BigInt(record.tokens[name]) * 1_000_000_000_000n, parsePico(model.prices[name]) ?? 0n) * factor;
        cost[name] = record.serviceTier === 'batch' ? full / 2n : full;
      }
      const total = Object.values(cost).reduce((sum, part) => sum + part, 0n);
      return { priced: true, cost: cost as unknown as Cost, total, priceId: record.model };
    },
    facts(model) {
      const found = models[model];
      return found && { model, resolved: model, provider: found.provider, origin: 'test', perMillion: found.prices, notes: [] };
    },
    models: () =>
      Object.entries(models).map(
        ([id, { provider, prices, contextWindow }]): CatalogueModel => ({
          id,
          provider,
          contextWindow: contextWindow ?? null,
          input: Number(prices.input),
          output: Number(prices.output),
          cacheRead: Number(prices.cacheRead),
        }),
      ),
  };
}

/** Prices as Anthropic has them: cache reads 0.1 ×, writes 1.25 × and 2 × the input. */
export const sonnet: TestPrice = {
  provider: 'anthropic',
  prices: { input: '3', output: '15', cacheRead: '0.3', cacheWrite5m: '3.75', cacheWrite1h: '6' },
  contextWindow: 200_000,
};
export const haiku: TestPrice = {
  provider: 'anthropic',
  prices: { input: '1', output: '5', cacheRead: '0.1', cacheWrite5m: '1.25', cacheWrite1h: '2' },
  contextWindow: 200_000,
};

/** One request with nothing in it but what is given. */
export function usage(
  fields: Partial<Omit<UsageRecord, 'tokens'>> & { readonly tokens?: Partial<UsageRecord['tokens']> } = {},
): UsageRecord {
  return {
    key: '',
    source: 'agentops',
    at: Date.UTC(2026, 4, 1),
    model: 'claude-sonnet-4-5',
    provider: '',
    agent: 'planner',
    session: 's1',
    task: '',
    project: '',
    reasoning: 0,
    requests: 1,
    webSearches: 0,
    serviceTier: '',
    geo: '',
    sidechain: false,
    status: 'ok',
    latencyMs: null,
    claimedPico: null,
    ...fields,
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, ...fields.tokens },
  };
}
