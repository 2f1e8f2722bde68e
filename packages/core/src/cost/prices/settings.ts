import { z } from 'zod';

const price = z.number().nonnegative();

const fields = {
  input: price.optional().describe('US dollars per million input tokens'),
  output: price.optional().describe('US dollars per million output tokens'),
  cacheRead: price.optional().describe('US dollars per million tokens read from the cache'),
  cacheWrite5m: price.optional().describe('US dollars per million tokens written to the five-minute cache'),
  cacheWrite1h: price.optional().describe('US dollars per million tokens written to the one-hour cache'),
};

const since = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .describe('first day (UTC) or instant at which these prices hold; default always');

const datedPrice = z
  .strictObject({
    effective_from: since.optional(),
    ...fields,
    webSearch: price.optional().describe('US dollars per thousand web searches'),
    above200k: z.strictObject(fields).optional().describe('prices of requests with more than 200,000 input tokens, cache included'),
  })
  .describe('prices in force from a day on');

const modelPrice = z
  .strictObject({
    aliases: z.array(z.string().min(1)).default([]).describe('other names that mean this model, e.g. a deployment'),
    provider: z.string().optional().describe('whose rules for batch, geography and web searches apply, e.g. anthropic'),
    prices: z.array(datedPrice).default([]).describe('none: the catalogue’s prices of the model, under the aliases too'),
  })
  .describe('prices of a model');

/** The piece of agentops.yaml with the user's own prices, by model. */
export const costPrices = z.record(z.string().min(1), modelPrice).describe('prices of your own by model, before any catalogue');
export type CostPrices = z.infer<typeof costPrices>;
export type OverridePrice = z.infer<typeof datedPrice>;
