import { expect, test } from 'vitest';
import { balance } from '../../../packages/core/src/checks/agents/balance.ts';
import { run } from '../resources/objects.ts';
import { agent, missing, missingGap, registryOf } from './registry-of.ts';

const evaluate = (values: (number | null)[], settings = {}) =>
  run(balance, { 'redis.registry': registryOf(values.map((currentLoad, index) => agent(`p-${index + 1}`, { currentLoad }))) }, settings);

test('one full, one idle', () => {
  expect(evaluate([9, 1])).toEqual({
    findings: [
      {
        severity: 'warning',
        resource: { kind: 'AgentType', name: 'planner' },
        seen: 'loads from 10 % to 90 %',
        expected: 'over 50 % apart',
        measured: { value: 0.8, unit: 'ratio' },
        threshold: { value: 0.5, unit: 'ratio' },
        detail: 'highest p-1, lowest p-2; standard deviation 40 %',
        next: ['redis-cli HGET agents:registry p-1', 'redis-cli HGET agents:registry p-2'],
      },
    ],
    gaps: [],
    examined: { count: 1, noun: 'agent type' },
  });
});

test.each<[string, (number | null)[], object, number]>([
  ['50 % apart is not over it', [7, 2], {}, 0],
  ['one newcomer among many', [6, 6, 6, 6, 6, 6, 6, 6, 6, 0], {}, 0],
  ['the same, with a stricter deviation', [6, 6, 6, 6, 6, 6, 6, 6, 6, 0], { deviation: 0.1 }, 1],
  ['a stricter spread', [7, 3], { spread: 0.3 }, 1],
])('%s', (_what, values, settings, expected) => expect(evaluate(values, settings).findings).toHaveLength(expected));

test('one agent has nothing to be balanced with, known or not', () => {
  for (const value of [10, null]) {
    expect(evaluate([value])).toEqual({
      findings: [],
      gaps: [],
      examined: { count: 0, noun: 'agent type' },
      note: 'no type with two agents in service',
    });
  }
});

test('an agent whose load is not known is a gap', () => {
  expect(evaluate([5, null]).gaps?.map(({ reason, detail }) => [reason, detail])).toEqual([
    ['invalid', 'capacity or current_load missing, zero or negative: p-2'],
  ]);
});

test('no registry is unknown', () => expect(run(balance, { 'redis.registry': missing }).gaps).toEqual([missingGap]));
