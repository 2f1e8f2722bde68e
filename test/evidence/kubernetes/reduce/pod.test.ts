import { describe, expect, test } from 'vitest';
import { reducePod, workloadOf } from '../../../../packages/core/src/evidence/kubernetes/reduce/pod.ts';

test('a pod with everything', () => {
  expect(
    reducePod({
      metadata: {
        uid: 'u1',
        namespace: 'agents',
        name: 'api-5d8f-x',
        labels: { app: 'api', 'pod-template-hash': '5d8f' },
        ownerReferences: [
          { kind: 'Other', name: 'not-me' },
          { kind: 'ReplicaSet', name: 'api-5d8f', controller: true },
        ],
        creationTimestamp: '2026-11-20T00:00:00Z',
        deletionTimestamp: '2026-11-21T00:00:00Z',
      },
      spec: {
        nodeName: 'n1',
        hostNetwork: true,
        securityContext: { runAsUser: 1000, runAsNonRoot: true },
        resources: { limits: { cpu: '2' } },
        volumes: [
          { secret: { secretName: 'tls' } },
          { projected: { sources: [{ secret: { name: 'extra' } }, { configMap: { name: 'no' } }] } },
        ],
        initContainers: [
          { name: 'migrate', image: 'm' },
          { name: 'proxy', image: 'p', restartPolicy: 'Always' },
        ],
        containers: [
          {
            name: 'main',
            image: 'registry/api:1',
            ports: [
              { name: 'http', containerPort: 8080 },
              { containerPort: 53, protocol: 'UDP' },
            ],
            env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 'llm', key: 'k' } } }],
            envFrom: [{ secretRef: { name: 'all' } }, { secretRef: { name: 'llm' } }],
            resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } },
            livenessProbe: {},
            securityContext: { runAsUser: 0, readOnlyRootFilesystem: true, privileged: false },
          },
        ],
      },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False', reason: 'R', message: 'M', lastTransitionTime: '2026-11-20T01:00:00Z' }],
        containerStatuses: [
          {
            name: 'main',
            ready: false,
            restartCount: 7,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
            lastState: {
              terminated: {
                reason: 'OOMKilled',
                exitCode: 137,
                signal: 9,
                startedAt: '2026-11-20T01:00:00Z',
                finishedAt: '2026-11-20T02:00:00Z',
              },
            },
          },
        ],
        initContainerStatuses: [{ name: 'proxy', ready: true, restartCount: 0, state: { running: { startedAt: '2026-11-20T00:00:05Z' } } }],
      },
    }),
  ).toEqual({
    uid: 'u1',
    namespace: 'agents',
    name: 'api-5d8f-x',
    labels: { app: 'api', 'pod-template-hash': '5d8f' },
    owner: { kind: 'ReplicaSet', name: 'api-5d8f' },
    workload: { kind: 'Deployment', name: 'api' },
    node: 'n1',
    phase: 'Running',
    reason: '',
    message: '',
    hostNetwork: true,
    createdAt: Date.parse('2026-11-20T00:00:00Z'),
    deletedAt: Date.parse('2026-11-21T00:00:00Z'),
    conditions: [{ type: 'Ready', status: 'False', reason: 'R', message: 'M', since: Date.parse('2026-11-20T01:00:00Z') }],
    containers: [
      {
        name: 'migrate',
        role: 'init',
        image: 'm',
        ports: [],
        requests: {},
        limits: {},
        probes: { liveness: false, readiness: false, startup: false },
        runAsUser: 1000,
        runAsNonRoot: true,
      },
      {
        name: 'proxy',
        role: 'sidecar',
        image: 'p',
        ports: [],
        requests: {},
        limits: {},
        probes: { liveness: false, readiness: false, startup: false },
        runAsUser: 1000,
        runAsNonRoot: true,
        status: { ready: true, restarts: 0, runningSince: Date.parse('2026-11-20T00:00:05Z') },
      },
      {
        name: 'main',
        role: 'main',
        image: 'registry/api:1',
        ports: [
          { name: 'http', port: 8080, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
        requests: { cpu: 0.25, memory: 67_108_864 },
        limits: { memory: 134_217_728 },
        probes: { liveness: true, readiness: false, startup: false },
        runAsUser: 0,
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        privileged: false,
        status: {
          ready: false,
          restarts: 7,
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
          lastTerminated: {
            reason: 'OOMKilled',
            exitCode: 137,
            signal: 9,
            startedAt: Date.parse('2026-11-20T01:00:00Z'),
            finishedAt: Date.parse('2026-11-20T02:00:00Z'),
          },
        },
      },
    ],
    secrets: ['tls', 'extra', 'llm', 'all'],
    resources: { requests: {}, limits: { cpu: 2 } },
  });
});

test('an odd object is reduced to what it says, without a throw', () => {
  expect(reducePod({ metadata: 7, spec: { containers: 'x', volumes: [null] }, status: { phase: 'New' } })).toEqual({
    uid: '',
    namespace: '',
    name: '',
    labels: {},
    workload: { kind: 'Pod', name: '' },
    phase: 'Unknown',
    reason: '',
    message: '',
    hostNetwork: false,
    createdAt: 0,
    conditions: [],
    containers: [],
    secrets: [],
  });
});

test.each([
  ['true', true, { started: true }],
  ['false: its startup probe has not passed yet', false, { started: false }],
  ['not said', undefined, {}],
  ['null, as a kubelet of old writes it', null, {}],
  ['no boolean', 'true', {}],
])('started is %s', (_name, started, expected) => {
  const status = {
    containerStatuses: [{ name: 'c', ready: false, restartCount: 0, state: {}, ...(started === undefined ? {} : { started }) }],
  };
  const pod = reducePod({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] }, status });
  expect(pod.containers[0]?.status).toEqual({ ready: false, restarts: 0, ...expected });
});

describe('the workload behind a pod', () => {
  test.each([
    ['no owner', {}, undefined, { kind: 'Pod', name: 'p' }],
    ['a static pod', {}, { kind: 'Node', name: 'n' }, { kind: 'Pod', name: 'p' }],
    ['a StatefulSet', {}, { kind: 'StatefulSet', name: 'db' }, { kind: 'StatefulSet', name: 'db' }],
    ['a Deployment', { 'pod-template-hash': 'abc' }, { kind: 'ReplicaSet', name: 'api-v2-abc' }, { kind: 'Deployment', name: 'api-v2' }],
    ['a bare ReplicaSet', {}, { kind: 'ReplicaSet', name: 'api-abc' }, { kind: 'ReplicaSet', name: 'api-abc' }],
    ['another hash', { 'pod-template-hash': 'xyz' }, { kind: 'ReplicaSet', name: 'api-abc' }, { kind: 'ReplicaSet', name: 'api-abc' }],
    ['an Argo Rollout', { 'rollouts-pod-template-hash': 'abc' }, { kind: 'ReplicaSet', name: 'api-abc' }, { kind: 'Rollout', name: 'api' }],
    ['a Job', {}, { kind: 'Job', name: 'j-1' }, { kind: 'Job', name: 'j-1' }],
  ])('%s', (_name, labels, owner, expected) => {
    expect(workloadOf('p', labels, owner)).toEqual(expected);
  });
});
