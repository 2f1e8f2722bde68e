/** Cumulative counts of a classic histogram, over a window. */
export interface Buckets {
  /** Upper bound (`le`) → observations at or below it; `Infinity` for `+Inf`. */
  readonly counts: ReadonlyMap<number, number>;
}

/** A quantile: `atLeast` where it lies beyond the largest finite bucket, and only that bound is known. */
export type Quantile = { readonly value: number; readonly atLeast: boolean } | undefined;

/**
 * Quantile by linear interpolation within the bucket, as PromQL's
 * histogram_quantile does (promql/quantile.go), except that a rank in the +Inf
 * bucket is said to be a lower bound; PromQL returns the largest finite bound
 * as if it were the answer. Undefined without observations or without +Inf.
 */
export function quantile(q: number, buckets: Buckets): Quantile {
  const sorted = [...buckets.counts].filter(([, count]) => !Number.isNaN(count)).sort(([a], [b]) => a - b);
  const total = buckets.counts.get(Number.POSITIVE_INFINITY);
  if (total === undefined || !(total > 0)) return undefined;
  const rank = q * total;
  let below = 0;
  let lower = 0;
  let largest: number | undefined;
  for (const [upper, raw] of sorted) {
    // Rates of several series can make cumulative counts dip by a rounding error.
    const count = Math.max(raw, below);
    if (upper === Number.POSITIVE_INFINITY) break;
    largest = upper;
    if (count >= rank) {
      if (lower === 0 && upper <= 0) return { value: upper, atLeast: false };
      const inBucket = count - below;
      return { value: inBucket === 0 ? upper : lower + ((upper - lower) * (rank - below)) / inBucket, atLeast: false };
    }
    below = count;
    lower = upper;
  }
  return largest === undefined ? undefined : { value: largest, atLeast: true };
}
