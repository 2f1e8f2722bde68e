import { describe, expect, test } from 'vitest';
import { catalogueEntry, expectedAsGood } from '../../../packages/core/src/cost/advice/catalogue.ts';

test.each([
  ['claude-opus-4-5-20251101', 'claude', 4, 4.05],
  ['claude-opus-4-20250514', 'claude', 4, 4],
  ['claude-sonnet-4-5', 'claude', 3, 4.05],
  ['claude-sonnet-5', 'claude', 3, 5],
  ['claude-3-5-haiku-latest', 'claude', 2, 3.05],
  ['claude-3.7-sonnet', 'claude', 3, 3.07],
  ['us.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude', 2, 4.05],
  ['openai/gpt-5-mini-2025-08-07', 'gpt', 2, 5],
  ['gpt-5.4', 'gpt', 3, 5.04],
  ['gpt-5-pro', 'gpt', 4, 5],
  ['gpt-4.1-nano', 'gpt', 1, 4.01],
  ['gpt-4o-mini', 'gpt', 2, 4],
  ['gemini-2.5-flash-lite', 'gemini', 1, 2.05],
  ['gemini-2.5-flash', 'gemini', 2, 2.05],
  ['gemini-3-pro-preview', 'gemini', 4, 3],
])('%s', (model, family, tier, version) => expect(catalogueEntry(model)).toEqual({ family, tier, version }));

test.each(['', 'zeta-9', 'gpt-5-image-mini', 'gpt-4o-mini-transcribe', 'gpt-5.6-luna', 'gemini-2.5-flash-tts', 'gemini-2.5-flash-image'])(
  '%j is in no line-up',
  (model) => expect(catalogueEntry(model)).toBeUndefined(),
);

describe('expectedAsGood', () => {
  test.each([
    ['claude-opus-4-5', 'claude-opus-4-1', true],
    ['claude-opus-4-1', 'claude-opus-4-5', false],
    ['claude-haiku-4-5', 'claude-sonnet-4-5', false],
    ['claude-sonnet-5', 'claude-haiku-4-5', true],
    ['gpt-5', 'claude-sonnet-4-5', false],
    ['zeta-9', 'zeta-8', false],
  ])('%s for %s: %s', (candidate, current, expected) => expect(expectedAsGood(candidate, current)).toBe(expected));
});
