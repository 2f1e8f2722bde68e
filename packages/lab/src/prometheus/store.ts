import type { Matcher } from './ast.ts';
import { compareLabels, compareStrings, isLabelName, Labels, metricName } from './labels.ts';

/** Ends a series until its next sample: what Prometheus writes when a target or a series disappears. */
export const stale = 'stale';

/** A sample: milliseconds since the epoch, and its value. */
export type Sample = readonly [timestampMs: number, value: number | typeof stale];

/** Samples in columns: the compact form for large data. `stale` lists the indexes of stale markers. */
export interface SampleColumns {
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly stale?: readonly number[];
}

/** A time series as scenario authors give it: labels with `__name__`, samples in ascending time. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[] | SampleColumns;
}

/** Timestamps (ms, ascending) and values. */
export interface Columns {
  readonly t: ArrayLike<number>;
  readonly v: ArrayLike<number>;
}

export interface StoredSeries {
  readonly labels: Labels;
  /** All samples; a stale marker's value is not to be used. */
  readonly all: Columns;
  /** Without stale markers: what range selectors see. */
  readonly live: Columns;
  readonly isStale: (index: number) => boolean;
}

function toColumns(samples: Series['samples']): SampleColumns {
  if ('t' in samples) return samples;
  const t = new Float64Array(samples.length);
  const v = new Float64Array(samples.length);
  const staleAt: number[] = [];
  for (const [index, [time, value]] of samples.entries()) {
    t[index] = time;
    if (value === stale) staleAt.push(index);
    else v[index] = value;
  }
  return { t, v, stale: staleAt };
}

function toStored(series: Series): StoredSeries {
  const labels = Labels.of(series.labels);
  const name = labels.get(metricName);
  if (!/^[a-zA-Z_:][\w:]*$/.test(name)) throw new Error(`lab series: ${JSON.stringify(name)} is no metric name`);
  const wrong = labels.pairs.find(([label]) => !isLabelName(label));
  if (wrong) throw new Error(`lab series ${name}: ${JSON.stringify(wrong[0])} is no label name`);
  const all = toColumns(series.samples);
  if (all.t.length !== all.v.length) throw new Error(`lab series ${labels}: ${all.t.length} timestamps but ${all.v.length} values`);
  for (let index = 0; index < all.t.length; index++) {
    const time = all.t[index] ?? Number.NaN;
    if (!Number.isInteger(time)) throw new Error(`lab series ${labels}: timestamps are whole milliseconds`);
    if (index > 0 && time <= (all.t[index - 1] ?? 0)) throw new Error(`lab series ${labels}: timestamps must ascend`);
  }
  const marks = new Set(all.stale);
  if (marks.size === 0) return { labels, all, live: all, isStale: () => false };
  const keep = (_: number, index: number) => !marks.has(index);
  return { labels, all, live: { t: all.t.filter(keep), v: all.v.filter(keep) }, isStale: (index) => marks.has(index) };
}

/** The index of the first element that is ≥ `target`; the length if none. */
export function lowerBound(values: ArrayLike<number>, target: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < target) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Series in memory, in label order, indexed by metric name. */
export class SeriesStore {
  readonly series: readonly StoredSeries[];
  readonly #byName: ReadonlyMap<string, readonly StoredSeries[]>;

  constructor(series: Iterable<Series>) {
    const stored = Array.from(series, toStored).sort((a, b) => compareLabels(a.labels, b.labels));
    for (const [index, one] of stored.entries()) {
      if (stored[index + 1]?.labels.key === one.labels.key) throw new Error(`lab series ${one.labels} is given twice`);
    }
    this.series = stored;
    this.#byName = Map.groupBy(stored, (one) => one.labels.get(metricName));
  }

  select(matchers: readonly Matcher[]): StoredSeries[] {
    const exact = matchers.find((matcher) => matcher.name === metricName && matcher.op === '=');
    const candidates = exact ? (this.#byName.get(exact.value) ?? []) : this.series;
    return candidates.filter(({ labels }) => matchers.every((matcher) => matcher.matches(labels.get(matcher.name))));
  }

  /** Series that match any of the selectors (all of them if there is none) and have a sample in [start, end]. */
  find(selectors: readonly (readonly Matcher[])[], start: number, end: number): StoredSeries[] {
    const found = selectors.length === 0 ? this.series : selectors.flatMap((matchers) => this.select(matchers));
    return [...new Set(found)]
      .filter(({ all }) => (all.t[lowerBound(all.t, start)] ?? Number.NaN) <= end)
      .sort((a, b) => compareLabels(a.labels, b.labels));
  }
}

/** The distinct label names, sorted. */
export function labelNamesOf(series: readonly StoredSeries[]): string[] {
  return [...new Set(series.flatMap(({ labels }) => labels.pairs.map(([name]) => name)))].sort(compareStrings);
}

/** The distinct values of a label, sorted. */
export function labelValuesOf(series: readonly StoredSeries[], name: string): string[] {
  return [...new Set(series.map(({ labels }) => labels.get(name)).filter((value) => value !== ''))].sort(compareStrings);
}
