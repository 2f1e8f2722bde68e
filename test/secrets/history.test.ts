import { expect, it } from 'vitest';
import { rotationRecord } from '../../packages/core/src/model/secret-history.ts';
import { recordOf, rotationHistory } from '../../packages/core/src/secrets/history.ts';
import { rollbackSecret, rotateSecret } from '../../packages/core/src/secrets/rotate/run.ts';
import { entryOf, forbidden, iso, journalOf, partsOf } from './fakes.ts';
import { World } from './rotate/world.ts';

it('a journal as a record: who, when, which versions, how long each step took', () => {
  expect(rotationRecord.parse(recordOf(journalOf()))).toEqual({
    secret: 'openai-key',
    id: 'openai-key/20261119t130731z-9f3a',
    by: 'cron@ci',
    startedAt: '2026-11-19T13:07:31.000Z',
    endedAt: '2026-11-19T13:09:01.000Z',
    state: 'DONE',
    outcome: 'done',
    oldVersion: 4,
    newVersion: 5,
    restoredVersion: null,
    graceUntil: null,
    consumers: ['kubernetes agents/openai-key'],
    steps: [
      { state: 'LOCKED', at: '2026-11-19T13:07:31.200Z', ms: 200 },
      { state: 'ISSUED', at: '2026-11-19T13:07:33.000Z', ms: 1800 },
      { state: 'ROLLED', at: '2026-11-19T13:08:34.000Z', ms: 61_000 },
      { state: 'DONE', at: '2026-11-19T13:09:01.000Z', ms: 27_000 },
    ],
    failure: null,
    operator: null,
  });
});

it.each<[Parameters<typeof journalOf>[0], object]>([
  [
    { state: 'GRACE', graceUntil: iso(0) },
    { outcome: 'grace', endedAt: null, graceUntil: '1970-01-01T00:00:00.000Z' },
  ],
  [{ state: 'SYNCED' }, { outcome: 'unfinished', endedAt: null }],
  [
    { state: 'ROLLED_BACK', restoredVersion: 6 },
    { outcome: 'rolled-back', restoredVersion: 6 },
  ],
  [{ state: 'ABANDONED' }, { outcome: 'abandoned', endedAt: '2026-11-19T13:09:01.000Z' }],
  [
    { state: 'NEEDS_OPERATOR', operator: 'look' },
    { outcome: 'needs-operator', endedAt: null, operator: 'look' },
  ],
  [{ failure: { step: 'roll', reason: 'pods crash', at: iso(0) } }, { failure: 'roll: pods crash' }],
])('%j', (journal, expected) => {
  expect(recordOf(journalOf(journal))).toMatchObject(expected);
});

it('newest first, of rotations that really happened', async () => {
  const world = new World({ overlapMs: 1e9 });
  expect(await world.process().run(rotateSecret)).toMatchObject({ result: 'grace' });
  expect(await world.process().run(rollbackSecret)).toMatchObject({ result: 'rolled-back' });
  world.now += 10_000;
  expect(await world.process().run(rotateSecret)).toMatchObject({ result: 'grace' });
  const { rotations, notSeen } = await rotationHistory(world.process().parts());
  expect(notSeen).toEqual([]);
  expect(
    rotations.map(({ outcome, oldVersion, newVersion, restoredVersion }) => [outcome, oldVersion, newVersion, restoredVersion]),
  ).toEqual([
    ['grace', 3, 4, null],
    ['rolled-back', 1, 2, 3],
  ]);
  expect(rotations[0]?.steps.map(({ state }) => state).slice(-2)).toEqual(['CONFIRMED', 'GRACE']);
});

it('what may not be read is named, the rest is shown', async () => {
  expect(await rotationHistory(partsOf({ journal: () => forbidden('journals') }))).toEqual({
    secret: 'openai-key',
    rotations: [],
    notSeen: ['rotations of openai-key: journals: permission denied (agentops permissions)'],
  });
  const parts = partsOf({});
  const journal = {
    ...parts.journal,
    list: async () => ['a', 'pruned', 'c'],
    read: async (id: string) => (id === 'a' ? forbidden('a') : id === 'c' ? { journal: journalOf({ id: 'c' }), version: 1 } : undefined),
  };
  expect(await rotationHistory({ entry: entryOf(), journal })).toMatchObject({
    rotations: [{ id: 'c' }],
    notSeen: ['rotation a: a: permission denied (agentops permissions)'],
  });
});
