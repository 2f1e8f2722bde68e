import { describe, expect, test } from 'vitest';
import { cachingAdvice } from '../../../packages/core/src/cost/advice/caching.ts';
import type { RecommendationDraft } from '../../../packages/core/src/cost/advice/recommendation.ts';
import { collectSessions } from '../../../packages/core/src/cost/advice/sessions.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { sonnet, testBook, usage } from '../../support/price-book.ts';

const book = testBook({ 'claude-sonnet-4-5': sonnet });
const minute = 60_000;

/** Requests at those minutes. */
const at = (...steps: [minutes: number, tokens: Partial<UsageRecord['tokens']>][]): UsageRecord[] =>
  steps.map(([minutes, tokens]) => usage({ at: minutes * minute, tokens }));

function advise(records: readonly UsageRecord[]): RecommendationDraft[] {
  const sessions = collectSessions();
  for (const record of records) sessions.add(record, book.price(record));
  return cachingAdvice(sessions.conversations(), book);
}

const briefly = (drafts: readonly RecommendationDraft[]) =>
  drafts.map(({ id, savingPico }) => [id.replace('/planner/claude-sonnet-4-5', ''), savingPico]);

test.each([
  ['nothing', []],
  ['one short prompt', at([0, { input: 900 }])],
  ['one long prompt', at([0, { input: 90_000 }])],
  [
    'a cache that pays: written once, read ten times',
    at(
      [0, { cacheWrite5m: 10_000 }],
      ...Array.from({ length: 10 }, (_, i): [number, { cacheRead: number }] => [i + 1, { cacheRead: 10_000 }]),
    ),
  ],
])('%s: no advice', (_, records) => expect(advise(records)).toEqual([]));

test('1 h writes that nobody reads: plain input saves $3 of $6 per million, 5 min $2.25', () => {
  const drafts = advise(at([0, { cacheWrite1h: 100_000 }], [90, { cacheWrite1h: 100_000 }]));
  expect(briefly(drafts)).toEqual([
    ['cache-unread', 600_000_000_000n],
    ['cache-ttl/5m', 450_000_000_000n],
  ]);
  expect(drafts[0]).toMatchObject({ title: 'planner: cache writes hardly read (0 % hits) → no cache', confidence: 'measured' });
  expect(drafts[1]?.title).toBe('planner: 1 h cache, never read after 5 min (0 % hits) → 5 min cache');
});

test('a 1 h cache that is read within 5 min: the shorter one saves its whole premium', () =>
  // Without a cache: 300,000 reads would cost $0.81 more than the $0.30 that the write cost extra.
  expect(
    briefly(
      advise(at([0, { cacheWrite1h: 100_000 }], [2, { cacheRead: 100_000 }], [4, { cacheRead: 100_000 }], [6, { cacheRead: 100_000 }])),
    ),
  ).toEqual([['cache-ttl/5m', 225_000_000_000n]]));

test('a 1 h cache that is read late earns its price', () =>
  // 5 min: saves $0.225, but 200,000 tokens would be written again for $0.69 more than reading them.
  expect(advise(at([0, { cacheWrite1h: 100_000 }], [20, { cacheRead: 100_000 }], [40, { cacheRead: 100_000 }]))).toEqual([]));

test('a 5 min cache that runs out again and again: 1 h', () =>
  // Twice rewritten: 200,000 × (3.75 − 0.30); the first write costs 100,000 × 2.25 more.
  expect(briefly(advise(at([0, { cacheWrite5m: 100_000 }], [20, { cacheWrite5m: 100_000 }], [40, { cacheWrite5m: 100_000 }])))).toEqual([
    // Never read at all: no cache saves 300,000 × 0.75.
    ['cache-unread', 225_000_000_000n],
    ['cache-ttl/1h', 465_000_000_000n],
  ]));

test('long prompts sent again without a cache', () => {
  const drafts = advise(at([0, { input: 100_000 }], [1, { input: 110_000 }], [2, { input: 120_000 }]));
  // Sent again: 100,000 + 110,000 at 2.70 less; new: 100,000 + 10,000 + 10,000 at 0.75 more.
  expect(briefly(drafts)).toEqual([['cache-missing', 477_000_000_000n]]);
  expect(drafts[0]?.basis).toBe(
    'the order of 3 requests in their conversations: at most 210,000 tokens were sent again within 5 min; assumes that each prompt begins with the one before',
  );
});

test('an hour later it is not the same prompt any more', () =>
  expect(advise(at([0, { input: 100_000 }], [60, { input: 100_000 }]))).toEqual([]));

describe('what cannot be ordered or priced is not judged', () => {
  test('no session', () => expect(advise(at([0, { cacheWrite1h: 100_000 }]).map((record) => ({ ...record, session: '' })))).toEqual([]));
  test('buckets', () => expect(advise(at([0, { cacheWrite1h: 100_000 }]).map((record) => ({ ...record, requests: 9 })))).toEqual([]));
  test('no price', () => expect(advise(at([0, { cacheWrite1h: 100_000 }]).map((record) => ({ ...record, model: 'zeta-9' })))).toEqual([]));
});

test('the order of arrival does not matter', () => {
  const records = at([0, { input: 100_000 }], [1, { input: 110_000 }], [2, { input: 120_000 }]);
  expect(advise(records.toReversed())).toEqual(advise(records));
});
