import { stableSuffix, stableUid } from '../identity.ts';
import { type Dict, type KubeObject, rfc3339 } from '../types.ts';
import { ownedBy } from './deployment.ts';
import { type PodSpecInput, pod, podSpec } from './pod.ts';
import { isReady, type PodState } from './pod-state.ts';

interface Named {
  readonly namespace: string;
  readonly name: string;
  /** Created at, milliseconds. */
  readonly at: number;
}

export interface StatefulSetInput extends PodSpecInput, Named {
  readonly replicas: number;
  readonly states?: readonly PodState[];
  readonly nodes?: readonly string[];
}

/** A stateful set with its pods `NAME-0`, `NAME-1`… */
export function statefulSet(input: StatefulSetInput): {
  statefulSet: KubeObject;
  pods: readonly KubeObject[];
  objects: readonly KubeObject[];
} {
  const { namespace, name, at, replicas, nodes = ['node-1'] } = input;
  const states = input.states ?? Array.from({ length: replicas }, (): PodState => ({ state: 'running' }));
  const ready = states.filter(isReady).length;
  const revision = `${name}-${stableSuffix(10, namespace, name)}`;
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name,
      namespace,
      uid: stableUid('statefulsets', namespace, name),
      generation: 1,
      creationTimestamp: rfc3339(at),
      labels: { app: name },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec(input) },
      serviceName: name,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
    },
    status: {
      observedGeneration: 1,
      replicas: states.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: states.length,
      updatedReplicas: states.length,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    },
  };
  const pods = states.map((state, index) =>
    pod({
      ...input,
      name: `${name}-${index}`,
      at: at + index * 10_000,
      state,
      node: nodes[index % nodes.length] ?? 'node-1',
      labels: {
        app: name,
        'apps.kubernetes.io/pod-index': String(index),
        'controller-revision-hash': revision,
        'statefulset.kubernetes.io/pod-name': `${name}-${index}`,
      },
      owner: ownedBy(object),
    }),
  );
  return { statefulSet: object, pods, objects: [object, ...pods] };
}

export interface JobInput extends PodSpecInput, Named {
  readonly outcome: 'running' | 'complete' | 'failed';
  readonly finishedAt?: number;
  /** The CronJob that started it. */
  readonly cronJob?: KubeObject;
  readonly node?: string;
}

function jobConditions(outcome: JobInput['outcome'], finishedAt: number): Dict[] {
  const time = { lastProbeTime: rfc3339(finishedAt), lastTransitionTime: rfc3339(finishedAt) };
  if (outcome === 'running') return [];
  if (outcome === 'failed') {
    const why = { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    return [
      { type: 'FailureTarget', status: 'True', ...time, ...why },
      { type: 'Failed', status: 'True', ...time, ...why },
    ];
  }
  const why = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  return [
    { type: 'SuccessCriteriaMet', status: 'True', ...time, ...why },
    { type: 'Complete', status: 'True', ...time, ...why },
  ];
}

/** A job with its one pod. */
export function job(input: JobInput): { job: KubeObject; pods: readonly KubeObject[]; objects: readonly KubeObject[] } {
  const { namespace, name, at, outcome, finishedAt = at + 60_000 } = input;
  const uid = stableUid('jobs', namespace, name);
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const spec = { restartPolicy: 'Never' as const, ...input };
  const tally = { running: { active: 1, ready: 1 }, complete: { succeeded: 1, ready: 0 }, failed: { failed: 1, ready: 0 } }[outcome];
  const object: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      uid,
      generation: 1,
      creationTimestamp: rfc3339(at),
      labels,
      ...(input.cronJob ? { ownerReferences: [ownedBy(input.cronJob)] } : {}),
    },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 0,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { metadata: { labels }, spec: podSpec(spec) },
      completionMode: 'NonIndexed',
      suspend: false,
    },
    status: {
      startTime: rfc3339(at),
      ...(outcome === 'complete' ? { completionTime: rfc3339(finishedAt) } : {}),
      ...tally,
      terminating: 0,
      uncountedTerminatedPods: {},
      ...(outcome === 'running' ? {} : { conditions: jobConditions(outcome, finishedAt) }),
    },
  };
  const states: Readonly<Record<JobInput['outcome'], PodState>> = {
    running: { state: 'running' },
    complete: { state: 'completed', finishedAt },
    failed: { state: 'failed', finishedAt },
  };
  const one = pod({
    ...spec,
    name: `${name}-${stableSuffix(5, namespace, name)}`,
    at,
    state: states[outcome],
    labels,
    owner: ownedBy(object),
  });
  return { job: object, pods: [one], objects: [object, one] };
}

export interface CronJobInput extends PodSpecInput, Named {
  readonly schedule: string;
  readonly suspend?: boolean;
  readonly lastScheduledAt?: number;
}

export function cronJob(input: CronJobInput): KubeObject {
  const { namespace, name, at, lastScheduledAt } = input;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace, uid: stableUid('cronjobs', namespace, name), generation: 1, creationTimestamp: rfc3339(at) },
    spec: {
      schedule: input.schedule,
      concurrencyPolicy: 'Forbid',
      suspend: input.suspend ?? false,
      jobTemplate: { metadata: {}, spec: { template: { metadata: {}, spec: podSpec({ restartPolicy: 'Never', ...input }) } } },
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    },
    status:
      lastScheduledAt === undefined
        ? {}
        : { lastScheduleTime: rfc3339(lastScheduledAt), lastSuccessfulTime: rfc3339(lastScheduledAt + 60_000) },
  };
}

export interface AutoscalerInput extends Named {
  readonly target: { readonly kind: string; readonly name: string };
  readonly min: number;
  readonly max: number;
  readonly current: number;
  readonly desired?: number;
  /** CPU utilisation of the request, percent. */
  readonly cpu: { readonly target: number; readonly current?: number };
  /** It would want more pods than `max`. */
  readonly limited?: boolean;
}

/** A horizontal pod autoscaler on CPU. Without a current value its metrics are missing (`ScalingActive` is False). */
export function hpa(input: AutoscalerInput): KubeObject {
  const { namespace, name, at, min, max, current, cpu } = input;
  const condition = (type: string, status: boolean, reason: string, message: string) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: rfc3339(at + 15_000),
    reason,
    message,
  });
  const measured = cpu.current !== undefined;
  const active = measured
    ? condition(
        'ScalingActive',
        true,
        'ValidMetricFound',
        'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
      )
    : condition(
        'ScalingActive',
        false,
        'FailedGetResourceMetric',
        'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)',
      );
  const limited = input.limited
    ? condition('ScalingLimited', true, 'TooManyReplicas', 'the desired replica count is more than the maximum replica count')
    : condition('ScalingLimited', false, 'DesiredWithinRange', 'the desired count is within the acceptable range');
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace, uid: stableUid('horizontalpodautoscalers', namespace, name), creationTimestamp: rfc3339(at) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', ...input.target },
      minReplicas: min,
      maxReplicas: max,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu.target } } }],
    },
    status: {
      currentReplicas: current,
      desiredReplicas: input.desired ?? current,
      currentMetrics: measured
        ? [
            {
              type: 'Resource',
              resource: {
                name: 'cpu',
                current: { averageUtilization: cpu.current, averageValue: `${Math.round(2.5 * (cpu.current ?? 0))}m` },
              },
            },
          ]
        : null,
      conditions: [
        condition('AbleToScale', true, 'ReadyForNewScale', 'recommended size matches current size'),
        active,
        ...(measured ? [limited] : []),
      ],
    },
  };
}
