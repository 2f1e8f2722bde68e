import { expect, test } from 'vitest';
import { printerOf } from '../../../../packages/lab/src/kubernetes/printers/index.ts';
import { columnDefinitions, printSelector } from '../../../../packages/lab/src/kubernetes/printers/table.ts';
import { ResourceRegistry } from '../../../../packages/lab/src/kubernetes/resources.ts';

const now = Date.parse('2026-11-21T13:00:00Z');
const registry = new ResourceRegistry();
const metadata = { name: 'n', creationTimestamp: '2026-11-21T12:59:00Z' };
const template = {
  spec: {
    containers: [
      { name: 'a', image: 'x:1' },
      { name: 'b', image: 'y:2' },
    ],
  },
};

function row(group: string, version: string, plural: string, object: object): unknown[] {
  const resource = registry.find(group, version, plural);
  if (!resource) throw new Error(`no ${plural}`);
  const { columns, row: print } = printerOf(resource);
  const cells = print({ metadata, ...object }, now);
  expect(cells).toHaveLength(columns.length);
  return cells;
}

// The cells are those of kube-apiserver 1.36 for the same objects.
test.each<[string, string, string, object, unknown[]]>([
  ['', 'v1', 'nodes', {}, ['n', 'Unknown', '<none>', '60s', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>']],
  [
    '',
    'v1',
    'nodes',
    {
      metadata: {
        ...metadata,
        labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'worker' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'Unknown' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: { kubeletVersion: 'v1.36.3', osImage: 'Linux' },
      },
    },
    ['n', 'NotReady,SchedulingDisabled', 'control-plane,worker', '60s', 'v1.36.3', '10.0.0.1', '<none>', 'Linux', '<unknown>', '<unknown>'],
  ],
  ['', 'v1', 'secrets', { type: 'Opaque', data: { a: 'x', b: 'y' } }, ['n', 'Opaque', 2, '60s']],
  ['', 'v1', 'configmaps', { data: { a: 'x' }, binaryData: { b: 'y' } }, ['n', 2, '60s']],
  [
    '',
    'v1',
    'services',
    {
      spec: {
        type: 'LoadBalancer',
        clusterIP: '10.0.0.2',
        ports: [
          { port: 80, nodePort: 30080 },
          { port: 53, protocol: 'UDP' },
        ],
        selector: { b: '2', a: '1' },
      },
    },
    ['n', 'LoadBalancer', '10.0.0.2', '<pending>', '80:30080/TCP,53/UDP', '60s', 'a=1,b=2'],
  ],
  [
    '',
    'v1',
    'resourcequotas',
    { status: { hard: { pods: '10', 'limits.cpu': '4' }, used: { pods: '3' } } },
    ['n', 'pods: 3/10', 'limits.cpu: 0/4', '60s'],
  ],
  [
    '',
    'v1',
    'events',
    {
      type: 'Warning',
      reason: 'BackOff',
      message: 'again\n',
      involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{c}' },
      firstTimestamp: '2026-11-21T12:00:00Z',
      lastTimestamp: '2026-11-21T12:59:30Z',
      count: 7,
      source: { component: 'kubelet', host: 'n1' },
    },
    ['30s', 'Warning', 'BackOff', 'pod/p', 'spec.containers{c}', 'kubelet, n1', 'again', '60m', 7, 'n'],
  ],
  [
    '',
    'v1',
    'events',
    {
      eventTime: '2026-11-21T12:50:00.000000Z',
      series: { count: 4, lastObservedTime: '2026-11-21T12:59:50.000000Z' },
      involvedObject: { kind: 'Node', name: 'm' },
    },
    ['10s', '', '', 'node/m', '', '', '', '10m', 4, 'n'],
  ],
  ['', 'v1', 'limitranges', {}, ['n', '2026-11-21T12:59:00Z']],
  [
    'apps',
    'v1',
    'deployments',
    {
      spec: { replicas: 4, selector: { matchLabels: { app: 'x' } }, template },
      status: { readyReplicas: 3, updatedReplicas: 2, availableReplicas: 3 },
    },
    ['n', '3/4', 2, 3, '60s', 'a,b', 'x:1,y:2', 'app=x'],
  ],
  ['apps', 'v1', 'deployments', { spec: { template: {} } }, ['n', '0/1', 0, 0, '60s', '', '', '<none>']],
  ['apps', 'v1', 'statefulsets', { spec: { replicas: 2, template }, status: { readyReplicas: 1 } }, ['n', '1/2', '60s', 'a,b', 'x:1,y:2']],
  [
    'apps',
    'v1',
    'daemonsets',
    { spec: { template }, status: { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 } },
    ['n', 3, 2, 1, 0, 0, '<none>', '60s', 'a,b', 'x:1,y:2', '<none>'],
  ],
  [
    'batch',
    'v1',
    'jobs',
    {
      spec: { completions: 3, template },
      status: { succeeded: 1, startTime: '2026-11-21T12:58:00Z', conditions: [{ type: 'Failed', status: 'True' }] },
    },
    ['n', 'Failed', '1/3', '2m', '60s', 'a,b', 'x:1,y:2', '<none>'],
  ],
  ['batch', 'v1', 'jobs', { spec: { parallelism: 4, template: {} } }, ['n', 'Running', '0/1 of 4', '', '60s', '', '', '<none>']],
  [
    'batch',
    'v1',
    'cronjobs',
    {
      spec: { schedule: '@daily', suspend: true, jobTemplate: { spec: { template } } },
      status: { lastScheduleTime: '2026-11-21T12:00:00Z', active: [{}] },
    },
    ['n', '@daily', '<none>', 'True', 1, '60m', '60s', 'a,b', 'x:1,y:2', '<none>'],
  ],
  [
    'autoscaling',
    'v2',
    'horizontalpodautoscalers',
    {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'd' },
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } },
          { type: 'Resource', resource: { name: 'memory', target: { averageValue: '1Gi' } } },
          { type: 'Pods', pods: { target: { averageValue: '10' } } },
        ],
      },
      status: {
        currentReplicas: 2,
        currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 97 } } }],
      },
    },
    ['n', 'Deployment/d', 'cpu: 97%/80%, memory: <unknown>/1Gi + 1 more...', '<unset>', 5, 2, '60s'],
  ],
  [
    'policy',
    'v1',
    'poddisruptionbudgets',
    { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } },
    ['n', '50%', 'N/A', 1, '60s'],
  ],
  ['networking.k8s.io', 'v1', 'networkpolicies', { spec: { podSelector: {} } }, ['n', '<none>', '60s']],
  [
    'networking.k8s.io',
    'v1',
    'ingresses',
    { spec: { tls: [{}], rules: [{ host: 'a' }, { host: 'b' }, { host: 'c' }, { host: 'd' }] } },
    ['n', '<none>', 'a,b,c + 1 more...', '', '80, 443', '60s'],
  ],
  [
    'discovery.k8s.io',
    'v1',
    'endpointslices',
    { addressType: 'IPv4', ports: [{ port: 8080 }], endpoints: [{ addresses: ['10.0.0.1'] }] },
    ['n', 'IPv4', '8080', '10.0.0.1', '60s'],
  ],
  ['discovery.k8s.io', 'v1', 'endpointslices', { addressType: 'IPv4' }, ['n', 'IPv4', '<unset>', '<unset>', '60s']],
  [
    'rbac.authorization.k8s.io',
    'v1',
    'rolebindings',
    {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's', namespace: 'x' },
      ],
    },
    ['n', 'Role/r', '60s', 'u', '', 'x/s'],
  ],
  ['', 'v1', 'serviceaccounts', {}, ['n', '60s']],
])('%s/%s %s', (group, version, plural, object, expected) => {
  expect(row(group, version, plural, object)).toEqual(expected);
});

test('columns', () => {
  expect(columnDefinitions('Name, Desired:integer, Images+')).toEqual([
    { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
    { name: 'Desired', type: 'integer', format: '', description: '', priority: 0 },
    { name: 'Images', type: 'string', format: '', description: '', priority: 1 },
  ]);
});

test.each([
  [undefined, '<none>'],
  [{}, '<none>'],
  [{ matchLabels: { b: '2', a: '1' } }, 'a=1,b=2'],
  [
    {
      matchExpressions: [
        { key: 'x', operator: 'In', values: ['b', 'a'] },
        { key: 'y', operator: 'DoesNotExist' },
        { key: 'z', operator: 'Exists' },
      ],
    },
    'x in (a,b),!y,z',
  ],
])('the selector %j prints as %s', (selector, expected) => {
  expect(printSelector(selector)).toBe(expected);
});

test('a custom resource prints its own columns', () => {
  const resource = registry.add({
    group: 'cert-manager.io',
    version: 'v1',
    plural: 'certificates',
    kind: 'Certificate',
    namespaced: true,
    columns: [
      { name: 'Ready', type: 'string', cell: () => 'True' },
      { name: 'Secret', type: 'string', priority: 1, cell: () => undefined },
    ],
  });
  const { columns, row: print } = printerOf(resource);
  expect(columns.map(({ name, priority }) => `${name} ${priority}`)).toEqual(['Name 0', 'Ready 0', 'Secret 1']);
  expect(print({ metadata }, now)).toEqual(['n', 'True', '']);
});
