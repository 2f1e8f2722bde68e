import type { CostTrend } from '../../model/cost-outlook.ts';
import { picoFromDollars, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { dailyTrend } from '../statistics/trend.ts';
import { findAnomalies } from './anomalies.ts';
import { type DailyHistory, dailyHistory, historySpan, staleNotes } from './history.ts';

export interface TrendInput {
  readonly ledger: Ledger;
  readonly now: number;
  readonly timeZone: string;
  /** Whole days up to yesterday. */
  readonly days: number;
}

const confidence = 0.95;

/** The last days one by one, their slope, and the episodes in them. Days before them serve to judge what is usual. */
export async function costTrend({ ledger, now, timeZone, days }: TrendInput): Promise<CostTrend> {
  const state = await ledger.state();
  const history = await dailyHistory(ledger, state.firstAt, now, timeZone);
  const shown = tail(history, days);
  const from = shown.days[0] ?? now;
  const to = shown.days.at(-1) ?? now;
  const [rows, unusual, span] = await Promise.all([
    from < to ? ledger.rows({ from, to, by: [], buckets: shown.days }) : [],
    findAnomalies(ledger, history, { from, to, timeZone }),
    historySpan(ledger, shown, state.lastAt),
  ]);
  const weekday = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' });
  const trend = dailyTrend(shown.dollars, confidence);
  return {
    schemaVersion: 1,
    generatedAt: new Date(now).toISOString(),
    timeZone,
    history: span,
    days: shown.dates.map((date, index) => {
      const row = rows.find(({ bucket }) => bucket === index);
      const day = shown.days[index] ?? 0;
      return {
        date,
        weekday: weekday.format(day),
        spend: usdString(shown.pico[index] ?? 0n),
        requests: row?.requests ?? 0,
        unpricedTokens: row?.unpricedTokens ?? 0,
        unusual: unusual.spans.find((episode) => day >= episode.from && day < episode.to)?.direction ?? null,
      };
    }),
    slope: trend.ok
      ? {
          perDay: dollars(trend.slope),
          low: dollars(trend.low),
          high: dollars(trend.high),
          confidence,
          pValue: trend.pValue,
          significant: trend.significant,
          byWeekday: trend.byWeekday,
        }
      : null,
    ...(trend.ok ? {} : { needs: { days: trend.needs, why: trend.why } }),
    episodes: unusual.found,
    notes: [...staleNotes(state.lastAt, now, timeZone), ...(unusual.note ? [unusual.note] : [])],
  };
}

/** The last days of a history. */
function tail({ days, dates, pico, dollars: amounts }: DailyHistory, length: number): DailyHistory {
  const from = Math.max(0, dates.length - length);
  return { days: days.slice(from), dates: dates.slice(from), pico: pico.slice(from), dollars: amounts.slice(from) };
}

function dollars(amount: number): string {
  return usdString(picoFromDollars(Number(amount.toFixed(6))));
}
