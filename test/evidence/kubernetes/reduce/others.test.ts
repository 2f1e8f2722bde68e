import { describe, expect, test } from 'vitest';
import {
  reduceEvent,
  reduceNamespace,
  reduceNode,
  reduceNodeUsage,
  reduceQuota,
} from '../../../../packages/core/src/evidence/kubernetes/reduce/cluster.ts';
import {
  reduceEndpointSlice,
  reduceNetworkPolicy,
  reduceService,
} from '../../../../packages/core/src/evidence/kubernetes/reduce/network.ts';
import {
  reduceAutoscaler,
  reduceDaemonSet,
  reduceDeployment,
  reduceJob,
  reduceStatefulSet,
} from '../../../../packages/core/src/evidence/kubernetes/reduce/workload.ts';

const at = (text: string) => Date.parse(text);

describe('events', () => {
  const times = {
    series: { count: 9, lastObservedTime: '2026-11-21T04:00:00.000000Z' },
    eventTime: '2026-11-21T03:00:00Z',
    lastTimestamp: '2026-11-21T02:00:00Z',
    firstTimestamp: '2026-11-21T01:00:00Z',
    metadata: { namespace: 'a', creationTimestamp: '2026-11-21T00:00:00Z' },
  };
  test.each([
    ['the series', times, '2026-11-21T04:00:00Z', 9],
    ['the event time', { ...times, series: undefined }, '2026-11-21T03:00:00Z', 1],
    ['the last timestamp', { ...times, series: undefined, eventTime: null, count: 4 }, '2026-11-21T02:00:00Z', 4],
    ['the first', { ...times, series: undefined, eventTime: null, lastTimestamp: null }, '2026-11-21T01:00:00Z', 1],
    ['creation', { metadata: times.metadata }, '2026-11-21T00:00:00Z', 1],
  ])('time by %s', (_name, event, expected, count) => {
    expect(reduceEvent(event)).toMatchObject({ lastAt: at(expected), count });
  });

  test('what it is about', () => {
    const involvedObject = { kind: 'Pod', name: 'p', namespace: 'a', uid: 'u' };
    expect(reduceEvent({ ...times, type: 'Warning', reason: 'BackOff', message: 'm'.repeat(2000), involvedObject })).toEqual({
      namespace: 'a',
      type: 'Warning',
      reason: 'BackOff',
      message: 'm'.repeat(1000),
      object: involvedObject,
      count: 9,
      lastAt: at('2026-11-21T04:00:00Z'),
    });
  });
});

test('a namespace on its way out', () => {
  expect(reduceNamespace({ metadata: { name: 'a' }, status: { phase: 'Terminating' } })).toMatchObject({ terminating: true });
  expect(reduceNamespace({ metadata: { name: 'a' }, status: { phase: 'Active' } })).toMatchObject({ terminating: false });
});

test('a node', () => {
  expect(
    reduceNode({
      metadata: { name: 'n', labels: { z: '1' }, creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { unschedulable: true },
      status: { allocatable: { cpu: '3920m', memory: '7Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'Unknown' }] },
    }),
  ).toEqual({
    name: 'n',
    labels: { z: '1' },
    unschedulable: true,
    conditions: [{ type: 'Ready', status: 'Unknown', reason: '', message: '', since: 0 }],
    allocatable: { cpu: 3.92, memory: 7_516_192_768, pods: 110 },
    createdAt: at('2026-01-01T00:00:00Z'),
  });
});

test('usage of a node that says nothing readable is left out', () => {
  expect(reduceNodeUsage({ metadata: { name: 'n' }, usage: { cpu: '1500m', memory: '1Gi' } })).toEqual({
    name: 'n',
    cpu: 1.5,
    memory: 1_073_741_824,
  });
  expect(reduceNodeUsage({ metadata: { name: 'n' }, usage: { cpu: '1' } })).toBeUndefined();
});

test('a quota, in base units; before its first status, its spec', () => {
  expect(
    reduceQuota({
      metadata: { namespace: 'a', name: 'q' },
      status: { hard: { 'requests.cpu': '500m', pods: '10', 'requests.memory': '1Gi', odd: '?' }, used: { pods: '9' } },
    }),
  ).toEqual({ namespace: 'a', name: 'q', hard: { 'requests.cpu': 0.5, pods: 10, 'requests.memory': 1_073_741_824 }, used: { pods: 9 } });
  expect(reduceQuota({ spec: { hard: { pods: '1' } } })).toMatchObject({ hard: { pods: 1 }, used: {} });
});

test('workloads', () => {
  const metadata = { namespace: 'a', name: 'w', labels: { l: '1' }, generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' };
  const common = { namespace: 'a', name: 'w', labels: { l: '1' }, generation: 3, conditions: [], createdAt: at('2026-01-01T00:00:00Z') };
  const spec = { replicas: 0, paused: true, selector: { matchLabels: { app: 'w' } } };
  const status = { observedGeneration: 2, readyReplicas: 1, availableReplicas: 2, updatedReplicas: 3 };
  const counts = { selector: { app: 'w' }, observedGeneration: 2, ready: 1, available: 2, updated: 3 };
  expect(reduceDeployment({ metadata, spec, status })).toEqual({ kind: 'Deployment', ...common, ...counts, desired: 0, paused: true });
  expect(reduceStatefulSet({ metadata, spec: {}, status })).toEqual({
    kind: 'StatefulSet',
    ...common,
    ...counts,
    selector: {},
    desired: 1,
    paused: false,
  });
  const daemon = { observedGeneration: 2, desiredNumberScheduled: 5, numberReady: 1, numberAvailable: 2, updatedNumberScheduled: 3 };
  expect(reduceDaemonSet({ metadata, spec, status: daemon })).toEqual({
    kind: 'DaemonSet',
    ...common,
    ...counts,
    desired: 5,
    paused: false,
  });
});

test('a Job and a HorizontalPodAutoscaler', () => {
  expect(
    reduceJob({ metadata: { namespace: 'a', name: 'j' }, status: { failed: 2, conditions: [{ type: 'Failed', status: 'True' }] } }),
  ).toEqual({
    namespace: 'a',
    name: 'j',
    active: 0,
    succeeded: 0,
    failed: 2,
    conditions: [{ type: 'Failed', status: 'True', reason: '', message: '', since: 0 }],
    createdAt: 0,
  });
  expect(
    reduceAutoscaler({
      metadata: { namespace: 'a', name: 'h' },
      spec: { maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'w' } },
      status: { currentReplicas: 5, desiredReplicas: 5 },
    }),
  ).toEqual({
    namespace: 'a',
    name: 'h',
    target: { kind: 'Deployment', name: 'w' },
    min: 1,
    max: 5,
    current: 5,
    desired: 5,
    conditions: [],
  });
});

test('services and endpoint slices', () => {
  expect(
    reduceService({ metadata: { namespace: 'a', name: 's' }, spec: { ports: [{ name: 'http', port: 80 }], selector: { app: 'x' } } }),
  ).toEqual({
    namespace: 'a',
    name: 's',
    type: 'ClusterIP',
    selector: { app: 'x' },
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  });
  expect(
    reduceEndpointSlice({
      metadata: { namespace: 'a', labels: { 'kubernetes.io/service-name': 's' } },
      endpoints: [{ conditions: { ready: true } }, { conditions: { ready: false } }, {}],
    }),
  ).toEqual({ namespace: 'a', service: 's', ready: 2, notReady: 1 });
  expect(reduceEndpointSlice({ metadata: { namespace: 'a' }, endpoints: null })).toMatchObject({ ready: 0, notReady: 0 });
});

describe('network policies keep the difference between omitted and empty', () => {
  test.each([
    [{}, {}],
    [{ policyTypes: ['Egress'] }, { policyTypes: ['Egress'] }],
    [
      { ingress: [], egress: [] },
      { ingress: [], egress: [] },
    ],
    [{ ingress: [{}] }, { ingress: [{}] }],
    [{ ingress: [{ from: [], ports: [] }] }, { ingress: [{ peers: [], ports: [] }] }],
    [
      {
        egress: [
          {
            to: [
              { namespaceSelector: {}, podSelector: { matchLabels: { a: 'b' } } },
              { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } },
            ],
          },
        ],
      },
      {
        egress: [
          {
            peers: [
              { podSelector: { matchLabels: { a: 'b' } }, namespaceSelector: {} },
              { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } },
            ],
          },
        ],
      },
    ],
    [
      { ingress: [{ ports: [{ port: 'http' }, { protocol: 'UDP', port: 53, endPort: 60 }, { protocol: 'TCP' }] }] },
      { ingress: [{ ports: [{ protocol: 'TCP', port: 'http' }, { protocol: 'UDP', port: 53, endPort: 60 }, { protocol: 'TCP' }] }] },
    ],
  ])('%j', (spec, expected) => {
    expect(reduceNetworkPolicy({ metadata: { namespace: 'a', name: 'p' }, spec })).toEqual({
      namespace: 'a',
      name: 'p',
      podSelector: {},
      ...expected,
    });
  });

  test('match expressions', () => {
    const podSelector = {
      matchExpressions: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'In', values: ['x'] },
      ],
    };
    expect(reduceNetworkPolicy({ spec: { podSelector } }).podSelector).toEqual(podSelector);
  });
});
