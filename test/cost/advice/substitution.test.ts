import { describe, expect, test } from 'vitest';
import { collectCells } from '../../../packages/core/src/cost/advice/cells.ts';
import type { Evaluation } from '../../../packages/core/src/cost/advice/evaluations.ts';
import {
  type Comparison,
  compareModels,
  type SubstitutionSettings,
  substitutionAdvice,
} from '../../../packages/core/src/cost/advice/substitution.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { haiku, sonnet, type TestPrice, testBook, usage } from '../../support/price-book.ts';

const opus = (input: string, output: string): TestPrice => ({
  ...sonnet,
  prices: { input, output, cacheRead: '0.5', cacheWrite5m: '6.25', cacheWrite1h: '10' },
});
const book = testBook({
  'claude-sonnet-4-5': sonnet,
  'claude-haiku-4-5': haiku,
  'claude-opus-4-1': opus('15', '75'),
  'claude-opus-4-5': opus('5', '25'),
  tiny: { ...haiku, provider: 'other', contextWindow: 8000 },
  windowless: { provider: 'other', prices: haiku.prices },
});

const evaluated = (model: string, successes: number, runs: number, durationMs = 900): Evaluation[] =>
  Array.from({ length: runs }, (_, i) => ({ task: 'summarise', model, success: i < successes, steps: 1, durationMs }));

const request = (fields: Parameters<typeof usage>[0] = {}): UsageRecord =>
  usage({ task: 'summarise', latencyMs: 2000, tokens: { input: 10_000, output: 1000 }, ...fields });

function compare(
  records: readonly UsageRecord[],
  evaluations: readonly Evaluation[] = [],
  settings: Partial<SubstitutionSettings> = {},
): Comparison[] {
  const cells = collectCells();
  for (const record of records) cells.add(record, book.price(record));
  return compareModels({ cells: cells.cells(), evaluations, book, settings });
}

const verdictOf = (comparisons: readonly Comparison[], model: string) => comparisons[0]?.candidates.find((one) => one.model === model);

// Sonnet: 0.030 + 0.015 = $0.045 a request; Haiku $0.015.
const hundred = Array.from({ length: 100 }, () => request());

test('no records, no comparison, no advice', () => {
  expect(compare([])).toEqual([]);
  expect(substitutionAdvice([])).toEqual([]);
});

test('measured to keep the floor: $4.50 becomes $1.50, on how many runs', () => {
  const comparisons = compare(hundred, evaluated('claude-haiku-4-5', 383, 412));
  expect(verdictOf(comparisons, 'claude-haiku-4-5')).toMatchObject({
    verdict: 'keeps',
    costPico: 1_500_000_000_000n,
    savingPico: 3_000_000_000_000n,
    latencyMs: 900,
    latencyFrom: 'evaluations',
    why: [],
    onFront: true,
  });
  const [advice] = substitutionAdvice(comparisons);
  expect(advice).toMatchObject({
    id: 'substitution/planner/summarise/claude-sonnet-4-5/claude-haiku-4-5',
    title: 'summarise: claude-sonnet-4-5 → claude-haiku-4-5: quality 0.93 of floor 0.90 on 412 of your runs',
    savingPico: 3_000_000_000_000n,
    confidence: 'measured',
    basis: 'the tokens of 100 requests, priced on both models; assumes as many tokens',
    touches: [{ agent: 'planner', task: 'summarise', model: 'claude-sonnet-4-5' }],
  });
});

describe('excluded', () => {
  test.each([
    ['below the floor', evaluated('claude-haiku-4-5', 80, 100), {}, 'quality 80 % on 100 runs, at least 71.1 %: under the floor of 90 %'],
    [
      'a good rate on too few runs to hold it',
      evaluated('claude-haiku-4-5', 37, 40),
      {},
      'quality 92.5 % on 40 runs, at least 80.1 %: under the floor of 90 %',
    ],
    [
      'hardly evaluated, of a lower line',
      evaluated('claude-haiku-4-5', 5, 5),
      {},
      '5 evaluation runs of 30, and nothing else says that it is as good',
    ],
    ['too slow', evaluated('claude-haiku-4-5', 400, 400, 5000), { maxLatencyMs: 3000 }, 'p95 5 s, over 3 s'],
  ] as const)('%s', (_, evaluations, settings, why) => {
    const comparisons = compare(hundred, evaluations, settings);
    expect(verdictOf(comparisons, 'claude-haiku-4-5')).toMatchObject({ verdict: 'excluded', why: [why], onFront: false });
    expect(substitutionAdvice(comparisons)).toEqual([]);
  });

  test('a request that would not fit', () =>
    expect(verdictOf(compare([request({ tokens: { input: 8000, cacheRead: 1 } })], evaluated('tiny', 400, 400)), 'tiny')).toMatchObject({
      verdict: 'excluded',
      why: ['context window 8,000, the largest request has 8,001 tokens'],
    }));

  test('no price', () =>
    expect(verdictOf(compare(hundred, evaluated('zeta-9', 400, 400)), 'zeta-9')).toMatchObject({
      verdict: 'excluded',
      costPico: null,
      savingPico: null,
    }));
});

describe('untested', () => {
  test('newer of the same line: worth a try, and said to be no measurement', () => {
    const comparisons = compare([request({ model: 'claude-opus-4-1' })]);
    expect(verdictOf(comparisons, 'claude-opus-4-5')).toMatchObject({ verdict: 'untested', savingPico: 150_000_000_000n });
    expect(substitutionAdvice(comparisons)).toMatchObject([
      {
        title: 'summarise: claude-opus-4-1 → claude-opus-4-5: quality not measured',
        confidence: 'unmeasured',
        how: [
          'Evaluate claude-opus-4-5 on summarise first: a JSON line for each run (task, model, success).',
          'agentops cost what-if --map claude-opus-4-1=claude-opus-4-5',
          'Move a small share of summarise to claude-opus-4-5 and compare its error ratio before the rest.',
        ],
      },
    ]);
  });

  test('an unknown context window is said, not passed over', () =>
    expect(verdictOf(compare(hundred, evaluated('windowless', 400, 400)), 'windowless')).toMatchObject({
      verdict: 'untested',
      why: ['its context window is not known; the largest request has 10,000 tokens'],
    }));

  test('an unmeasured latency under a limit', () =>
    expect(
      verdictOf(
        compare(
          hundred,
          evaluated('claude-haiku-4-5', 400, 400).map((run) => ({ ...run, durationMs: null })),
          { maxLatencyMs: 3000 },
        ),
        'claude-haiku-4-5',
      ),
    ).toMatchObject({ verdict: 'untested', latencyMs: null, latencyFrom: null, why: ['its latency was not measured'] }));
});

test('latency is that of the user’s own requests where there are any', () => {
  const found = verdictOf(
    compare([...hundred, ...Array.from({ length: 50 }, () => request({ model: 'claude-haiku-4-5', latencyMs: 800 }))]),
    'claude-haiku-4-5',
  );
  expect(found?.latencyFrom).toBe('requests');
  expect(Math.abs((found?.latencyMs ?? 0) / 800 - 1)).toBeLessThan(0.0101);
});

test('a dearer model is listed and never recommended', () => {
  const comparisons = compare([request({ model: 'claude-haiku-4-5' })], evaluated('claude-sonnet-4-5', 400, 400));
  expect(verdictOf(comparisons, 'claude-sonnet-4-5')).toMatchObject({ verdict: 'keeps', savingPico: -30_000_000_000n });
  expect(substitutionAdvice(comparisons)).toEqual([]);
});
