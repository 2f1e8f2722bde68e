import { describe, expect, test } from 'vitest';
import { cpuUsage } from '../../../packages/core/src/checks/resources/cpu-usage.ts';
import type { PodUsage } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, container, pod, run, running, seconds, told } from './objects.ts';

const used = (name: string, cpu: number, of = 'main'): PodUsage => ({
  namespace: 'agents',
  name,
  containers: [{ name: of, cpu, memory: 0 }],
});
const limited = (more = {}) => container({ limits: { cpu: 2 }, ...more });

test('over 80 % of the limit is a warning', () => {
  const outcome = run(cpuUsage, {
    'kubernetes.pods': [pod({ containers: [limited()] })],
    'kubernetes.podusage': [used('code-gen-1', 1.842)],
  });
  expect(outcome).toEqual({
    findings: [
      {
        severity: 'warning',
        resource: {
          namespace: 'agents',
          kind: 'Pod',
          name: 'code-gen-1',
          workload: { kind: 'Deployment', name: 'code-gen' },
          container: 'main',
        },
        seen: 'CPU 92.1 % of limit',
        expected: 'over 80 %',
        measured: { value: 0.921, unit: 'ratio' },
        threshold: { value: 0.8, unit: 'ratio' },
        detail: '1.84 of 2',
        next: [
          'kubectl --context prod -n agents top pod code-gen-1 --containers',
          'kubectl --context prod -n agents describe pod code-gen-1',
        ],
      },
    ],
    gaps: [],
    examined: { count: 1, noun: 'container' },
  });
});

test('exactly 80 % is not over it', () => {
  const given = { 'kubernetes.pods': [pod({ containers: [limited()] })], 'kubernetes.podusage': [used('code-gen-1', 1.6)] };
  expect(run(cpuUsage, given).findings).toEqual([]);
});

test('the thresholds are settings', () => {
  const given = { 'kubernetes.pods': [pod({ containers: [limited()] })], 'kubernetes.podusage': [used('code-gen-1', 1.2)] };
  expect(told(run(cpuUsage, given, { warn: 0.5 }))).toEqual(['warning Pod agents/code-gen-1: CPU 60 % of limit']);
  const critical = run(cpuUsage, given, { warn: 0.5, fail: 0.55 });
  expect(critical.findings.map(({ severity, expected }) => [severity, expected])).toEqual([['critical', 'over 55 %']]);
});

test('a container without a limit is not judged, and said so', () => {
  const outcome = run(cpuUsage, { 'kubernetes.pods': [pod()], 'kubernetes.podusage': [used('code-gen-1', 60)] });
  expect(outcome.findings).toEqual([]);
  expect(outcome.examined.count).toBe(0);
  expect(outcome.note).toBe('1 without CPU limit not judged; see resources/missing-limits');
});

describe('no sample is unknown, not 0', () => {
  const given = (since: number) => ({
    'kubernetes.pods': [pod({ containers: [limited({ status: running({ runningSince: since }) })] })],
    'kubernetes.podusage': [],
  });

  test('of a container that runs for longer than two minutes', () => {
    expect(run(cpuUsage, given(ago(seconds(121)))).gaps).toEqual([
      {
        ok: false,
        reason: 'absent',
        source: 'metrics.k8s.io',
        detail: 'no usage of 1 running container: agents/code-gen-1 main',
        hint: 'metrics-server has no sample of them: see its log, and whether it reaches the kubelets',
      },
    ]);
  });

  test('but a newcomer may be without one', () => expect(run(cpuUsage, given(ago(seconds(120)))).gaps).toEqual([]));
});

test('a container that does not run has no usage to miss', () => {
  const waiting = limited({ status: { ready: false, restarts: 0, waiting: { reason: 'CrashLoopBackOff', message: '' } } });
  expect(run(cpuUsage, { 'kubernetes.pods': [pod({ containers: [waiting] })], 'kubernetes.podusage': [] })).toEqual({
    findings: [],
    gaps: [],
    examined: { count: 0, noun: 'container' },
  });
});

test('usage is joined by namespace, pod and container', () => {
  const outcome = run(cpuUsage, {
    'kubernetes.pods': [pod({ containers: [limited()] }), pod({ namespace: 'other', containers: [limited()] })],
    'kubernetes.podusage': [
      used('code-gen-1', 0.1),
      { namespace: 'other', name: 'code-gen-1', containers: [{ name: 'main', cpu: 1.9, memory: 0 }] },
      used('gone', 9),
    ],
  });
  expect(told(outcome)).toEqual(['warning Pod other/code-gen-1: CPU 95 % of limit']);
});

test('a limit of the whole pod counts what its containers use together', () => {
  const shared = pod({ containers: [container({ name: 'a' }), container({ name: 'b' })], resources: { requests: {}, limits: { cpu: 1 } } });
  const usage = {
    namespace: 'agents',
    name: 'code-gen-1',
    containers: [
      { name: 'a', cpu: 0.5, memory: 0 },
      { name: 'b', cpu: 0.4, memory: 0 },
    ],
  };
  const outcome = run(cpuUsage, { 'kubernetes.pods': [shared], 'kubernetes.podusage': [usage] });
  expect(told(outcome)).toEqual(['warning Pod agents/code-gen-1: CPU 90 % of the pod’s limit']);
  expect(outcome.note).toBeUndefined();
});

test('finished and deleted pods are left out', () => {
  const outcome = run(cpuUsage, {
    'kubernetes.pods': [
      pod({ phase: 'Succeeded', containers: [limited()] }),
      pod({ name: 'b', deletedAt: ago(1), containers: [limited()] }),
    ],
    'kubernetes.podusage': [used('code-gen-1', 2), used('b', 2)],
  });
  expect(outcome).toEqual({ findings: [], gaps: [], examined: { count: 0, noun: 'container' } });
});
