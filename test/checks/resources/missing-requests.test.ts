import { expect, test } from 'vitest';
import { missingRequests } from '../../../packages/core/src/checks/resources/missing-requests.ts';
import type { Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, container, hours, MiB, pod, run, told } from './objects.ts';

const evaluate = (...pods: Pod[]) => run(missingRequests, { 'kubernetes.pods': pods });
const full = { requests: { cpu: 0.1, memory: 64 * MiB } };

test('one finding a workload, not a pod', () => {
  const pods = ['a', 'b', 'c'].map((name) =>
    pod({ name, containers: [container(full), container({ name: 'proxy', requests: { cpu: 0.1 } })] }),
  );
  expect(evaluate(...pods)).toEqual({
    findings: [
      {
        severity: 'warning',
        resource: { namespace: 'agents', kind: 'Deployment', name: 'code-gen' },
        seen: 'no memory requests',
        expected: 'requests set on every container',
        detail: 'proxy: memory',
        next: ['kubectl --context prod -n agents get deployment/code-gen -o yaml'],
      },
    ],
    examined: { count: 1, noun: 'workload' },
  });
});

test('the newest pod shows the current template', () => {
  const old = pod({ name: 'old', createdAt: ago(hours(9)) });
  expect(evaluate(old, pod({ name: 'new', containers: [container(full)] })).findings).toEqual([]);
});

test.each<[string, Pod, string[]]>([
  ['neither', pod(), ['warning Deployment agents/code-gen: no CPU and memory requests']],
  ['both', pod({ containers: [container(full)] }), []],
  ['init containers end before the work begins', pod({ containers: [container({ role: 'init' }), container(full)] }), []],
  [
    'sidecars stay',
    pod({ containers: [container({ role: 'sidecar' }), container(full)] }),
    ['warning Deployment agents/code-gen: no CPU and memory requests'],
  ],
  ['set for the whole pod', pod({ resources: { requests: { cpu: 1, memory: 64 * MiB }, limits: {} } }), []],
  ['finished', pod({ phase: 'Succeeded' }), []],
  ['static pods belong to their node', pod({ owner: { kind: 'Node', name: 'node-a' } }), []],
])('%s', (_what, one, expected) => expect(told(evaluate(one))).toEqual(expected));
