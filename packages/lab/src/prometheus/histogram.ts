export interface Bucket {
  readonly upperBound: number;
  readonly count: number;
}

function coalesce(sorted: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (const bucket of sorted) {
    const last = merged.at(-1);
    if (last?.upperBound === bucket.upperBound) merged[merged.length - 1] = { ...last, count: last.count + bucket.count };
    else merged.push(bucket);
  }
  return merged;
}

function monotonic(buckets: readonly Bucket[]): Bucket[] {
  let highest = buckets[0]?.count ?? Number.NaN;
  return buckets.map((bucket) => {
    if (bucket.count > highest) highest = bucket.count;
    return bucket.count < highest ? { ...bucket, count: highest } : bucket;
  });
}

/** The first index in [0, end) for which `test` holds, by bisection as Go's sort.Search does; `end` if none. */
function search(end: number, test: (index: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * promql/quantile.go bucketQuantile. NaN without a +Inf bucket, with fewer than two buckets or without observations;
 * -Inf for q < 0, +Inf for q > 1. Within a bucket the distribution is linear; in the +Inf bucket the answer is the highest finite bound.
 */
export function bucketQuantile(q: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const sorted = unsorted.toSorted((a, b) => (a.upperBound === b.upperBound ? 0 : a.upperBound - b.upperBound));
  if (sorted.at(-1)?.upperBound !== Infinity) return Number.NaN;
  const buckets = monotonic(coalesce(sorted));
  const last = buckets.length - 1;
  const at = (index: number): Bucket => buckets[index] ?? { upperBound: Number.NaN, count: Number.NaN };
  if (last < 1) return Number.NaN;
  const observations = at(last).count;
  if (observations === 0) return Number.NaN;
  let rank = q * observations;
  const found = search(last, (index) => at(index).count >= rank);
  if (found === last) return at(last - 1).upperBound;
  if (found === 0 && at(0).upperBound <= 0) return at(0).upperBound;
  const end = at(found).upperBound;
  if (found === 0) return end * (rank / at(0).count);
  const below = at(found - 1);
  rank -= below.count;
  return below.upperBound + (end - below.upperBound) * (rank / (at(found).count - below.count));
}
