import { type Candidate, candidates, models } from './models.ts';

/** How one candidate would have done at each past origin. */
export interface Backtest {
  readonly model: Candidate;
  /** errors[origin][h]: what happened minus what was forecast, h = 0 is the next day. */
  readonly errors: readonly (readonly number[])[];
  /** Mean absolute error over all origins and horizons ÷ that of the seasonal naive forecast over the same ones; below 1 is better than naive. */
  readonly relativeError: number;
}

/** Days of history that a forecast is fitted on, at least and at most. */
export const trainingDays = { least: 21, most: 182 } as const;
const mostOrigins = 180;

/**
 * Rolling origin (Tashman, Int. J. Forecasting 16 (2000) 437): every candidate
 * is refitted at each origin on what was known then. The relative error is
 * MASE with the naive forecast's out-of-sample error as its scale.
 */
export function backtest(history: readonly number[], horizon: number): Backtest[] {
  const first = Math.max(trainingDays.least, history.length - horizon - mostOrigins + 1);
  const errorsOf = new Map<Candidate, number[][]>(candidates.map((name) => [name, []]));
  for (let origin = first; origin + horizon <= history.length; origin += 1) {
    const known = history.slice(Math.max(0, origin - trainingDays.most), origin);
    for (const name of candidates) {
      const ahead = models[name](known, horizon);
      errorsOf.get(name)?.push(ahead.map((value, h) => (history[origin + h] ?? 0) - value));
    }
  }
  const naive = meanAbsolute(errorsOf.get('seasonal naive') ?? []);
  return candidates.map((model) => {
    const errors = errorsOf.get(model) ?? [];
    const own = meanAbsolute(errors);
    // A series that repeats itself exactly: naive is perfect, and nothing can be better.
    const relativeError = naive === 0 ? (own === 0 ? 1 : Number.POSITIVE_INFINITY) : own / naive;
    return { model, errors, relativeError };
  });
}

function meanAbsolute(errors: readonly (readonly number[])[]): number {
  let sum = 0;
  let count = 0;
  for (const path of errors) {
    for (const error of path) {
      sum += Math.abs(error);
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}
