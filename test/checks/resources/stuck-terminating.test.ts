import { expect, test } from 'vitest';
import { stuckTerminating } from '../../../packages/core/src/checks/resources/stuck-terminating.ts';
import { ago, minutes, pod, run } from './objects.ts';

test('a pod far beyond its grace period', () => {
  const outcome = run(stuckTerminating, { 'kubernetes.pods': [pod({ deletedAt: ago(minutes(14)) }), pod({ name: 'b' })] });
  expect(outcome).toEqual({
    findings: [
      {
        severity: 'warning',
        resource: { namespace: 'agents', kind: 'Pod', name: 'code-gen-1', workload: { kind: 'Deployment', name: 'code-gen' } },
        seen: 'Terminating, 14 min past its grace period',
        expected: 'gone within 5 min',
        measured: { value: 840, unit: 's' },
        threshold: { value: 300, unit: 's' },
        detail: 'on node node-a',
        since: ago(minutes(14)),
        next: [
          'kubectl --context prod -n agents describe pod code-gen-1',
          "kubectl --context prod -n agents get pod code-gen-1 -o 'jsonpath={.metadata.finalizers}'",
          'kubectl --context prod get node node-a',
        ],
      },
    ],
    examined: { count: 1, noun: 'deletion' },
  });
});

test.each([
  ['five minutes past', ago(minutes(5))],
  // deletionTimestamp is when the grace period ends: it may lie ahead.
  ['still within its grace period', ago(-minutes(10))],
])('%s is in order', (_what, deletedAt) => {
  expect(run(stuckTerminating, { 'kubernetes.pods': [pod({ deletedAt })] }).findings).toEqual([]);
});
