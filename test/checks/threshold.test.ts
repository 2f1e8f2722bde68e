import { describe, expect, it } from 'vitest';
import { judge, thresholdSettings } from '../../packages/core/src/checks/threshold.ts';

const inf = Number.POSITIVE_INFINITY;

describe('above', () => {
  it.each<[low: number, high: number, verdict: string]>([
    [0.5, 0.5, 'fine'],
    // Exactly at a limit is not over it.
    [1, 1, 'fine'],
    [1.1, 1.1, 'warning 1'],
    [5, 5, 'warning 1'],
    [5.1, 5.1, 'critical 5'],
    // What is certain counts, however bad it might be besides.
    [2, 9, 'warning 1'],
    [6, inf, 'critical 5'],
    [0.5, 2, 'open 1'],
    [0.5, inf, 'open 1'],
  ])('between %d and %d: %s', (low, high, verdict) => {
    expect(told(judge({ low, high }, { warn: 1, fail: 5 }, 'above'))).toBe(verdict);
  });
});

describe('below', () => {
  it.each<[low: number, high: number, verdict: string]>([
    [0.95, 0.95, 'fine'],
    [0.9, 0.9, 'fine'],
    [0.85, 0.85, 'warning 0.9'],
    [0.7, 0.7, 'critical 0.8'],
    [0.7, 0.85, 'warning 0.9'],
    [0.7, 1, 'open 0.9'],
  ])('between %d and %d: %s', (low, high, verdict) => {
    expect(told(judge({ low, high }, { warn: 0.9, fail: 0.8 }, 'below'))).toBe(verdict);
  });
});

it('uses only the limits that are set', () => {
  expect(judge({ low: 9, high: 9 }, { warn: null, fail: null }, 'above')).toEqual({ verdict: 'fine' });
  expect(told(judge({ low: 9, high: 9 }, { warn: 5, fail: null }, 'above'))).toBe('warning 5');
  expect(told(judge({ low: 1, high: 9 }, { warn: null, fail: 5 }, 'above'))).toBe('open 5');
});

it('has defaults, takes null and refuses other keys', () => {
  const settings = thresholdSettings({ warn: 1, fail: null }, 'seconds');
  expect(settings.parse({})).toEqual({ warn: 1, fail: null });
  expect(settings.parse({ warn: null, fail: 3 })).toEqual({ warn: null, fail: 3 });
  expect(settings.safeParse({ wran: 2 }).success).toBe(false);
});

function told(judgement: ReturnType<typeof judge>): string {
  if (judgement.verdict === 'fine') return 'fine';
  return `${judgement.verdict === 'over' ? judgement.severity : 'open'} ${judgement.threshold}`;
}
