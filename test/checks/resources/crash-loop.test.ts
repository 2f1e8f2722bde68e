import { expect, test } from 'vitest';
import { crashLoop } from '../../../packages/core/src/checks/resources/crash-loop.ts';
import type { Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, condition, container, ended, minutes, pod, run, running, told, waiting } from './objects.ts';

const evaluate = (...pods: Pod[]) => run(crashLoop, { 'kubernetes.pods': pods });
const withStatus = (status: ReturnType<typeof running>, more: Partial<Pod> = {}) => pod({ containers: [container({ status })], ...more });

test('50 pods of one Deployment in a crash loop are one finding', () => {
  const pods = Array.from({ length: 50 }, (_, index) =>
    withStatus(waiting('CrashLoopBackOff', { restarts: index === 0 ? 12 : 3, lastTerminated: ended('Error', 1) }), {
      name: `code-gen-${String(index).padStart(2, '0')}`,
      conditions: [condition('Ready', 'False', { since: ago(minutes(14)) })],
    }),
  );
  expect(evaluate(...pods).findings).toEqual([
    {
      severity: 'critical',
      resource: {
        namespace: 'agents',
        kind: 'Pod',
        name: 'code-gen-00',
        workload: { kind: 'Deployment', name: 'code-gen' },
        container: 'main',
      },
      seen: 'CrashLoopBackOff, 12 restarts',
      expected: 'stays up',
      measured: { value: 12, unit: 'count' },
      detail:
        'last exit: Error, exit code 1, 5 min ago\n50 pods: code-gen-00, code-gen-01, code-gen-02, code-gen-03, code-gen-04 and 45 more',
      since: ago(minutes(14)),
      alsoOn: 49,
      next: [
        'kubectl --context prod -n agents logs code-gen-00 -c main --previous --tail=50',
        'kubectl --context prod -n agents describe pod code-gen-00',
      ],
    },
  ]);
});

const recent = ended('Error', 137);
test.each<[string, ReturnType<typeof running>, string[]]>([
  [
    'up for a moment between two crashes',
    running({ restarts: 3, lastTerminated: recent }),
    ['warning Pod agents/code-gen-1: restarts often, 3 restarts'],
  ],
  [
    'up and not ready',
    running({ ready: false, restarts: 3, lastTerminated: recent }),
    ['critical Pod agents/code-gen-1: restarts often, 3 restarts'],
  ],
  ['down just now', { ready: false, restarts: 4, terminated: recent }, ['critical Pod agents/code-gen-1: restarts often, 4 restarts']],
  ['two restarts are no loop yet', running({ restarts: 2, lastTerminated: recent }), []],
  ['crashes of long ago', running({ restarts: 99, lastTerminated: ended('Error', 1, { finishedAt: ago(minutes(10) + 1) }) }), []],
  [
    'an init container that made it in the end',
    { ready: true, restarts: 5, terminated: ended('Completed', 0), lastTerminated: recent },
    [],
  ],
])('%s', (_what, status, expected) => expect(told(evaluate(withStatus(status)))).toEqual(expected));

test('exit codes say what they mean', () => {
  expect(evaluate(withStatus(waiting('CrashLoopBackOff', { lastTerminated: recent }))).findings[0]?.detail).toBe(
    'last exit: Error, exit code 137 (SIGKILL), 5 min ago',
  );
});

test('init containers with restartPolicy Always are sidecars, and crash like containers', () => {
  const crashing = pod({
    containers: [container(), container({ name: 'proxy', role: 'sidecar', status: waiting('CrashLoopBackOff', { restarts: 7 }) })],
  });
  expect(evaluate(crashing).findings.map(({ resource, seen }) => [resource.container, seen])).toEqual([
    ['proxy', 'CrashLoopBackOff, 7 restarts'],
  ]);
});

test('a pod being deleted is not a crash loop', () => {
  expect(evaluate(withStatus(waiting('CrashLoopBackOff'), { deletedAt: ago(1) }))).toEqual({
    findings: [],
    examined: { count: 0, noun: 'pod' },
  });
});
