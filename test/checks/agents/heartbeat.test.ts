import { expect, test } from 'vitest';
import { heartbeat } from '../../../packages/core/src/checks/agents/heartbeat.ts';
import { testNow } from '../../support/host.ts';
import { run } from '../resources/objects.ts';
import { agent, missing, missingGap, registryOf } from './registry-of.ts';

const before = (ms: number) => ({ lastHeartbeat: testNow - ms });
const evaluate = (agents: ReturnType<typeof agent>[], settings = {}) => run(heartbeat, { 'redis.registry': registryOf(agents) }, settings);

test('no heartbeat for more than 60 s is critical, one finding a type, the longest silence first', () => {
  const outcome = evaluate([
    agent('p-1', before(61_000)),
    agent('p-2'),
    agent('p-3', before(250_000)),
    agent('c-1', { type: 'coder', ...before(90_000) }),
  ]);
  expect(outcome.findings).toEqual([
    {
      severity: 'critical',
      resource: { kind: 'Agent', name: 'c-1', workload: { kind: 'AgentType', name: 'coder' } },
      seen: 'no heartbeat for 90 s',
      expected: 'over 60 s',
      measured: { value: 90, unit: 's' },
      threshold: { value: 60, unit: 's' },
      detail: '1 of 1 agent: c-1',
      since: testNow - 90_000,
      next: ['redis-cli HGET agents:registry c-1'],
    },
    {
      severity: 'critical',
      resource: { kind: 'Agent', name: 'p-3', workload: { kind: 'AgentType', name: 'planner' } },
      seen: 'no heartbeat for 4 min',
      expected: 'over 60 s',
      measured: { value: 250, unit: 's' },
      threshold: { value: 60, unit: 's' },
      detail: '2 of 3 agents: p-3, p-1',
      since: testNow - 250_000,
      alsoOn: 1,
      next: ['redis-cli HGET agents:registry p-3'],
    },
  ]);
});

test('60 s is not over 60 s', () => expect(evaluate([agent('p-1', before(60_000))]).findings).toEqual([]));

test('the age is a setting', () =>
  expect(evaluate([agent('p-1', before(20_000))], { maxAge: '15s' }).findings[0]?.expected).toBe('over 15 s'));

test.each(['stopped', 'offline', 'draining', 'Draining'])('%s is on purpose', (status) => {
  expect(evaluate([agent('p-1', { status, ...before(3_600_000) })])).toEqual({
    findings: [],
    gaps: [],
    examined: { count: 1, noun: 'agent' },
    note: '1 agent out of service on purpose',
  });
});

test('a missing heartbeat is unknown, not fresh and not late', () => {
  expect(evaluate([agent('p-1', { lastHeartbeat: null }), agent('p-2', { lastHeartbeat: null })])).toEqual({
    findings: [],
    gaps: [
      { ok: false, reason: 'invalid', source: 'redis hash agents:registry', detail: 'last_heartbeat missing or unreadable: p-1, p-2' },
    ],
    examined: { count: 2, noun: 'agent' },
  });
});

test('a heartbeat in the future says nothing about now', () => {
  expect(evaluate([agent('p-1', before(-30_000))]).gaps).toEqual([]);
  expect(evaluate([agent('p-1', before(-30_001))]).gaps).toEqual([
    {
      ok: false,
      reason: 'invalid',
      source: 'redis hash agents:registry',
      detail: 'last_heartbeat lies in the future, so the clocks are apart: p-1',
    },
  ]);
});

test('no registry, and entries nobody can read, are unknown', () => {
  expect(run(heartbeat, { 'redis.registry': missing }).gaps).toEqual([missingGap]);
  expect(run(heartbeat, { 'redis.registry': registryOf([], { unreadable: ['x'] }) }).gaps).toEqual([
    { ok: false, reason: 'invalid', source: 'redis hash agents:registry', detail: '1 entry that cannot be read as JSON: x' },
  ]);
});
