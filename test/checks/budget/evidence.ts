import { picoFromDollars } from '../../../packages/core/src/model/money.ts';
import type { Amount, SpendMetrics } from '../../../packages/core/src/model/prometheus.ts';

/** Dollars (or tokens); `most` null: no upper bound. */
export function amount(least: number, most: number | null = least): Amount {
  return { atLeast: pico(least), atMost: most === null ? null : pico(most) };
}

export const pico = (value: number): string => String(picoFromDollars(value));

export const absent = { ok: false, reason: 'absent', source: 'prometheus http://prom:9090', detail: 'no samples' } as const;

export const noLedger = {
  ok: false,
  reason: 'not-configured',
  source: 'ledger /state/ledger.db',
  detail: 'no usage has been read into it yet',
} as const;

/** $10 today, $50 this month, 1,000 tokens in the last hour; no budget. */
export function spendOf(more: Partial<SpendMetrics> = {}): SpendMetrics {
  return {
    url: 'http://prom:9090',
    timeZone: 'UTC',
    dayStart: Date.parse('2026-11-21T00:00:00Z'),
    monthStart: Date.parse('2026-11-01T00:00:00Z'),
    now: Date.parse('2026-11-21T13:07:31Z'),
    sources: [{ metric: 'litellm_spend_metric_total', basis: 'counter' }],
    notes: ['dollars from litellm_spend_metric_total'],
    today: amount(10),
    month: amount(50),
    todayCoverage: 1,
    monthCoverage: 1,
    tokensLastHour: amount(1000),
    byAgent: [],
    bySession: [],
    unpriced: [],
    gaps: [],
    limits: { daily: null, monthly: null, perSession: null, perAgent: {}, hourlyTokens: 1_000_000 },
    ...more,
  };
}

export const limits = spendOf().limits;

export const context = { now: Date.parse('2026-11-21T13:07:31Z'), context: undefined };
