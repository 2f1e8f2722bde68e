import { at, count, text } from '../access.ts';
import type { KubeObject } from '../types.ts';
import { isReady, type Pods } from './pods.ts';
import { hashOf, labelsOf, templateOf } from './template.ts';

const revisionLabel = 'controller-revision-hash';

/** One step of a StatefulSet's controller: pods by their numbers, the highest first, each ready before the next. */
export function stepStatefulSet(pods: Pods, set: KubeObject, revisions: Revisions): void {
  const template = templateOf(set);
  if (!template) return;
  const wanted = at(set.spec, 'replicas');
  const replicas = typeof wanted === 'number' ? wanted : 1;
  const revision = revisions.of(set);
  const own = pods.ownedBy(set);
  const names = Array.from({ length: replicas }, (_, index) => `${set.metadata.name}-${index}`);
  const taken = new Set(own.map((pod) => pod.metadata.name));
  const index = names.findIndex((name) => !taken.has(name));
  const name = names[index];
  const outdated = own.filter((pod) => pod.metadata.labels?.[revisionLabel] !== revision);
  const surplus = own.filter((pod) => !names.includes(pod.metadata.name));
  if (name !== undefined) {
    const labels = {
      ...labelsOf(template),
      'apps.kubernetes.io/pod-index': String(index),
      [revisionLabel]: revision,
      'statefulset.kubernetes.io/pod-name': name,
    };
    pods.start({ owner: set, template, labels, node: pods.nodeFor(own) }, name);
    // OrderedReady: a pod that is not ready holds the others back, whatever its revision.
  } else if (own.every(isReady)) {
    const [victim] = [...surplus, ...(isOnDelete(set) ? [] : outdated)].sort((a, b) => ordinal(b) - ordinal(a));
    if (victim) pods.end(victim);
  }
  const left = pods.ownedBy(set);
  const ready = left.filter(isReady).length;
  const updated = left.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length;
  const complete = updated === replicas && ready === replicas && left.length === replicas;
  const before = text(set.status, 'currentRevision');
  pods.write({
    ...set,
    status: {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: left.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: complete ? replicas : left.length - updated,
      updatedReplicas: updated,
      currentRevision: complete || before === '' ? revision : before,
      updateRevision: revision,
      collisionCount: 0,
    },
  });
}

/** One step of a DaemonSet's controller: a pod on each node, one replaced at a time. */
export function stepDaemonSet(pods: Pods, set: KubeObject): void {
  const template = templateOf(set);
  if (!template) return;
  const revision = hashOf(template);
  const nodes = pods.nodes();
  const own = pods.ownedBy(set);
  const bare = nodes.find((node) => !own.some((pod) => text(pod.spec, 'nodeName') === node));
  const [outdated] = own.filter((pod) => pod.metadata.labels?.[revisionLabel] !== revision);
  if (bare !== undefined) {
    pods.start({ owner: set, template, labels: { ...labelsOf(template), [revisionLabel]: revision }, node: bare });
  } else if (outdated && own.every(isReady) && !isOnDelete(set)) pods.end(outdated);
  const left = pods.ownedBy(set);
  const ready = left.filter(isReady).length;
  pods.write({
    ...set,
    status: {
      observedGeneration: set.metadata.generation ?? 1,
      currentNumberScheduled: left.length,
      desiredNumberScheduled: nodes.length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      ...(nodes.length > ready ? { numberUnavailable: nodes.length - ready } : {}),
      updatedNumberScheduled: left.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length,
    },
  });
}

/** Names of StatefulSets' revisions: one that was there from the beginning keeps the name it came with. */
export class Revisions {
  readonly #given = new Map<string, string>();

  constructor(sets: readonly KubeObject[]) {
    for (const set of sets) {
      const name = text(set.status, 'updateRevision');
      if (name !== '' && count(set.status, 'observedGeneration') === set.metadata.generation) this.#given.set(this.#key(set), name);
    }
  }

  of(set: KubeObject): string {
    return this.#given.get(this.#key(set)) ?? `${set.metadata.name}-${hashOf(templateOf(set) ?? {})}`;
  }

  #key(set: KubeObject): string {
    return `${set.metadata.uid} ${hashOf(templateOf(set) ?? {})}`;
  }
}

function isOnDelete(set: KubeObject): boolean {
  return text(set.spec, 'updateStrategy', 'type') === 'OnDelete';
}

function ordinal(pod: KubeObject): number {
  return Number(/\d+$/.exec(pod.metadata.name)?.[0] ?? 0);
}
