import { describe, expect, test } from 'vitest';
import { type AgentDay, agentDays, promptSizeAdvice } from '../../../packages/core/src/cost/advice/prompt-size.ts';
import { ledgerRow } from '../../support/ledger-row.ts';

/** Ten requests a day of that size; $3 per million. */
const day = (index: number, size: number): AgentDay => ({
  day: index,
  agent: 'planner',
  requests: 10,
  inputTokens: 10 * size,
  inputCost: BigInt(10 * size) * 3_000_000n,
});
const growing = Array.from({ length: 28 }, (_, i) => day(i, 10_000 + 500 * i));

describe('no advice', () => {
  test.each([
    ['nothing', []],
    ['thirteen days', growing.slice(0, 13)],
    ['constant', Array.from({ length: 28 }, (_, i) => day(i, 10_000))],
    ['shrinking', Array.from({ length: 28 }, (_, i) => day(i, 30_000 - 500 * i))],
    ['a little growth', Array.from({ length: 28 }, (_, i) => day(i, 10_000 + 20 * i))],
    ['idle', growing.map((one) => ({ ...one, requests: 0 }))],
  ])('%s', (_, days) => expect(promptSizeAdvice(days)).toEqual([]));
});

test('growth by 500 tokens a day: the last week against the first', () => {
  // First week: 11,500 in the middle; last week 22,000. Each of its days beyond: Σ (20,500 … 23,500 − 11,500) × 10 × $3/M.
  const [advice] = promptSizeAdvice(growing);
  expect(advice).toMatchObject({
    id: 'prompt-size/planner',
    title: 'planner: 22,000 input tokens a request, 91.3 % more than at first',
    savingPico: 2_205_000_000_000n,
    touches: [{ agent: 'planner' }],
  });
  expect(advice?.evidence.map(({ value }) => value)).toEqual([11_500, 22_000, 500]);
});

test('ledger rows: input of all classes, and its cost alone', () =>
  expect(
    agentDays([
      ledgerRow({
        group: { agent: 'a' },
        bucket: 3,
        requests: 2,
        input: 1,
        cacheRead: 20,
        cacheWrite5m: 300,
        cacheWrite1h: 4000,
        output: 7,
        costInput: 1n,
        costCacheRead: 2n,
        costCacheWrite5m: 3n,
        costCacheWrite1h: 4n,
        costOutput: 100n,
        cost: 110n,
      }),
    ]),
  ).toEqual([{ day: 3, agent: 'a', requests: 2, inputTokens: 4321, inputCost: 10n }]));
