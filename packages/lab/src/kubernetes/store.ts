import { stableUid } from './identity.ts';
import { type ApiResource, groupVersionOf, ResourceRegistry } from './resources.ts';
import { alreadyExists, notFound, tooOldResourceVersion } from './status.ts';
import { type KubeObject, type ObjectMeta, rfc3339 } from './types.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface Change {
  readonly type: ChangeType;
  readonly storage: string;
  readonly object: KubeObject;
  /** The object before the change; a watch with a selector needs it. */
  readonly previous: KubeObject | undefined;
  readonly version: number;
}

/** One resource's objects in key order at a version. */
export interface Snapshot {
  readonly version: number;
  /** `namespace/name`, or `name` for what has no namespace: etcd's order. */
  readonly keys: readonly string[];
  readonly objects: readonly KubeObject[];
}

/** Changes and snapshots that are remembered; older ones are "expired", as after etcd's compaction. */
const historyLimit = 10_000;
const snapshotLimit = 200;

const metadataKeys = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const satisfies readonly (keyof ObjectMeta)[];

export const keyOf = (namespace: string | undefined, name: string) => (namespace ? `${namespace}/${name}` : name);

/** Metadata with its keys in the order of ObjectMeta, and nothing that is undefined. */
function inOrder(metadata: ObjectMeta): ObjectMeta {
  const entries = metadataKeys.flatMap((key): [string, unknown][] => (metadata[key] === undefined ? [] : [[key, metadata[key]]]));
  return Object.fromEntries(entries) as unknown as ObjectMeta;
}

/**
 * The objects, one map a resource. A write replaces an object and never changes
 * it, so a snapshot is a list of references and a paged list stays consistent.
 */
export class ObjectStore {
  readonly registry = new ResourceRegistry();
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #current = new Map<string, Snapshot>();
  readonly #paged = new Map<string, Snapshot>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #now: () => number;
  #history: Change[] = [];
  #version = 1;
  #compacted = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The version of the last change, of all resources. */
  get version(): number {
    return this.#version;
  }

  now(): number {
    return this.#now();
  }

  #map(storage: string): Map<string, KubeObject> {
    const found = this.#objects.get(storage);
    if (found) return found;
    const created = new Map<string, KubeObject>();
    this.#objects.set(storage, created);
    return created;
  }

  get(resource: ApiResource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(resource.storage)?.get(keyOf(namespace, name));
  }

  /** All objects of a resource now. Sorted once between two writes. */
  snapshot(resource: ApiResource): Snapshot {
    const cached = this.#current.get(resource.storage);
    if (cached) return cached.version === this.#version ? cached : { ...cached, version: this.#version };
    const entries = [...(this.#objects.get(resource.storage) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const snapshot = { version: this.#version, keys: entries.map(([key]) => key), objects: entries.map(([, object]) => object) };
    this.#current.set(resource.storage, snapshot);
    return snapshot;
  }

  /** Remembers a snapshot for the next pages of its list. */
  retain(resource: ApiResource, snapshot: Snapshot): void {
    this.#paged.set(`${resource.storage}@${snapshot.version}`, snapshot);
    const [oldest] = this.#paged.keys();
    if (this.#paged.size > snapshotLimit && oldest !== undefined) this.#paged.delete(oldest);
  }

  /** The snapshot that a continue token names; undefined when it expired. */
  retained(resource: ApiResource, version: number): Snapshot | undefined {
    return this.#paged.get(`${resource.storage}@${version}`);
  }

  /** Forgets the past: open continue tokens and old watches answer 410 Expired. */
  compact(): void {
    this.#paged.clear();
    this.#history = [];
    this.#compacted = this.#version;
  }

  /** Changes after a version; throws 410 Expired where they are no longer known. */
  changesSince(resource: ApiResource, version: number): Change[] {
    if (version < this.#compacted) throw tooOldResourceVersion(version, this.#compacted);
    return this.#history.filter((change) => change.storage === resource.storage && change.version > version);
  }

  /** Calls back after every change, until the returned function is called. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #commit(type: ChangeType, resource: ApiResource, object: KubeObject, previous: KubeObject | undefined): void {
    this.#current.delete(resource.storage);
    const change: Change = { type, storage: resource.storage, object, previous, version: this.#version };
    this.#history.push(change);
    if (this.#history.length > historyLimit) {
      const dropped = this.#history.splice(0, historyLimit / 2);
      this.#compacted = dropped.at(-1)?.version ?? this.#compacted;
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** The object as the store would keep it: with the version of the coming write, uid and creation time. */
  #stamped(resource: ApiResource, object: KubeObject): KubeObject {
    const { metadata } = object;
    return {
      ...object,
      metadata: inOrder({
        ...metadata,
        uid: metadata.uid ?? stableUid(resource.storage, keyOf(metadata.namespace, metadata.name)),
        resourceVersion: String(this.#version),
        creationTimestamp: metadata.creationTimestamp ?? rfc3339(this.#now()),
      }),
    };
  }

  create(resource: ApiResource, object: KubeObject): KubeObject {
    const map = this.#map(resource.storage);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    if (map.has(key)) throw alreadyExists(resource, object.metadata.name);
    this.#version += 1;
    const stored = this.#stamped(resource, object);
    map.set(key, stored);
    this.#commit('ADDED', resource, stored, undefined);
    return stored;
  }

  replace(resource: ApiResource, object: KubeObject): KubeObject {
    const map = this.#map(resource.storage);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const previous = map.get(key);
    if (!previous) throw notFound(resource, object.metadata.name);
    this.#version += 1;
    const stored = this.#stamped(resource, object);
    map.set(key, stored);
    this.#commit('MODIFIED', resource, stored, previous);
    return stored;
  }

  delete(resource: ApiResource, namespace: string | undefined, name: string): KubeObject {
    const map = this.#map(resource.storage);
    const previous = map.get(keyOf(namespace, name));
    if (!previous) throw notFound(resource, name);
    this.#version += 1;
    map.delete(keyOf(namespace, name));
    const last = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(this.#version) } };
    this.#commit('DELETED', resource, last, previous);
    return last;
  }

  /**
   * Puts objects of a scenario in as they are; an object that is there already
   * is replaced. Throws on a kind that the server does not know and on a
   * namespace that does not exist: such a cluster could not be.
   */
  load(objects: Iterable<KubeObject>): void {
    const missing = new Set<string>();
    const namespaces = this.registry.find('', 'v1', 'namespaces');
    for (const object of objects) {
      const resource = this.registry.forKind(object.apiVersion, object.kind);
      if (!resource) throw new Error(`the lab's API serves no ${object.kind} of ${object.apiVersion}`);
      const { namespace, name } = object.metadata;
      if (resource.namespaced !== Boolean(namespace)) {
        throw new Error(`${object.kind} ${name}: a namespace is ${resource.namespaced ? 'needed' : 'wrong here'}`);
      }
      if (namespace) missing.add(namespace);
      if (this.get(resource, namespace, name)) this.replace(resource, object);
      else this.create(resource, object);
    }
    for (const name of missing) {
      if (namespaces && !this.get(namespaces, undefined, name)) throw new Error(`namespace ${name} does not exist in the lab`);
    }
  }

  /** The object that apiVersion, kind, namespace and name point at. */
  lookup(apiVersion: string, kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    const resource = this.registry.forKind(apiVersion, kind);
    return resource && this.get(resource, namespace, name);
  }

  /** The resource of an object; throws where it is not served. */
  resourceOf(object: KubeObject): ApiResource {
    const resource = this.registry.forKind(object.apiVersion, object.kind);
    if (!resource) throw new Error(`the lab's API serves no ${object.kind} of ${object.apiVersion}`);
    return resource;
  }

  /** Objects that the given one owns, directly. */
  dependents(uid: string): { resource: ApiResource; object: KubeObject }[] {
    return this.registry.all().flatMap((resource) => {
      if (resource.storage === 'events' && resource.group !== '') return [];
      return this.snapshot(resource).objects.flatMap((object) =>
        object.metadata.ownerReferences?.some((owner) => owner.uid === uid) ? [{ resource, object }] : [],
      );
    });
  }
}

/** kind and apiVersion of the object as this resource shows it. */
export const typeMeta = (resource: ApiResource) => ({ kind: resource.kind, apiVersion: groupVersionOf(resource) });
