import { expect, test } from 'vitest';
import { registry } from '../../../packages/core/src/checks/agents/registry.ts';
import { run } from '../resources/objects.ts';
import { agent, missing, missingGap, registryOf } from './registry-of.ts';

test('a registry that is not there is unknown, not empty', () => {
  expect(run(registry, { 'redis.registry': missing })).toEqual({
    findings: [],
    gaps: [missingGap],
    facts: [],
    examined: { count: 0, noun: 'entry' },
  });
});

test('agents are counted by type', () => {
  const outcome = run(registry, { 'redis.registry': registryOf([agent('p-1'), agent('c-1', { type: 'coder' }), agent('p-2')]) });
  expect(outcome).toEqual({
    findings: [],
    gaps: [],
    facts: [
      {
        label: 'registered agents',
        resource: { kind: 'AgentType', name: 'coder' },
        text: '1 agent',
        measured: { value: 1, unit: 'count' },
      },
      {
        label: 'registered agents',
        resource: { kind: 'AgentType', name: 'planner' },
        text: '2 agents',
        measured: { value: 2, unit: 'count' },
      },
    ],
    examined: { count: 3, noun: 'entry' },
  });
});

test('entries that cannot be read are a warning', () => {
  const outcome = run(registry, { 'redis.registry': registryOf([agent('p-1')], { unreadable: ['p 2', 'p-3'] }) });
  expect(outcome.findings).toEqual([
    {
      severity: 'warning',
      resource: { kind: 'RedisHash', name: 'agents:registry' },
      seen: '2 entries not readable',
      expected: 'a JSON object each',
      measured: { value: 2, unit: 'count' },
      detail: 'p 2, p-3',
      key: 'unreadable',
      next: ["redis-cli HGET agents:registry 'p 2'"],
    },
  ]);
  expect(outcome.examined.count).toBe(3);
});

test('missing and malformed fields are named', () => {
  const { findings } = run(registry, {
    'redis.registry': registryOf([agent('p-1', { malformed: ['capacity', 'last_heartbeat'] }), agent('p-2')]),
  });
  expect(findings.map(({ severity, seen, detail, next }) => ({ severity, seen, detail, next }))).toEqual([
    {
      severity: 'warning',
      seen: '1 entry with missing or malformed fields',
      detail: 'p-1: capacity and last_heartbeat',
      next: ['redis-cli HGET agents:registry p-1', 'redis-cli HKEYS agents:registry'],
    },
  ]);
});
