import { expect, test } from 'vitest';
import { collectAdvice } from '../../../packages/core/src/cost/advice/advise.ts';
import { combinedSaving } from '../../../packages/core/src/cost/advice/recommendation.ts';
import { haiku, sonnet, testBook, usage } from '../../support/price-book.ts';

const book = testBook({ 'claude-sonnet-4-5': sonnet, 'claude-haiku-4-5': haiku });

test('no records, no advice', () =>
  expect(collectAdvice({ book }).result()).toEqual({ recommendations: [], comparisons: [], withoutSession: 0 }));

test('advice on the same spend is one group, and what it saves together is never more than the spend', () => {
  const evaluations = Array.from({ length: 400 }, () => ({
    task: 'plan',
    model: 'claude-haiku-4-5',
    success: true,
    steps: 1,
    durationMs: 1,
  }));
  const advice = collectAdvice({ book, evaluations, nonInteractive: ['planner'] });
  for (let i = 0; i < 40; i += 1) {
    // Each an hour and a half after the one before: the cache is never read. $0.60 each, $24 in all.
    advice.add(usage({ at: i * 5_400_000, task: 'plan', session: `s${i >> 1}`, tokens: { cacheWrite1h: 100_000 } }));
  }
  advice.add(usage({ session: '', task: 'plan', tokens: { input: 1 } }));
  const { recommendations, withoutSession } = advice.result();
  expect(withoutSession).toBe(1);
  expect(recommendations.map(({ kind, savingPico }) => [kind, savingPico])).toEqual([
    ['substitution', 16_000_002_000_000n],
    ['batch', 12_000_001_500_000n],
    ['cache-unread', 12_000_000_000_000n],
    ['cache-ttl', 9_000_000_000_000n],
  ]);
  expect(new Set(recommendations.map(({ group }) => group)).size).toBe(1);
  expect(combinedSaving(recommendations)).toBe(16_000_002_000_000n);
});
