/** Arithmetic where Go's math package differs from JavaScript's, and Prometheus's compensated sums. */

/** math.Max: an infinity wins over NaN. */
export function goMax(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

/** math.Min: a negative infinity wins over NaN. */
export function goMin(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}

/** math.Pow: 1^y is 1 for every y, NaN included, and (-1)^±Inf is 1. */
export function goPow(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

/** math.Frexp of a positive finite number: fraction in [0.5, 1) and exponent, value = fraction * 2^exponent. */
function frexp(value: number): [fraction: number, exponent: number] {
  const subnormal = value < 2 ** -1022;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, subnormal ? value * 2 ** 52 : value);
  const high = view.getUint32(0);
  const exponent = (high >>> 20) - 1022 - (subnormal ? 52 : 0);
  view.setUint32(0, (high & 0x000fffff) | (1022 << 20));
  return [view.getFloat64(0), exponent];
}

/** math.Log2, which rounds otherwise than Math.log2 does. */
export function goLog2(value: number): number {
  if (!(value > 0) || value === Infinity) return Math.log2(value);
  const [fraction, exponent] = frexp(value);
  return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * Math.LOG2E + exponent;
}

/** math.Log10, which rounds otherwise than Math.log10 does. */
export function goLog10(value: number): number {
  return Math.log(value) * Math.LOG10E;
}

/** Neumaier's compensated summation (promql/functions.go kahanSumInc). */
export class KahanSum {
  sum = 0;
  compensation = 0;

  add(value: number): void {
    const total = this.sum + value;
    this.compensation += Math.abs(this.sum) >= Math.abs(value) ? this.sum - total + value : value - total + this.sum;
    this.sum = total;
  }

  get total(): number {
    return this.sum + this.compensation;
  }
}

/** NaN first, then ascending: the order of Prometheus's vectorByValueHeap. */
function ascendingNaNFirst(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a - b || 0;
}

/** Ascending with NaN last (PromQL's sort); two equal infinities are equal. */
export function ascendingNaNLast(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a - b;
}

/** Descending with NaN last (PromQL's sort_desc). */
export function descendingNaNLast(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : b - a;
}

/** promql/quantile.go quantile: linear interpolation between the two nearest ranks. */
export function quantile(q: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const sorted = values.toSorted(ascendingNaNFirst);
  const rank = q * (sorted.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[lower] ?? Number.NaN) * (1 - weight) + (sorted[upper] ?? Number.NaN) * weight;
}
