import { describe, expect, test } from 'vitest';
import { replicasShort } from '../../../packages/core/src/checks/resources/replicas-short.ts';
import type { Pod, Workload } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, condition, forbidden, minutes, pod, run, seconds, told, workload } from './objects.ts';

const evaluate = (more: Partial<Workload>, pods: readonly Pod[] = []) =>
  run(replicasShort, {
    'kubernetes.deployments': [workload(more)],
    'kubernetes.statefulsets': [],
    'kubernetes.daemonsets': [],
    'kubernetes.pods': pods,
  });
const unavailable = (since: number) => condition('Available', 'False', { reason: 'MinimumReplicasUnavailable', since });
const complete = condition('Progressing', 'True', { reason: 'NewReplicaSetAvailable' });
const rolling = condition('Progressing', 'True', { reason: 'ReplicaSetUpdated' });

test('fewer available than desired for long', () => {
  const down = pod({ name: 'code-gen-7', conditions: [condition('Ready', 'False', { since: ago(minutes(9)) })] });
  expect(evaluate({ available: 2, ready: 2, conditions: [unavailable(ago(minutes(8))), complete] }, [down]).findings).toEqual([
    {
      severity: 'warning',
      resource: { namespace: 'agents', kind: 'Deployment', name: 'code-gen' },
      seen: '2 of 3 available for 8 min',
      expected: '3 available',
      measured: { value: 2, unit: 'count' },
      threshold: { value: 3, unit: 'count' },
      detail: 'not ready: code-gen-7',
      since: ago(minutes(8)),
      key: 'available',
      next: [
        'kubectl --context prod -n agents describe deployment/code-gen',
        'kubectl --context prod -n agents get pods -l app=code-gen',
        'kubectl --context prod -n agents rollout history deployment/code-gen',
      ],
    },
  ]);
});

describe('how bad it is', () => {
  const cases: [string, Partial<Workload>, string[]][] = [
    ['all there', {}, []],
    ['desired 0 is a choice', { desired: 0, available: 0, conditions: [unavailable(ago(minutes(60)))] }, []],
    [
      'none available',
      { available: 0, conditions: [unavailable(ago(minutes(3)))] },
      ['critical Deployment agents/code-gen: 0 of 3 available for 3 min'],
    ],
    [
      'less than half',
      { available: 1, conditions: [unavailable(ago(minutes(3)))] },
      ['critical Deployment agents/code-gen: 1 of 3 available for 3 min'],
    ],
    [
      'none available for a moment',
      { available: 0, conditions: [unavailable(ago(seconds(30)))] },
      ['warning Deployment agents/code-gen: 0 of 3 available for 30 s'],
    ],
    [
      'none available of a new workload',
      { available: 0, createdAt: ago(seconds(30)), conditions: [unavailable(ago(seconds(30)))] },
      ['info Deployment agents/code-gen: 0 of 3 available for 30 s'],
    ],
    [
      'one missing for a moment',
      { available: 2, conditions: [unavailable(ago(seconds(30)))] },
      ['info Deployment agents/code-gen: 2 of 3 available for 30 s'],
    ],
    ['nobody knows since when', { available: 2 }, ['warning Deployment agents/code-gen: 2 of 3 available']],
    [
      'a rollout within its limits is at work',
      { available: 2, updated: 1, conditions: [condition('Available', 'True'), rolling] },
      ['info Deployment agents/code-gen: 2 of 3 available'],
    ],
    [
      'a rollout that took too many away',
      { available: 2, updated: 1, conditions: [unavailable(ago(minutes(3))), rolling] },
      ['warning Deployment agents/code-gen: 2 of 3 available for 3 min'],
    ],
    ['paused is said', { paused: true }, ['info Deployment agents/code-gen: rollout paused']],
  ];
  test.each(cases)('%s', (_what, more, expected) => expect(told(evaluate(more))).toEqual(expected));
});

test('ProgressDeadlineExceeded is critical though the old pods still serve', () => {
  const stuck = condition('Progressing', 'False', {
    reason: 'ProgressDeadlineExceeded',
    message: 'ReplicaSet "code-gen-7c" has timed out progressing.',
    since: ago(minutes(15)),
  });
  const [found, ...others] = evaluate({ updated: 1, conditions: [condition('Available', 'True'), stuck] }).findings;
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    severity: 'critical',
    seen: 'rollout stuck: ProgressDeadlineExceeded, 1 of 3 updated',
    detail: 'ReplicaSet "code-gen-7c" has timed out progressing.; 3 of 3 available',
    since: ago(minutes(15)),
    key: 'rollout',
  });
});

test('pods that cannot be created are explained', () => {
  const failure = condition('ReplicaFailure', 'True', { reason: 'FailedCreate', message: 'exceeded quota: team, requested: pods=1' });
  const { findings } = evaluate({ available: 0, conditions: [unavailable(ago(minutes(5))), failure] });
  expect(findings.map(({ severity, detail }) => [severity, detail])).toEqual([['critical', 'exceeded quota: team, requested: pods=1']]);
});

test('a status of an older spec answers nothing: unknown', () => {
  const outcome = evaluate({ generation: 4, observedGeneration: 3, available: 0 });
  expect(outcome.findings).toEqual([]);
  expect(outcome.gaps).toEqual([
    {
      ok: false,
      reason: 'absent',
      source: 'kubernetes workloads',
      detail: 'the controller has not yet looked at the newest spec of 1 workload: agents/code-gen',
      hint: 'moments after a change this passes by itself; if it stays, see whether kube-controller-manager runs',
    },
  ]);
});

test('a StatefulSet has no conditions: its pods tell since when', () => {
  const set = workload({ kind: 'StatefulSet', name: 'cache', desired: 2, available: 1 });
  const down = pod({
    name: 'cache-1',
    workload: { kind: 'StatefulSet', name: 'cache' },
    conditions: [condition('Ready', 'False', { since: ago(minutes(4)) })],
  });
  const outcome = run(replicasShort, {
    'kubernetes.deployments': [],
    'kubernetes.statefulsets': [set],
    'kubernetes.daemonsets': [workload({ kind: 'DaemonSet', name: 'logs' })],
    'kubernetes.pods': [down],
  });
  expect(told(outcome)).toEqual(['warning StatefulSet agents/cache: 1 of 2 available for 4 min']);
  expect(outcome.examined).toEqual({ count: 2, noun: 'workload' });
});

test('kinds that could not be read are gaps, and hide nothing of the others', () => {
  const outcome = run(replicasShort, { 'kubernetes.deployments': [workload({ available: 0 })] });
  expect(told(outcome)).toEqual(['critical Deployment agents/code-gen: 0 of 3 available']);
  expect(outcome.gaps).toEqual([forbidden, forbidden]);
});
