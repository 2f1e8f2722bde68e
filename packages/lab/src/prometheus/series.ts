import { bucketLabel, metricName } from './labels.ts';
import type { SampleColumns, Series } from './store.ts';

type LabelRecord = Readonly<Record<string, string>>;

/** When samples are taken: from `from` to `to` (ms since the epoch, both included), every `stepSeconds` (default 15). */
export interface Schedule {
  readonly from: number;
  readonly to: number;
  readonly stepSeconds?: number;
  /** Milliseconds intervals [from, to) without samples: a target that was down. */
  readonly gaps?: readonly (readonly [from: number, to: number])[];
}

/** A constant, or a function of the time in ms. */
export type OverTime = number | ((timeMs: number) => number);

function at(value: OverTime, time: number): number {
  return typeof value === 'number' ? value : value(time);
}

/** Every scheduled time, those within gaps included. */
function times({ from, to, stepSeconds = 15 }: Schedule): number[] {
  const step = Math.round(stepSeconds * 1000);
  if (!(step > 0)) throw new Error(`a step of ${stepSeconds} s`);
  return Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, index) => from + index * step);
}

/** The samples that `value` gives at the scheduled times, called for those within gaps too. */
function sampled(schedule: Schedule, value: (time: number, index: number) => number): SampleColumns {
  const all = times(schedule);
  const values = all.map(value);
  const inGap = (time: number): boolean => (schedule.gaps ?? []).some(([from, to]) => time >= from && time < to);
  const kept = all.map((_, index) => index).filter((index) => !inGap(all[index] ?? 0));
  return { t: Float64Array.from(kept, (index) => all[index] ?? 0), v: Float64Array.from(kept, (index) => values[index] ?? 0) };
}

export interface CounterShape extends Schedule {
  /** Increase per second. */
  readonly rate: OverTime;
  /** Times (ms) at which the process restarts: the counter begins at 0 again. */
  readonly resets?: readonly number[];
  /** The value at `from`; default 0. */
  readonly initial?: number;
  /** Round to whole numbers (events); default true. */
  readonly whole?: boolean;
}

/** A counter whose slope is `rate`, read at each sample for the interval before it. */
export function counter(labels: LabelRecord, shape: CounterShape): Series {
  const { rate, resets = [], initial = 0, whole = true, stepSeconds = 15 } = shape;
  let total = initial;
  const samples = sampled(shape, (time, index) => {
    if (index > 0) {
      const before = time - stepSeconds * 1000;
      const reset = resets.findLast((moment) => moment > before && moment <= time);
      const growing = reset === undefined ? stepSeconds : (time - reset) / 1000;
      const growth = Math.max(0, at(rate, time)) * growing;
      total = reset === undefined ? total + growth : growth;
    }
    return whole ? Math.floor(total) : total;
  });
  return { labels, samples };
}

/** A gauge. */
export function gauge(labels: LabelRecord, schedule: Schedule, value: OverTime): Series {
  return { labels, samples: sampled(schedule, (time) => at(value, time)) };
}

export interface HistogramShape extends Omit<CounterShape, 'whole' | 'initial'> {
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /**
   * The distribution of observations at a time: for each bucket (the +Inf one last) its share, and the mean of all.
   * Shares need not add up to 1.
   */
  readonly distribution: (timeMs: number) => { readonly shares: readonly number[]; readonly mean: number };
}

/**
 * A histogram's `_bucket`, `_sum` and `_count`, consistent with one another at every sample: buckets are cumulative,
 * whole, and the +Inf bucket equals `_count`. `name` is the family's name.
 */
export function histogram(name: string, labels: LabelRecord, shape: HistogramShape): Series[] {
  const { bounds, distribution, rate } = shape;
  const le = [...bounds.map(String), '+Inf'];
  const shareOf = (time: number, index: number): number => {
    const { shares } = distribution(time);
    const whole = shares.reduce((sum, share) => sum + share, 0);
    return whole > 0 ? (shares[index] ?? 0) / whole : 0;
  };
  // One whole-numbered counter a bucket: their running sum is the cumulative histogram, and is consistent by construction.
  const single = le.map(
    (_, index) => counter({}, { ...shape, rate: (time) => at(rate, time) * shareOf(time, index) }).samples as SampleColumns,
  );
  const [first] = single;
  if (!first) return [];
  const running = new Float64Array(first.t.length);
  const buckets = single.map(({ v }, index) => {
    for (const [position, value] of v.entries()) running[position] = (running[position] ?? 0) + value;
    return {
      labels: { ...labels, [metricName]: `${name}_bucket`, [bucketLabel]: le[index] ?? '+Inf' },
      samples: { t: first.t, v: running.slice() },
    };
  });
  const count = buckets.at(-1)?.samples.v ?? running;
  const sum = sums(count, first.t, shape.resets ?? [], (time) => distribution(time).mean);
  return [
    ...buckets,
    { labels: { ...labels, [metricName]: `${name}_sum` }, samples: { t: first.t, v: sum } },
    { labels: { ...labels, [metricName]: `${name}_count` }, samples: { t: first.t, v: count } },
  ];
}

/** The sum of observations: what was newly counted times the mean at that time; begins anew where the count does. */
function sums(count: Float64Array, times: Float64Array, resets: readonly number[], mean: (timeMs: number) => number): Float64Array {
  let total = 0;
  return count.map((value, index) => {
    const time = times[index] ?? 0;
    const since = times[index - 1] ?? Number.NEGATIVE_INFINITY;
    const isFresh = index === 0 || resets.some((moment) => moment > since && moment <= time);
    const before = isFresh ? 0 : (count[index - 1] ?? 0);
    total = (isFresh ? 0 : total) + (value - before) * mean(time);
    return total;
  });
}
