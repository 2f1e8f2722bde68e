import { describe, expect, test } from 'vitest';
import { measuredQuality, readEvaluations, wilsonLow } from '../../../packages/core/src/cost/advice/evaluations.ts';

describe('wilsonLow', () => {
  // Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
  test.each([
    [81, 263, 0.2553],
    [15, 148, 0.0624],
    [0, 20, 0],
    [1, 29, 0.0061],
  ])('%i of %i: at least %d', (successes, n, low) => expect(wilsonLow(successes, n)).toBeCloseTo(low, 4));

  test('no runs prove nothing', () => expect(wilsonLow(0, 0)).toBe(0));
  test('all of few runs is no certainty', () => expect(wilsonLow(3, 3)).toBeLessThan(0.5));
});

describe('readEvaluations', () => {
  test('nothing', () => expect(readEvaluations('')).toEqual({ runs: [], rejects: [] }));

  test('runs, a BOM, CRLF, blank lines', () =>
    expect(
      readEvaluations(
        '\uFEFF{"task":"summarise","model":"m","success":true,"steps":3,"duration":1.5}\r\n\r\n{"task":"t","model":"m","success":0,"duration_ms":20}\n',
      ),
    ).toEqual({
      runs: [
        { task: 'summarise', model: 'm', success: true, steps: 3, durationMs: 1500 },
        { task: 't', model: 'm', success: false, steps: null, durationMs: 20 },
      ],
      rejects: [],
    }));

  test.each([
    ['{"task":', 'not JSON'],
    ['3', 'not an object'],
    ['null', 'not an object'],
    ['{"model":"m","success":true}', 'no task'],
    ['{"task":"t","model":"","success":true}', 'no model'],
    ['{"task":"t","model":"m"}', 'success is neither true nor false'],
    ['{"task":"t","model":"m","success":"yes"}', 'success is neither true nor false'],
  ])('%s: %s', (line, why) => expect(readEvaluations(`\n${line}`)).toEqual({ runs: [], rejects: [{ line: 2, why }] }));
});

describe('measuredQuality', () => {
  const runs = [
    { task: 'a', model: 'm', success: true, steps: 2, durationMs: 100 },
    { task: 'a', model: 'm', success: true, steps: 4, durationMs: 300 },
    { task: 'a', model: 'm', success: false, steps: null, durationMs: null },
    { task: 'b', model: 'm', success: true, steps: null, durationMs: 900 },
  ];
  test('of the task alone', () =>
    expect(measuredQuality(runs, 'm', 'a')).toMatchObject({ rate: 2 / 3, runs: 3, meanSteps: 3, medianDurationMs: 100 }));
  test('of all tasks', () => expect(measuredQuality(runs, 'm', '')).toMatchObject({ rate: 0.75, runs: 4, medianDurationMs: 300 }));
  test('of nothing', () => expect(measuredQuality(runs, 'other', 'a')).toBeUndefined());
});
