import { type Expected, type Forecast, type ForecastOptions, forecast, type ThinHistory } from './forecast/forecast.ts';
import { shareAtMost } from './forecast/interval.ts';

/** Dollars of one month, whole days apart from today. */
export interface MonthSoFar {
  /** Whole days before today, oldest first, reaching back beyond the month; null: not seen. */
  readonly history: readonly (number | null)[];
  /** Of the month's days before today. */
  readonly spentBefore: number;
  /** Of today, until now. */
  readonly spentToday: number;
  /** Share of today that is over, 0 to 1. */
  readonly todayElapsed: number;
  /** Days of the month after today. */
  readonly daysLeft: number;
  readonly daysInMonth: number;
}

export interface MonthProjection {
  readonly ok: true;
  readonly spent: number;
  /** What the whole month will have cost. Never below what is spent already. */
  readonly total: Expected;
  readonly forecast: Forecast;
}

/**
 * The month's end: what is spent, plus a forecast of what is left of today and
 * the days after it. Today is forecast from the days before alone, and what is
 * left of it is taken as its share of the clock.
 */
export function projectMonth(month: MonthSoFar, coverage?: number): MonthProjection | ThinHistory {
  const spent = month.spentBefore + month.spentToday;
  const left = Math.min(1, Math.max(0, 1 - month.todayElapsed));
  const weights = [left, ...new Array<number>(month.daysLeft).fill(1)];
  const options: ForecastOptions = { horizon: weights.length, weights, ...(coverage === undefined ? {} : { coverage }) };
  const ahead = forecast(month.history, options);
  if (!ahead.ok) return ahead;
  const { value, low, high } = ahead.total;
  return { ok: true, spent, total: { value: spent + value, low: spent + low, high: spent + high }, forecast: ahead };
}

export interface BudgetOutlook {
  /** Spent ÷ budget. */
  readonly used: number;
  /** Share of the budget used ÷ share of the month gone: 1 spends the budget exactly by the end. Null in the month's first moment. */
  readonly burnRate: number | null;
  /** That the month ends within the budget; 0 only when it is exceeded already. Null where nothing can be forecast. */
  readonly probabilityKept: number | null;
  /** Days from today on which the expected spend passes the budget (0: today or before); null: not this month, or not known. */
  readonly exhaustedIn: number | null;
}

/** How a monthly budget (dollars, > 0) stands. The probability comes from the errors that the same forecast made in the past. */
export function budgetOutlook(budget: number, month: MonthSoFar, projection: MonthProjection | ThinHistory): BudgetOutlook {
  const spent = month.spentBefore + month.spentToday;
  const gone = (month.daysInMonth - month.daysLeft - 1 + month.todayElapsed) / month.daysInMonth;
  const used = spent / budget;
  const burnRate = gone > 0 ? used / gone : null;
  if (spent > budget) return { used, burnRate, probabilityKept: 0, exhaustedIn: 0 };
  if (!projection.ok) return { used, burnRate, probabilityKept: null, exhaustedIn: null };
  const { forecast: ahead } = projection;
  const room = budget - spent;
  let sum = 0;
  const passes = ahead.days.findIndex(({ value }, day) => {
    sum += value * (day === 0 ? Math.min(1, Math.max(0, 1 - month.todayElapsed)) : 1);
    return sum > room;
  });
  return {
    used,
    burnRate,
    probabilityKept: shareAtMost(ahead.totalErrors, room - ahead.total.value),
    exhaustedIn: passes === -1 ? null : passes,
  };
}
