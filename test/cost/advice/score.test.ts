import { describe, expect, test } from 'vitest';
import { type ScoreInput, scoreModels } from '../../../packages/core/src/cost/advice/score.ts';
import { haiku, sonnet, testBook } from '../../support/price-book.ts';

const input: ScoreInput = {
  models: ['claude-sonnet-4-5', 'claude-haiku-4-5'],
  book: testBook({ 'claude-sonnet-4-5': sonnet, 'claude-haiku-4-5': haiku }),
  at: 0,
  evaluations: [],
  latencyMs: new Map([
    ['claude-sonnet-4-5', 2000],
    ['claude-haiku-4-5', 500],
  ]),
};
const needs = { task: 'code_generation', complexity: 0.7, quality: 0.8, speed: 0.2, budget: 0.5 };

test('no models, no scores', () => expect(scoreModels(needs, { ...input, models: [] })).toEqual([]));

test('by hand: 0.8, 0.2 and 0.5 of 1.5', () => {
  const [first, second] = scoreModels(needs, input);
  // Haiku: quality 0.5, fastest, cheapest: (0.8 × 0.5 + 0.2 + 0.5) ÷ 1.5 = 0.7333; its line is 0.2 too low for 0.7.
  expect(first).toMatchObject({ model: 'claude-haiku-4-5', fit: 0.8 });
  expect(first?.score).toBeCloseTo(0.8 * (1.1 / 1.5), 12);
  // Sonnet: quality 0.75, a quarter of the speed, a third of the price's points.
  expect(second?.fit).toBe(1);
  expect(second?.score).toBeCloseTo((0.8 * 0.75 + 0.2 * 0.25 + 0.5 / 3) / 1.5, 12);
  expect(second?.parts.map(({ name, value, basis }) => [name, Number(value?.toFixed(4)), basis])).toEqual([
    ['quality', 0.75, 'neutral catalogue, not measured'],
    ['speed', 0.25, 'your own requests'],
    ['budget', 0.3333, 'price of your token mix'],
  ]);
});

test('a measurement replaces the catalogue and its fit', () => {
  const evaluations = Array.from({ length: 100 }, (_, i) => ({
    task: 'code_generation',
    model: 'claude-haiku-4-5',
    success: i < 95,
    steps: 1,
    durationMs: 1,
  }));
  const haikuScore = scoreModels({ ...needs, complexity: 1 }, { ...input, evaluations }).find(({ model }) => model === 'claude-haiku-4-5');
  expect(haikuScore).toMatchObject({ fit: 1, fitBasis: 'measured at this task' });
  expect(haikuScore?.parts[0]?.value).toBeCloseTo(0.8882, 4);
  expect(haikuScore?.parts[0]?.basis).toBe('0.95 on 100 of your runs, at least 0.89');
});

describe('what is not known', () => {
  test('counts for nothing and is said', () => {
    const [only] = scoreModels(needs, { ...input, models: ['zeta-9'] });
    expect(only).toMatchObject({ score: 0, fit: 1, fitBasis: 'not in the catalogue: fit not judged' });
    expect(only?.parts.map(({ value, basis }) => [value, basis])).toEqual([
      [null, 'neither measured nor in the catalogue'],
      [null, 'latency not measured'],
      [null, 'no price is known'],
    ]);
  });

  test('without any weight all count alike', () =>
    expect(scoreModels({ ...needs, quality: 0, speed: 0, budget: 0 }, input)[0]?.parts.map(({ weight }) => weight)).toEqual([
      1 / 3,
      1 / 3,
      1 / 3,
    ]));
});

test('the score is the sum of its points times the fit, within 0 and 1', () => {
  for (const { score, parts, fit } of scoreModels(needs, input)) {
    expect(score).toBeCloseTo(fit * parts.reduce((sum, { weight, value }) => sum + weight * (value ?? 0), 0), 12);
    expect(score >= 0 && score <= 1).toBe(true);
  }
});
