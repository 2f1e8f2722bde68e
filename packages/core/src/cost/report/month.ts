import { addDays, addMonths, startOfDay, startOfMonth } from '../../model/calendar.ts';
import type { CostReport } from '../../model/cost-report.ts';
import { picoFromDollars, picoToNumber, ratioOf, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { forecast } from '../statistics/forecast/forecast.ts';
import { shareAtMost } from '../statistics/forecast/interval.ts';
import type { DailyHistory } from './history.ts';
import { daysBetween } from './period.ts';

/** The current month: spent, projected to its end with an 80 % interval, held against the budget. */
export async function monthSummary(
  ledger: Ledger,
  history: DailyHistory,
  budget: bigint | undefined,
  now: number,
  timeZone: string,
): Promise<CostReport['month']> {
  const from = startOfMonth(now, timeZone);
  const end = addMonths(from, 1, timeZone);
  const spent = (await ledger.rows({ from, to: end, by: [] })).reduce((sum, row) => sum + row.cost, 0n);
  const projected = project(spent, history, now, end, timeZone);
  const label = new Intl.DateTimeFormat('en-GB', { timeZone, month: 'long' }).format(from);
  const burn = budget !== undefined && budget > 0n && now > from ? ratioOf(spent, budget) / ((now - from) / (end - from)) : null;
  return {
    label,
    spent: usdString(spent),
    forecast: projected.ok ? projected.forecast : null,
    ...(projected.ok ? {} : { forecastNote: projected.note }),
    budget: budget === undefined ? null : usdString(budget),
    probabilityKept: budget === undefined || !projected.ok ? null : projected.kept(budget),
    burnRate: burn,
  };
}

type Projection =
  | { readonly ok: true; readonly forecast: NonNullable<CostReport['month']['forecast']>; kept(budget: bigint): number }
  | { readonly ok: false; readonly note: string };

/** What is spent, and a forecast for the rest: the part of today that is left, then whole days. */
function project(spent: bigint, history: DailyHistory, now: number, end: number, timeZone: string): Projection {
  const today = startOfDay(now, timeZone);
  const days = daysBetween(today, end, timeZone).slice(0, -1);
  const tomorrow = addDays(today, 1, timeZone);
  const weights = days.map((_day, index) => (index === 0 ? (tomorrow - now) / (tomorrow - today) : 1));
  const result = forecast(history.dollars, { horizon: days.length, weights });
  if (!result.ok)
    return { ok: false, note: `no forecast: ${result.needs} more whole ${result.needs === 1 ? 'day' : 'days'} of records needed` };
  const add = (dollars: number): string => usdString(spent + picoFromDollars(Number(dollars.toFixed(2))));
  const notes = [
    result.skill === 'none' ? 'no model did better than repeating last week' : '',
    result.forecastable ? '' : 'the interval is wider than the amount: this says little',
  ];
  const note = notes.filter(Boolean).join('; ');
  return {
    ok: true,
    forecast: {
      point: add(result.total.value),
      low: add(result.total.low),
      high: add(result.total.high),
      method: result.model,
      ...(note ? { note } : {}),
    },
    kept: (budget) => (spent > budget ? 0 : shareAtMost(result.totalErrors, picoToNumber(budget - spent) - result.total.value)),
  };
}
