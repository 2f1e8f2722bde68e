import { expect, test } from 'vitest';
import { quota } from '../../../packages/core/src/checks/resources/quota.ts';
import { MiB, run } from './objects.ts';

const evaluate = (hard: Record<string, number>, used: Record<string, number>, settings = {}) =>
  run(quota, { 'kubernetes.quotas': [{ namespace: 'agents', name: 'team', hard, used }] }, settings);

test('over 90 % is a warning, full is critical and comes first', () => {
  const outcome = evaluate(
    { 'requests.cpu': 10, 'limits.memory': 1024 * MiB, pods: 20 },
    { 'requests.cpu': 9.5, 'limits.memory': 100 * MiB, pods: 20 },
  );
  expect(outcome.findings).toEqual([
    {
      severity: 'critical',
      resource: { namespace: 'agents', kind: 'ResourceQuota', name: 'team' },
      seen: 'pods 100 % used',
      expected: 'below 100 %',
      measured: { value: 1, unit: 'ratio' },
      threshold: { value: 1, unit: 'ratio' },
      detail: '20 of 20',
      key: 'pods',
      next: ['kubectl --context prod -n agents describe quota team'],
    },
    {
      severity: 'warning',
      resource: { namespace: 'agents', kind: 'ResourceQuota', name: 'team' },
      seen: 'requests.cpu 95 % used',
      expected: 'over 90 %',
      measured: { value: 0.95, unit: 'ratio' },
      threshold: { value: 0.9, unit: 'ratio' },
      detail: '9.5 of 10',
      key: 'requests.cpu',
      next: ['kubectl --context prod -n agents describe quota team'],
    },
  ]);
});

test.each([
  ['requests.memory', 1000 * MiB, 950 * MiB, '950 MiB of 1,000 MiB'],
  ['requests.storage', 100 * 1024 * MiB, 95 * 1024 * MiB, '95 GiB of 100 GiB'],
  ['limits.ephemeral-storage', 1024 * MiB, 1000 * MiB, '1,000 MiB of 1 GiB'],
  ['gold.storageclass.storage.k8s.io/requests.storage', 1024 * MiB, 1000 * MiB, '1,000 MiB of 1 GiB'],
  ['cpu', 1, 0.95, '950m of 1'],
  ['count/secrets', 2000, 1900, '1,900 of 2,000'],
])('%s in its unit', (name, hard, used, detail) => expect(evaluate({ [name]: hard }, { [name]: used }).findings[0]?.detail).toBe(detail));

test.each([
  ['exactly 90 %', { pods: 10 }, { pods: 9 }],
  ['a quota of zero is a choice', { 'services.loadbalancers': 0 }, { 'services.loadbalancers': 0 }],
])('%s is in order', (_what, hard, used) => {
  expect(evaluate(hard as Record<string, number>, used as Record<string, number>)).toEqual({
    findings: [],
    gaps: [],
    examined: { count: 1, noun: 'quota' },
  });
});

test('full may be made a warning', () => {
  expect(evaluate({ pods: 10 }, { pods: 10 }, { fail: null }).findings.map(({ severity, expected }) => [severity, expected])).toEqual([
    ['warning', 'over 90 %'],
  ]);
});

test('what is not counted yet is unknown, not 0', () => {
  expect(evaluate({ pods: 10 }, {}).gaps?.map(({ detail }) => detail)).toEqual([
    'no usage counted yet for 1 quota entry: agents/team pods',
  ]);
});
