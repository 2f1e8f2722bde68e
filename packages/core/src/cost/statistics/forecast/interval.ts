import { probit, quantileSorted } from 'simple-statistics';

/** Errors of the past as a distribution of the error to come. */
export interface ErrorDistribution {
  /** Ascending; widened, and mirrored, for how few independent ones there are. */
  readonly sorted: readonly number[];
  /** How many independent observations the errors are worth. */
  readonly independent: number;
}

/** With fewer independent errors than this their common sign is chance: each counts in both directions. */
const fewestForSign = 4;

/**
 * `independent` is how many independent observations the errors are worth.
 * Their spread is widened as Student's t is wider than the normal distribution
 * at that many degrees of freedom; mirrored errors, whose centre is not
 * estimated, less so (a factor that holds the coverage on simulated series).
 */
export function errorDistribution(errors: readonly number[], independent: number): ErrorDistribution {
  const mirror = independent < fewestForSign;
  const widen = studentRatio(Math.max(1, mirror ? 4 * independent : independent));
  const used = mirror ? errors.flatMap((error) => [error, -error]) : errors;
  const sorted = used.map((error) => error * widen).sort((a, b) => a - b);
  return { sorted, independent: Math.max(1, independent) };
}

/** Origins one day apart forecast the same days again and again: sums over `horizon` days are new only every `horizon` origins. */
export function independentSums(origins: number, horizon: number): number {
  return Math.max(1, (origins - 1) / horizon + 1);
}

/**
 * Errors of single days share no day, but a level that was misjudged shows in
 * several: effective sample size from their autocorrelation (Bayley and
 * Hammersley, J. R. Stat. Soc. Suppl. 8 (1946) 184), never less than for sums.
 */
export function independentDays(errors: readonly number[], horizon: number): number {
  const n = errors.length;
  const floor = independentSums(n, horizon);
  const mean = errors.reduce((sum, error) => sum + error, 0) / Math.max(1, n);
  const lagged = (lag: number): number => {
    let sum = 0;
    for (let i = lag; i < n; i += 1) sum += ((errors[i] ?? 0) - mean) * ((errors[i - lag] ?? 0) - mean);
    return sum;
  };
  const variance = lagged(0);
  if (variance === 0) return floor;
  let inflation = 1;
  for (let lag = 1; lag < Math.min(horizon, n); lag += 1) {
    const correlation = lagged(lag) / variance;
    if (correlation <= 0) break;
    inflation += 2 * (1 - lag / n) * correlation;
  }
  return Math.min(n, Math.max(floor, n / inflation));
}

/** Lower and upper error of a central interval with that coverage. */
export function errorInterval({ sorted }: ErrorDistribution, coverage: number): { low: number; high: number } {
  if (sorted.length === 0) return { low: 0, high: 0 };
  const tail = (1 - coverage) / 2;
  return { low: quantileAt(sorted, tail), high: quantileAt(sorted, 1 - tail) };
}

/** Quantile at rank p × (n + 1), the unbiased one for a new observation (Hyndman and Fan, Am. Stat. 50 (1996) 361, type 6). */
function quantileAt(sorted: readonly number[], p: number): number {
  const n = sorted.length;
  const position = n === 1 ? 0 : (p * (n + 1) - 1) / (n - 1);
  return quantileSorted(sorted as number[], Math.min(1, Math.max(0, position)));
}

/** Share of the errors that are at most `error`; never surer than that few independent ones allow, so never exactly 0 or 1. */
export function shareAtMost({ sorted, independent }: ErrorDistribution, error: number): number {
  const below = sorted.filter((value) => value <= error).length / Math.max(1, sorted.length);
  const doubt = 1 / (2 * (independent + 1));
  return Math.min(1 - doubt, Math.max(doubt, below));
}

/** t₀.₉ ÷ z₀.₉ by degrees of freedom: Cornish–Fisher expansion (Abramowitz and Stegun 26.7.5). */
function studentRatio(degrees: number): number {
  const z = probit(0.9);
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return (z + g1 / degrees + g2 / degrees ** 2) / z;
}
