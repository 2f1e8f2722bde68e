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
  /** Dollars of each of its days, today's so far; null for those to come. */
  readonly days: readonly { readonly start: number; readonly dollars: number | null }[];
  readonly soFar: MonthSoFar;
}

export async function currentMonth(ledger: Ledger, history: DailyHistory, now: number, timeZone: string): Promise<CurrentMonth> {
  const from = startOfMonth(now, timeZone);
  const to = addMonths(from, 1, timeZone);
  const today = startOfDay(now, timeZone);
  const days = daysBetween(from, to, timeZone);
  const rows = await ledger.rows({ from, to, by: [], buckets: days });
  const daily = days.slice(0, -1).map((_day, index) => rows.find(({ bucket }) => bucket === index)?.cost ?? 0n);
  const sum = (parts: readonly bigint[]): bigint => parts.reduce((all, part) => all + part, 0n);
  const gone = days.indexOf(today);
  const [before, since] = [sum(daily.slice(0, gone)), sum(daily.slice(gone))];
  const left = daysBetween(today, to, timeZone);
  const tomorrow = left[1] ?? to;
  return {
    from,
    to,
    spent: before + since,
    unpricedTokens: rows.reduce((all, row) => all + row.unpricedTokens, 0),
    days: daily.map((cost, index) => ({ start: days[index] ?? from, dollars: index <= gone ? picoToNumber(cost) : null })),
    soFar: {
      history: history.dollars,
      spentBefore: picoToNumber(before),
      spentToday: picoToNumber(since),
      todayElapsed: (now - today) / (tomorrow - today),
      daysLeft: left.length - 2,
      daysInMonth: days.length - 1,
    },
  };
}

/** The current month: spent, projected to its end with an 80 % interval, held against the budget. */
export async function monthSummary(
  ledger: Ledger,
  history: DailyHistory,
  firstAt: number | null,
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
    // A day that ended before the first record was not seen.
    days: month.days.map(({ dollars }, index) =>
      firstAt === null || (month.days[index + 1]?.start ?? month.to) <= firstAt ? null : dollars,
    ),
    forecast: projection.ok ? forecastOf(projection) : null,
    ...(projection.ok
      ? {}
      : { forecastNote: `no forecast: ${projection.needs} more whole ${projection.needs === 1 ? 'day' : 'days'} of records needed` }),
    budget: budget === undefined ? null : usdString(budget),
    probabilityKept: outlook?.probabilityKept ?? null,
    burnRate: outlook?.burnRate ?? null,
  };
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
