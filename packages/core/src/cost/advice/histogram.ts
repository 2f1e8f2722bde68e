/** Positive numbers in buckets of 2 %, so that a quantile of millions takes little memory and is off by 1 % at most. */
export class Histogram {
  private readonly buckets = new Map<number, number>();
  count = 0;
  sum = 0;

  add(value: number): void {
    if (!Number.isFinite(value) || value < 0) return;
    const bucket = value < smallest ? Number.NEGATIVE_INFINITY : Math.floor(Math.log(value) / step);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
    this.count += 1;
    this.sum += value;
  }

  merge(other: Histogram): void {
    for (const [bucket, count] of other.buckets) this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + count);
    this.count += other.count;
    this.sum += other.sum;
  }

  /** Value that a share p of all does not exceed; null where there is none. */
  quantile(p: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.max(1, Math.ceil(p * this.count));
    let below = 0;
    for (const bucket of [...this.buckets.keys()].sort((a, b) => a - b)) {
      below += this.buckets.get(bucket) ?? 0;
      if (below >= rank) return bucket === Number.NEGATIVE_INFINITY ? 0 : Math.exp((bucket + 0.5) * step);
    }
    return null;
  }
}

const step = Math.log(1.02);
const smallest = 1e-6;
