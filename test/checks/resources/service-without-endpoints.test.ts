import { expect, test } from 'vitest';
import { serviceWithoutEndpoints } from '../../../packages/core/src/checks/resources/service-without-endpoints.ts';
import type { EndpointSlice, Pod, Service, Workload } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, condition, minutes, pod, run, seconds, told, workload } from './objects.ts';

const service = (more: Partial<Service> = {}): Service => ({
  namespace: 'agents',
  name: 'code-gen',
  type: 'ClusterIP',
  selector: { app: 'code-gen' },
  ports: [],
  ...more,
});
const slice = (ready: number, notReady: number): EndpointSlice => ({ namespace: 'agents', service: 'code-gen', ready, notReady });
const evaluate = (one: Service, slices: EndpointSlice[], pods: Pod[], deployments: Workload[] = []) =>
  run(serviceWithoutEndpoints, {
    'kubernetes.services': [one],
    'kubernetes.endpointslices': slices,
    'kubernetes.pods': pods,
    'kubernetes.deployments': deployments,
  });
const down = (more: Partial<Pod> = {}) => pod({ conditions: [condition('Ready', 'False', { since: ago(minutes(7)) })], ...more });

test('pods match and none is ready: critical', () => {
  const last = down({ name: 'code-gen-2', conditions: [condition('Ready', 'False', { since: ago(minutes(3)) })] });
  expect(evaluate(service(), [slice(0, 2)], [down(), last]).findings).toEqual([
    {
      severity: 'critical',
      resource: { namespace: 'agents', kind: 'Service', name: 'code-gen' },
      seen: '0 of 2 endpoints ready',
      expected: 'at least one ready endpoint',
      measured: { value: 0, unit: 'count' },
      threshold: { value: 1, unit: 'count' },
      detail: 'not ready: code-gen-1, code-gen-2',
      since: ago(minutes(3)),
      next: [
        'kubectl --context prod -n agents get endpointslices -l kubernetes.io/service-name=code-gen',
        'kubectl --context prod -n agents get pods -l app=code-gen --show-labels',
      ],
    },
  ]);
});

test.each<[string, Service, EndpointSlice[], Pod[], string[]]>([
  ['one ready of three', service(), [slice(1, 2)], [down()], []],
  ['ready in the second slice', service(), [slice(0, 1), slice(1, 0)], [], []],
  [
    'pods that just started',
    service(),
    [slice(0, 1)],
    [down({ createdAt: ago(seconds(20)) })],
    ['warning Service agents/code-gen: 0 of 1 endpoint ready'],
  ],
  [
    'nothing matches',
    service(),
    [],
    [pod({ labels: { app: 'codegen' } })],
    ['warning Service agents/code-gen: no pod matches its selector'],
  ],
  [
    'only finished pods match',
    service(),
    [],
    [pod({ phase: 'Succeeded' })],
    ['warning Service agents/code-gen: no pod matches its selector'],
  ],
  [
    'a pod of another namespace',
    service(),
    [],
    [pod({ namespace: 'other' })],
    ['warning Service agents/code-gen: no pod matches its selector'],
  ],
  ['without a selector the endpoints are made by hand', service({ selector: {} }), [], [], []],
  ['ExternalName', service({ type: 'ExternalName' }), [], [], []],
])('%s', (_what, one, slices, pods, expected) => expect(told(evaluate(one, slices, pods))).toEqual(expected));

test('ready pods without a slice point at the controller', () => {
  expect(evaluate(service(), [], [pod()]).findings.map(({ severity, detail }) => [severity, detail])).toEqual([
    ['critical', 'pods are ready, but no EndpointSlice says so (does kube-controller-manager run?): code-gen-1'],
  ]);
});

test('scaled to zero is a choice', () => {
  expect(told(evaluate(service(), [], [], [workload({ desired: 0, available: 0 })]))).toEqual([
    'info Service agents/code-gen: no pod: Deployment code-gen is scaled to 0',
  ]);
});

test('where pods are forbidden the slices alone speak', () => {
  const given = (slices: EndpointSlice[]) => ({ 'kubernetes.services': [service()], 'kubernetes.endpointslices': slices });
  expect(told(run(serviceWithoutEndpoints, given([slice(0, 3)])))).toEqual(['critical Service agents/code-gen: 0 of 3 endpoints ready']);
  const nothing = run(serviceWithoutEndpoints, given([]));
  expect(told(nothing)).toEqual(['warning Service agents/code-gen: no endpoint']);
  expect(nothing.findings[0]?.detail).toBe('selector app=code-gen; pods could not be read');
});
