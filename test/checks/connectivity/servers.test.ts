import { describe, expect, test } from 'vitest';
import { kubernetesApi } from '../../../packages/core/src/checks/connectivity/kubernetes-api.ts';
import { prometheus } from '../../../packages/core/src/checks/connectivity/prometheus.ts';
import { redis } from '../../../packages/core/src/checks/connectivity/redis.ts';
import { vault } from '../../../packages/core/src/checks/connectivity/vault.ts';
import { available, type UnavailableReason, unavailableReason } from '../../../packages/core/src/model/evidence.ts';
import type { VaultHealth } from '../../../packages/core/src/model/servers.ts';
import { missing, redisInfo, redisServers, run } from './run.ts';

const critical = ['unreachable', 'timeout', 'server-error'];
const gaps = ['forbidden', 'unauthorized', 'rate-limited', 'absent', 'invalid', 'unsupported'];

test('every reason is accounted for', () => {
  expect([...critical, ...gaps, 'not-configured'].sort()).toEqual([...unavailableReason.options].sort());
});

const cases = [
  ['kubernetes-api', kubernetesApi, (reason: UnavailableReason) => ({ 'kubernetes.cluster': missing(reason, 'kubernetes prod') })],
  ['prometheus', prometheus, (reason: UnavailableReason) => ({ 'prometheus.info': missing(reason, 'prometheus http://prom:9090') })],
  ['vault', vault, (reason: UnavailableReason) => ({ 'vault.health': missing(reason, 'vault https://vault:8200') })],
  [
    'redis',
    redis,
    (reason: UnavailableReason) => ({ 'redis.servers': available('redis', [missing(reason, 'redis cache cache.agents:6379')]) }),
  ],
] as const;

describe.each(cases)('%s', (_name, check, evidence) => {
  test.each(critical)('%s is critical', (reason) => {
    const outcome = run(check, evidence(reason as UnavailableReason));
    expect(outcome.gaps).toEqual([]);
    expect(outcome.findings).toMatchObject([{ severity: 'critical', seen: 'why' }]);
    expect(outcome.findings[0]?.next.length).toBeGreaterThan(0);
  });

  test.each(gaps)('%s could not be judged', (reason) => {
    const outcome = run(check, evidence(reason as UnavailableReason));
    expect(outcome.findings).toEqual([]);
    expect(outcome.gaps).toMatchObject([{ ok: false, reason }]);
  });
});

test('kubernetes-api: well, and slow', () => {
  const cluster = (latencyMs: number) =>
    available('kubernetes prod', { context: 'prod', server: '10.0.0.1:6443', version: 'v1.36.3', latencyMs });
  expect(run(kubernetesApi, { 'kubernetes.cluster': cluster(1000) })).toMatchObject({
    findings: [],
    facts: [{ text: '10.0.0.1:6443, v1.36.3, 1 s', measured: { value: 1000, unit: 'ms' } }],
  });
  expect(run(kubernetesApi, { 'kubernetes.cluster': cluster(1001) }).findings).toMatchObject([
    {
      severity: 'warning',
      resource: { kind: 'Cluster', name: 'prod' },
      measured: { value: 1001, unit: 'ms' },
      threshold: { value: 1000, unit: 'ms' },
      next: ["kubectl --context prod get --raw '/readyz?verbose'", 'kubectl --context prod cluster-info'],
    },
  ]);
  expect(run(kubernetesApi, { 'kubernetes.cluster': cluster(1001) }, { slowAfter: '2s' }).findings).toEqual([]);
});

test('prometheus: slow, and what to look at when it is gone', () => {
  const info = available('prometheus http://prom.monitoring:9090', {
    url: 'http://prom.monitoring:9090/',
    version: '2.42.0',
    latencyMs: 2001,
  });
  expect(run(prometheus, { 'prometheus.info': info }).findings).toMatchObject([{ severity: 'warning', seen: 'answers after 2 s' }]);
  const gone = run(prometheus, {
    'prometheus.info': missing('unreachable', 'prometheus http://prom.monitoring:9090', 'connection refused'),
  });
  expect(gone.findings).toMatchObject([
    {
      seen: 'connection refused',
      resource: { kind: 'Prometheus', name: 'http://prom.monitoring:9090' },
      next: [
        'kubectl -n monitoring get endpointslices -l kubernetes.io/service-name=prom',
        `curl -sS -o /dev/null -w '%{http_code} in %{time_total} s\\n' http://prom.monitoring:9090/-/ready`,
      ],
    },
  ]);
});

describe('redis', () => {
  test('a server that is refused is named with its address and what to run', () => {
    const servers = available('redis', [
      missing('unreachable', 'redis cache cache.agents:6379', 'connection refused'),
      available('x', redisInfo()),
    ]);
    const outcome = run(redis, { 'redis.servers': servers });
    expect(outcome.examined).toEqual({ count: 2, noun: 'server' });
    expect(outcome.findings).toEqual([
      {
        severity: 'critical',
        resource: { kind: 'Redis', name: 'cache cache.agents:6379' },
        seen: 'connection refused',
        expected: 'an answer to PING',
        next: ['kubectl -n agents get endpointslices -l kubernetes.io/service-name=cache', 'redis-cli -h cache.agents -p 6379 PING'],
      },
    ]);
  });

  test('slow', () => {
    expect(run(redis, { 'redis.servers': redisServers({ latencyMs: 100 }) }).findings).toEqual([]);
    expect(run(redis, { 'redis.servers': redisServers({ latencyMs: 101 }) }).findings).toMatchObject([
      { severity: 'warning', seen: 'PING takes 101 ms', threshold: { value: 100, unit: 'ms' } },
    ]);
  });

  test('INFO forbidden is none of its business, a node out of reach is', () => {
    const forbidden = missing('forbidden', 'redis cache', 'the ACL does not allow INFO');
    const away = missing('unreachable', 'redis cache 10.0.0.3:6379', 'connection refused');
    expect(run(redis, { 'redis.servers': redisServers({}, [forbidden, away]) })).toMatchObject({ findings: [], gaps: [away] });
  });

  test('a configured address that is silent while others answer', () => {
    const silent = [{ address: '10.0.0.9:26379', reason: 'timeout' as const, detail: 'no answer in 5 s' }];
    expect(run(redis, { 'redis.servers': redisServers({ silent }) }).findings).toMatchObject([
      { severity: 'warning', resource: { name: 'cache 10.0.0.9:26379' }, seen: 'no answer in 5 s' },
    ]);
  });
});

describe('vault', () => {
  const health = (more: Partial<VaultHealth>) =>
    run(vault, {
      'vault.health': available('vault https://vault.example:8200', {
        address: 'https://vault.example:8200',
        status: 200,
        initialized: true,
        sealed: false,
        standby: false,
        version: '1.21.0',
        enterprise: false,
        latencyMs: 3,
        ...more,
      }),
    });

  test.each([
    [200, 'active'],
    [429, 'standby'],
    [473, 'performance standby'],
  ])('%i is well: %s', (status, name) => {
    expect(health({ status })).toMatchObject({ findings: [], facts: [{ text: `1.21.0, ${name}, 3 ms` }] });
  });

  test.each([
    [472, 'warning', 'disaster-recovery secondary'],
    [474, 'critical', 'standby without an active node'],
    [501, 'critical', 'not initialised'],
    [503, 'critical', 'sealed'],
    [530, 'critical', 'removed from its cluster'],
  ])('%i is %s: %s', (status, severity, seen) => {
    expect(health({ status }).findings).toMatchObject([
      {
        severity,
        seen,
        resource: { kind: 'Vault', name: 'https://vault.example:8200' },
        next: ['vault status -address=https://vault.example:8200'],
      },
    ]);
  });

  test('slow, and unverified', () => {
    const outcome = health({ latencyMs: 1001, unverified: true });
    expect(outcome.findings).toMatchObject([{ severity: 'warning', key: 'slow' }]);
    expect(outcome.facts?.[0]?.text).toContain('certificate not verified');
  });
});
