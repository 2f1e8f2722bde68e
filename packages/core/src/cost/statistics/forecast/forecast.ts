import { type Backtest, backtest, trainingDays } from './backtest.ts';
import { type ErrorDistribution, errorDistribution, errorInterval, independentDays, independentSums } from './interval.ts';
import { type Candidate, models } from './models.ts';

/** An amount to come, with the interval that holds it with the coverage asked for. */
export interface Expected {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Forecast {
  readonly ok: true;
  readonly model: Candidate;
  /**
   * `useful`: better than repeating last week. `none`: no candidate was, so
   * the interval is that of repeating last week.
   */
  readonly skill: 'useful' | 'none';
  /** Mean absolute error ÷ that of repeating last week, in the backtest. */
  readonly relativeError: number;
  /** False where the total's interval is wider than the total itself: the figure says little, and must be shown so. */
  readonly forecastable: boolean;
  readonly coverage: number;
  readonly days: readonly Expected[];
  /** Of all days, weighted: its own interval, not the sum of the days' intervals. */
  readonly total: Expected;
  readonly totalErrors: ErrorDistribution;
  /** Past origins that the intervals rest on. */
  readonly origins: number;
}

/** `needs` more whole days are needed. */
export interface ThinHistory {
  readonly ok: false;
  readonly needs: number;
  readonly why: string;
}

export interface ForecastOptions {
  /** Whole days ahead, 1 or more. */
  readonly horizon: number;
  /** Weight of each day in the total, 1 unless told: what is left of today, then whole days. */
  readonly weights?: readonly number[];
  /** 0.8 unless told. */
  readonly coverage?: number;
}

/** How much better than last week's figures a candidate must have been, so that luck alone is not taken for skill. */
const leastGain = 0.02;
/** Origins span at least this many horizons: with fewer an interval would rest on one or two experiences. */
const leastSpans = 2;

/**
 * The days after the history, by the candidate that did best in a backtest,
 * with intervals from that backtest's own errors. `null` is a day that was not
 * seen: the history begins after the last of them.
 */
export function forecast(series: readonly (number | null)[], options: ForecastOptions): Forecast | ThinHistory {
  const { horizon, coverage = 0.8, weights } = options;
  const history = series.slice(series.lastIndexOf(null) + 1).filter((value): value is number => value !== null);
  const needed = daysNeeded(horizon);
  if (history.length < needed) {
    const why = `${horizon} days ahead need ${needed} whole days in a row, there are ${history.length}`;
    return { ok: false, needs: needed - history.length, why };
  }
  const { best, skill } = choose(backtest(history, horizon));
  const ahead = models[best.model](history.slice(-trainingDays.most), horizon);
  const days = ahead.map((value, h) => {
    const errors = best.errors.map((path) => path[h] ?? 0);
    return around(value, errorDistribution(errors, independentDays(errors, h + 1)), coverage);
  });
  const weightOf = (h: number): number => weights?.[h] ?? 1;
  const weighted = (path: readonly number[]): number => path.reduce((sum, value, h) => sum + value * weightOf(h), 0);
  const totalErrors = errorDistribution(best.errors.map(weighted), independentSums(best.errors.length, horizon));
  const total = around(weighted(ahead), totalErrors, coverage);
  return {
    ok: true,
    model: best.model,
    skill,
    relativeError: best.relativeError,
    forecastable: total.high - total.low <= total.value,
    coverage,
    days,
    total,
    totalErrors,
    origins: best.errors.length,
  };
}

/** Whole days of history that a forecast over `horizon` days needs. */
export function daysNeeded(horizon: number): number {
  return trainingDays.least + Math.max(week, leastSpans * horizon);
}

const week = 7;

function choose(tests: readonly Backtest[]): { best: Backtest; skill: Forecast['skill'] } {
  const naive = tests.find(({ model }) => model === 'seasonal naive');
  const best = tests.toSorted((a, b) => a.relativeError - b.relativeError)[0];
  if (!best || !naive) throw new RangeError('no candidate to choose from');
  return best.relativeError <= 1 - leastGain ? { best, skill: 'useful' } : { best: naive, skill: 'none' };
}

function around(value: number, errors: ErrorDistribution, coverage: number): Expected {
  const { low, high } = errorInterval(errors, coverage);
  return { value, low: Math.max(0, value + low), high: Math.max(0, value + high) };
}
