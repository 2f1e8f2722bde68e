import { stableSuffix, stableUid } from '../identity.ts';
import { type Dict, type KubeObject, type OwnerReference, rfc3339 } from '../types.ts';
import { type PodSpecInput, pod, podSpec } from './pod.ts';
import { isReady, type PodState } from './pod-state.ts';

export interface DeploymentInput extends PodSpecInput {
  readonly namespace: string;
  readonly name: string;
  /** Created at, milliseconds. */
  readonly at: number;
  /** Desired pods. */
  readonly replicas: number;
  /** The pods of the current revision, one state each; all run unless given. */
  readonly states?: readonly PodState[];
  /** When the current revision was rolled out; creation unless given. */
  readonly rolledOutAt?: number;
  readonly revision?: number;
  /** The revision before, with the pods that are left of it. */
  readonly previous?: Previous;
  /** The rollout passed its deadline (`ProgressDeadlineExceeded`). */
  readonly stuck?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Pods go round these nodes; `node-1` unless given. */
  readonly nodes?: readonly string[];
}

export interface Previous {
  readonly at: number;
  /** The image of the first container then. */
  readonly image: string;
  readonly states?: readonly PodState[];
}

export interface DeploymentObjects {
  readonly deployment: KubeObject;
  readonly replicaSets: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
  /** All of them, for `store.load`. */
  readonly objects: readonly KubeObject[];
}

/** A controlling owner reference to an object. */
export function ownedBy(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

const allRunning = (count: number): PodState[] => Array.from({ length: count }, () => ({ state: 'running' }));

interface Revision {
  readonly number: number;
  readonly at: number;
  readonly spec: PodSpecInput;
  readonly states: readonly PodState[];
  readonly desired: number;
}

function replicaSet(input: DeploymentInput, revision: Revision, owner: OwnerReference): { set: KubeObject; pods: KubeObject[] } {
  const { namespace, name, nodes = ['node-1'] } = input;
  const hash = stableSuffix(10, namespace, name, String(revision.number), JSON.stringify(revision.spec.containers));
  const selector = { app: name, 'pod-template-hash': hash };
  const labels = { ...input.podLabels, ...selector };
  const ready = revision.states.filter(isReady).length;
  const set: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      uid: stableUid('replicasets', namespace, `${name}-${hash}`),
      generation: 1,
      creationTimestamp: rfc3339(revision.at),
      labels,
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(input.replicas),
        'deployment.kubernetes.io/max-replicas': String(input.replicas + Math.ceil(input.replicas / 4)),
        'deployment.kubernetes.io/revision': String(revision.number),
      },
      ownerReferences: [owner],
    },
    spec: {
      replicas: revision.desired,
      selector: { matchLabels: selector },
      template: { metadata: { labels }, spec: podSpec(revision.spec) },
    },
    status: {
      replicas: revision.states.length,
      fullyLabeledReplicas: revision.states.length,
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: 1,
    },
  };
  const pods = revision.states.map((state, index) =>
    pod({
      ...revision.spec,
      namespace,
      name: `${set.metadata.name}-${stableSuffix(5, namespace, set.metadata.name, String(index))}`,
      at: revision.at + index * 1_000,
      state,
      node: nodes[index % nodes.length] ?? 'node-1',
      labels,
      owner: ownedBy(set),
    }),
  );
  return { set, pods };
}

function conditions(input: DeploymentInput, current: Revision, available: number, complete: boolean): Dict[] {
  const { name, namespace, replicas, at } = input;
  // maxUnavailable is 25 %, rounded down.
  const enough = available >= replicas - Math.floor(replicas / 4);
  const set = `${name}-${stableSuffix(10, namespace, name, String(current.number), JSON.stringify(current.spec.containers))}`;
  const progressing = input.stuck
    ? { status: 'False', reason: 'ProgressDeadlineExceeded', message: `ReplicaSet "${set}" has timed out progressing.` }
    : complete
      ? { status: 'True', reason: 'NewReplicaSetAvailable', message: `ReplicaSet "${set}" has successfully progressed.` }
      : { status: 'True', reason: 'ReplicaSetUpdated', message: `ReplicaSet "${set}" is progressing.` };
  // The progress deadline is ten minutes.
  const progressedAt = input.stuck ? current.at + 600_000 : current.at + 10_000;
  const since = enough ? at + 10_000 : unavailableSince(current, at);
  return [
    {
      type: 'Available',
      status: enough ? 'True' : 'False',
      lastUpdateTime: rfc3339(since),
      lastTransitionTime: rfc3339(since),
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    },
    { type: 'Progressing', ...progressing, lastUpdateTime: rfc3339(progressedAt), lastTransitionTime: rfc3339(progressedAt) },
  ];
}

/** A rollout took the pods away when it began; without one, the first of the pods that are down now did. */
function unavailableSince(current: Revision, at: number): number {
  const ends = current.states.flatMap((state) => (!isReady(state) && 'lastAt' in state ? [state.lastAt] : []));
  return current.at > at || ends.length === 0 ? current.at + 20_000 : Math.min(...ends);
}

/** A deployment with its replica sets and pods, the status counted from the pods' states. */
export function deployment(input: DeploymentInput): DeploymentObjects {
  const { namespace, name, at, replicas, previous } = input;
  const number = input.revision ?? (previous ? 2 : 1);
  const states = input.states ?? allRunning(replicas);
  const current: Revision = { number, at: input.rolledOutAt ?? at, spec: input, states, desired: states.length };
  const left = previous?.states ?? [];
  const [first, ...others] = input.containers;
  const before: Revision | undefined = previous && {
    number: number - 1,
    at: previous.at,
    spec: { ...input, containers: first ? [{ ...first, image: previous.image }, ...others] : [] },
    states: left,
    desired: left.length,
  };
  const ready = [...states, ...left].filter(isReady).length;
  const updated = states.length;
  const total = updated + left.length;
  const complete = states.filter(isReady).length >= replicas && left.length === 0;
  const labels = { app: name, ...input.labels };
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      uid: stableUid('deployments', namespace, name),
      generation: number,
      creationTimestamp: rfc3339(at),
      labels,
      annotations: { 'deployment.kubernetes.io/revision': String(number), ...input.annotations },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { ...input.podLabels, app: name } }, spec: podSpec(input) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {
      observedGeneration: number,
      replicas: total,
      updatedReplicas: updated,
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      ...(replicas > ready ? { unavailableReplicas: Math.max(total, replicas) - ready } : {}),
      conditions: conditions(input, current, ready, complete),
    },
  };
  const revisions = [...(before ? [before] : []), current].map((revision) => replicaSet(input, revision, ownedBy(object)));
  const replicaSets = revisions.map(({ set }) => set);
  const pods = revisions.flatMap((revision) => revision.pods);
  return { deployment: object, replicaSets, pods, objects: [object, ...replicaSets, ...pods] };
}
