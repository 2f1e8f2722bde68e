import { describe, expect, test } from 'vitest';
import { pending, schedulerReason } from '../../../packages/core/src/checks/resources/pending.ts';
import type { ClusterEvent, Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, barePod, condition, container, forbidden, hours, minutes, pod, run, seconds, told, waiting } from './objects.ts';

const message =
  '0/3 nodes are available: 1 node(s) had untolerated taint {gpu: }, 2 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found.';
const unschedulable = (more: Partial<Pod> = {}) => {
  const { node: _node, ...rest } = pod({
    phase: 'Pending',
    createdAt: ago(minutes(12)),
    containers: [],
    conditions: [condition('PodScheduled', 'False', { reason: 'Unschedulable', message, since: ago(minutes(12)) })],
    ...more,
  });
  return rest;
};
const event = (reason: string, text: string, uid = 'uid-code-gen-1', at = ago(minutes(1))): ClusterEvent => ({
  namespace: 'agents',
  type: 'Warning',
  reason,
  message: text,
  object: { kind: 'Pod', name: 'code-gen-1', namespace: 'agents', uid },
  count: 1,
  lastAt: at,
});
const evaluate = (one: Pod, events: readonly ClusterEvent[] | typeof forbidden = []) =>
  run(pending, { 'kubernetes.pods': [one], 'kubernetes.events': events });

describe('no node takes the pod', () => {
  test('the scheduler’s reason is told', () => {
    expect(evaluate(unschedulable()).findings).toEqual([
      {
        severity: 'critical',
        resource: { namespace: 'agents', kind: 'Pod', name: 'code-gen-1', workload: { kind: 'Deployment', name: 'code-gen' } },
        seen: 'Pending for 12 min: 1 node(s) had untolerated taint {gpu: }, 2 Insufficient cpu',
        expected: 'on a node within 60 s',
        measured: { value: 720, unit: 's' },
        threshold: { value: 60, unit: 's' },
        detail: message,
        since: ago(minutes(12)),
        key: 'unscheduled',
        next: [
          'kubectl --context prod -n agents describe pod code-gen-1',
          'kubectl --context prod -n agents get events --field-selector involvedObject.name=code-gen-1',
          'kubectl --context prod get nodes',
        ],
      },
    ]);
  });

  test('a pod that was just created is no failure', () => {
    expect(evaluate(unschedulable({ createdAt: ago(seconds(60)) })).findings).toEqual([]);
    expect(evaluate(unschedulable({ createdAt: ago(seconds(61)) })).findings).toHaveLength(1);
  });

  test('the condition suffices where events are forbidden', () => {
    expect(told(evaluate(unschedulable(), forbidden))).toEqual([
      'critical Pod agents/code-gen-1: Pending for 12 min: 1 node(s) had untolerated taint {gpu: }, 2 Insufficient cpu',
    ]);
  });

  test('events are matched by uid: an older pod of that name does not speak for this one', () => {
    const silent = unschedulable({ conditions: [] });
    const other = event('FailedScheduling', '0/3 nodes are available: 3 Too many pods.', 'uid-of-a-former-pod');
    expect(told(evaluate(silent, [other]))).toEqual(['critical Pod agents/code-gen-1: Pending for 12 min: no scheduler has looked at it']);
    const own = event('FailedScheduling', '0/3 nodes are available: 3 Insufficient memory.');
    expect(told(evaluate(silent, [other, own]))).toEqual(['critical Pod agents/code-gen-1: Pending for 12 min: 3 Insufficient memory']);
  });

  test('the newest event speaks', () => {
    const events = [
      event('FailedScheduling', 'older', undefined, ago(minutes(9))),
      event('FailedScheduling', 'newer', undefined, ago(minutes(2))),
    ];
    expect(told(evaluate(unschedulable({ conditions: [] }), events))).toEqual([
      'critical Pod agents/code-gen-1: Pending for 12 min: newer',
    ]);
  });

  test('scheduling gates are somebody’s intention', () => {
    const gated = unschedulable({ conditions: [condition('PodScheduled', 'False', { reason: 'SchedulingGated' })] });
    expect(told(evaluate(gated))).toEqual(['info Pod agents/code-gen-1: SchedulingGated for 12 min']);
  });
});

describe('on a node, but not started', () => {
  const creating = (since: number) =>
    pod({
      phase: 'Pending',
      createdAt: ago(hours(1)),
      containers: [container({ status: waiting('ContainerCreating') })],
      conditions: [condition('PodScheduled', 'True', { since })],
    });

  test('is a warning after five minutes', () => {
    expect(evaluate(creating(ago(minutes(5)))).findings).toEqual([]);
    expect(told(evaluate(creating(ago(minutes(6)))))).toEqual(['warning Pod agents/code-gen-1: ContainerCreating for 6 min']);
  });

  test('a mount that fails is critical sooner, with its message', () => {
    const failed = event('FailedMount', 'MountVolume.SetUp failed for volume "keys": secret "openai-key" not found');
    const { findings } = evaluate(creating(ago(minutes(2))), [failed]);
    expect(findings.map(({ severity, seen, detail }) => [severity, seen, detail])).toEqual([
      ['critical', 'ContainerCreating for 2 min: FailedMount', 'MountVolume.SetUp failed for volume "keys": secret "openai-key" not found'],
    ]);
  });

  test('it is said when events could not be read', () => {
    expect(evaluate(creating(ago(minutes(6))), forbidden).findings[0]?.detail).toBe(
      'the reason may be in its events, which could not be read',
    );
  });

  test('an init container that takes its time', () => {
    const slow = pod({
      phase: 'Pending',
      conditions: [condition('PodScheduled', 'True', { since: ago(minutes(30)) })],
      containers: [container({ name: 'load', role: 'init' }), container({ status: waiting('PodInitializing') })],
    });
    expect(told(evaluate(slow))).toEqual(['warning Pod agents/code-gen-1: Init:0/1 for 30 min']);
  });

  test.each(['ImagePullBackOff', 'CreateContainerConfigError', 'CrashLoopBackOff'])('%s is another check’s finding', (reason) => {
    const stuck = pod({ phase: 'Pending', containers: [container({ status: waiting(reason) })] });
    expect(evaluate(stuck).findings).toEqual([]);
  });
});

test('running, finished and deleted pods are not pending', () => {
  for (const more of [{ phase: 'Running' }, { phase: 'Succeeded' }, { deletedAt: ago(1) }] as const) {
    expect(evaluate(unschedulable(more)).findings).toEqual([]);
  }
});

test('bare pods are each their own finding', () => {
  const pods = ['a', 'b'].map((name) =>
    barePod(name, { phase: 'Pending', createdAt: ago(minutes(2)), containers: [], node: undefined as never }),
  );
  expect(run(pending, { 'kubernetes.pods': pods, 'kubernetes.events': [] }).findings.map(({ resource }) => resource.name)).toEqual([
    'a',
    'b',
  ]);
});

test.each([
  [message, '1 node(s) had untolerated taint {gpu: }, 2 Insufficient cpu'],
  ['0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 'pod has unbound immediate PersistentVolumeClaims'],
  ['no nodes available to schedule pods', 'no nodes available to schedule pods'],
])('schedulerReason(%s)', (text, expected) => expect(schedulerReason(text)).toBe(expected));
