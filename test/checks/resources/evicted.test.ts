import { expect, test } from 'vitest';
import { evicted } from '../../../packages/core/src/checks/resources/evicted.ts';
import { ago, condition, hours, pod, run, told } from './objects.ts';

test('evicted leftovers are information, one finding a workload', () => {
  const leftover = (name: string) =>
    pod({
      name,
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: memory.',
      conditions: [condition('DisruptionTarget', 'True', { since: ago(hours(3)) })],
    });
  expect(run(evicted, { 'kubernetes.pods': [leftover('code-gen-1'), leftover('code-gen-2'), pod({ name: 'code-gen-3' })] })).toEqual({
    findings: [
      {
        severity: 'info',
        resource: { namespace: 'agents', kind: 'Pod', name: 'code-gen-1', workload: { kind: 'Deployment', name: 'code-gen' } },
        seen: 'Evicted',
        expected: 'a leftover, replaced by its workload',
        detail: 'The node was low on resource: memory.\n2 pods: code-gen-1, code-gen-2',
        since: ago(hours(3)),
        alsoOn: 1,
        key: 'Evicted',
        next: [
          'kubectl --context prod -n agents describe pod code-gen-1',
          'kubectl --context prod -n agents get pods --field-selector status.phase=Failed',
        ],
      },
    ],
    examined: { count: 2, noun: 'failed pod' },
  });
});

test.each([
  ['Preempting', 'Failed', ['info Pod agents/code-gen-1: Preempting']],
  ['NodeShutdown', 'Failed', ['info Pod agents/code-gen-1: NodeShutdown']],
  ['DeadlineExceeded', 'Failed', []],
  ['', 'Failed', []],
  ['Evicted', 'Running', []],
] as const)('reason "%s", phase %s', (reason, phase, expected) => {
  expect(told(run(evicted, { 'kubernetes.pods': [pod({ phase, reason })] }))).toEqual(expected);
});
