import { addMonths, startOfDay, startOfMonth } from '../../model/calendar.ts';
import type { CostReport } from '../../model/cost-report.ts';
import { picoFromDollars, picoToNumber, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { budgetOutlook, type MonthProjection, type MonthSoFar, projectMonth } from '../statistics/budget.ts';
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
  const today = startOfDay(now, timeZone);
  const [before, since] = await Promise.all([spend(ledger, from, today), spend(ledger, today, end)]);
  const left = daysBetween(today, end, timeZone);
  const tomorrow = left[1] ?? end;
  const month: MonthSoFar = {
    history: history.dollars,
    spentBefore: picoToNumber(before),
    spentToday: picoToNumber(since),
    todayElapsed: (now - today) / (tomorrow - today),
    daysLeft: left.length - 2,
    daysInMonth: daysBetween(from, end, timeZone).length - 1,
  };
  const projection = projectMonth(month);
  const outlook = budget === undefined || budget <= 0n ? undefined : budgetOutlook(picoToNumber(budget), month, projection);
  return {
    label: new Intl.DateTimeFormat('en-GB', { timeZone, month: 'long' }).format(from),
    spent: usdString(before + since),
    forecast: projection.ok ? forecastOf(projection) : null,
    ...(projection.ok
      ? {}
      : { forecastNote: `no forecast: ${projection.needs} more whole ${projection.needs === 1 ? 'day' : 'days'} of records needed` }),
    budget: budget === undefined ? null : usdString(budget),
    probabilityKept: outlook?.probabilityKept ?? null,
    burnRate: outlook?.burnRate ?? null,
  };
}

async function spend(ledger: Ledger, from: number, to: number): Promise<bigint> {
  return from >= to ? 0n : (await ledger.rows({ from, to, by: [] })).reduce((sum, row) => sum + row.cost, 0n);
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
