import type { Labels } from './labels.ts';
import type { MatrixRow } from './rows.ts';
import { type Columns, lowerBound } from './store.ts';

/** The steps of an evaluation, in ms: start, start + interval, … up to end. */
export interface Frame {
  readonly start: number;
  readonly end: number;
  readonly interval: number;
}

/** Throws when the query takes too long. */
export type Guard = () => void;

/** What a range selector offers to a function: the samples of each series, and which window belongs to a step. */
export interface Windows {
  readonly series: readonly (Columns & { readonly labels: Labels })[];
  readonly rangeMs: number;
  /** The end of the window of the step at `time`. */
  readonly endAt: (time: number) => number;
}

/** How many steps a frame has. */
export function stepCount({ start, end, interval }: Frame): number {
  return end < start ? 0 : Math.floor((end - start) / interval) + 1;
}

/** The numbers from 0 up to length. */
export function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** The samples of each window at the frame's start: the result of a bare range selector. */
export function seriesSamples({ series, rangeMs, endAt }: Windows, frame: Frame): MatrixRow[] {
  const end = endAt(frame.start);
  return series.flatMap(({ labels, t, v }) => {
    const first = lowerBound(t, end - rangeMs);
    const points = Array.from(
      { length: lowerBound(t, end + 1) - first },
      (_, index) => [t[first + index] ?? 0, v[first + index] ?? 0] as const,
    );
    return points.length === 0 ? [] : [{ labels, points }];
  });
}
