import type { Aggregate } from './ast.ts';
import { executionError } from './errors.ts';
import { isLabelName, Labels, metricName } from './labels.ts';
import { quantile } from './numbers.ts';
import type { VectorElement } from './rows.ts';
import { formatPlain, quote } from './text.ts';
import { topk } from './topk.ts';

type Vector = readonly VectorElement[];

/** A mean that does not overflow and that an infinity, once in, does not leave. */
function mean(values: readonly number[]): number {
  let current = values[0] ?? Number.NaN;
  for (let index = 1; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    if (Math.abs(current) === Infinity && (value === current || Number.isFinite(value))) continue;
    current += value / (index + 1) - current / (index + 1);
  }
  return current;
}

function variance(values: readonly number[]): number {
  let average = values[0] ?? Number.NaN;
  let squares = 0;
  for (let index = 1; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    const delta = value - average;
    average += delta / (index + 1);
    squares += delta * (value - average);
  }
  return squares / values.length;
}

const reducers = {
  sum: (values) => values.reduce((total, value) => total + value),
  avg: mean,
  min: (values) => values.reduce((best, value) => (best > value || Number.isNaN(best) ? value : best)),
  max: (values) => values.reduce((best, value) => (best < value || Number.isNaN(best) ? value : best)),
  count: (values) => values.length,
  group: () => 1,
  stddev: (values) => Math.sqrt(variance(values)),
  stdvar: variance,
} satisfies Record<string, (values: readonly number[]) => number>;

/** An aggregation over the vectors of an evaluation's steps; label work is remembered. */
export class Aggregator {
  readonly #expr: Aggregate;
  readonly #groups = new Map<Labels, Labels>();

  constructor(expr: Aggregate) {
    this.#expr = expr;
  }

  /** `param`: k, q, or the label of count_values. */
  apply(vector: Vector, param: number | string | undefined): VectorElement[] {
    const { op } = this.#expr;
    if (op === 'count_values') return this.#countValues(vector, String(param));
    const number = typeof param === 'number' ? param : Number.NaN;
    if (op === 'topk' || op === 'bottomk') return this.#rank(vector, number, op === 'topk');
    return this.#grouped(vector, (labels) => this.#groupOf(labels)).map(([labels, elements]) => {
      const values = elements.map(({ value }) => value);
      return { labels, value: op === 'quantile' ? quantile(number, values) : reducers[op](values) };
    });
  }

  #rank(vector: Vector, k: number, highest: boolean): VectorElement[] {
    if (!(k >= -(2 ** 63) && k < 2 ** 63)) throw executionError(`Scalar value ${formatPlain(k)} overflows int64`);
    const limit = Math.trunc(k);
    if (limit < 1) return [];
    return this.#grouped(vector, (labels) => this.#groupOf(labels)).flatMap(([, elements]) => topk(elements, limit, highest));
  }

  #countValues(vector: Vector, label: string): VectorElement[] {
    if (!isLabelName(label)) throw executionError(`invalid label name ${quote(label)}`);
    const { grouping, without } = this.#expr;
    const valued = vector.map(({ labels, value }) => ({ labels: labels.with(label, formatPlain(value)), value }));
    const groupOf = (labels: Labels) => (without ? labels.without([metricName, ...grouping]) : labels.keep([...grouping, label]));
    return this.#grouped(valued, groupOf).map(([labels, elements]) => ({ labels, value: elements.length }));
  }

  #grouped(vector: Vector, groupOf: (labels: Labels) => Labels): [Labels, VectorElement[]][] {
    const groups = new Map<string, [Labels, VectorElement[]]>();
    for (const element of vector) {
      const labels = groupOf(element.labels);
      const group = groups.get(labels.key);
      if (group) group[1].push(element);
      else groups.set(labels.key, [labels, [element]]);
    }
    return [...groups.values()];
  }

  #groupOf(labels: Labels): Labels {
    const { grouping, without } = this.#expr;
    if (!without && grouping.length === 0) return Labels.empty;
    let group = this.#groups.get(labels);
    if (!group) {
      group = without ? labels.without([metricName, ...grouping]) : labels.keep(grouping);
      this.#groups.set(labels, group);
    }
    return group;
  }
}
