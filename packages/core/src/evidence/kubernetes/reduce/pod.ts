import type { Container, Job, ObjectRef, Pod, Terminated } from '../../../model/kubernetes.ts';
import { quantities } from '../quantity.ts';
import { count, optionalText, type Raw, raw, raws, stringMap, text, time } from '../raw.ts';
import { conditions, controller, message, servicePorts } from './common.ts';

const phases = new Set(['Pending', 'Running', 'Succeeded', 'Failed']);

export function reducePod(object: Raw): Pod {
  const metadata = raw(object.metadata);
  const spec = raw(object.spec);
  const status = raw(object.status);
  const labels = stringMap(metadata.labels);
  const name = text(metadata.name);
  const owner = controller(metadata);
  const node = optionalText(spec.nodeName);
  const phase = text(status.phase);
  return {
    uid: text(metadata.uid),
    namespace: text(metadata.namespace),
    name,
    labels,
    ...(owner ? { owner } : {}),
    workload: workloadOf(name, labels, owner),
    ...(node === undefined ? {} : { node }),
    phase: phases.has(phase) ? (phase as Pod['phase']) : 'Unknown',
    reason: text(status.reason),
    message: message(status.message),
    hostNetwork: spec.hostNetwork === true,
    createdAt: time(metadata.creationTimestamp),
    ...(metadata.deletionTimestamp === undefined ? {} : { deletedAt: time(metadata.deletionTimestamp) }),
    conditions: conditions(status.conditions),
    containers: containers(spec, status),
    secrets: secretNames(spec),
    ...(spec.resources === undefined ? {} : { resources: requestsAndLimits(spec.resources) }),
  };
}

/**
 * What a person would name. A ReplicaSet of a Deployment (or of an Argo
 * Rollout) is called NAME-HASH, and its pods carry that hash as a label.
 */
export function workloadOf(pod: string, labels: Readonly<Record<string, string>>, owner: ObjectRef | undefined): ObjectRef {
  // A static pod is owned by its Node, which is not what runs it.
  if (!owner || owner.kind === 'Node') return { kind: 'Pod', name: pod };
  if (owner.kind === 'ReplicaSet') {
    for (const [label, kind] of [
      ['pod-template-hash', 'Deployment'],
      ['rollouts-pod-template-hash', 'Rollout'],
    ] as const) {
      const hash = labels[label];
      if (hash && owner.name.endsWith(`-${hash}`)) return { kind, name: owner.name.slice(0, -hash.length - 1) };
    }
  }
  return owner;
}

/** Names the CronJob behind pods of Jobs, where the Jobs' own owners are known. */
export function withCronJobs(pods: readonly Pod[], jobs: readonly Job[]): readonly Pod[] {
  const owners = new Map(jobs.map((job) => [`${job.namespace}/${job.name}`, job.owner]));
  return pods.map((pod) => {
    if (pod.workload.kind !== 'Job') return pod;
    const owner = owners.get(`${pod.namespace}/${pod.workload.name}`);
    return owner ? { ...pod, workload: owner } : pod;
  });
}

function containers(spec: Raw, status: Raw): readonly Container[] {
  const pod = raw(spec.securityContext);
  const initStatus = byName(status.initContainerStatuses);
  const mainStatus = byName(status.containerStatuses);
  return [
    ...raws(spec.initContainers).map((container) =>
      reduceContainer(container, container.restartPolicy === 'Always' ? 'sidecar' : 'init', pod, initStatus.get(text(container.name))),
    ),
    ...raws(spec.containers).map((container) => reduceContainer(container, 'main', pod, mainStatus.get(text(container.name)))),
  ];
}

function byName(statuses: unknown): ReadonlyMap<string, Raw> {
  return new Map(raws(statuses).map((status) => [text(status.name), status]));
}

function reduceContainer(container: Raw, role: Container['role'], pod: Raw, status: Raw | undefined): Container {
  const own = raw(container.securityContext);
  const runAsUser = own.runAsUser ?? pod.runAsUser;
  const runAsNonRoot = own.runAsNonRoot ?? pod.runAsNonRoot;
  return {
    name: text(container.name),
    role,
    image: text(container.image),
    ports: servicePorts(container.ports),
    ...requestsAndLimits(container.resources),
    probes: {
      liveness: container.livenessProbe !== undefined,
      readiness: container.readinessProbe !== undefined,
      startup: container.startupProbe !== undefined,
    },
    ...(typeof runAsUser === 'number' ? { runAsUser } : {}),
    ...(typeof runAsNonRoot === 'boolean' ? { runAsNonRoot } : {}),
    ...(typeof own.readOnlyRootFilesystem === 'boolean' ? { readOnlyRootFilesystem: own.readOnlyRootFilesystem } : {}),
    ...(typeof own.privileged === 'boolean' ? { privileged: own.privileged } : {}),
    ...(status ? { status: containerStatus(status) } : {}),
  };
}

function requestsAndLimits(value: unknown): Pick<Container, 'requests' | 'limits'> {
  const list = raw(value);
  return { requests: quantities(list.requests), limits: quantities(list.limits) };
}

function containerStatus(status: Raw): NonNullable<Container['status']> {
  const state = raw(status.state);
  const waiting = state.waiting === undefined ? undefined : raw(state.waiting);
  const ended = terminated(state.terminated);
  const endedBefore = terminated(raw(status.lastState).terminated);
  return {
    ready: status.ready === true,
    ...(typeof status.started === 'boolean' ? { started: status.started } : {}),
    restarts: count(status.restartCount),
    ...(waiting ? { waiting: { reason: text(waiting.reason), message: message(waiting.message) } } : {}),
    ...(state.running === undefined ? {} : { runningSince: time(raw(state.running).startedAt) }),
    ...(ended ? { terminated: ended } : {}),
    ...(endedBefore ? { lastTerminated: endedBefore } : {}),
  };
}

function terminated(value: unknown): Terminated | undefined {
  if (value === undefined || value === null) return undefined;
  const state = raw(value);
  return {
    reason: text(state.reason),
    exitCode: count(state.exitCode),
    ...(typeof state.signal === 'number' && state.signal !== 0 ? { signal: state.signal } : {}),
    startedAt: time(state.startedAt),
    finishedAt: time(state.finishedAt),
  };
}

function secretNames(spec: Raw): readonly string[] {
  const names = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value === 'string' && value !== '') names.add(value);
  };
  for (const volume of raws(spec.volumes)) {
    add(raw(volume.secret).secretName);
    for (const source of raws(raw(volume.projected).sources)) add(raw(source.secret).name);
  }
  for (const container of [...raws(spec.initContainers), ...raws(spec.containers), ...raws(spec.ephemeralContainers)]) {
    for (const variable of raws(container.env)) add(raw(raw(variable.valueFrom).secretKeyRef).name);
    for (const source of raws(container.envFrom)) add(raw(source.secretRef).name);
  }
  return [...names];
}
