import { expect, it } from 'vitest';
import { report as reportSchema } from '../../packages/core/src/model/report.ts';
import { scenarios } from '../../packages/lab/src/scenarios/scenarios.ts';
import { configOf, diagnoseStill, startStillLab } from '../support/lab-run.ts';

const redis = ['connectivity/redis-clients', 'connectivity/redis-memory', 'connectivity/redis-replication'];
const agents = ['agents/balance', 'agents/capacity', 'agents/endpoints', 'agents/heartbeat', 'agents/registry'];
const prometheus = [
  'budget/daily-spend',
  'budget/hourly-tokens',
  'budget/monthly-spend',
  'budget/per-agent',
  'budget/per-session',
  'budget/unpriced',
  'performance/cost-per-task',
  'performance/error-ratio',
  'performance/mean-response',
  'performance/p95',
  'performance/p99',
  'performance/steps-per-task',
  'performance/success-ratio',
  'performance/targets-down',
  'performance/throughput',
  'performance/tokens-per-task',
  'performance/tool-error-ratio',
];
const policies = [
  'network-policy/blocked-dns',
  'network-policy/no-default-deny',
  'network-policy/one-sided',
  'network-policy/uncovered-pod',
  'network-policy/unused-policy',
  'network-policy/world-open-egress',
  'network-policy/world-open-ingress',
];

interface Expected {
  readonly verdict: string;
  readonly exitCode: number;
  /** Severity, id, what it is about and what was seen, of every critical and warning finding. */
  readonly findings: readonly string[];
  readonly unknown: readonly string[];
}

/** At 13:07:31 UTC on 21 November 2026. */
const expected: Readonly<Record<string, Expected>> = {
  healthy: { verdict: 'healthy', exitCode: 0, findings: [], unknown: [] },
  'bad-rollout': {
    verdict: 'critical',
    exitCode: 2,
    // Four of six pods crash: their requests fail, the others wait. One trouble, seen five times.
    findings: [
      'critical performance/error-ratio code-gen: error ratio 31 %',
      'critical performance/success-ratio code-gen: success ratio 69 %',
      'critical resources/crash-loop code-gen: CrashLoopBackOff, 5 restarts',
      'critical resources/replicas-short code-gen: 2 of 6 available for 10 min',
      'warning performance/p95 code-gen: p95 9.74 s',
    ],
    unknown: [],
  },
  'redis-down': {
    verdict: 'critical',
    exitCode: 2,
    findings: ['critical connectivity/redis cache: connection refused'],
    unknown: [...agents, ...redis],
  },
  'token-explosion': {
    verdict: 'warning',
    exitCode: 1,
    findings: [
      'warning budget/hourly-tokens hourly tokens: 55,260,000 tokens in the last hour',
      'warning performance/tokens-per-task planner: tokens per task 62,400',
    ],
    unknown: [],
  },
  'oom-loop': {
    verdict: 'critical',
    exitCode: 2,
    // One of the two pods is waiting to be started again, the other one runs for a while.
    findings: [
      'critical resources/crash-loop summarizer: CrashLoopBackOff, 9 restarts',
      'critical resources/oom-killed summarizer: OOMKilled, 3 min ago, 10 restarts',
    ],
    unknown: [],
  },
  'leaked-egress': {
    verdict: 'warning',
    exitCode: 1,
    findings: ['warning network-policy/world-open-egress debug-egress: egress to 0.0.0.0/0, any port'],
    unknown: [],
  },
  'old-secrets': {
    verdict: 'critical',
    exitCode: 2,
    findings: [
      'critical secret-age/kubernetes anthropic-key: 200 d',
      'critical secret-age/kubernetes openai-key: 200 d',
      'critical secret-age/vault kv/agents/anthropic: 200 d',
      'critical secret-age/vault kv/agents/openai: 200 d',
    ],
    unknown: [],
  },
  'rotation-stopped': {
    verdict: 'critical',
    exitCode: 2,
    findings: ['critical secret-age/rotation-unfinished openai-key: stands at SYNCED for 25 min'],
    unknown: [],
  },
  'budget-blown': {
    verdict: 'critical',
    exitCode: 2,
    // A month's money cannot be gone without a day's.
    findings: ['critical budget/daily-spend daily: $566.89 today', 'critical budget/monthly-spend monthly: $23,002.60 this month'],
    unknown: [],
  },
  'no-permissions': {
    verdict: 'unknown',
    exitCode: 3,
    findings: [],
    unknown: [
      ...policies,
      'resources/cpu-usage',
      'resources/memory-usage',
      'resources/node-conditions',
      'resources/node-cpu',
      'resources/node-memory',
      'secret-age/kubernetes',
      'secret-age/tls-expiry',
    ],
  },
  'black-hole': {
    verdict: 'critical',
    exitCode: 2,
    findings: ['critical connectivity/prometheus PROMETHEUS: no answer in time', 'critical connectivity/redis cache: no answer in … s'],
    unknown: [...agents, ...prometheus, ...redis],
  },
};

it('every scenario is expected here', () => {
  expect(scenarios.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
});

it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (name, { finds, hides }) => {
  const lab = await startStillLab(name);
  try {
    const report = reportSchema.parse(await diagnoseStill(configOf(lab, name === 'black-hole' ? { timeout: 3000 } : {})));
    const results = report.categories.flatMap(({ checks }) => checks);
    const troubles = report.findings.filter(({ severity }) => severity !== 'info');
    const told = troubles.map(({ id, severity, resource, seen }) => {
      const about = resource.workload?.name ?? resource.name.replace(/ 127\..*/, '').replace(lab.urls.prometheus, 'PROMETHEUS');
      return `${severity} ${id} ${about}: ${seen.replace(/in [\d.]+ s$/, 'in … s')}`;
    });
    const unknown = results.filter(({ status }) => status === 'unknown').map(({ id }) => id);
    expect({ verdict: report.verdict, exitCode: report.exitCode, findings: told.sort(), unknown: unknown.sort() }).toEqual({
      ...expected[name],
      unknown: [...(expected[name]?.unknown ?? [])].sort(),
    });
    // What `agentops lab` tells a learner is what there is to find.
    expect(troubles.map(({ id }) => id)).toEqual(expect.arrayContaining([...finds]));
    expect(unknown).toEqual(expect.arrayContaining([...hides]));
    expect(report.lab).toEqual({ scenario: 'unnamed' });
    // Shown in the plural where there are more: `3 policies`.
    expect(
      results.map(({ examined }) => examined?.noun).filter((noun) => noun !== undefined && /[^s]s$/.test(noun) && noun !== 'egress'),
    ).toEqual([]);
  } finally {
    await lab.close();
  }
});
