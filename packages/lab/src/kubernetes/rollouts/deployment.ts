import { at, dicts, flag, isDict, text } from '../access.ts';
import { ownedBy } from '../objects/deployment.ts';
import { type Dict, type KubeObject, rfc3339 } from '../types.ts';
import { isReady, type Pods } from './pods.ts';
import { hashOf, isOfTemplate, labelsOf, templateOf } from './template.ts';

const revisionKey = 'deployment.kubernetes.io/revision';

interface Limits {
  readonly replicas: number;
  /** Pods beyond `replicas` that may be there. */
  readonly surge: number;
  /** Pods that must stay available. */
  readonly minimum: number;
  /** All old pods end before the first new one starts. */
  readonly recreate: boolean;
}

/**
 * One step of a Deployment's controller: at most one pod more and one less, new ones first as far as the strategy
 * allows; the old ReplicaSet of the same template serves again on a way back.
 */
export function stepDeployment(pods: Pods, deployment: KubeObject): void {
  const template = templateOf(deployment);
  if (!template) return;
  if (flag(deployment.spec, 'paused')) {
    const { generation = 1 } = deployment.metadata;
    pods.write({ ...deployment, status: { ...(isDict(deployment.status) ? deployment.status : {}), observedGeneration: generation } });
    return;
  }
  const limits = limitsOf(deployment);
  const sets = pods.ownedBy(deployment, 'apps/v1', 'ReplicaSet');
  const current = sets.find((set) => isOfTemplate(set, template)) ?? newReplicaSet(pods, deployment, template);
  const others = sets.filter((set) => set !== current);
  const revision = String(Math.max(revisionOf(current), 1, ...others.map((set) => revisionOf(set) + 1)));
  movePods(pods, current, others, limits);

  for (const set of others) writeReplicaSet(pods, set, pods.ownedBy(set).length);
  writeReplicaSet(pods, current, limits.recreate && pods.ownedBy(current).length === 0 ? 0 : limits.replicas, {
    'deployment.kubernetes.io/desired-replicas': String(limits.replicas),
    'deployment.kubernetes.io/max-replicas': String(limits.replicas + limits.surge),
    [revisionKey]: revision,
  });
  const annotations = { ...deployment.metadata.annotations, [revisionKey]: revision };
  const status = statusOf(pods, deployment, current, others, limits);
  pods.write({ ...deployment, metadata: { ...deployment.metadata, annotations }, status });
}

function movePods(pods: Pods, current: KubeObject, others: readonly KubeObject[], { replicas, surge, minimum, recreate }: Limits): void {
  const fresh = pods.ownedBy(current);
  const old = others.flatMap((set) => pods.ownedBy(set));
  const all = [...fresh, ...old];
  const surplus = fresh.length > replicas ? (fresh.find((pod) => !isReady(pod)) ?? fresh.at(-1)) : undefined;
  if (surplus) pods.end(surplus);
  else if (fresh.length < replicas && all.length < replicas + surge && !(recreate && old.length > 0)) {
    const template = templateOf(current) ?? {};
    pods.start({ owner: current, template, labels: labelsOf(template), node: pods.nodeFor(all) });
  }
  // New pods that are not ready yet count as if they never would be.
  const unready = fresh.filter((pod) => !isReady(pod)).length;
  if (all.length - minimum - unready <= 0) return;
  const available = all.filter(isReady).length;
  const victim = old.find((pod) => !isReady(pod)) ?? (available > minimum ? old[0] : undefined);
  if (victim) pods.end(victim);
}

function newReplicaSet(pods: Pods, deployment: KubeObject, template: Dict): KubeObject {
  const hash = hashOf(template);
  const labels = { ...labelsOf(template), 'pod-template-hash': hash };
  const { name, namespace } = deployment.metadata;
  const selector = at(deployment.spec, 'selector', 'matchLabels');
  return pods.put({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      generation: 1,
      labels,
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...(isDict(selector) ? selector : {}), 'pod-template-hash': hash } },
      template: { ...template, metadata: { ...(isDict(template.metadata) ? template.metadata : {}), labels } },
    },
  });
}

function writeReplicaSet(pods: Pods, set: KubeObject, replicas: number, annotations: Readonly<Record<string, string>> = {}): void {
  const own = pods.ownedBy(set);
  const ready = own.filter(isReady).length;
  const spec = isDict(set.spec) ? set.spec : {};
  const generation = (set.metadata.generation ?? 1) + (spec.replicas === replicas ? 0 : 1);
  pods.write({
    ...set,
    metadata: { ...set.metadata, generation, annotations: { ...set.metadata.annotations, ...annotations } },
    spec: { ...spec, replicas },
    status: {
      replicas: own.length,
      fullyLabeledReplicas: own.length,
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: generation,
    },
  });
}

function statusOf(pods: Pods, deployment: KubeObject, current: KubeObject, others: readonly KubeObject[], limits: Limits): Dict {
  const { replicas, minimum } = limits;
  const fresh = pods.ownedBy(current);
  const old = others.flatMap((set) => pods.ownedBy(set));
  const total = fresh.length + old.length;
  const ready = [...fresh, ...old].filter(isReady).length;
  const complete = fresh.length === replicas && old.length === 0 && ready >= replicas;
  const set = `ReplicaSet "${current.metadata.name}"`;
  const since = rfc3339(pods.store.now());
  const before = dicts(deployment.status, 'conditions');
  const conditions = [
    ready >= minimum
      ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
      : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'),
    complete
      ? condition('Progressing', 'True', 'NewReplicaSetAvailable', `${set} has successfully progressed.`)
      : condition('Progressing', 'True', 'ReplicaSetUpdated', `${set} is progressing.`),
  ];
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: total,
    updatedReplicas: fresh.length,
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    ...(Math.max(total, replicas) > ready ? { unavailableReplicas: Math.max(total, replicas) - ready } : {}),
    conditions,
  };

  function condition(type: string, status: string, reason: string, message: string): Dict {
    const last = before.find((each) => each.type === type);
    if (last && last.status === status && last.reason === reason && last.message === message) return last;
    return {
      type,
      status,
      lastUpdateTime: since,
      lastTransitionTime: last?.status === status ? last.lastTransitionTime : since,
      reason,
      message,
    };
  }
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[revisionKey] ?? 0);
}

/** As the Deployment says, or its defaults: a quarter more, a quarter less. */
function limitsOf({ spec }: KubeObject): Limits {
  const wanted = at(spec, 'replicas');
  const replicas = typeof wanted === 'number' ? wanted : 1;
  if (text(spec, 'strategy', 'type') === 'Recreate') return { replicas, surge: 0, minimum: 0, recreate: true };
  const surge = share(at(spec, 'strategy', 'rollingUpdate', 'maxSurge'), replicas, Math.ceil);
  const unavailable = share(at(spec, 'strategy', 'rollingUpdate', 'maxUnavailable'), replicas, Math.floor);
  // Both rounded to 0: nothing could ever move.
  const less = surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas);
  return { replicas, surge, minimum: replicas - less, recreate: false };
}

function share(value: unknown, replicas: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = Number.parseFloat(typeof value === 'string' ? value : '25%');
  return round((percent * replicas) / 100);
}
