import { expect, test } from 'vitest';
import { oomKilled } from '../../../packages/core/src/checks/resources/oom-killed.ts';
import type { Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, container, ended, hours, MiB, minutes, pod, run, running, told, waiting } from './objects.ts';

const kill = (more = {}) => ended('OOMKilled', 137, more);
const evaluate = (...pods: Pod[]) => run(oomKilled, { 'kubernetes.pods': pods });
const withStatus = (status: ReturnType<typeof running>, more: Partial<Pod> = {}) =>
  pod({ containers: [container({ limits: { memory: 512 * MiB }, status })], ...more });

test('OOMKilled is read from lastState too, though the container runs again', () => {
  const outcome = evaluate(withStatus(running({ restarts: 1, lastTerminated: kill() })));
  expect(outcome.findings).toEqual([
    {
      severity: 'warning',
      resource: {
        namespace: 'agents',
        kind: 'Pod',
        name: 'code-gen-1',
        workload: { kind: 'Deployment', name: 'code-gen' },
        container: 'main',
      },
      seen: 'OOMKilled, 5 min ago, 1 restart',
      expected: 'memory within 512 MiB',
      measured: { value: 1, unit: 'count' },
      since: ago(minutes(5)),
      next: [
        'kubectl --context prod -n agents describe pod code-gen-1',
        'kubectl --context prod -n agents top pod code-gen-1 --containers',
        'kubectl --context prod -n agents logs code-gen-1 -c main --previous --tail=50',
      ],
    },
  ]);
});

test.each<[string, ReturnType<typeof running>, string[]]>([
  ['down now', { ready: false, restarts: 0, terminated: kill() }, ['critical Pod agents/code-gen-1: OOMKilled, 5 min ago, 0 restarts']],
  [
    'backing off',
    waiting('CrashLoopBackOff', { restarts: 1, lastTerminated: kill() }),
    ['critical Pod agents/code-gen-1: OOMKilled, 5 min ago, 1 restart'],
  ],
  [
    'again and again',
    running({ restarts: 3, lastTerminated: kill() }),
    ['critical Pod agents/code-gen-1: OOMKilled, 5 min ago, 3 restarts'],
  ],
  ['longer ago than the window', running({ restarts: 9, lastTerminated: kill({ finishedAt: ago(hours(24) + 1) }) }), []],
  [
    'at an unknown time',
    running({ restarts: 1, lastTerminated: kill({ finishedAt: 0 }) }),
    ['warning Pod agents/code-gen-1: OOMKilled, 1 restart'],
  ],
  ['another reason', running({ restarts: 9, lastTerminated: ended('Error', 137) }), []],
])('%s', (_what, status, expected) => expect(told(evaluate(withStatus(status)))).toEqual(expected));

test('a pod that succeeded in the end is no failure', () => {
  const done = { ready: false, restarts: 1, terminated: ended('Completed', 0), lastTerminated: kill() };
  expect(evaluate(withStatus(done, { phase: 'Succeeded' })).findings).toEqual([]);
});

test('a pod that failed for good is a warning: its workload has replaced it', () => {
  expect(told(evaluate(withStatus({ ready: false, restarts: 0, terminated: kill() }, { phase: 'Failed' })))).toEqual([
    'warning Pod agents/code-gen-1: OOMKilled, 5 min ago, 0 restarts',
  ]);
});

test('without a limit it was the node that ran out', () => {
  const outcome = evaluate(pod({ containers: [container({ status: running({ lastTerminated: kill() }) })] }));
  expect(outcome.findings[0]?.expected).toBe('no memory limit set: the node was out of memory');
});
