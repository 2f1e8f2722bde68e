import { assembleReport } from '../../packages/core/src/diagnose/assemble.ts';
import type { CheckResult } from '../../packages/core/src/model/finding.ts';
import type { Report } from '../../packages/core/src/model/report.ts';
import { roleManifests } from '../../packages/core/src/permissions/manifests.ts';

/** Text that breaks careless renderers: markup, quotes, control characters, bidi, a lone surrogate, a pipe. */
export const hostile = '<script>alert("x")</script> & | `a` \u001B[31mred\u0007 \u202Eabc \uD800 *b*';

const startedAt = Date.parse('2026-11-21T13:07:31Z');
const base = { gaps: [], findings: [], facts: [] };

const results: CheckResult[] = [
  {
    ...base,
    id: 'connectivity/redis',
    category: 'connectivity',
    title: 'Redis',
    status: 'fail',
    examined: { count: 1, noun: 'server' },
    findings: [
      {
        id: 'connectivity/redis',
        category: 'connectivity',
        severity: 'critical',
        resource: { kind: 'Redis', name: 'cache.agents:6379' },
        seen: 'refused',
        expected: 'an answer to PING',
        why: 'Agents keep their queue and their registry in Redis.',
        next: ['kubectl -n agents get endpointslices -l kubernetes.io/service-name=cache'],
        explain: 'agentops explain connectivity/redis',
        fingerprint: '0123456789abcdef',
      },
    ],
  },
  {
    ...base,
    id: 'performance/error-ratio',
    category: 'performance',
    title: 'error ratio',
    status: 'fail',
    examined: { count: 9, noun: 'agent type' },
    findings: [
      {
        id: 'performance/error-ratio',
        category: 'performance',
        severity: 'critical',
        resource: { kind: 'Agent', name: 'code-gen' },
        seen: 'error ratio 12.1 %',
        expected: 'over 5 %',
        measured: { value: 0.121, unit: 'ratio' },
        threshold: { value: 0.05, unit: 'ratio' },
        why: 'Users see these errors.',
        next: ["promtool query instant http://prom:9090 'sum(rate(x[5m]))'"],
        since: '2026-11-21T13:03:00.000Z',
        explain: 'agentops explain performance/error-ratio',
        fingerprint: '1123456789abcdef',
      },
    ],
  },
  {
    ...base,
    id: 'performance/throughput',
    category: 'performance',
    title: 'throughput',
    status: 'pass',
    examined: { count: 9, noun: 'agent type' },
    facts: [
      { label: 'throughput', resource: { kind: 'Agent', name: 'code-gen' }, text: '4.2 requests/s', measured: { value: 4.2, unit: '' } },
    ],
  },
  {
    ...base,
    id: 'resources/crash-loop',
    category: 'resources',
    title: 'crash loops',
    context: 'prod-eu',
    status: 'fail',
    examined: { count: 120, noun: 'pod' },
    findings: [
      {
        id: 'resources/crash-loop',
        category: 'resources',
        severity: 'critical',
        resource: {
          context: 'prod-eu',
          namespace: 'agents',
          kind: 'Pod',
          name: 'code-gen-5d8f7c9b4-x2vqz',
          container: 'main',
          workload: { kind: 'Deployment', name: 'code-gen' },
        },
        seen: 'CrashLoopBackOff',
        expected: 'running; exit code 137',
        detail: hostile,
        why: 'The container ends right after it starts.',
        next: ['kubectl --context prod-eu -n agents logs code-gen-5d8f7c9b4-x2vqz -c main --previous'],
        alsoOn: 5,
        explain: 'agentops explain resources/crash-loop',
        fingerprint: '2123456789abcdef',
      },
    ],
  },
  {
    ...base,
    id: 'resources/memory-usage',
    category: 'resources',
    title: 'memory of containers',
    context: 'prod-eu',
    status: 'unknown',
    gaps: [
      {
        check: 'resources/memory-usage',
        evidence: 'kubernetes.podusage',
        reason: 'absent',
        context: 'prod-eu',
        source: 'usage of pods',
        detail: 'metrics.k8s.io answers 503: metrics-server is not there',
      },
    ],
  },
  {
    ...base,
    id: 'secret-age/kubernetes',
    category: 'secret-age',
    title: 'age of secrets',
    context: 'prod-eu',
    status: 'warn',
    examined: { count: 38, noun: 'secret' },
    findings: [
      {
        id: 'secret-age/kubernetes',
        category: 'secret-age',
        severity: 'warning',
        resource: { context: 'prod-eu', namespace: 'agents', kind: 'Secret', name: `openai-key ${hostile}` },
        seen: '131–140 d',
        expected: 'over 90 d; Vault version 4',
        measured: { value: 131, unit: 'days' },
        threshold: { value: 90, unit: 'days' },
        why: 'An old key is a key that many have seen.',
        next: ['kubectl --context prod-eu -n agents get secret openai-key --show-managed-fields -o yaml'],
        explain: 'agentops explain secret-age/kubernetes',
        fingerprint: '3123456789abcdef',
      },
    ],
  },
  {
    ...base,
    id: 'network-policy/uncovered-pod',
    category: 'network-policy',
    title: 'pods without a policy',
    context: 'prod-eu',
    status: 'unknown',
    gaps: [
      {
        check: 'network-policy/uncovered-pod',
        evidence: 'kubernetes.networkpolicies',
        reason: 'forbidden',
        context: 'prod-eu',
        source: 'network policies of prod-eu',
        detail: 'answers 403: not allowed',
        missing: [{ verb: 'list', group: 'networking.k8s.io', resource: 'networkpolicies' }],
      },
    ],
  },
  {
    ...base,
    id: 'budget/daily-spend',
    category: 'budget',
    title: 'spend today',
    status: 'pass',
    examined: { count: 1, noun: 'budget' },
  },
  {
    ...base,
    id: 'agents/heartbeat',
    category: 'agents',
    title: 'heartbeats',
    status: 'skipped',
    note: 'no Redis configured',
    gaps: [
      {
        check: 'agents/heartbeat',
        evidence: 'redis.registry',
        reason: 'not-configured',
        source: 'redis',
        detail: 'no Redis configured',
        hint: 'set redis in agentops.yaml',
      },
    ],
  },
];

/** A report with every kind of thing in it. */
export function sampleReport(overrides: Partial<Parameters<typeof assembleReport>[0]> = {}): Report {
  return assembleReport({
    results,
    version: '0.1.0',
    lab: undefined,
    startedAt,
    durationMs: 1912,
    timeZone: 'Europe/Berlin',
    contexts: ['prod-eu'],
    namespaces: ['agents', 'platform'],
    suppressed: 1,
    failOn: 'warning',
    permissionManifest: (missing) => roleManifests(missing, { name: 'agentops-diagnose' }),
    ...overrides,
  });
}

/** Nothing wrong, everything seen. */
export function healthyReport(): Report {
  return sampleReport({ results: results.filter((result) => result.status === 'pass'), suppressed: 0 });
}
