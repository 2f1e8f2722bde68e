import { isDict, sameJson } from './access.ts';
import { stableSuffix, stableUid } from './identity.ts';
import { apply, trackUpdate, type Writer } from './managed-fields.ts';
import { jsonPatch, mergePatch, strategicPatch } from './patch.ts';
import { type ApiResource, groupVersionOf } from './resources.ts';
import { badRequest, conflict, invalid, notFound, preconditionFailed, unsupportedMediaType } from './status.ts';
import type { ObjectStore } from './store.ts';
import { type Dict, type KubeObject, type ObjectMeta, rfc3339 } from './types.ts';
import { checkDataKeys, checkImmutable, checkName } from './validate.ts';

/** Where a write goes and who makes it. */
export interface WriteRequest {
  readonly resource: ApiResource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  /** `fieldManager`, else the first word of the User-Agent. */
  readonly manager: string;
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** The body as an object of this resource: kind and namespace fit the path. */
function accepted(request: WriteRequest, body: unknown): KubeObject {
  const { resource, namespace } = request;
  if (!isDict(body)) throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind`);
  const { apiVersion = groupVersionOf(resource), kind = resource.kind, metadata: sent, ...rest } = body;
  if (kind !== resource.kind || apiVersion !== groupVersionOf(resource)) {
    throw badRequest(`${String(kind)} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${resource.kind}`);
  }
  const given = (isDict(sent) ? sent : {}) as Partial<ObjectMeta>;
  if (given.namespace !== undefined && given.namespace !== '' && given.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const metadata: ObjectMeta = { ...given, name: given.name ?? '', ...(namespace === '' ? {} : { namespace }) };
  return defaulted(resource, { apiVersion, kind, metadata, ...rest });
}

/** The defaults and conversions that clients of the lab rely on; not the real server's hundreds. */
function defaulted(resource: ApiResource, object: KubeObject): KubeObject {
  if (resource.storage === 'secrets') {
    const { stringData, ...rest } = object;
    if (!isDict(stringData)) return { ...rest, type: rest.type ?? 'Opaque' } as KubeObject;
    const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]);
    return {
      ...rest,
      data: { ...(isDict(rest.data) ? rest.data : {}), ...Object.fromEntries(encoded) },
      type: rest.type ?? 'Opaque',
    } as KubeObject;
  }
  if (resource.storage === 'namespaces') {
    const name = object.metadata.name;
    return {
      ...object,
      metadata: { ...object.metadata, labels: { 'kubernetes.io/metadata.name': name, ...object.metadata.labels } },
      spec: object.spec ?? { finalizers: ['kubernetes'] },
      status: object.status ?? { phase: 'Active' },
    };
  }
  return object;
}

function writerOf(store: ObjectStore, request: WriteRequest): Writer {
  return {
    manager: request.manager,
    time: rfc3339(store.now()),
    apiVersion: groupVersionOf(request.resource),
    subresource: request.subresource,
  };
}

const withSpec = (resource: ApiResource) =>
  !['namespaces', 'secrets', 'configmaps', 'events', 'serviceaccounts', 'endpoints'].includes(resource.storage);

function needsNamespace(store: ObjectStore, request: WriteRequest): void {
  const namespaces = store.registry.find('', 'v1', 'namespaces');
  if (request.namespace !== '' && namespaces && !store.get(namespaces, undefined, request.namespace)) {
    throw notFound(namespaces, request.namespace);
  }
}

/** POST: names, namespaces and bookkeeping, then the store. */
export function create(store: ObjectStore, request: WriteRequest, body: unknown): KubeObject {
  return insert(store, request, accepted(request, body), (object) => trackUpdate(undefined, object, writerOf(store, request)));
}

function insert(store: ObjectStore, request: WriteRequest, object: KubeObject, track: (object: KubeObject) => KubeObject): KubeObject {
  const { resource } = request;
  const { generateName } = object.metadata;
  const name =
    object.metadata.name || (generateName ? generateName + stableSuffix(5, resource.storage, generateName, String(store.version)) : '');
  if (name === '') {
    const message = 'Required value: name or generateName is required';
    throw invalid(resource.kind, resource.group, '', { reason: 'FieldValueRequired', field: 'metadata.name', message });
  }
  needsNamespace(store, request);
  checkName(resource, name);
  checkDataKeys(resource, name, object);
  const { resourceVersion: _, uid: __, creationTimestamp: ___, ...given } = object.metadata;
  const metadata: ObjectMeta = {
    ...given,
    name,
    // Not only the name: an object that is deleted and created anew has another uid.
    uid: stableUid(resource.storage, request.namespace, name, String(store.version)),
    creationTimestamp: rfc3339(store.now()),
    ...(withSpec(resource) && isDict(object.spec) ? { generation: 1 } : {}),
  };
  const stored = track({ ...object, metadata });
  if (!request.dryRun) return store.create(resource, stored);
  const existing = store.get(resource, request.namespace || undefined, name);
  return existing ? store.create(resource, stored) : stored;
}

/** The live object, or 404. */
export function existing(store: ObjectStore, request: WriteRequest): KubeObject {
  const live = store.get(request.resource, request.namespace || undefined, request.name);
  if (!live) throw notFound(request.resource, request.name);
  return live;
}

function checkSameName(request: WriteRequest, { metadata }: KubeObject): void {
  if (metadata.name !== request.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${request.name})`);
  }
}

/** PUT of the object or of its status. */
export function update(store: ObjectStore, request: WriteRequest, body: unknown): KubeObject {
  const next = accepted(request, body);
  checkSameName(request, next);
  return commit(store, request, existing(store, request), next, 'update');
}

function commit(store: ObjectStore, request: WriteRequest, live: KubeObject, proposed: KubeObject, how: 'update' | 'apply'): KubeObject {
  const { resource, subresource } = request;
  checkSameName(request, proposed);
  checkDataKeys(resource, request.name, proposed);
  checkImmutable(resource, live, proposed);
  const wanted = proposed.metadata.resourceVersion;
  if (wanted !== undefined && wanted !== '' && wanted !== live.metadata.resourceVersion) throw conflict(resource, request.name);
  // A write to /status touches the status alone; a write to the object leaves the status as it is.
  const split = resource.subresources.includes('status');
  const chosen: KubeObject =
    subresource === 'status'
      ? { ...live, metadata: { ...live.metadata, managedFields: proposed.metadata.managedFields ?? [] }, status: proposed.status }
      : split
        ? { ...proposed, status: live.status }
        : proposed;
  const specChanged = !sameJson(chosen.spec, live.spec);
  const { uid, creationTimestamp, generation, deletionTimestamp } = live.metadata;
  const metadata: ObjectMeta = {
    ...chosen.metadata,
    name: live.metadata.name,
    uid,
    resourceVersion: live.metadata.resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation: generation + (specChanged ? 1 : 0) }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  } as ObjectMeta;
  const bare = { ...chosen, metadata };
  const tracked = how === 'apply' ? bare : trackUpdate(live, bare, writerOf(store, request));
  // A write that changes nothing is none: version and time stay.
  if (sameJson(tracked, live)) return live;
  if (request.dryRun) return tracked;
  const stored = store.replace(resource, tracked);
  const gone = stored.metadata.deletionTimestamp !== undefined && !stored.metadata.finalizers?.length;
  return gone ? store.delete(resource, stored.metadata.namespace, stored.metadata.name) : stored;
}

/** PATCH in the four formats; `created` tells 201 from 200. */
export function patch(
  store: ObjectStore,
  request: WriteRequest,
  contentType: string,
  body: unknown,
): { object: KubeObject; created: boolean } {
  if (contentType === 'application/apply-patch+yaml') return applyPatch(store, request, body);
  const live = existing(store, request);
  const patched = patchedBy(contentType, request, live, body);
  return { object: commit(store, request, live, accepted(request, patched), 'update'), created: false };
}

function patchedBy(contentType: string, request: WriteRequest, live: KubeObject, body: unknown): unknown {
  switch (contentType) {
    case 'application/json-patch+json':
      return jsonPatch(live, body);
    case 'application/merge-patch+json':
      return mergePatch(live, body);
    case 'application/strategic-merge-patch+json':
      if (request.resource.custom) throw unsupportedMediaType();
      return strategicPatch(live, body);
    default:
      throw unsupportedMediaType();
  }
}

function applyPatch(store: ObjectStore, request: WriteRequest, body: unknown): { object: KubeObject; created: boolean } {
  if (request.manager === '') {
    const message = 'Required value: is required for apply patch';
    throw invalid('PatchOptions', 'meta.k8s.io', '', { reason: 'FieldValueRequired', field: 'fieldManager', message });
  }
  if (!isDict(body) || typeof body.kind !== 'string' || typeof body.apiVersion !== 'string')
    throw badRequest('invalid object type: /, Kind=');
  const applied = accepted(request, body);
  checkSameName(request, applied);
  const { resource, namespace, name } = request;
  const live = store.get(resource, namespace || undefined, name);
  const writer = writerOf(store, request);
  // Only what the client sent is owned; a default such as a secret's type is not.
  const wanted = !('type' in body) && resource.storage === 'secrets' ? withoutType(applied) : applied;
  if (!live) {
    const { metadata } = apply(undefined, wanted, writer, request.force);
    return {
      object: insert(store, request, applied, (object) => ({ ...object, metadata: { ...object.metadata, ...managedOf(metadata) } })),
      created: true,
    };
  }
  return { object: commit(store, request, live, apply(live, wanted, writer, request.force), 'apply'), created: false };
}

const withoutType = ({ type: _, ...rest }: KubeObject): KubeObject => rest as KubeObject;

const managedOf = (metadata: ObjectMeta): Partial<ObjectMeta> => (metadata.managedFields ? { managedFields: metadata.managedFields } : {});

/** What DELETE found and did. */
export interface Deletion {
  readonly object: KubeObject;
  /** The object is still there, waiting for its finalizers. */
  readonly pending: boolean;
}

/**
 * DELETE with preconditions, finalizers and the garbage collection of what the
 * object owned. There is no kubelet: a pod is gone at once.
 */
export function remove(store: ObjectStore, request: WriteRequest, options: Dict): Deletion {
  const { resource } = request;
  const live = existing(store, request);
  const preconditions = isDict(options.preconditions) ? options.preconditions : {};
  const { uid = '', resourceVersion = '', name, namespace } = live.metadata;
  if (typeof preconditions.uid === 'string' && preconditions.uid !== uid)
    throw preconditionFailed(resource.kind, name, 'UID', preconditions.uid, uid);
  if (typeof preconditions.resourceVersion === 'string' && preconditions.resourceVersion !== resourceVersion) {
    throw preconditionFailed(resource.kind, name, 'ResourceVersion', preconditions.resourceVersion, resourceVersion);
  }
  if (request.dryRun) return { object: live, pending: false };
  if (live.metadata.finalizers?.length) {
    if (live.metadata.deletionTimestamp !== undefined) return { object: live, pending: true };
    const metadata = { ...live.metadata, deletionTimestamp: rfc3339(store.now()), deletionGracePeriodSeconds: 0 };
    return { object: store.replace(resource, { ...live, metadata }), pending: true };
  }
  const object = store.delete(resource, namespace, name);
  if (resource.storage === 'namespaces') {
    emptyNamespace(store, name);
    // Its answer is the last thing seen of it.
    const metadata = { ...object.metadata, deletionTimestamp: rfc3339(store.now()) };
    return { object: { ...object, metadata, status: { phase: 'Terminating' } }, pending: false };
  }
  if (options.propagationPolicy !== 'Orphan') collectGarbage(store, uid);
  return { object, pending: false };
}

function collectGarbage(store: ObjectStore, owner: string): void {
  for (const { resource, object } of store.dependents(owner)) {
    const { namespace, name, uid = '', ownerReferences = [] } = object.metadata;
    // Another owner keeps it.
    if (ownerReferences.some((reference) => reference.uid !== owner) || !store.get(resource, namespace, name)) continue;
    store.delete(resource, namespace, name);
    collectGarbage(store, uid);
  }
}

function emptyNamespace(store: ObjectStore, namespace: string): void {
  for (const resource of store.registry.all().filter((candidate) => candidate.namespaced)) {
    for (const { metadata } of store.snapshot(resource).objects) {
      if (metadata.namespace === namespace && store.get(resource, namespace, metadata.name))
        store.delete(resource, namespace, metadata.name);
    }
  }
}
