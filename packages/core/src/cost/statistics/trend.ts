import { cumulativeStdNormalProbability, median, probit, quantileSorted } from 'simple-statistics';

/** A slope that outliers do not move, and how sure it is. */
export type Trend =
  | {
      readonly ok: true;
      /** Units of the values per step (a day). */
      readonly slope: number;
      readonly low: number;
      readonly high: number;
      /** Value of the fitted line at position 0. */
      readonly intercept: number;
      /** Two-sided, of Kendall's test against "no trend". */
      readonly pValue: number;
      /** True where the confidence interval does not contain 0. */
      readonly significant: boolean;
      readonly n: number;
    }
  | { readonly ok: false; readonly needs: number; readonly why: string };

export interface TrendOptions {
  /** Two-sided, in (0, 1); 0.95 unless told. */
  readonly confidence?: number;
  /** Only values this many steps apart (7: the same weekday) are compared, so that a weekly pattern is no trend. 1 unless told. */
  readonly period?: number;
  /** Positions, ascending and distinct; 0, 1, 2… unless told. */
  readonly at?: readonly number[];
}

/** Fewer values than this say nothing about a slope. */
const fewest = 6;

/**
 * Theil–Sen slope (median of all pairwise slopes) with the interval of Sen,
 * J. Am. Stat. Assoc. 63 (1968) 1379; seasons as in Hirsch and Slack, Water
 * Resour. Res. 20 (1984) 727: statistics of the seasons add up. Days of one
 * series depend on each other, so the interval is somewhat too narrow.
 */
export function theilSen(values: readonly number[], options: TrendOptions = {}): Trend {
  const { confidence = 0.95, period = 1, at } = options;
  const n = values.length;
  const least = period === 1 ? fewest : 2 * period;
  if (n < least) return { ok: false, needs: least - n, why: `a trend needs at least ${least} values` };
  const { slopes, kendall } = pairs(values, period, at);
  if (slopes.length === 0) return { ok: false, needs: period, why: 'no two values can be compared' };
  slopes.sort();
  const sigma = Math.sqrt(kendallVariance(values, period));
  const z = probit(1 - (1 - confidence) / 2);
  const last = slopes.length - 1;
  // Sen: the (N ∓ C)/2-th smallest slopes, ranks counted from 1 and the upper one plus 1.
  const below = Math.max(0, Math.round((slopes.length - z * sigma) / 2) - 1);
  const above = Math.min(last, Math.round((slopes.length + z * sigma) / 2));
  const slope = quantileSorted(slopes as unknown as number[], 0.5);
  const low = slopes[below] ?? slope;
  const high = slopes[above] ?? slope;
  const score = sigma === 0 ? 0 : (kendall - Math.sign(kendall)) / sigma;
  return {
    ok: true,
    slope,
    low,
    high,
    intercept: median(values as number[]) - slope * median(values.map((_, i) => at?.[i] ?? i)),
    pValue: Math.min(1, Math.max(0, 2 * (1 - cumulativeStdNormalProbability(Math.abs(score))))),
    significant: low > 0 || high < 0,
    n,
  };
}

/** Slopes of the comparable pairs and Kendall's S: rising pairs minus falling ones. */
function pairs(values: readonly number[], period: number, at: readonly number[] | undefined): { slopes: Float64Array; kendall: number } {
  const n = values.length;
  const slopes: number[] = [];
  let kendall = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + period; j < n; j += period) {
      const rise = (values[j] ?? 0) - (values[i] ?? 0);
      const run = (at?.[j] ?? j) - (at?.[i] ?? i);
      kendall += Math.sign(rise);
      slopes.push(rise / run);
    }
  }
  return { slopes: Float64Array.from(slopes), kendall };
}

/** Var(S) with its correction for ties, summed over the seasons. */
function kendallVariance(values: readonly number[], period: number): number {
  let variance = 0;
  for (let season = 0; season < Math.min(period, values.length); season += 1) {
    const counts = new Map<number, number>();
    let n = 0;
    for (let i = season; i < values.length; i += period) {
      const value = values[i] ?? 0;
      counts.set(value, (counts.get(value) ?? 0) + 1);
      n += 1;
    }
    let doubled = n * (n - 1) * (2 * n + 5);
    for (const ties of counts.values()) doubled -= ties * (ties - 1) * (2 * ties + 5);
    variance += doubled / 18;
  }
  return variance;
}

/** Trend of a series of days: same weekdays are compared as soon as there are four weeks of them. */
export function dailyTrend(values: readonly number[], confidence = 0.95): Trend & { readonly byWeekday: boolean } {
  const byWeekday = values.length >= 28;
  return { ...theilSen(values, { confidence, period: byWeekday ? 7 : 1 }), byWeekday };
}
