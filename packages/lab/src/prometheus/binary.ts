import { type Binary, type BinaryOp, isComparison } from './ast.ts';
import { executionError } from './errors.ts';
import { type Labels, metricName } from './labels.ts';
import { goPow } from './numbers.ts';
import type { VectorElement } from './rows.ts';

type Vector = readonly VectorElement[];

function arithmetic(op: BinaryOp, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return goPow(left, right);
    case 'atan2':
      return Math.atan2(left, right);
    default:
      throw executionError(`operator ${op} not allowed here`);
  }
}

function compare(op: BinaryOp, left: number, right: number): boolean {
  switch (op) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '<':
      return left < right;
    case '>=':
      return left >= right;
    default:
      return left <= right;
  }
}

/** Between two scalars; a comparison is 0 or 1. */
export function scalarBinary(op: BinaryOp, left: number, right: number): number {
  return isComparison(op) ? Number(compare(op, left, right)) : arithmetic(op, left, right);
}

/** Between two elements: the value, and whether the element stays. */
function elementBinary(op: BinaryOp, left: number, right: number): { value: number; keep: boolean } {
  return isComparison(op) ? { value: left, keep: compare(op, left, right) } : { value: arithmetic(op, left, right), keep: true };
}

// atan2 keeps the metric name, as 2.42 does: it is missing in shouldDropMetricName there.
function dropsName(op: BinaryOp): boolean {
  return ['+', '-', '*', '/', '%', '^'].includes(op);
}

/** Between a vector and a scalar; `swapped` when the scalar stands left. A comparison keeps the vector's own value. */
export function vectorScalar({ op, bool }: Binary, vector: Vector, scalar: number, swapped: boolean): VectorElement[] {
  const result: VectorElement[] = [];
  for (const element of vector) {
    const [left, right] = swapped ? [scalar, element.value] : [element.value, scalar];
    const { value, keep } = elementBinary(op, left, right);
    if (!keep && !bool) continue;
    const kept = isComparison(op) ? element.value : value;
    const labels = dropsName(op) || bool ? element.labels.withoutName() : element.labels;
    result.push({ labels, value: bool ? Number(keep) : kept });
  }
  return result;
}

/** A vector-vector operation; label work is remembered over the steps of one evaluation. */
export class VectorMatcher {
  readonly #expr: Binary;
  readonly #signatures = new Map<Labels, string>();
  readonly #results = new Map<string, Labels>();

  constructor(expr: Binary) {
    this.#expr = expr;
  }

  apply(left: Vector, right: Vector): VectorElement[] {
    switch (this.#expr.op) {
      case 'and':
        return this.#filter(left, right, true);
      case 'unless':
        return this.#filter(left, right, false);
      case 'or': {
        const seen = new Set(left.map((element) => this.#signature(element.labels)));
        return [...left, ...right.filter((element) => !seen.has(this.#signature(element.labels)))];
      }
      default:
        return this.#join(left, right);
    }
  }

  #filter(left: Vector, right: Vector, wanted: boolean): VectorElement[] {
    const signatures = new Set(right.map((element) => this.#signature(element.labels)));
    return left.filter((element) => signatures.has(this.#signature(element.labels)) === wanted);
  }

  #join(left: Vector, right: Vector): VectorElement[] {
    const { op, bool, matching } = this.#expr;
    if (left.length === 0 || right.length === 0) return [];
    const swapped = matching.card === 'one-to-many';
    const [many, one] = swapped ? [right, left] : [left, right];
    const ones = this.#index(one, swapped ? 'left' : 'right');
    const matched = new Map<string, Set<string>>();
    const result: VectorElement[] = [];
    for (const element of many) {
      const signature = this.#signature(element.labels);
      const partner = ones.get(signature);
      if (!partner) continue;
      const [leftValue, rightValue] = swapped ? [partner.value, element.value] : [element.value, partner.value];
      const { value, keep } = elementBinary(op, leftValue, rightValue);
      if (!keep && !bool) continue;
      const metric = this.#resultMetric(element.labels, partner.labels);
      const labels = bool ? metric.withoutName() : metric;
      const before = matched.get(signature);
      if (matching.card === 'one-to-one') {
        if (before) throw executionError('multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)');
      } else if (before?.has(labels.key)) {
        throw executionError('multiple matches for labels: grouping labels must ensure unique matches');
      }
      if (before) before.add(labels.key);
      else matched.set(signature, new Set([labels.key]));
      result.push({ labels, value: bool ? Number(keep) : value });
    }
    return result;
  }

  /** The elements of the "one" side by signature. */
  #index(one: Vector, side: 'left' | 'right'): Map<string, VectorElement> {
    const ones = new Map<string, VectorElement>();
    for (const element of one) {
      const signature = this.#signature(element.labels);
      const duplicate = ones.get(signature);
      if (duplicate) {
        throw executionError(
          `found duplicate series for the match group ${this.#matchLabels(element.labels)} on the ${side} hand-side of the operation: ` +
            `[${element.labels}, ${duplicate.labels}];many-to-many matching not allowed: matching labels must be unique on one side`,
        );
      }
      ones.set(signature, element);
    }
    return ones;
  }

  #matchLabels(labels: Labels): Labels {
    const { matching } = this.#expr;
    return matching.on ? labels.keep(matching.labels) : labels.without([metricName, ...matching.labels]);
  }

  #signature(labels: Labels): string {
    let signature = this.#signatures.get(labels);
    if (signature === undefined) {
      signature = this.#matchLabels(labels).key;
      this.#signatures.set(labels, signature);
    }
    return signature;
  }

  #resultMetric(many: Labels, one: Labels): Labels {
    const { op, matching } = this.#expr;
    const key = `${many.key} ${one.key}`;
    const known = this.#results.get(key);
    if (known) return known;
    let metric = dropsName(op) ? many.withoutName() : many;
    if (matching.card === 'one-to-one') metric = matching.on ? metric.keep(matching.labels) : metric.without(matching.labels);
    // Labels that group_left or group_right names come from the "one" side; one that it lacks is removed.
    for (const name of matching.include) metric = metric.with(name, one.get(name));
    this.#results.set(key, metric);
    return metric;
  }
}
