import { describe, expect, test } from 'vitest';
import { capacity } from '../../../packages/core/src/checks/agents/capacity.ts';
import { testNow } from '../../support/host.ts';
import { run } from '../resources/objects.ts';
import { agent, missing, missingGap, registryOf } from './registry-of.ts';

const evaluate = (agents: ReturnType<typeof agent>[], settings = {}) => run(capacity, { 'redis.registry': registryOf(agents) }, settings);
const loads = (...values: number[]) => values.map((currentLoad, index) => agent(`p-${index + 1}`, { currentLoad }));
const advice = (agents: ReturnType<typeof agent>[], settings = {}) =>
  evaluate(agents, settings).findings.map(({ severity, seen }) => `${severity}: ${seen}`);

test('over 80 % says how many more', () => {
  expect(evaluate(loads(10, 9, 9))).toEqual({
    findings: [
      {
        severity: 'warning',
        resource: { kind: 'AgentType', name: 'planner' },
        seen: 'mean load 93.3 %: scale up by 1',
        expected: 'over 80 %',
        measured: { value: 28 / 30, unit: 'ratio' },
        threshold: { value: 0.8, unit: 'ratio' },
        detail: '70 % with 4 instead of 3',
        key: 'up',
        next: ['redis-cli HKEYS agents:registry'],
      },
    ],
    gaps: [],
    facts: [
      {
        label: 'load',
        resource: { kind: 'AgentType', name: 'planner' },
        text: '93.3 % of 3 agents',
        measured: { value: 28 / 30, unit: 'ratio' },
      },
    ],
    examined: { count: 1, noun: 'agent type' },
  });
});

describe('when to scale and by how much', () => {
  test.each<[string, ReturnType<typeof agent>[], string[]]>([
    ['exactly 80 %', loads(8, 8), []],
    ['exactly 20 %', loads(2, 2), []],
    ['far over capacity', loads(30), ['warning: mean load 300 %: scale up by 3']],
    ['whole agents, without a rounding error', loads(16), ['warning: mean load 160 %: scale up by 1']],
    ['under 20 % with more than one', loads(1, 1, 1, 1), ['info: mean load 10 %: scale down by 3']],
    ['under 20 % with one', loads(1), []],
    ['idle', loads(0, 0, 0), ['info: mean load 0 %: scale down by 2']],
    [
      'agents of different size weigh by their size',
      [agent('a', { capacity: 10, currentLoad: 10 }), agent('b', { capacity: 90, currentLoad: 60 })],
      [],
    ],
  ])('%s', (_what, agents, expected) => expect(advice(agents)).toEqual(expected));
});

test('the advice keeps to the target', () =>
  expect(advice(loads(9, 9), { target: 0.5 })).toEqual(['warning: mean load 90 %: scale up by 2']));

test('types are judged apart, the fullest first', () => {
  const coder = { type: 'coder', currentLoad: 9 };
  expect(
    evaluate([...loads(10), agent('c-1', coder), agent('r-1', { type: 'reviewer' })]).findings.map(({ resource }) => resource.name),
  ).toEqual(['planner', 'coder']);
});

test('dead and stopped agents carry nothing', () => {
  const dead = agent('p-8', { currentLoad: 0, lastHeartbeat: testNow - 61_000 });
  const stopped = agent('p-9', { currentLoad: 0, status: 'stopped' });
  const outcome = evaluate([...loads(9), dead, stopped]);
  expect(outcome.findings.map(({ seen }) => seen)).toEqual(['mean load 90 %: scale up by 1']);
  expect(outcome.note).toBe('1 agent out of service on purpose');
});

test.each([
  ['no capacity', { capacity: null }],
  ['capacity 0', { capacity: 0 }],
  ['no load', { currentLoad: null }],
  ['load below 0', { currentLoad: -1 }],
])('%s cannot be judged: unknown', (_what, more) => {
  expect(evaluate([agent('p-1', more)])).toEqual({
    findings: [],
    gaps: [
      {
        ok: false,
        reason: 'invalid',
        source: 'redis hash agents:registry',
        detail: 'capacity or current_load missing, zero or negative: p-1',
      },
    ],
    facts: [],
    examined: { count: 0, noun: 'agent type' },
  });
});

test('no registry is unknown', () => expect(run(capacity, { 'redis.registry': missing }).gaps).toEqual([missingGap]));
