import { documentedType, type Expr, type StringLiteral, unwrap } from './ast.ts';
import { ApiError, executionError } from './errors.ts';
import { Evaluator } from './evaluator.ts';
import { type Frame, type Guard, seriesSamples } from './frame.ts';
import { compareLabels, type Labels } from './labels.ts';
import { parseQuery } from './parse.ts';
import type { MatrixRow, Row } from './rows.ts';
import type { SeriesStore } from './store.ts';
import { typeOf } from './types.ts';

export type QueryResult =
  | { readonly type: 'scalar'; readonly time: number; readonly value: number }
  | { readonly type: 'string'; readonly time: number; readonly value: string }
  | { readonly type: 'vector'; readonly time: number; readonly elements: readonly { labels: Labels; value: number }[] }
  | { readonly type: 'matrix'; readonly rows: readonly MatrixRow[] };

function toMatrix(rows: readonly Row[], frame: Frame): MatrixRow[] {
  return rows.map(({ labels, steps, values }) => ({
    labels,
    points: steps.map((step, index) => [frame.start + step * frame.interval, values[index] ?? Number.NaN] as const),
  }));
}

/** Evaluates a query at one instant (ms). Throws an ApiError. */
export function instantQuery(store: SeriesStore, query: string, time: number, guard: Guard = () => undefined): QueryResult {
  const expr = parseQuery(query);
  const frame: Frame = { start: time, end: time, interval: 1 };
  const evaluator = new Evaluator(store, frame, guard);
  const type = typeOf(expr);
  if (type === 'string') return { type, time, value: (unwrap(expr) as StringLiteral).value };
  if (type === 'matrix') {
    const rows = matrixResult(evaluator, unwrap(expr), frame);
    // As 2.42 fails: it does not expect a range vector where it repeats an `@` expression, unless it stands without parentheses.
    if (expr.kind === 'paren' && isPinned(unwrap(expr)) && rows.some(({ points }) => points.length !== 1)) {
      throw executionError('unexpected number of samples');
    }
    return { type, rows };
  }
  const rows = evaluator.evaluate(expr, frame);
  const elements = rows.map(({ labels, values }) => ({ labels, value: values[0] ?? Number.NaN }));
  return type === 'scalar' ? { type, time, value: elements[0]?.value ?? Number.NaN } : { type, time, elements };
}

function isPinned(expr: Expr): boolean {
  return (expr.kind === 'matrix' ? expr.vector.at : expr.kind === 'subquery' ? expr.at : undefined) !== undefined;
}

function matrixResult(evaluator: Evaluator, expr: Expr, frame: Frame): MatrixRow[] {
  if (expr.kind === 'matrix') return seriesSamples(evaluator.windows(expr, frame), frame);
  if (expr.kind !== 'subquery') throw new ApiError('internal', `unexpected expression of type ${expr.kind}`);
  const inner = evaluator.subquery(expr, frame);
  return toMatrix(inner.rows, inner.frame);
}

/** Evaluates a query at every step of [start, end] (ms). Throws an ApiError. */
export function rangeQuery(store: SeriesStore, query: string, frame: Frame, guard: Guard = () => undefined): QueryResult {
  const expr = parseQuery(query);
  const type = typeOf(expr);
  if (type !== 'vector' && type !== 'scalar') {
    const message = `invalid expression type "${documentedType(type)}" for range query, must be Scalar or instant Vector`;
    throw new ApiError('bad_data', message);
  }
  const rows = new Evaluator(store, frame, guard).evaluate(expr, frame);
  return { type: 'matrix', rows: toMatrix(rows, frame).sort((a, b) => compareLabels(a.labels, b.labels)) };
}
