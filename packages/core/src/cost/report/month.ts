import { addMonths, startOfDay, startOfMonth } from '../../model/calendar.ts';
import type { CostReport } from '../../model/cost-report.ts';
import { picoFromDollars, picoToNumber, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { budgetOutlook, type MonthProjection, type MonthSoFar, projectMonth } from '../statistics/budget.ts';
import type { DailyHistory } from './history.ts';
import { daysBetween } from './period.ts';

/** The current month's spend until now, with the days before today that a projection rests on. */
export interface CurrentMonth {
  /** First instants of the month and of the next one. */
  readonly from: number;
  readonly to: number;
  readonly spent: bigint;
  readonly unpricedTokens: number;
  readonly soFar: MonthSoFar;
}

export async function currentMonth(ledger: Ledger, history: DailyHistory, now: number, timeZone: string): Promise<CurrentMonth> {
  const from = startOfMonth(now, timeZone);
  const to = addMonths(from, 1, timeZone);
  const today = startOfDay(now, timeZone);
  const [earlier, lately] = await Promise.all([spend(ledger, from, today), spend(ledger, today, to)]);
  const left = daysBetween(today, to, timeZone);
  const tomorrow = left[1] ?? to;
  return {
    from,
    to,
    spent: earlier.cost + lately.cost,
    unpricedTokens: earlier.unpricedTokens + lately.unpricedTokens,
    soFar: {
      history: history.dollars,
      spentBefore: picoToNumber(earlier.cost),
      spentToday: picoToNumber(lately.cost),
      todayElapsed: (now - today) / (tomorrow - today),
      daysLeft: left.length - 2,
      daysInMonth: daysBetween(from, to, timeZone).length - 1,
    },
  };
}

/** The current month: spent, projected to its end with an 80 % interval, held against the budget. */
export async function monthSummary(
  ledger: Ledger,
  history: DailyHistory,
  budget: bigint | undefined,
  now: number,
  timeZone: string,
): Promise<CostReport['month']> {
  const month = await currentMonth(ledger, history, now, timeZone);
  const projection = projectMonth(month.soFar);
  const outlook = budget === undefined || budget <= 0n ? undefined : budgetOutlook(picoToNumber(budget), month.soFar, projection);
  return {
    label: new Intl.DateTimeFormat('en-GB', { timeZone, month: 'long' }).format(month.from),
    spent: usdString(month.spent),
    unpricedTokens: month.unpricedTokens,
    forecast: projection.ok ? forecastOf(projection) : null,
    ...(projection.ok
      ? {}
      : { forecastNote: `no forecast: ${projection.needs} more whole ${projection.needs === 1 ? 'day' : 'days'} of records needed` }),
    budget: budget === undefined ? null : usdString(budget),
    probabilityKept: outlook?.probabilityKept ?? null,
    burnRate: outlook?.burnRate ?? null,
  };
}

async function spend(ledger: Ledger, from: number, to: number): Promise<{ cost: bigint; unpricedTokens: number }> {
  const [row] = from >= to ? [] : await ledger.rows({ from, to, by: [] });
  return { cost: row?.cost ?? 0n, unpricedTokens: row?.unpricedTokens ?? 0 };
}

function forecastOf({ total, forecast }: MonthProjection): NonNullable<CostReport['month']['forecast']> {
  const dollars = (value: number): string => usdString(picoFromDollars(Number(value.toFixed(2))));
  const notes = [
    forecast.skill === 'none' ? 'no model did better than repeating last week' : '',
    forecast.forecastable ? '' : 'the interval is wider than the amount: this says little',
  ];
  const note = notes.filter(Boolean).join('; ');
  return {
    point: dollars(total.value),
    low: dollars(total.low),
    high: dollars(total.high),
    method: forecast.model,
    ...(note ? { note } : {}),
  };
}
