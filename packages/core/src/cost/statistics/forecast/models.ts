import { linearRegression } from 'simple-statistics';

/**
 * Point forecasts of a daily series with a weekly pattern. Each takes the
 * history (oldest first, at least two weeks) and answers the next `horizon`
 * days, never below 0: nobody earns by spending.
 */

const week = 7;

export const candidates = ['seasonal naive', 'damped Holt', 'Theta'] as const;
export type Candidate = (typeof candidates)[number];

export const models: Readonly<Record<Candidate, (history: readonly number[], horizon: number) => number[]>> = {
  'seasonal naive': seasonalNaive,
  'damped Holt': dampedHolt,
  Theta: theta,
};

/** The same weekday of the last week. */
function seasonalNaive(history: readonly number[], horizon: number): number[] {
  const last = history.slice(-week);
  return Array.from({ length: horizon }, (_, i) => Math.max(0, last[i % last.length] ?? 0));
}

const holtGrid: readonly (readonly [alpha: number, beta: number, phi: number])[] = [0.05, 0.15, 0.4, 0.8].flatMap((alpha) =>
  [0.05, 0.25].flatMap((beta) => [0.8, 0.95].map((phi) => [alpha, beta, phi] as const)),
);

/** Holt's linear trend, damped (Gardner and McKenzie, Management Science 31 (1985) 1237), on the series without its weekly pattern. */
function dampedHolt(history: readonly number[], horizon: number): number[] {
  const { adjusted, pattern } = seasonallyAdjusted(history);
  let best = { error: Number.POSITIVE_INFINITY, level: 0, trend: 0, phi: 1 };
  for (const [alpha, beta, phi] of holtGrid) {
    let level = firstLevel(adjusted);
    let trend = 0;
    let error = 0;
    for (const value of adjusted) {
      const ahead = level + phi * trend;
      const miss = value - ahead;
      error += miss * miss;
      level = ahead + alpha * miss;
      trend = phi * trend + alpha * beta * miss;
    }
    if (error < best.error) best = { error, level, trend, phi };
  }
  let damping = 0;
  return Array.from({ length: horizon }, (_, i) => {
    damping += best.phi ** (i + 1);
    return Math.max(0, best.level + damping * best.trend + patternAt(pattern, history.length + i));
  });
}

const thetaGrid = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99];

/**
 * Theta method (Assimakopoulos and Nikolopoulos, Int. J. Forecasting 16 (2000)
 * 521) in the form of Hyndman and Billah, ibid. 19 (2003) 287: simple
 * exponential smoothing with half the slope of the regression line as drift.
 */
function theta(history: readonly number[], horizon: number): number[] {
  const { adjusted, pattern } = seasonallyAdjusted(history);
  const n = adjusted.length;
  const drift = linearRegression(adjusted.map((value, i) => [i, value])).m / 2;
  let best = { error: Number.POSITIVE_INFINITY, level: 0, alpha: 1 };
  for (const alpha of thetaGrid) {
    let level = firstLevel(adjusted);
    let error = 0;
    for (const value of adjusted) {
      const miss = value - level;
      error += miss * miss;
      level += alpha * miss;
    }
    if (error < best.error) best = { error, level, alpha };
  }
  const catchUp = (1 - (1 - best.alpha) ** n) / best.alpha;
  return Array.from({ length: horizon }, (_, i) =>
    Math.max(0, best.level + drift * (i + catchUp) + patternAt(pattern, history.length + i)),
  );
}

function firstLevel(values: readonly number[]): number {
  const first = values.slice(0, week);
  return first.reduce((sum, value) => sum + value, 0) / Math.max(1, first.length);
}

/** Weekly pattern by position modulo 7; sums to 0. */
interface Adjusted {
  readonly adjusted: number[];
  readonly pattern: number[];
}

/** Classical additive decomposition: centred seven-day mean, mean deviation by weekday. */
function seasonallyAdjusted(history: readonly number[]): Adjusted {
  const n = history.length;
  const sums = new Array<number>(week).fill(0);
  const counts = new Array<number>(week).fill(0);
  let windowSum = 0;
  for (let i = 0; i < n; i += 1) {
    windowSum += history[i] ?? 0;
    if (i >= week) windowSum -= history[i - week] ?? 0;
    if (i < week - 1) continue;
    const centre = i - 3;
    const phase = centre % week;
    sums[phase] = (sums[phase] ?? 0) + (history[centre] ?? 0) - windowSum / week;
    counts[phase] = (counts[phase] ?? 0) + 1;
  }
  const means = sums.map((sum, i) => (counts[i] ? sum / (counts[i] ?? 1) : 0));
  const centre = means.reduce((sum, mean) => sum + mean, 0) / week;
  const pattern = means.map((mean) => mean - centre);
  return { adjusted: history.map((value, i) => value - patternAt(pattern, i)), pattern };
}

function patternAt(pattern: readonly number[], position: number): number {
  return pattern[position % week] ?? 0;
}
