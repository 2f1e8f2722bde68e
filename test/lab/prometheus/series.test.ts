import { expect, test } from 'vitest';
import { counter, gauge, histogram } from '../../../packages/lab/src/prometheus/series.ts';
import type { SampleColumns, Series } from '../../../packages/lab/src/prometheus/store.ts';

const from = 1_000_000;
const window = { from, to: from + 60_000 };

function columns({ samples }: Series): { t: number[]; v: number[] } {
  const { t, v } = samples as SampleColumns;
  return { t: Array.from(t, (time) => time - from), v: Array.from(v) };
}

test('a counter grows by its rate, both ends included', () => {
  const series = counter({ __name__: 'c' }, { ...window, rate: 2 });
  expect(columns(series)).toEqual({ t: [0, 15_000, 30_000, 45_000, 60_000], v: [0, 30, 60, 90, 120] });
  expect(series.labels).toEqual({ __name__: 'c' });
});

test('a counter begins again at a reset: what it gains after it counts', () => {
  const series = counter({}, { ...window, rate: 2, initial: 1000, resets: [from + 20_000] });
  expect(columns(series).v).toEqual([1000, 1030, 20, 50, 80]);
});

test('a rate over time is read at each sample; a negative one is no fall', () => {
  const rate = (time: number): number => (time === from + 30_000 ? -5 : (time - from) / 15_000);
  expect(columns(counter({}, { ...window, rate })).v).toEqual([0, 15, 15, 60, 120]);
});

test('a counter of events is whole, one of money is not', () => {
  expect(columns(counter({}, { ...window, rate: 0.1 })).v).toEqual([0, 1, 3, 4, 6]);
  expect(columns(counter({}, { ...window, rate: 0.1, whole: false })).v).toEqual([0, 1.5, 3, 4.5, 6]);
});

test('a gap has no samples, but the counter goes on behind it', () => {
  const series = counter({}, { ...window, rate: 2, gaps: [[from + 15_000, from + 45_000]] });
  expect(columns(series)).toEqual({ t: [0, 45_000, 60_000], v: [0, 90, 120] });
});

test('a gauge follows its function at its own step', () => {
  const series = gauge({}, { ...window, stepSeconds: 30 }, (time) => (time - from) / 1000);
  expect(columns(series)).toEqual({ t: [0, 30_000, 60_000], v: [0, 30, 60] });
});

test('a histogram is cumulative, whole, and agrees with its count and sum', () => {
  const distribution = () => ({ shares: [1, 2, 1], mean: 0.5 });
  const rows = histogram('h', { job: 'x' }, { ...window, rate: 4, bounds: [0.1, 1], distribution });
  expect(rows.map(({ labels }) => labels)).toEqual([
    { job: 'x', __name__: 'h_bucket', le: '0.1' },
    { job: 'x', __name__: 'h_bucket', le: '1' },
    { job: 'x', __name__: 'h_bucket', le: '+Inf' },
    { job: 'x', __name__: 'h_sum' },
    { job: 'x', __name__: 'h_count' },
  ]);
  expect(rows.map((row) => columns(row).v)).toEqual([
    [0, 15, 30, 45, 60],
    [0, 45, 90, 135, 180],
    [0, 60, 120, 180, 240],
    [0, 30, 60, 90, 120],
    [0, 60, 120, 180, 240],
  ]);
});

test('at a reset all parts of a histogram begin again together', () => {
  const distribution = () => ({ shares: [1, 1], mean: 2 });
  const shape = { ...window, rate: (time: number) => (time < from + 30_000 ? 2 : 20), bounds: [1], distribution, resets: [from + 16_000] };
  // The count is higher after the reset than before: the sum must begin again nevertheless.
  expect(histogram('h', {}, shape).map((row) => columns(row).v)).toEqual([
    [0, 15, 140, 290, 440],
    [0, 30, 280, 580, 880],
    [0, 60, 560, 1160, 1760],
    [0, 30, 280, 580, 880],
  ]);
});

test('the same inputs give the same series', () => {
  const make = (): Series => counter({}, { ...window, rate: (time) => 1 + Math.sin(time) });
  expect(columns(make())).toEqual(columns(make()));
});

test('a step must be positive', () => {
  expect(() => gauge({}, { ...window, stepSeconds: 0 }, 1)).toThrow('a step of 0 s');
});
