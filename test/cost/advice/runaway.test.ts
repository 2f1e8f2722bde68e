import { describe, expect, test } from 'vitest';
import { runawayAdvice, runawaySessions } from '../../../packages/core/src/cost/advice/runaway.ts';
import type { SessionCost } from '../../../packages/core/src/cost/advice/sessions.ts';

const session = (name: string, cents: number, agent = 'planner'): SessionCost => ({
  session: name,
  requests: 10,
  tokens: 1000,
  cost: BigInt(cents) * 10_000_000_000n,
  agent,
  agents: [agent],
});
/** Thirty sessions of $0.90, $1.00 and $1.10 in turn. */
const usual = Array.from({ length: 30 }, (_, i) => session(`s${i}`, [90, 100, 110][i % 3] ?? 0));

describe('nothing to say', () => {
  test.each([
    ['no sessions', []],
    ['too few to know what is usual', [...usual.slice(0, 18), session('big', 9000)]],
    ['all alike', usual],
    ['free ones count for nothing', Array.from({ length: 40 }, (_, i) => session(`f${i}`, 0))],
    ['twice the usual is no runaway', [...usual, session('double', 200)]],
  ])('%s', (_, sessions) => expect(runawayAdvice(sessions)).toEqual([]));

  test('too few sessions have no threshold', () =>
    expect(runawaySessions(usual.slice(0, 19))).toEqual({ threshold: null, usual: null, sessions: [] }));
});

test('three times the usual is the least; beyond it is the saving', () => {
  const sessions = [...usual, session('loop', 4000), session('worse', 5000)];
  const { threshold, usual: middle } = runawaySessions(sessions);
  // The middle of 32: between $1.00 and $1.00; the scatter is small, so the floor of three times counts.
  expect([threshold, middle]).toEqual([3_000_000_000_000n, 1_000_000_000_000n]);
  const [advice] = runawayAdvice(sessions);
  expect(advice).toMatchObject({
    id: 'runaway-session/planner',
    title: 'planner: 2 sessions over $3.00, a usual one costs $1.00',
    savingPico: 84_000_000_000_000n,
    basis: '32 sessions; the saving is what these cost beyond $3.00, had they been stopped there',
    touches: [
      { agent: 'planner', session: 'worse' },
      { agent: 'planner', session: 'loop' },
    ],
  });
});

test('widely scattered sessions have a wide threshold', () => {
  // 1, 2, 4 … 2^20 cents: doubling each time, the largest is as usual as the smallest.
  expect(runawayAdvice(Array.from({ length: 21 }, (_, i) => session(`s${i}`, 2 ** i)))).toEqual([]);
});
