import { median } from 'simple-statistics';
import { count, percent, plural } from '../../model/format.ts';
import type { LedgerRow } from '../ledger/ledger.ts';
import { dailyTrend } from '../statistics/trend.ts';
import { idOf, nameOf, type RecommendationDraft } from './recommendation.ts';

/** One agent on one day. */
export interface AgentDay {
  /** Position of the day; consecutive days differ by 1. */
  readonly day: number;
  readonly agent: string;
  readonly requests: number;
  /** Input of all classes. */
  readonly inputTokens: number;
  /** Pico-dollars for that input. */
  readonly inputCost: bigint;
}

/** From ledger rows by agent in buckets of a day. */
export function agentDays(rows: readonly LedgerRow[]): AgentDay[] {
  return rows.map((row) => ({
    day: row.bucket,
    agent: row.group.agent ?? '',
    requests: row.requests,
    inputTokens: row.input + row.cacheRead + row.cacheWrite5m + row.cacheWrite1h,
    inputCost: row.costInput + row.costCacheRead + row.costCacheWrite5m + row.costCacheWrite1h,
  }));
}

/** Growth below this is not worth a look. */
const leastGrowth = 0.2;
const leastSaving = 10_000_000_000n;

/**
 * Agents whose requests grow: a significant Theil–Sen slope of input tokens per
 * request over at least two weeks with use, and the last week at least 20 %
 * above the first. The saving is what the last week's requests cost beyond the
 * size of the first week.
 */
export function promptSizeAdvice(days: readonly AgentDay[]): RecommendationDraft[] {
  return [...Map.groupBy(days, ({ agent }) => agent)].flatMap(([agent, own]) => {
    const used = own.filter(({ requests }) => requests > 0).sort((a, b) => a.day - b.day);
    if (used.length < 14) return [];
    const sizes = used.map(({ inputTokens, requests }) => inputTokens / requests);
    const trend = dailyTrend(sizes);
    const first = median(sizes.slice(0, 7));
    const last = median(sizes.slice(-7));
    if (!trend.ok || !trend.significant || trend.slope <= 0 || first <= 0 || last < first * (1 + leastGrowth)) return [];
    const week = used.slice(-7);
    const saving = week.reduce((sum, day) => sum + excessCost(day, first), 0n);
    if (saving < leastSaving) return [];
    const requests = week.reduce((sum, day) => sum + day.requests, 0);
    return [
      {
        id: idOf('prompt-size', agent),
        kind: 'prompt-size' as const,
        title: `${nameOf(agent)}: ${count(Math.round(last))} input tokens a request, ${percent(last / first - 1)} more than at first`,
        savingPico: saving,
        confidence: 'estimated' as const,
        basis: `${plural(used.length, 'day')} with requests; the saving is of the last ${week.length} of them (${plural(requests, 'request')}), had they stayed at ${count(Math.round(first))} tokens`,
        evidence: [
          { label: 'tokens a request at first', value: first, unit: 'tokens' },
          { label: 'tokens a request now', value: last, unit: 'tokens' },
          { label: 'growth a day', value: trend.slope, unit: 'tokens' },
        ],
        how: [
          'See what grew: history that is never cut, tools that nobody calls, whole files where a part would do.',
          'Summarise or cut the history beyond a length; load tools and documents on demand.',
        ],
        touches: [{ agent }],
      },
    ];
  });
}

/** Share of the day's input cost that lies beyond the earlier size. */
function excessCost({ requests, inputTokens, inputCost }: AgentDay, size: number): bigint {
  const excess = Math.round(inputTokens - size * requests);
  return excess <= 0 ? 0n : (inputCost * BigInt(excess)) / BigInt(Math.round(inputTokens));
}
