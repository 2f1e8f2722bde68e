import { createHash, randomUUID } from 'node:crypto';
import { secretReferences } from '../../packages/core/src/secrets/kubernetes/references.ts';
import type { ObjectStore } from '../../packages/lab/src/kubernetes/store.ts';
import type { Dict, KubeObject } from '../../packages/lab/src/kubernetes/types.ts';

const nodes = ['node-1', 'node-2'];

interface Wish {
  readonly owner: KubeObject;
  readonly template: Dict;
  readonly revision: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Plays the controllers and kubelets that the lab has not: replaces pods of Deployments, StatefulSets and DaemonSets
 * one at a time, new ones first where the kind does so, and keeps their statuses.
 */
export class LabControllers {
  readonly #store: ObjectStore;
  readonly #timer: NodeJS.Timeout;
  readonly #crashing = new Set<string>();

  constructor(store: ObjectStore) {
    this.#store = store;
    this.#timer = setInterval(() => this.#reconcile(), 40);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Pods that name this Secret crash from now on. */
  crash(namespace: string, secret: string): () => void {
    const key = `${namespace}/${secret}`;
    this.#crashing.add(key);
    return () => this.#crashing.delete(key);
  }

  #all(apiVersion: string, kind: string): readonly KubeObject[] {
    const resource = this.#store.registry.forKind(apiVersion, kind);
    return resource ? this.#store.snapshot(resource).objects : [];
  }

  #reconcile(): void {
    for (const deployment of this.#all('apps/v1', 'Deployment')) this.#deployment(deployment);
    for (const set of this.#all('apps/v1', 'StatefulSet')) this.#statefulSet(set);
    for (const set of this.#all('apps/v1', 'DaemonSet')) this.#daemonSet(set);
  }

  #podsOf(uid: string): readonly KubeObject[] {
    return this.#all('v1', 'Pod').filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === uid));
  }

  #deployment(deployment: KubeObject): void {
    const { spec, template, revision } = wishOf(deployment);
    if (spec.paused === true) return;
    const replicas = Number(spec.replicas ?? 1);
    const labels = { ...labelsOf(template), 'pod-template-hash': revision };
    const sets = this.#all('apps/v1', 'ReplicaSet').filter((set) => isOwnedBy(set, deployment));
    let present = sets.find((set) => set.metadata.name === `${deployment.metadata.name}-${revision}`);
    if (!present) {
      const metadata = { name: `${deployment.metadata.name}-${revision}`, namespace: deployment.metadata.namespace ?? '', labels };
      present = this.#put({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { ...metadata, ownerReferences: [ownedBy(deployment)] } });
    }
    const fresh = this.#podsOf(present.metadata.uid ?? '');
    const old = sets.filter((set) => set !== present).flatMap((set) => this.#podsOf(set.metadata.uid ?? ''));
    const ready = fresh.filter(isReady);
    const surplus = ready.length + old.length > replicas ? (old[0] ?? fresh.at(-1)) : undefined;
    if (surplus && fresh.length + old.length > replicas) this.#remove(surplus);
    else if (fresh.length < replicas && fresh.length + old.length <= replicas) {
      this.#pod(`${present.metadata.name}-${randomUUID().slice(0, 5)}`, { owner: present, template, revision, labels });
    }
    this.#status(deployment, {
      replicas: fresh.length + old.length,
      updatedReplicas: fresh.length,
      readyReplicas: ready.length + old.filter(isReady).length,
      availableReplicas: ready.length + old.filter(isReady).length,
    });
  }

  #statefulSet(set: KubeObject): void {
    const { spec, template, revision } = wishOf(set);
    const replicas = Number(spec.replicas ?? 1);
    const labels = { ...labelsOf(template), 'controller-revision-hash': revision };
    const pods = this.#podsOf(set.metadata.uid ?? '');
    const names = Array.from({ length: replicas }, (_, index) => `${set.metadata.name}-${index}`);
    const missing = names.find((name) => !pods.some((pod) => pod.metadata.name === name));
    const outdated = pods.filter((pod) => pod.metadata.labels?.['controller-revision-hash'] !== revision);
    if (missing !== undefined) this.#pod(missing, { owner: set, template, revision, labels });
    // OrderedReady: a pod that is not ready holds the others back, whatever its revision.
    else if (pods.every(isReady)) this.#remove(outdated.toSorted((a, b) => (a.metadata.name < b.metadata.name ? 1 : -1))[0]);
    const updated = pods.length - outdated.length;
    const before = (set.status as { currentRevision?: string } | undefined)?.currentRevision;
    const complete = updated === replicas && pods.filter(isReady).length === replicas;
    this.#status(set, {
      replicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      availableReplicas: pods.filter(isReady).length,
      updatedReplicas: updated,
      updateRevision: revision,
      currentRevision: complete || before === undefined ? revision : before,
    });
  }

  #daemonSet(set: KubeObject): void {
    const { template, revision } = wishOf(set);
    const labels = { ...labelsOf(template), 'controller-revision-hash': revision };
    const pods = this.#podsOf(set.metadata.uid ?? '');
    const bare = nodes.find((node) => !pods.some((pod) => (pod.spec as { nodeName?: string }).nodeName === node));
    const outdated = pods.filter((pod) => pod.metadata.labels?.['controller-revision-hash'] !== revision);
    if (bare !== undefined) {
      const placed = { ...template, spec: { ...(template.spec as Dict), nodeName: bare } };
      this.#pod(`${set.metadata.name}-${randomUUID().slice(0, 5)}`, { owner: set, template: placed, revision, labels });
    } else if (pods.every(isReady)) this.#remove(outdated[0]);
    this.#status(set, {
      desiredNumberScheduled: nodes.length,
      currentNumberScheduled: pods.length,
      numberReady: pods.filter(isReady).length,
      numberAvailable: pods.filter(isReady).length,
      updatedNumberScheduled: pods.length - outdated.length,
    });
  }

  #pod(name: string, { owner, template, labels }: Wish): void {
    const namespace = owner.metadata.namespace ?? '';
    const { annotations } = (template.metadata ?? {}) as { annotations?: Record<string, string> };
    const crashes = secretReferences(template.spec).some((reference) => this.#crashing.has(`${namespace}/${reference.name}`));
    const now = new Date().toISOString();
    const state = crashes ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: { startedAt: now } };
    this.#put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, uid: randomUUID(), labels, ownerReferences: [ownedBy(owner)], ...(annotations ? { annotations } : {}) },
      spec: template.spec,
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: crashes ? 'False' : 'True' }],
        containerStatuses: [{ name: 'main', ready: !crashes, restartCount: crashes ? 3 : 0, state }],
      },
    });
  }

  #put(object: KubeObject): KubeObject {
    return this.#store.create(this.#store.resourceOf(object), object);
  }

  #remove(object: KubeObject | undefined): void {
    if (object) this.#store.delete(this.#store.resourceOf(object), object.metadata.namespace, object.metadata.name);
  }

  #status(object: KubeObject, fields: Dict): void {
    const status = { observedGeneration: object.metadata.generation ?? 1, ...fields };
    if (JSON.stringify(object.status) === JSON.stringify(status)) return;
    this.#store.replace(this.#store.resourceOf(object), { ...object, status });
  }
}

function wishOf(workload: KubeObject): { readonly spec: Dict; readonly template: Dict; readonly revision: string } {
  const spec = workload.spec as Dict;
  const template = spec.template as Dict;
  return {
    spec,
    template,
    revision: createHash('sha256')
      .update(JSON.stringify(sorted(template)))
      .digest('hex')
      .slice(0, 10),
  };
}

/** An empty map and an absent one are one: so it is after the real server has stored it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]): [string, unknown] => [key, sorted(child)]);
  return Object.fromEntries(entries.filter(([, child]) => JSON.stringify(child) !== '{}').sort(([a], [b]) => (a < b ? -1 : 1)));
}

function labelsOf(template: Dict): Readonly<Record<string, string>> {
  return ((template.metadata ?? {}) as { labels?: Record<string, string> }).labels ?? {};
}

function ownedBy({ apiVersion, kind, metadata }: KubeObject) {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
}

function isReady(pod: KubeObject): boolean {
  const { conditions = [] } = (pod.status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
