import { executionError } from './errors.ts';
import type { Labels } from './labels.ts';

/** One element of an instant vector. */
export interface VectorElement {
  readonly labels: Labels;
  readonly value: number;
}

/** A result over the steps of an evaluation: for each step (by number, ascending) that has one, the value. */
export interface Row {
  readonly labels: Labels;
  readonly steps: number[];
  readonly values: number[];
}

/** One series of a matrix: [ms, value] pairs. */
export interface MatrixRow {
  readonly labels: Labels;
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

/** Prometheus refuses a result in which two elements have the same labels. */
export function assertDistinct(rows: readonly { readonly labels: Labels }[]): void {
  if (rows.length < 2) return;
  const keys = new Set(rows.map(({ labels }) => labels.key));
  if (keys.size < rows.length) throw executionError('vector cannot contain metrics with the same labelset');
}

/** Steps through rows in ascending steps, giving the instant vector of each. */
export class StepReader {
  readonly #rows: readonly Row[];
  readonly #positions: Int32Array;

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
    this.#positions = new Int32Array(rows.length);
  }

  at(step: number): VectorElement[] {
    const vector: VectorElement[] = [];
    for (const [index, row] of this.#rows.entries()) {
      const position = this.#positions[index] ?? 0;
      if (row.steps[position] !== step) continue;
      vector.push({ labels: row.labels, value: row.values[position] ?? Number.NaN });
      this.#positions[index] = position + 1;
    }
    return vector;
  }
}

/** Collects the vectors of ascending steps into rows, in the order in which label sets first occur. */
export class RowCollector {
  readonly #rows = new Map<string, Row>();

  add(step: number, vector: readonly VectorElement[]): void {
    assertDistinct(vector);
    for (const { labels, value } of vector) {
      let row = this.#rows.get(labels.key);
      if (!row) {
        row = { labels, steps: [], values: [] };
        this.#rows.set(labels.key, row);
      }
      row.steps.push(step);
      row.values.push(value);
    }
  }

  get rows(): Row[] {
    return [...this.#rows.values()];
  }
}
