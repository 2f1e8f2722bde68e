import { describe, expect, test } from 'vitest';
import * as build from '../../../packages/lab/src/kubernetes/objects.ts';
import { podSummary } from '../../../packages/lab/src/kubernetes/printers/pod.ts';
import type { KubeObject } from '../../../packages/lab/src/kubernetes/types.ts';
import { names, startLab } from './support.ts';

const now = Date.parse('2026-11-21T13:00:00Z');
const hour = 3_600_000;
const containers = [{ name: 'main', image: 'example/planner:1.3' }];
const base = { namespace: 'agents', name: 'planner', at: now - 10 * hour, containers };

const summary = (pod: KubeObject | undefined) => {
  const { ready, status, restarts } = podSummary(pod ?? {}, now);
  return `${ready} ${status} ${restarts}`;
};

const conditionsOf = (object: KubeObject) => {
  const { conditions } = object.status as { conditions: { type: string; status: string; reason: string }[] };
  return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason ?? ''}`.trim());
};

test.each<[build.PodState, string]>([
  [{ state: 'running' }, '1/1 Running 0'],
  [{ state: 'running', restarts: 2, lastTermination: { reason: 'Error', exitCode: 1, at: now - hour } }, '1/1 Running 2 (60m ago)'],
  [{ state: 'not-ready' }, '0/1 Running 0'],
  [{ state: 'crash-loop', restarts: 7, lastAt: now - 120_000 }, '0/1 CrashLoopBackOff 7 (2m ago)'],
  [{ state: 'oom-killed', restarts: 3, lastAt: now - 300_000 }, '1/1 Running 3 (5m ago)'],
  [{ state: 'oom-killed', restarts: 3, lastAt: now - 300_000, looping: true }, '0/1 CrashLoopBackOff 3 (5m ago)'],
  [{ state: 'image-pull' }, '0/1 ImagePullBackOff 0'],
  [{ state: 'image-pull', pulling: true }, '0/1 ErrImagePull 0'],
  [{ state: 'pending', message: '0/3 nodes are available: 3 Insufficient memory.' }, '0/1 Pending 0'],
  [{ state: 'creating' }, '0/1 ContainerCreating 0'],
  [{ state: 'completed', finishedAt: now - hour }, '0/1 Completed 0'],
  [{ state: 'failed', finishedAt: now - hour }, '0/1 Error 0'],
  [{ state: 'evicted', message: 'The node was low on resource: memory.' }, '0/1 Evicted 0'],
])('a pod that is %j shows as %s', (state, expected) => {
  expect(summary(build.pod({ ...base, state }))).toBe(expected);
});

describe('pod', () => {
  test('an OOM kill is in lastState while the container runs again', () => {
    const pod = build.pod({ ...base, state: { state: 'oom-killed', restarts: 3, lastAt: now - 300_000 } });
    const [status] = (pod.status as { containerStatuses: Record<string, unknown>[] }).containerStatuses;
    expect(status).toMatchObject({
      state: { running: { startedAt: '2026-11-21T12:55:01Z' } },
      lastState: { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-11-21T12:55:00Z' } },
      restartCount: 3,
      ready: true,
    });
  });

  test('a pod that no node takes has no node, no address and says why', () => {
    const pod = build.pod({ ...base, node: 'n1', state: { state: 'pending', message: 'no room' } });
    expect([(pod.spec as { nodeName?: string }).nodeName, (pod.status as { podIP?: string }).podIP]).toEqual([undefined, undefined]);
    expect((pod.status as { conditions: object[] }).conditions).toMatchObject([
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no room' },
    ]);
  });

  test.each<[build.Resources | 'none' | undefined, string]>([
    [undefined, 'Burstable'],
    ['none', 'BestEffort'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ requests: { cpu: '500m' }, limits: { cpu: '1', memory: '1Gi' } }, 'Burstable'],
  ])('resources %j make it %s', (resources, qosClass) => {
    const pod = build.pod({
      ...base,
      containers: [{ name: 'c', image: 'x', ...(resources ? { resources } : {}) }],
      state: { state: 'running' },
    });
    expect((pod.status as { qosClass: string }).qosClass).toBe(qosClass);
  });

  test('the same pod has the same uid, another has another', () => {
    const one = build.pod({ ...base, state: { state: 'running' } }).metadata.uid;
    expect(build.pod({ ...base, at: now, state: { state: 'creating' } }).metadata.uid).toBe(one);
    expect(build.pod({ ...base, name: 'other', state: { state: 'running' } }).metadata.uid).not.toBe(one);
  });
});

describe('deployment', () => {
  test('owns a replica set that owns the pods, all with its hash', () => {
    const { deployment, replicaSets, pods } = build.deployment({ ...base, replicas: 2, nodes: ['n1', 'n2'] });
    const [set] = replicaSets;
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`planner-${hash}`);
    expect(set?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'planner',
        uid: deployment.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(
      pods.map((pod) => [pod.metadata.ownerReferences?.[0]?.uid, pod.metadata.labels, (pod.spec as { nodeName: string }).nodeName]),
    ).toEqual([
      [set?.metadata.uid, { app: 'planner', 'pod-template-hash': hash }, 'n1'],
      [set?.metadata.uid, { app: 'planner', 'pod-template-hash': hash }, 'n2'],
    ]);
    expect(deployment.status).toMatchObject({ replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 });
    expect(conditionsOf(deployment)).toEqual(['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable']);
  });

  test('a rollout that is stuck: the old pods run, the new ones do not', () => {
    const { deployment, replicaSets, pods } = build.deployment({
      ...base,
      replicas: 4,
      rolledOutAt: now - hour,
      stuck: true,
      states: [{ state: 'image-pull' }, { state: 'image-pull' }],
      previous: {
        at: now - 10 * hour,
        image: 'example/planner:1.2',
        states: [{ state: 'running' }, { state: 'running' }, { state: 'running' }],
      },
    });
    expect(deployment.status).toMatchObject({
      replicas: 5,
      updatedReplicas: 2,
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 2,
    });
    expect(conditionsOf(deployment)).toEqual(['Available=True MinimumReplicasAvailable', 'Progressing=False ProgressDeadlineExceeded']);
    expect(replicaSets.map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision'])).toEqual(['1', '2']);
    expect(pods.map((pod) => (pod.spec as { containers: { image: string }[] }).containers[0]?.image)).toEqual([
      'example/planner:1.2',
      'example/planner:1.2',
      'example/planner:1.2',
      'example/planner:1.3',
      'example/planner:1.3',
    ]);
    expect(new Set(pods.map((pod) => pod.metadata.name)).size).toBe(5);
  });

  test('too few pods are not available', () => {
    const { deployment } = build.deployment({ ...base, replicas: 4, states: [{ state: 'running' }, { state: 'pending', message: '' }] });
    expect(deployment.status).toMatchObject({ replicas: 2, readyReplicas: 1, unavailableReplicas: 3 });
    expect(conditionsOf(deployment)[0]).toBe('Available=False MinimumReplicasUnavailable');
  });

  test('none ready leaves the counts out, as the controller does', () => {
    const { deployment } = build.deployment({ ...base, replicas: 1, states: [{ state: 'creating' }] });
    expect(deployment.status).not.toHaveProperty('readyReplicas');
  });
});

describe('the others', () => {
  test('a service has the ready and unready pods in its slice, not those without an address', () => {
    const { pods } = build.deployment({
      ...base,
      replicas: 3,
      states: [{ state: 'running' }, { state: 'not-ready' }, { state: 'pending', message: '' }],
    });
    const { endpointSlice } = build.service({
      namespace: 'agents',
      name: 'planner',
      at: now,
      selector: { app: 'planner' },
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
      pods,
    });
    expect((endpointSlice.endpoints as { conditions: { ready: boolean } }[]).map(({ conditions }) => conditions.ready)).toEqual([
      true,
      false,
    ]);
    expect(endpointSlice.ports).toEqual([{ name: 'http', protocol: 'TCP', port: 8080 }]);
    expect(endpointSlice.metadata.labels?.['kubernetes.io/service-name']).toBe('planner');
  });

  test('a node that is not ready and cordoned', () => {
    const node = build.node({ name: 'n1', at: now - hour, bad: ['Ready', 'DiskPressure'], badSince: now, unschedulable: true });
    expect(conditionsOf(node)).toEqual([
      'MemoryPressure=False KubeletHasSufficientMemory',
      'DiskPressure=True KubeletHasDiskPressure',
      'PIDPressure=False KubeletHasSufficientPID',
      'Ready=False KubeletNotReady',
    ]);
    expect((node.spec as { taints: { key: string }[] }).taints.map(({ key }) => key)).toEqual([
      'node.kubernetes.io/not-ready',
      'node.kubernetes.io/unschedulable',
    ]);
  });

  test('a secret knows who wrote its data, and may not', () => {
    const own = build.secret({ namespace: 'agents', name: 's', at: now, values: { password: 'x' } });
    expect(own.metadata.managedFields).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-11-21T13:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:password': {} }, 'f:type': {} },
      },
    ]);
    expect([own.type, own.data]).toEqual(['Opaque', { password: 'eA==' }]);
    expect(build.secret({ namespace: 'agents', name: 's', at: now, managers: 'stripped' }).metadata).not.toHaveProperty('managedFields');
    const labelled = build.secret({ namespace: 'agents', name: 's', at: now, managers: [{ manager: 'm', at: now, data: false }] });
    expect(labelled.metadata.managedFields?.[0]?.fieldsV1).toEqual({ 'f:metadata': { 'f:labels': { '.': {} } } });
  });

  test('an event in the older form and as a series', () => {
    const about = build.pod({ ...base, state: { state: 'running' } });
    const old = build.event({
      about,
      reason: 'BackOff',
      message: 'm',
      count: 33,
      firstAt: now - hour,
      lastAt: now,
      host: 'n1',
      container: 'main',
    });
    expect(old).toMatchObject({
      involvedObject: { kind: 'Pod', namespace: 'agents', name: 'planner', uid: about.metadata.uid, fieldPath: 'spec.containers{main}' },
      count: 33,
      firstTimestamp: '2026-11-21T12:00:00Z',
      lastTimestamp: '2026-11-21T13:00:00Z',
      eventTime: null,
      source: { component: 'kubelet', host: 'n1' },
    });
    const series = build.event({ about, reason: 'BackOff', message: 'm', count: 4, firstAt: now - hour, lastAt: now, series: true });
    expect(series).toMatchObject({
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: '2026-11-21T12:00:00.000000Z',
      series: { count: 4, lastObservedTime: '2026-11-21T13:00:00.000000Z' },
    });
  });

  test.each([
    [
      { cpu: { target: 80, current: 97 }, limited: true },
      ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=True TooManyReplicas'],
    ],
    [
      { cpu: { target: 80, current: 50 } },
      ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=False DesiredWithinRange'],
    ],
    [{ cpu: { target: 80 } }, ['AbleToScale=True ReadyForNewScale', 'ScalingActive=False FailedGetResourceMetric']],
  ])('an autoscaler with %j', (more, expected) => {
    const object = build.hpa({
      namespace: 'agents',
      name: 'h',
      at: now,
      target: { kind: 'Deployment', name: 'planner' },
      min: 1,
      max: 4,
      current: 4,
      ...more,
    });
    expect(conditionsOf(object)).toEqual(expected);
  });

  test.each([
    ['running' as const, 'active', '1/1 Running 0'],
    ['complete' as const, 'succeeded', '0/1 Completed 0'],
    ['failed' as const, 'failed', '0/1 Error 0'],
  ])('a job that is %s', (outcome, field, pod) => {
    const { job, pods } = build.job({ ...base, outcome });
    expect((job.status as Record<string, number>)[field]).toBe(1);
    expect(summary(pods[0])).toBe(pod);
  });

  test('usage of every container, or of some', () => {
    const pod = build.pod({ ...base, containers: [...containers, { name: 'proxy', image: 'p' }], state: { state: 'running' } });
    const usage = { cpu: '250m', memory: '100Mi' };
    expect(build.podUsage(pod, usage, now).containers).toEqual([
      { name: 'main', usage },
      { name: 'proxy', usage },
    ]);
    expect(build.podUsage(pod, { proxy: usage }, now).containers).toEqual([{ name: 'proxy', usage }]);
  });

  test('all of them can be served', async () => {
    const { objects, pods } = build.deployment({ ...base, replicas: 2 });
    const set = build.statefulSet({ ...base, name: 'redis', replicas: 2 });
    const cron = build.cronJob({ ...base, name: 'rotate', schedule: '0 3 * * *' });
    const [pod] = pods;
    await using lab = await startLab({
      objects: [
        build.namespace('default', now),
        build.node({ name: 'node-1', at: now }),
        ...objects,
        ...set.objects,
        cron,
        ...build.job({ ...base, name: 'rotate-1', outcome: 'complete', cronJob: cron }).objects,
        ...build.service({ namespace: 'agents', name: 'planner', at: now, selector: { app: 'planner' }, ports: [{ port: 80 }], pods })
          .objects,
        build.networkPolicy({ namespace: 'agents', name: 'deny', at: now, spec: { podSelector: {} } }),
        build.quota({ namespace: 'agents', name: 'q', at: now, hard: { pods: '9' }, used: { pods: '3' } }),
        build.nodeUsage('node-1', { cpu: '1', memory: '1Gi' }, now),
        ...(pod
          ? [build.podUsage(pod, { cpu: '1m', memory: '1Mi' }, now), build.event({ about: pod, reason: 'r', message: 'm', lastAt: now })]
          : []),
        build.event({ about: build.node({ name: 'node-1', at: now }), reason: 'NodeNotReady', message: 'm', lastAt: now }),
      ],
    });
    expect(names(await lab.send('/api/v1/namespaces/agents/pods'))).toHaveLength(5);
    expect(names(await lab.send('/api/v1/namespaces/default/events'))).toHaveLength(1);
    expect(names(await lab.send('/apis/apps/v1/namespaces/agents/statefulsets'))).toEqual(['redis']);
  });
});
