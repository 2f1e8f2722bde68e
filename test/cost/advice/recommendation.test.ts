import { describe, expect, test } from 'vitest';
import {
  combinedSaving,
  groupOverlaps,
  idOf,
  overlaps,
  type RecommendationDraft,
  type Touch,
} from '../../../packages/core/src/cost/advice/recommendation.ts';

const draft = (id: string, savingPico: bigint | null, ...touches: Touch[]): RecommendationDraft => ({
  id,
  kind: 'batch',
  title: id,
  savingPico,
  confidence: 'measured',
  basis: '',
  evidence: [],
  how: [],
  touches,
});

describe('overlaps', () => {
  test.each([
    [{}, { agent: 'a' }, true],
    [{ agent: 'a' }, { agent: 'b' }, false],
    [{ agent: 'a', model: 'm' }, { agent: 'a', model: 'n' }, false],
    [{ agent: 'a', model: 'm' }, { model: 'm', session: 's' }, true],
    [{ agent: '' }, { agent: 'a' }, false],
  ] satisfies [Touch, Touch, boolean][])('%j and %j: %s', (a, b, expected) => {
    expect(overlaps(a, b)).toBe(expected);
    expect(overlaps(b, a)).toBe(expected);
  });
});

test('nothing to group', () => {
  expect(groupOverlaps([])).toEqual([]);
  expect(combinedSaving([])).toBe(0n);
});

test('what shares spend is one group, by its best; only the best of each adds up', () => {
  const grouped = groupOverlaps([
    draft('cache', 20n, { agent: 'a', model: 'm' }),
    draft('swap', 50n, { agent: 'a', task: 't', model: 'm' }),
    draft('other', 7n, { agent: 'b', model: 'm' }),
    draft('unknown', null, { agent: 'c' }),
  ]);
  expect(grouped.map(({ id, group }) => [id, group])).toEqual([
    ['swap', 'swap'],
    ['cache', 'swap'],
    ['other', 'other'],
    ['unknown', 'unknown'],
  ]);
  expect(combinedSaving(grouped)).toBe(57n);
});

test('overlap through a third one is overlap', () => {
  const grouped = groupOverlaps([
    draft('x', 9n, { agent: 'a', model: 'm' }),
    draft('bridge', 5n, { agent: 'a' }),
    draft('y', 8n, { agent: 'a', model: 'n' }),
    draft('z', 7n, { agent: 'z' }),
  ]);
  expect(grouped.map(({ id, group }) => [id, group])).toEqual([
    ['x', 'x'],
    ['y', 'x'],
    ['z', 'z'],
    ['bridge', 'x'],
  ]);
  expect(combinedSaving(grouped)).toBe(16n);
});

test('what nobody measured comes last and adds nothing', () => {
  const grouped = groupOverlaps([{ ...draft('guess', 900n, { agent: 'a' }), confidence: 'unmeasured' }, draft('sure', 2n, { agent: 'a' })]);
  expect(grouped.map(({ id, group }) => [id, group])).toEqual([
    ['sure', 'sure'],
    ['guess', 'sure'],
  ]);
  expect(combinedSaving(grouped)).toBe(2n);
});

test('the order of the drafts does not matter', () => {
  const drafts = [draft('a', 5n, { agent: '1' }), draft('b', 5n, { agent: '1' }), draft('c', 5n, { agent: '2' })];
  expect(groupOverlaps(drafts)).toEqual(groupOverlaps(drafts.toReversed()));
});

test('ids hold no spaces, escapes or path tricks', () =>
  expect(idOf('batch', 'my agent\u001b[31m', '', 'a/b')).toBe('batch/my-agent-31m/unnamed/a-b'));
