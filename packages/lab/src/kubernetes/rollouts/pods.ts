import { randomUUID } from 'node:crypto';
import { at, dicts, isDict, sameJson, stringMap, text } from '../access.ts';
import { stableSuffix } from '../identity.ts';
import { ownedBy } from '../objects/deployment.ts';
import { type ContainerInput, nodeAddress, qosClass, stableAddress } from '../objects/pod.ts';
import { type PodState, podStatus } from '../objects/pod-state.ts';
import type { ObjectStore } from '../store.ts';
import type { Dict, KubeObject } from '../types.ts';

export interface PodOptions {
  /** ms from a pod's creation until it is ready; 0: at the next look. */
  readonly startMs: number;
  /** Whether the containers of a pod crash when they are started. */
  readonly crashes: (pod: KubeObject) => boolean;
}

interface NewPod {
  readonly owner: KubeObject;
  readonly template: Dict;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
}

/** Scheduler, kubelets and garbage collector: what the controllers of workloads leave to others. */
export class Pods {
  readonly store: ObjectStore;
  readonly #options: PodOptions;
  /** Pods that are starting, by uid, and since when (ms). */
  readonly #starting = new Map<string, number>();

  constructor(store: ObjectStore, options: PodOptions) {
    this.store = store;
    this.#options = options;
  }

  all(apiVersion: string, kind: string): readonly KubeObject[] {
    const resource = this.store.registry.forKind(apiVersion, kind);
    return resource ? this.store.snapshot(resource).objects : [];
  }

  ownedBy(owner: KubeObject, apiVersion = 'v1', kind = 'Pod'): readonly KubeObject[] {
    const { uid } = owner.metadata;
    return this.all(apiVersion, kind).filter(({ metadata }) => metadata.ownerReferences?.some((reference) => reference.uid === uid));
  }

  /** The cluster's nodes; two that nobody lists where it has none. */
  nodes(): readonly string[] {
    const nodes = this.all('v1', 'Node').map(({ metadata }) => metadata.name);
    return nodes.length > 0 ? nodes : ['node-1', 'node-2'];
  }

  /** The node with the fewest pods of a workload. */
  nodeFor(pods: readonly KubeObject[]): string {
    const load = (node: string) => pods.filter((pod) => text(pod.spec, 'nodeName') === node).length;
    return this.nodes().reduce((best, node) => (load(node) < load(best) ? node : best));
  }

  /** Creates a pod that is about to start; without a name it gets its owner's and five letters. */
  start({ owner, template, labels, node }: NewPod, name?: string): void {
    const uid = randomUUID();
    const annotations = stringMap(template, 'metadata', 'annotations');
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: name ?? `${owner.metadata.name}-${stableSuffix(5, uid)}`,
        ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
        uid,
        labels,
        ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
        ownerReferences: [ownedBy(owner)],
      },
      spec: { ...(isDict(template.spec) ? template.spec : {}), nodeName: node },
    };
    this.put({ ...pod, status: this.#status(pod, this.store.now(), { state: 'creating' }) });
    this.#starting.set(uid, this.store.now());
  }

  /** Starts the containers of the pods whose time has come. */
  look(): void {
    const now = this.store.now();
    for (const pod of this.#starting.size > 0 ? this.all('v1', 'Pod') : []) {
      const { uid = '' } = pod.metadata;
      const since = this.#starting.get(uid);
      if (since === undefined || now - since < this.#options.startMs) continue;
      this.#starting.delete(uid);
      const state: PodState = this.#options.crashes(pod) ? { state: 'crash-loop', restarts: 3, lastAt: now } : { state: 'running' };
      this.write({ ...pod, status: this.#status(pod, since, state, now) });
    }
  }

  #status(pod: KubeObject, since: number, state: PodState, startedAt?: number): Dict {
    const { name, namespace = '' } = pod.metadata;
    const containers = dicts(pod.spec, 'containers').map((container): ContainerInput => {
      const { resources } = container;
      return { name: text(container, 'name'), image: text(container, 'image'), resources: isDict(resources) ? resources : 'none' };
    });
    const hostIP = nodeAddress(text(pod.spec, 'nodeName'));
    return podStatus({
      namespace,
      name,
      at: since,
      ...(startedAt === undefined ? {} : { startedAt }),
      containers,
      state,
      hostIP,
      podIP: at(pod.spec, 'hostNetwork') === true ? hostIP : stableAddress('10.244', namespace, name),
      qosClass: qosClass(containers),
    });
  }

  put(object: KubeObject): KubeObject {
    return this.store.create(this.store.resourceOf(object), object);
  }

  /** Writes an object, unless it is as it was. */
  write(object: KubeObject): void {
    const resource = this.store.resourceOf(object);
    const live = this.store.get(resource, object.metadata.namespace, object.metadata.name);
    if (live && !sameJson(live, object)) this.store.replace(resource, object);
  }

  /** Ends a pod, at once; what was measured of it goes with it. */
  end({ metadata: { namespace, name, uid = '' } }: KubeObject): void {
    this.#starting.delete(uid);
    for (const [apiVersion, kind] of [
      ['metrics.k8s.io/v1beta1', 'PodMetrics'],
      ['v1', 'Pod'],
    ] as const) {
      const resource = this.store.registry.forKind(apiVersion, kind);
      if (resource && this.store.get(resource, namespace, name)) this.store.delete(resource, namespace, name);
    }
  }
}

export function isReady(pod: KubeObject): boolean {
  return dicts(pod.status, 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
}
