import { addDays, isoDate, startOfDay } from '../../model/calendar.ts';
import type { CostForecast, UsdRange } from '../../model/cost-outlook.ts';
import { picoFromDollars, picoToNumber, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { budgetOutlook, projectMonth } from '../statistics/budget.ts';
import { daysNeeded, type Expected, forecast } from '../statistics/forecast/forecast.ts';
import { dailyHistory, historyDays, historySpan, staleNotes } from './history.ts';
import { type CurrentMonth, currentMonth } from './month.ts';

/** Most days ahead: more need a longer history than is looked at. */
export const mostDaysAhead =
  Array.from({ length: historyDays }, (_, days) => days).findLast((days) => daysNeeded(days + 1) <= historyDays) ?? 0;

export interface ForecastInput {
  readonly ledger: Ledger;
  readonly now: number;
  readonly timeZone: string;
  /** Pico-dollars a month; undefined: none is configured. */
  readonly monthlyBudget: bigint | undefined;
  /** Whole days from tomorrow on; undefined: the rest of the month. */
  readonly days?: number;
}

/** What is to come: the rest of the month, or some days, from the ledger's daily sums. Says what is missing where the history is too thin. */
export async function costForecast({ ledger, now, timeZone, monthlyBudget, days }: ForecastInput): Promise<CostForecast> {
  const state = await ledger.state();
  const history = await dailyHistory(ledger, state.firstAt, now, timeZone);
  const month = await currentMonth(ledger, history, now, timeZone);
  const projection = projectMonth(month.soFar);
  const today = startOfDay(now, timeZone);
  const ahead =
    days === undefined
      ? projection.ok
        ? projection.forecast
        : projection
      : // Today lies between the history and tomorrow: it is forecast too, and left out of the sum.
        forecast(history.dollars, { horizon: days + 1, weights: [0, ...new Array<number>(days).fill(1)] });
  const first = days === undefined ? 0 : 1;
  const restOfToday = days === undefined ? 1 - month.soFar.todayElapsed : 1;
  const dateOf = (index: number): string => isoDate(addDays(today, index, timeZone), timeZone);
  const last = days ?? month.soFar.daysLeft;
  const span = await historySpan(ledger, history, state.lastAt);
  return {
    schemaVersion: 1,
    generatedAt: new Date(now).toISOString(),
    timeZone,
    horizon: {
      kind: days === undefined ? 'month' : 'days',
      label: days === undefined ? `rest of ${labelOf(month, timeZone)}` : days === 1 ? 'tomorrow' : `next ${days} days`,
      from: dateOf(first),
      to: dateOf(last),
    },
    history: span,
    forecast: ahead.ok
      ? {
          method: ahead.model,
          skill: ahead.skill,
          relativeError: ahead.relativeError,
          origins: ahead.origins,
          coverage: ahead.coverage,
          forecastable: ahead.forecastable,
          total: rangeOf(ahead.total),
          days: ahead.days.slice(first).map((day, index) => ({
            date: dateOf(index + first),
            ...rangeOf(day, index === 0 ? restOfToday : 1),
          })),
        }
      : null,
    ...(ahead.ok ? {} : { needs: { days: ahead.needs, why: ahead.why } }),
    month: monthOf(month, projection, monthlyBudget, timeZone, dateOf),
    notes: staleNotes(state.lastAt, now, timeZone),
  };
}

function monthOf(
  month: CurrentMonth,
  projection: ReturnType<typeof projectMonth>,
  budget: bigint | undefined,
  timeZone: string,
  dateOf: (index: number) => string,
): CostForecast['month'] {
  const outlook = budget === undefined || budget <= 0n ? undefined : budgetOutlook(picoToNumber(budget), month.soFar, projection);
  return {
    label: labelOf(month, timeZone),
    spent: usdString(month.spent),
    end: projection.ok ? rangeOf(projection.total) : null,
    budget: budget === undefined ? null : usdString(budget),
    probabilityKept: outlook?.probabilityKept ?? null,
    burnRate: outlook?.burnRate ?? null,
    exhaustedOn: outlook?.exhaustedIn === null || outlook === undefined ? null : dateOf(outlook.exhaustedIn),
  };
}

function labelOf(month: CurrentMonth, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, month: 'long' }).format(month.from);
}

function rangeOf({ value, low, high }: Expected, share = 1): UsdRange {
  const dollars = (amount: number): string => usdString(picoFromDollars(Number((amount * share).toFixed(6))));
  return { point: dollars(value), low: dollars(low), high: dollars(high) };
}
