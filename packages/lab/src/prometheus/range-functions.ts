import { KahanSum, quantile } from './numbers.ts';

/** The samples of one series in a range selector's window. */
export interface Window {
  readonly t: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  /** First and last index (inclusive); the window is never empty. */
  readonly first: number;
  readonly last: number;
  /** The selected range, both ends belong to it, in ms. */
  readonly start: number;
  readonly end: number;
  /** The evaluation time in ms, without offset and `@`. */
  readonly evaluatedAt: number;
}

/** Undefined: the series has no result at this step. */
export type RangeFunction = (window: Window, ...scalars: number[]) => number | undefined;

function valueAt(window: Window, index: number): number {
  return window.v[index] ?? Number.NaN;
}

function timeAt(window: Window, index: number): number {
  return window.t[index] ?? Number.NaN;
}

function size(window: Window): number {
  return window.last - window.first + 1;
}

function values(window: Window): number[] {
  return Array.from({ length: size(window) }, (_, index) => valueAt(window, window.first + index));
}

/** promql/functions.go extrapolatedRate of 2.42. */
function extrapolated(window: Window, isCounter: boolean, isRate: boolean): number | undefined {
  const { first, last } = window;
  if (last <= first) return undefined;
  const firstValue = valueAt(window, first);
  let result = valueAt(window, last) - firstValue;
  if (isCounter) {
    for (let index = first + 1; index <= last; index++) {
      const previous = valueAt(window, index - 1);
      if (valueAt(window, index) < previous) result += previous;
    }
  }
  let toStart = (timeAt(window, first) - window.start) / 1000;
  const toEnd = (window.end - timeAt(window, last)) / 1000;
  const sampled = (timeAt(window, last) - timeAt(window, first)) / 1000;
  const average = sampled / (last - first);
  if (isCounter && result > 0 && firstValue >= 0) {
    // A counter cannot be negative: never extrapolate beyond where it would have been zero.
    const toZero = sampled * (firstValue / result);
    if (toZero < toStart) toStart = toZero;
  }
  const threshold = average * 1.1;
  let interval = sampled;
  interval += toStart < threshold ? toStart : average / 2;
  interval += toEnd < threshold ? toEnd : average / 2;
  let factor = interval / sampled;
  if (isRate) factor /= (window.end - window.start) / 1000;
  return result * factor;
}

function instantaneous(window: Window, isRate: boolean): number | undefined {
  const { first, last } = window;
  if (last <= first) return undefined;
  const current = valueAt(window, last);
  const previous = valueAt(window, last - 1);
  const difference = isRate && current < previous ? current : current - previous;
  return isRate ? difference / ((timeAt(window, last) - timeAt(window, last - 1)) / 1000) : difference;
}

/** Least squares with the intercept at `interceptTime`; [slope per second, intercept]. */
function regression(window: Window, interceptTime: number): [slope: number, intercept: number] {
  const [x, y, xy, xx] = [new KahanSum(), new KahanSum(), new KahanSum(), new KahanSum()];
  const initial = valueAt(window, window.first);
  let constant = true;
  for (let index = window.first; index <= window.last; index++) {
    const value = valueAt(window, index);
    if (value !== initial && index > window.first) constant = false;
    const seconds = (timeAt(window, index) - interceptTime) / 1000;
    x.add(seconds);
    y.add(value);
    xy.add(seconds * value);
    xx.add(seconds * seconds);
  }
  if (constant) return Math.abs(initial) === Infinity ? [Number.NaN, Number.NaN] : [0, initial];
  const n = size(window);
  const slope = (xy.total - (x.total * y.total) / n) / (xx.total - (x.total * x.total) / n);
  return [slope, y.total / n - (slope * x.total) / n];
}

function average(window: Window): number {
  const mean = new KahanSum();
  let count = 0;
  for (const value of values(window)) {
    count++;
    if (Math.abs(mean.sum) === Infinity) {
      // An infinite mean stays: of the same sign there is nothing to add, and a finite value cannot move it.
      if (value === mean.sum || Number.isFinite(value)) continue;
    }
    mean.add(value / count - mean.sum / count);
  }
  return Math.abs(mean.sum) === Infinity ? mean.sum : mean.total;
}

function sum(window: Window): number {
  const total = new KahanSum();
  for (const value of values(window)) total.add(value);
  return Math.abs(total.sum) === Infinity ? total.sum : total.total;
}

function variance(window: Window): number {
  const mean = new KahanSum();
  const squares = new KahanSum();
  let count = 0;
  for (const value of values(window)) {
    count++;
    const delta = value - mean.total;
    mean.add(delta / count);
    squares.add(delta * (value - mean.total));
  }
  return squares.total / count;
}

function extreme(window: Window, better: (value: number, best: number) => boolean): number {
  let best = valueAt(window, window.first);
  for (const value of values(window)) if (better(value, best) || Number.isNaN(best)) best = value;
  return best;
}

function count(window: Window, counts: (current: number, previous: number) => boolean): number {
  let found = 0;
  for (let index = window.first + 1; index <= window.last; index++) {
    if (counts(valueAt(window, index), valueAt(window, index - 1))) found++;
  }
  return found;
}

function changed(current: number, previous: number): boolean {
  return current !== previous && !(Number.isNaN(current) && Number.isNaN(previous));
}

/** Functions of one range vector and, for some, scalars. */
export const rangeFunctions: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['rate', (window) => extrapolated(window, true, true)],
  ['increase', (window) => extrapolated(window, true, false)],
  ['delta', (window) => extrapolated(window, false, false)],
  ['irate', (window) => instantaneous(window, true)],
  ['idelta', (window) => instantaneous(window, false)],
  ['deriv', (window) => (window.last > window.first ? regression(window, timeAt(window, window.first))[0] : undefined)],
  [
    'predict_linear',
    (window, seconds = Number.NaN) => {
      if (window.last <= window.first) return undefined;
      const [slope, intercept] = regression(window, window.evaluatedAt);
      return slope * seconds + intercept;
    },
  ],
  ['resets', (window) => count(window, (current, previous) => current < previous)],
  ['changes', (window) => count(window, changed)],
  ['sum_over_time', sum],
  ['avg_over_time', average],
  ['min_over_time', (window) => extreme(window, (value, best) => value < best)],
  ['max_over_time', (window) => extreme(window, (value, best) => value > best)],
  ['count_over_time', size],
  ['last_over_time', (window) => valueAt(window, window.last)],
  ['present_over_time', () => 1],
  ['absent_over_time', () => 1],
  ['stddev_over_time', (window) => Math.sqrt(variance(window))],
  ['stdvar_over_time', variance],
  ['quantile_over_time', (window, q = Number.NaN) => quantile(q, values(window))],
]);
