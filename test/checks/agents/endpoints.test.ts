import { expect, test } from 'vitest';
import { endpoints } from '../../../packages/core/src/checks/agents/endpoints.ts';
import { testNow } from '../../support/host.ts';
import { run } from '../resources/objects.ts';
import { agent, missing, missingGap, registryOf } from './registry-of.ts';

const late = { lastHeartbeat: testNow - 120_000 };
const evaluate = (agents: ReturnType<typeof agent>[], settings = {}) => run(endpoints, { 'redis.registry': registryOf(agents) }, settings);

test('ranked by health, then load, then latency', () => {
  const outcome = evaluate(
    [
      agent('late', { ...late, currentLoad: 0, latencyMs: 1 }),
      agent('busy', { currentLoad: 9, latencyMs: 1, endpoint: 'http://busy:8080' }),
      agent('slow', { currentLoad: 2, latencyMs: 250.4, endpoint: 'http://slow:8080' }),
      agent('quick', { currentLoad: 2, latencyMs: 12, endpoint: 'http://quick:8080' }),
      agent('sick', { status: 'error', currentLoad: 0 }),
      agent('odd', { capacity: null }),
    ],
    { top: 6 },
  );
  expect(outcome.findings).toEqual([]);
  expect(outcome.gaps).toEqual([]);
  expect(outcome.facts?.map(({ label, text }) => `${label}: ${text}`)).toEqual([
    'planner endpoint 1: http://quick:8080 · healthy · load 20 % · 12 ms',
    'planner endpoint 2: http://slow:8080 · healthy · load 20 % · 250 ms',
    'planner endpoint 3: http://busy:8080 · healthy · load 90 % · 1 ms',
    'planner endpoint 4: odd · healthy · load not known · latency not known',
    'planner endpoint 5: sick · unhealthy · load 0 % · latency not known',
    'planner endpoint 6: late · no heartbeat · load 0 % · 1 ms',
  ]);
});

test('a type without a healthy endpoint is critical', () => {
  const outcome = evaluate([
    agent('p-1', late),
    agent('p-2', { status: 'Failed' }),
    agent('p-3', { status: 'stopped' }),
    agent('c-1', { type: 'coder' }),
  ]);
  expect(outcome.findings).toEqual([
    {
      severity: 'critical',
      resource: { kind: 'AgentType', name: 'planner' },
      seen: '0 of 2 endpoints healthy',
      expected: 'at least one healthy endpoint',
      measured: { value: 0, unit: 'count' },
      threshold: { value: 1, unit: 'count' },
      detail: 'p-2: unhealthy, p-1: no heartbeat',
      next: ['redis-cli HGET agents:registry p-2'],
    },
  ]);
  expect(outcome.note).toBe('1 agent out of service on purpose');
});

test('where one might be healthy it is unknown', () => {
  const outcome = evaluate([agent('p-1', late), agent('p-2', { lastHeartbeat: null })]);
  expect(outcome.findings).toEqual([]);
  expect(outcome.gaps?.map(({ reason, detail }) => [reason, detail])).toEqual([
    ['invalid', 'no endpoint of type planner is known to be healthy: p-2'],
  ]);
});

test('a type that is out of service on purpose is a choice', () => {
  expect(evaluate([agent('p-1', { status: 'stopped' })])).toMatchObject({
    findings: [],
    gaps: [],
    note: '1 agent out of service on purpose',
  });
});

test.each([
  ['http://user:canary@host:8080/run?token=canary#canary', 'http://host:8080/run'],
  ['redis://:canary@host:6379', 'redis://host:6379'],
  ['user:canary@host:8080', 'host:8080'],
  ['http://host/a@b', 'http://host/a@b'],
  ['host:8080', 'host:8080'],
])('credentials in %s are left out', (endpoint, shown) => {
  expect(evaluate([agent('p-1', { endpoint })]).facts?.[0]?.text).toBe(`${shown} · healthy · load 20 % · latency not known`);
});

test('the list is short', () => {
  const many = Array.from({ length: 9 }, (_, index) => agent(`p-${index}`));
  expect(evaluate(many).facts).toHaveLength(5);
});

test('no registry is unknown', () => expect(run(endpoints, { 'redis.registry': missing }).gaps).toEqual([missingGap]));
