import { expect, it } from 'vitest';
import { throughput } from '../../../packages/core/src/checks/performance/throughput.ts';
import type { PerformanceMetrics } from '../../../packages/core/src/model/prometheus.ts';
import { agentRow, context, performanceOf, unseen } from './evidence.ts';

const run = (metrics: PerformanceMetrics) => throughput.evaluate({ 'prometheus.performance': metrics }, {}, context);

it('shows requests a second and active agents, and judges nothing', () => {
  expect(
    run(
      performanceOf([
        agentRow('a', { throughput: { value: 2.345 }, activeAgents: { value: 3 } }),
        agentRow('b', { throughput: { value: 0 } }),
      ]),
    ),
  ).toEqual({
    findings: [],
    gaps: [],
    facts: [
      { label: 'throughput', resource: { kind: 'Agent', name: 'a' }, text: '2.35 requests/s', measured: { value: 2.345, unit: '1/s' } },
      { label: 'active agents', resource: { kind: 'Agent', name: 'a' }, text: '3 active', measured: { value: 3, unit: 'count' } },
      { label: 'throughput', resource: { kind: 'Agent', name: 'b' }, text: 'no requests in 5 min', measured: { value: 0, unit: '1/s' } },
    ],
    examined: { count: 2, noun: 'agent type' },
  });
});

it('is unknown where it was not seen', () => {
  expect(run(performanceOf([agentRow('a', { throughput: unseen })])).gaps).toMatchObject([
    { reason: 'absent', detail: 'a: fewer than two samples of x_total in the window' },
  ]);
  expect(run(performanceOf([])).gaps).toMatchObject([{ reason: 'absent', detail: 'no agent or model has a sample' }]);
});

it('takes the reason of a failed query', () => {
  const unavailable = { ok: false, reason: 'timeout', source: 'prometheus', detail: 'no answer in time' } as const;
  const gaps = [{ piece: 'requests', profile: 'ai_agent', unavailable } as const];
  expect(run(performanceOf([agentRow('a', { throughput: unseen })], { gaps })).gaps).toEqual([unavailable]);
});
