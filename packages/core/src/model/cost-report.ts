import { z } from 'zod';

/** Exact US dollars as a decimal string with up to twelve decimals: `412.18`, `0.0000031`. */
export const usd = z.string().regex(/^-?\d+(\.\d{1,12})?$/);

/** A number that may honestly not be known. */
const maybe = z.number().nullable();

export const costRow = z.object({
  name: z.string().describe('empty: the source does not say'),
  spend: usd,
  /** Of the report's total, 0…1; null where the total is 0. */
  share: maybe,
  previous: usd.nullable(),
  /** Against the same part of the period before; null where that was 0 or not recorded. */
  change: maybe,
  requests: z.number(),
  errors: z.number(),
  inputTokens: z.number().describe('not from a cache'),
  outputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
  /** Cache reads over all input, 0…1; null without input. */
  cacheHitShare: maybe,
  unpricedTokens: z.number(),
  spendPerRequest: usd.nullable(),
  /** One number a bucket of the period, dollars; null for buckets in the future. */
  series: z.array(maybe),
});
export type CostRow = z.infer<typeof costRow>;

export const recommendation = z.object({
  id: z.string(),
  title: z.string(),
  /** For the report's period; null where it cannot be put into dollars. */
  saving: usd.nullable(),
  basis: z.string().describe('on which records it rests'),
  how: z.array(z.string()),
  /** Recommendations of one group exclude each other: their savings do not add up. */
  group: z.string().optional(),
});
export type CostRecommendation = z.infer<typeof recommendation>;

export const costReport = z.object({
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.literal('agentops'), version: z.string() }),
  lab: z.object({ scenario: z.string() }).optional(),
  generatedAt: z.string(),
  period: z.object({
    kind: z.enum(['day', 'week', 'month', 'custom']),
    label: z.string(),
    from: z.string(),
    to: z.string(),
    timeZone: z.string(),
    daysSeen: z.number(),
    days: z.number(),
    /** What a point of `series` stands for. */
    bucket: z.enum(['hour', 'day', 'month']),
    /** Labels of the buckets of `series`. */
    buckets: z.array(z.string()),
  }),
  freshness: z.object({
    newestRecordAt: z.string().nullable(),
    lastReadAt: z.string().nullable(),
    /** Since when records exist: what lies before is not known. */
    firstRecordAt: z.string().nullable(),
    records: z.number(),
  }),
  total: costRow,
  previous: z.object({
    label: z.string(),
    spend: usd.nullable(),
    change: maybe,
    /** Days of a span that was named: it is compared as a whole, and may be longer or shorter. */
    namedDays: z.number().optional(),
    note: z.string().optional(),
  }),
  month: z.object({
    label: z.string(),
    spent: usd,
    /** Not 0: `spent`, and what is forecast from it, is a lower bound. */
    unpricedTokens: z.number(),
    /** Dollars of each of its days, today's so far; null for those to come, and those before the first record. */
    days: z.array(maybe),
    forecast: z.object({ point: usd, low: usd, high: usd, method: z.string(), note: z.string().optional() }).nullable(),
    /** Why there is no forecast. */
    forecastNote: z.string().optional(),
    budget: usd.nullable(),
    probabilityKept: maybe,
    /** Spend so far over the budget's share of the month so far. */
    burnRate: maybe,
  }),
  trend: z.object({ perDay: usd, low: usd, high: usd, days: z.number() }).nullable(),
  tables: z.array(z.object({ by: z.string(), rows: z.array(costRow), total: costRow })),
  movers: z.array(z.object({ by: z.string(), name: z.string(), change: usd, spend: usd })),
  /** `saved`: against the same tokens as plain input; negative where writes cost more than reads brought. */
  cache: z.object({ hitShare: maybe, saved: usd.nullable() }),
  /** Of the period; null where no source names its sessions. */
  sessions: z.object({ count: z.number(), mean: usd, dearest: z.object({ name: z.string(), spend: usd }) }).nullable(),
  anomalies: z.array(z.object({ label: z.string(), spend: usd, usual: usd, factor: maybe, drivers: z.array(z.string()) })),
  recommendations: z.array(recommendation),
  unpriced: z.array(z.object({ model: z.string(), tokens: z.number(), lowerBound: usd, why: z.string() })),
  sources: z.array(
    z.object({
      source: z.string(),
      kind: z.string(),
      lines: z.number(),
      counted: z.number(),
      duplicate: z.number(),
      rejected: z.number(),
      empty: z.number(),
    }),
  ),
  notes: z.array(z.string()),
});
export type CostReport = z.infer<typeof costReport>;
