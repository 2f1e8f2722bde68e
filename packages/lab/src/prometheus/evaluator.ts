import { absentLabels } from './absent.ts';
import { Aggregator } from './aggregate.ts';
import {
  type Aggregate,
  type Binary,
  type Call,
  type Expr,
  type MatrixSelector,
  type Subquery,
  unwrap,
  type VectorSelector,
} from './ast.ts';
import { scalarBinary, VectorMatcher, vectorScalar } from './binary.ts';
import { ApiError, notImplemented } from './errors.ts';
import { type Frame, type Guard, range, stepCount, type Windows } from './frame.ts';
import { isStepInvariant, usesAt } from './invariant.ts';
import { Labels } from './labels.ts';
import { rangeFunctions } from './range-functions.ts';
import { assertDistinct, type Row, RowCollector, StepReader, type VectorElement } from './rows.ts';
import { lowerBound, type SeriesStore, type StoredSeries } from './store.ts';
import { typeOf } from './types.ts';
import { type Arguments, vectorFunctions } from './vector-functions.ts';

/** How long a sample stands for its series: Prometheus's default `--query.lookback-delta`, 5 minutes. */
const lookbackMs = 300_000;
/** Prometheus's default evaluation interval: the step of a subquery that names none. */
const defaultSubqueryStepMs = 60_000;

const functions = vectorFunctions(Labels.empty);

/** Evaluates expressions over frames of steps, as promql/engine.go does. */
export class Evaluator {
  readonly #store: SeriesStore;
  readonly #query: Frame;
  readonly #guard: Guard;

  /** `query`: the steps of the whole query, which `@ start()` and `@ end()` mean. */
  constructor(store: SeriesStore, query: Frame, guard: Guard) {
    this.#store = store;
    this.#query = query;
    this.#guard = guard;
  }

  /** Vectors and scalars (one row without labels). */
  evaluate(expr: Expr, frame: Frame): Row[] {
    this.#guard();
    const steps = stepCount(frame);
    if (steps < 2 || expr.kind === 'number' || !isStepInvariant(expr)) return this.#evaluateSteps(expr, frame);
    const once = this.#evaluateSteps(expr, { ...frame, end: frame.start });
    return once.map(({ labels, values }) => ({
      labels,
      steps: range(steps),
      values: Array.from({ length: steps }, () => values[0] ?? Number.NaN),
    }));
  }

  #evaluateSteps(expr: Expr, frame: Frame): Row[] {
    switch (expr.kind) {
      case 'number':
        return this.#perStep(frame, [], () => [{ labels: Labels.empty, value: expr.value }]);
      case 'paren':
        return this.evaluate(expr.expr, frame);
      case 'vector':
        return this.#vectorSelector(expr, frame);
      case 'unary':
        return this.#negate(this.evaluate(expr.expr, frame), expr.op);
      case 'aggregate':
        return this.#aggregate(expr, frame);
      case 'binary':
        return this.#binary(expr, frame);
      case 'call':
        return this.#call(expr, frame);
      default:
        throw new ApiError('internal', `unexpected expression of type ${expr.kind}`);
    }
  }

  /** A subquery's own evaluation: at multiples of its step, so that its results do not move with the query's start. */
  subquery(expr: Subquery, frame: Frame): { rows: Row[]; frame: Frame } {
    const interval = expr.stepMs ?? defaultSubqueryStepMs;
    const shift = this.#shift(expr, frame);
    const earliest = frame.start - shift - expr.rangeMs;
    let start = interval * Math.trunc(earliest / interval);
    if (start < earliest) start += interval;
    const inner: Frame = { start, end: frame.end - shift, interval };
    return { rows: this.evaluate(expr.expr, inner), frame: inner };
  }

  /** The windows of a range selector or a subquery. */
  windows(expr: MatrixSelector | Subquery, frame: Frame): Windows {
    if (expr.kind === 'matrix') {
      const shift = this.#shift(expr.vector, frame);
      const series = this.#store.select(expr.vector.matchers).map(({ labels, live }) => ({ labels, t: live.t, v: live.v }));
      return { series, rangeMs: expr.rangeMs, endAt: (time) => time - shift };
    }
    const shift = this.#shift(expr, frame);
    const inner = this.subquery(expr, frame);
    const series = inner.rows.map(({ labels, steps, values }) => ({
      labels,
      t: steps.map((step) => inner.frame.start + step * inner.frame.interval),
      v: values,
    }));
    return { series, rangeMs: expr.rangeMs, endAt: (time) => time - shift };
  }

  /** How far back from the evaluation time a selector looks, given `@` and offset, in an evaluation that begins at frame.start. */
  #shift({ at, offset }: { at?: number | 'start' | 'end'; offset: number }, frame: Frame): number {
    if (at === undefined) return offset;
    const fixed = at === 'start' ? this.#query.start : at === 'end' ? this.#query.end : at;
    return offset + frame.start - fixed;
  }

  /** Calls `compute` for each step with the vectors that the arguments have there. */
  #perStep(frame: Frame, inputs: readonly Row[][], compute: (vectors: VectorElement[][], time: number) => VectorElement[]): Row[] {
    const readers = inputs.map((rows) => new StepReader(rows));
    const collector = new RowCollector();
    const steps = stepCount(frame);
    for (let step = 0; step < steps; step++) {
      this.#guard();
      const vectors = readers.map((reader) => reader.at(step));
      collector.add(step, compute(vectors, frame.start + step * frame.interval));
    }
    return collector.rows;
  }

  /** Index of the sample that stands for the series at `time`, from `from` on; -1 if none, or a stale marker ends it. */
  #sampleIndex(series: StoredSeries, time: number): number {
    const index = lowerBound(series.all.t, time + 1) - 1;
    // 2.42 takes a sample of exactly the lookback's age (the window is closed).
    if (index < 0 || (series.all.t[index] ?? 0) < time - lookbackMs || series.isStale(index)) return -1;
    return index;
  }

  #vectorSelector(expr: VectorSelector, frame: Frame, readValue?: (series: StoredSeries, index: number) => number): Row[] {
    const shift = this.#shift(expr, frame);
    // With `@` every step sees the same instant.
    const pinned = expr.at === undefined ? undefined : frame.start - shift;
    const steps = stepCount(frame);
    const rows: Row[] = [];
    for (const series of this.#store.select(expr.matchers)) {
      this.#guard();
      const row: Row = { labels: series.labels, steps: [], values: [] };
      for (let step = 0; step < steps; step++) {
        const index = this.#sampleIndex(series, pinned ?? frame.start + step * frame.interval - shift);
        if (index < 0) continue;
        row.steps.push(step);
        row.values.push(readValue ? readValue(series, index) : (series.all.v[index] ?? Number.NaN));
      }
      if (row.steps.length > 0) rows.push(row);
    }
    return rows;
  }

  #negate(rows: Row[], op: '+' | '-'): Row[] {
    if (op === '+') return rows;
    const negated = rows.map(({ labels, steps, values }) => ({
      labels: labels.withoutName(),
      steps,
      values: values.map((value) => -value),
    }));
    assertDistinct(negated);
    return negated;
  }

  #aggregate(expr: Aggregate, frame: Frame): Row[] {
    const aggregator = new Aggregator(expr);
    const param = expr.param && unwrap(expr.param);
    // 2.42 leaves `@` in there unresolved: nothing to imitate.
    if (param && usesAt(param)) throw notImplemented('@ in the parameter of an aggregation');
    const label = param?.kind === 'string' ? param.value : undefined;
    const inputs = [this.evaluate(expr.expr, frame), ...(param && label === undefined ? [this.evaluate(param, frame)] : [])];
    return this.#perStep(frame, inputs, ([vector = [], scalar]) => aggregator.apply(vector, label ?? scalar?.[0]?.value));
  }

  #binary(expr: Binary, frame: Frame): Row[] {
    const inputs = [this.evaluate(expr.left, frame), this.evaluate(expr.right, frame)];
    const [leftScalar, rightScalar] = [typeOf(expr.left) === 'scalar', typeOf(expr.right) === 'scalar'];
    const first = (vector: readonly VectorElement[] | undefined): number => vector?.[0]?.value ?? Number.NaN;
    if (leftScalar && rightScalar) {
      return this.#perStep(frame, inputs, ([left, right]) => [
        { labels: Labels.empty, value: scalarBinary(expr.op, first(left), first(right)) },
      ]);
    }
    if (leftScalar) return this.#perStep(frame, inputs, ([left, right = []]) => vectorScalar(expr, right, first(left), true));
    if (rightScalar) return this.#perStep(frame, inputs, ([left = [], right]) => vectorScalar(expr, left, first(right), false));
    const matcher = new VectorMatcher(expr);
    return this.#perStep(frame, inputs, ([left = [], right = []]) => matcher.apply(left, right));
  }

  #call(expr: Call, frame: Frame): Row[] {
    const args = expr.args.map(unwrap);
    const [first] = args;
    if (expr.name === 'timestamp' && first?.kind === 'vector') return this.#timestamp(first, frame);
    if (expr.name === 'absent' && first) {
      const labels = absentLabels(first);
      return this.#perStep(frame, [this.evaluate(first, frame)], ([vector = []]) => (vector.length > 0 ? [] : [{ labels, value: 1 }]));
    }
    const selector = args.find((arg) => arg.kind === 'matrix' || arg.kind === 'subquery');
    if (selector?.kind === 'matrix' || selector?.kind === 'subquery') return this.#rangeCall(expr, selector, frame);
    const implementation = functions.get(expr.name);
    if (!implementation) throw notImplemented(`the function ${expr.name}()`);
    const inputs = args.map((arg) => (arg.kind === 'string' ? [] : this.evaluate(arg, frame)));
    const string = (index: number): string => {
      const arg = args[index];
      return arg?.kind === 'string' ? arg.value : '';
    };
    return this.#perStep(frame, inputs, (vectors, time) => {
      const vector: Arguments['vector'] = (index) => vectors[index] ?? [];
      const scalar: Arguments['scalar'] = (index) => vectors[index]?.[0]?.value ?? Number.NaN;
      return implementation({ vector, scalar, string, count: args.length, time });
    });
  }

  /**
   * The times of the samples themselves. Where `@` and an offset meet, 2.42 looks at the time of `@` but only at the
   * data up to the offset from it; so an offset beyond the lookback finds nothing, and a negative one has no effect.
   */
  #timestamp(selector: VectorSelector, frame: Frame): Row[] {
    const seconds = (series: StoredSeries, index: number) => (series.all.t[index] ?? Number.NaN) / 1000;
    const pinned = selector.at !== undefined;
    const looked = pinned ? { ...selector, offset: Math.max(0, selector.offset) } : selector;
    const newest = pinned ? frame.start - this.#shift({ ...selector, offset: 0 }, frame) : Number.NEGATIVE_INFINITY;
    const rows = this.#vectorSelector(looked, frame, seconds).flatMap((row) =>
      pinned && (row.values[0] ?? 0) * 1000 < newest - lookbackMs ? [] : [{ ...row, labels: row.labels.withoutName() }],
    );
    assertDistinct(rows);
    return rows;
  }

  /**
   * A function of a range vector. The selectors of 2.42 are closed on both ends: [t - range, t]
   * (left-open only since Prometheus 3).
   */
  #rangeCall(expr: Call, selector: MatrixSelector | Subquery, frame: Frame): Row[] {
    const implementation = rangeFunctions.get(expr.name);
    if (!implementation) throw notImplemented(`the function ${expr.name}()`);
    const { series, rangeMs, endAt } = this.windows(selector, frame);
    const at = selector.kind === 'matrix' ? selector.vector.at : selector.at;
    // An argument that changes from step to step beside `@`: 2.42 moves the window out of the data that it has loaded.
    if (at !== undefined && frame.end > frame.start) throw notImplemented('@ on a range vector whose function changes from step to step');
    const scalars = expr.args.map(unwrap).filter((arg) => arg !== selector);
    const readers = scalars.map((arg) => this.evaluate(arg, frame)[0]?.values ?? []);
    const steps = stepCount(frame);
    const rows: Row[] = [];
    for (const { labels, t, v } of series) {
      this.#guard();
      const row: Row = { labels: expr.name === 'last_over_time' ? labels : labels.withoutName(), steps: [], values: [] };
      for (let step = 0; step < steps; step++) {
        const evaluatedAt = frame.start + step * frame.interval;
        const end = endAt(evaluatedAt);
        const start = end - rangeMs;
        const first = lowerBound(t, start);
        const last = lowerBound(t, end + 1) - 1;
        if (last < first) continue;
        const value = implementation(
          { t, v, first, last, start, end, evaluatedAt },
          ...readers.map((values) => values[step] ?? Number.NaN),
        );
        if (value === undefined) continue;
        row.steps.push(step);
        row.values.push(value);
      }
      if (row.steps.length > 0) rows.push(row);
    }
    if (expr.name === 'absent_over_time') return this.#absentOverTime(rows, selector, frame);
    assertDistinct(rows);
    return rows;
  }

  #absentOverTime(rows: readonly Row[], selector: Expr, frame: Frame): Row[] {
    const present = new Set(rows.flatMap(({ steps }) => steps));
    const steps = range(stepCount(frame)).filter((step) => !present.has(step));
    return steps.length === 0 ? [] : [{ labels: absentLabels(selector), steps, values: steps.map(() => 1) }];
  }
}
