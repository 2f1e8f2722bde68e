import { executionError, notImplemented } from './errors.ts';
import { type Bucket, bucketQuantile } from './histogram.ts';
import { bucketLabel, isLabelName, type Labels, metricName } from './labels.ts';
import { ascendingNaNLast, descendingNaNLast, goLog2, goLog10, goMax, goMin } from './numbers.ts';
import { anchoredRegex, expand } from './regex.ts';
import type { VectorElement } from './rows.ts';
import { parseGoFloat } from './text.ts';

type Vector = readonly VectorElement[];

/** What a function of instant vectors is called with, in the order of its arguments. */
export interface Arguments {
  readonly vector: (index: number) => Vector;
  readonly scalar: (index: number) => number;
  readonly string: (index: number) => string;
  readonly count: number;
  /** The evaluation time in ms. */
  readonly time: number;
}

export type VectorFunction = (args: Arguments) => VectorElement[];

function each(vector: Vector, value: (value: number) => number): VectorElement[] {
  return vector.map((element) => ({ labels: element.labels.withoutName(), value: value(element.value) }));
}

function simple(value: (value: number) => number): VectorFunction {
  return (args) => each(args.vector(0), value);
}

/** A date function: of the evaluation time without an argument, of the values (seconds) with one. */
function date(empty: Labels, part: (date: Date) => number): VectorFunction {
  return ({ count, vector, time }) => {
    if (count === 0) return [{ labels: empty, value: part(new Date(Math.trunc(time / 1000) * 1000)) }];
    return each(vector(0), (seconds) => {
      const when = new Date(Math.trunc(seconds) * 1000);
      if (Number.isNaN(when.getTime())) throw notImplemented(`dates of the value ${seconds}`);
      return part(when);
    });
  };
}

function dayOfYear(when: Date): number {
  return (
    Math.round(
      (Date.UTC(when.getUTCFullYear(), when.getUTCMonth(), when.getUTCDate()) - Date.UTC(when.getUTCFullYear(), 0, 1)) / 86_400_000,
    ) + 1
  );
}

function daysInMonth(when: Date): number {
  return new Date(Date.UTC(when.getUTCFullYear(), when.getUTCMonth() + 1, 0)).getUTCDate();
}

function round({ vector, scalar, count }: Arguments): VectorElement[] {
  const inverse = 1 / (count > 1 ? scalar(1) : 1);
  return each(vector(0), (value) => Math.floor(value * inverse + 0.5) / inverse);
}

function clamp({ vector, scalar }: Arguments): VectorElement[] {
  const [low, high] = [scalar(1), scalar(2)];
  return high < low ? [] : each(vector(0), (value) => goMax(low, goMin(high, value)));
}

function histogramQuantile({ vector, scalar }: Arguments): VectorElement[] {
  const q = scalar(0);
  const histograms = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const { labels, value } of vector(1)) {
    const upperBound = parseGoFloat(labels.get(bucketLabel));
    if (upperBound === undefined) continue;
    const key = labels.without([bucketLabel]).key;
    const histogram = histograms.get(key) ?? { labels: labels.without([metricName, bucketLabel]), buckets: [] };
    histogram.buckets.push({ upperBound, count: value });
    histograms.set(key, histogram);
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(q, buckets) }));
}

function labelReplace({ vector, string }: Arguments): VectorElement[] {
  const [target, replacement, source, pattern] = [string(1), string(2), string(3), string(4)];
  const regex = labelReplaceRegex(pattern);
  if (!isLabelName(target)) throw executionError(`invalid destination label name in label_replace(): ${target}`);
  return vector(0).map(({ labels, value }) => {
    const match = regex.exec(labels.get(source));
    return { labels: match ? labels.with(target, expand(replacement, match)) : labels, value };
  });
}

function labelReplaceRegex(pattern: string): RegExp {
  try {
    return anchoredRegex(pattern);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('the lab')) throw error;
    throw executionError(`invalid regular expression in label_replace(): ${pattern}`);
  }
}

function labelJoin({ vector, string, count }: Arguments): VectorElement[] {
  const [target, separator] = [string(1), string(2)];
  const sources = Array.from({ length: count - 3 }, (_, index) => string(index + 3));
  const wrong = sources.find((name) => !isLabelName(name));
  if (wrong !== undefined) throw executionError(`invalid source label name in label_join(): ${wrong}`);
  if (!isLabelName(target)) throw executionError(`invalid destination label name in label_join(): ${target}`);
  return vector(0).map(({ labels, value }) => ({
    labels: labels.with(target, sources.map((name) => labels.get(name)).join(separator)),
    value,
  }));
}

/** Functions of instant vectors and scalars; `empty` is the empty label set. */
export function vectorFunctions(empty: Labels): ReadonlyMap<string, VectorFunction> {
  const scalarResult = (value: number): VectorElement[] => [{ labels: empty, value }];
  return new Map<string, VectorFunction>([
    ...(['abs', 'ceil', 'floor', 'exp', 'sqrt', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan'] as const).map(
      (name): [string, VectorFunction] => [name, simple(Math[name])],
    ),
    ...(['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'] as const).map((name): [string, VectorFunction] => [name, simple(Math[name])]),
    ['ln', simple(Math.log)],
    ['log2', simple(goLog2)],
    ['log10', simple(goLog10)],
    ['sgn', simple((value) => (value < 0 ? -1 : value > 0 ? 1 : value))],
    ['rad', simple((value) => (value * Math.PI) / 180)],
    ['deg', simple((value) => (value * 180) / Math.PI)],
    ['pi', () => scalarResult(Math.PI)],
    ['time', ({ time }) => scalarResult(time / 1000)],
    // Of a selector the engine itself gives the sample's own time; of anything else it is the evaluation time.
    ['timestamp', ({ vector, time }) => each(vector(0), () => time / 1000)],
    ['vector', ({ scalar }) => scalarResult(scalar(0))],
    ['scalar', ({ vector }) => scalarResult(vector(0).length === 1 ? (vector(0)[0]?.value ?? Number.NaN) : Number.NaN)],
    ['round', round],
    ['clamp', clamp],
    ['clamp_min', ({ vector, scalar }) => each(vector(0), (value) => goMax(scalar(1), value))],
    ['clamp_max', ({ vector, scalar }) => each(vector(0), (value) => goMin(scalar(1), value))],
    ['sort', ({ vector }) => vector(0).toSorted((a, b) => ascendingNaNLast(a.value, b.value))],
    ['sort_desc', ({ vector }) => vector(0).toSorted((a, b) => descendingNaNLast(a.value, b.value))],
    ['histogram_quantile', histogramQuantile],
    ['label_replace', labelReplace],
    ['label_join', labelJoin],
    ['minute', date(empty, (when) => when.getUTCMinutes())],
    ['hour', date(empty, (when) => when.getUTCHours())],
    ['day_of_week', date(empty, (when) => when.getUTCDay())],
    ['day_of_month', date(empty, (when) => when.getUTCDate())],
    ['day_of_year', date(empty, dayOfYear)],
    ['days_in_month', date(empty, daysInMonth)],
    ['month', date(empty, (when) => when.getUTCMonth() + 1)],
    ['year', date(empty, (when) => when.getUTCFullYear())],
  ]);
}
