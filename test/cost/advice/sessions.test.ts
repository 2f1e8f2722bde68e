import { expect, test } from 'vitest';
import { collectSessions } from '../../../packages/core/src/cost/advice/sessions.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { haiku, sonnet, testBook, usage } from '../../support/price-book.ts';

const book = testBook({ 'claude-sonnet-4-5': sonnet, 'claude-haiku-4-5': haiku });

function collect(records: readonly UsageRecord[]) {
  const sessions = collectSessions();
  for (const record of records) sessions.add(record, book.price(record));
  return sessions;
}

test('nothing', () => {
  const sessions = collect([]);
  expect([sessions.conversations(), sessions.sessions(), sessions.skipped()]).toEqual([[], [], 0]);
});

const records = [
  usage({ at: 3, tokens: { input: 3_000_000 } }), // $9
  usage({ at: 1, tokens: { input: 1_000_000 } }), // $3
  usage({ at: 2, agent: 'coder', model: 'claude-haiku-4-5', tokens: { output: 4_000_000 } }), // $20, no prompt
  usage({ at: 9, session: '', requests: 7 }),
  usage({ at: 4, session: 's2', requests: 5, tokens: { input: 10 } }), // a bucket
];

test('conversations are in order of time, whatever order they came in', () => {
  for (const order of [records, records.toReversed()]) {
    expect(
      collect(order)
        .conversations()
        .map((steps) => steps.map(({ at, like }) => [at, like.record.at])),
    ).toEqual([
      [
        [1, 1],
        [3, 1],
      ],
    ]);
  }
});

test('sessions hold everything, by who cost most', () =>
  expect(collect(records).sessions()).toEqual([
    { session: 's1', requests: 3, tokens: 8_000_000, cost: 32_000_000_000_000n, agent: 'coder', agents: ['coder', 'planner'] },
    { session: 's2', requests: 5, tokens: 10, cost: 30_000_000n, agent: 'planner', agents: ['planner'] },
  ]));

test('requests without a session are counted as such', () => expect(collect(records).skipped()).toBe(7));
