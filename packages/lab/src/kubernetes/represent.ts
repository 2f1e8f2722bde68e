import { at } from './access.ts';
import type { ListPage } from './list.ts';
import type { IncludeObject, Representation } from './negotiate.ts';
import { printerOf } from './printers/index.ts';
import { type ApiResource, groupVersionOf } from './resources.ts';
import { notAcceptable } from './status.ts';
import { typeMeta } from './store.ts';
import type { Dict, KubeObject } from './types.ts';

const metaV1 = 'meta.k8s.io/v1';

/** events.k8s.io/v1 is the same event with other names. */
function asNewEvent(event: KubeObject): KubeObject {
  const { kind, apiVersion, metadata, involvedObject, message, count, firstTimestamp, lastTimestamp, source, ...rest } = event;
  const { reportingComponent, reportingInstance, eventTime, ...others } = rest;
  const set = (name: string, value: unknown) => (value === undefined || value === '' ? {} : { [name]: value });
  return {
    kind,
    apiVersion,
    metadata,
    eventTime: eventTime ?? null,
    ...others,
    ...set('reportingController', reportingComponent),
    ...set('reportingInstance', reportingInstance),
    regarding: involvedObject,
    note: message,
    deprecatedSource: source ?? {},
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    ...set('deprecatedCount', count),
  };
}

/** The object alone, kind and apiVersion first. */
export function fullObject(resource: ApiResource, object: KubeObject): Dict {
  const { kind: _, apiVersion: __, ...rest } = resource.group === 'events.k8s.io' ? asNewEvent(object) : object;
  return { ...typeMeta(resource), ...rest };
}

/** The object as an item of a list: built-in kinds leave kind and apiVersion to the list. */
function listItem(resource: ApiResource, object: KubeObject): Dict {
  const { kind: _, apiVersion: __, ...rest } = resource.group === 'events.k8s.io' ? asNewEvent(object) : object;
  return rest;
}

const partial = (object: KubeObject): Dict => ({ kind: 'PartialObjectMetadata', apiVersion: metaV1, metadata: object.metadata });

function table(
  resource: ApiResource,
  objects: readonly KubeObject[],
  metadata: object,
  include: IncludeObject,
  now: number,
  withColumns = true,
): Dict {
  const printer = printerOf(resource);
  const shown = (object: KubeObject) => (include === 'None' ? null : include === 'Object' ? fullObject(resource, object) : partial(object));
  return {
    kind: 'Table',
    apiVersion: metaV1,
    metadata,
    columnDefinitions: withColumns ? printer.columns : null,
    rows: objects.map((object) => ({ cells: printer.row(object, now), object: shown(object) })),
  };
}

/** A list in the shape that the client asked for. */
export function representList(resource: ApiResource, page: ListPage, shape: Representation, include: IncludeObject, now: number): Dict {
  switch (shape.as) {
    case 'Table':
      return table(resource, page.objects, page.metadata, include, now);
    case 'PartialObjectMetadataList':
      // An empty list of metadata has null for its items: so does the real server.
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: metaV1,
        metadata: page.metadata,
        items: page.objects.length === 0 ? null : page.objects.map(partial),
      };
    case 'PartialObjectMetadata':
      throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*${goType(resource)}List)`);
    default:
      if (resource.custom) return customList(resource, page);
      return {
        kind: `${resource.kind}List`,
        apiVersion: groupVersionOf(resource),
        metadata: page.metadata,
        items: page.objects.map((object) => listItem(resource, object)),
      };
  }
}

/** Custom resources are written from maps: keys in order, and a continue token that is empty rather than missing. */
function customList(resource: ApiResource, page: ListPage): Dict {
  return {
    apiVersion: groupVersionOf(resource),
    items: page.objects.map((object) => fullObject(resource, object)),
    kind: `${resource.kind}List`,
    metadata: { continue: '', ...page.metadata },
  };
}

/** One object in the shape that the client asked for. */
export function representObject(
  resource: ApiResource,
  object: KubeObject,
  shape: Representation,
  include: IncludeObject,
  now: number,
): Dict {
  switch (shape.as) {
    case 'Table':
      return table(resource, [object], versionOf(object), include, now);
    case 'PartialObjectMetadata':
      return partial(object);
    case 'PartialObjectMetadataList':
      throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*${goType(resource)})`);
    default:
      return fullObject(resource, object);
  }
}

const goType = (resource: ApiResource) =>
  resource.custom
    ? 'unstructured.Unstructured'
    : `${resource.group === '' ? 'core' : (resource.group.split('.')[0] ?? '')}.${resource.kind}`;

const versionOf = (object: KubeObject) => ({ resourceVersion: object.metadata.resourceVersion ?? '' });

/** The object of a watch event. Only the first table of a watch names its columns. */
export function representWatched(
  resource: ApiResource,
  object: KubeObject,
  shape: Representation,
  include: IncludeObject,
  now: number,
  first: boolean,
): Dict {
  if (shape.as === 'Table') return table(resource, [object], versionOf(object), include, now, first);
  if (shape.as === 'PartialObjectMetadata' || shape.as === 'PartialObjectMetadataList') return partial(object);
  return fullObject(resource, object);
}

/** A bookmark: an object of the watched kind with nothing but a version. */
export function representBookmark(resource: ApiResource, version: number, shape: Representation, initialEventsEnd: boolean): Dict {
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion: String(version), ...annotations };
  if (shape.as === 'Table') {
    const row = {
      cells: printerOf(resource).columns.map(() => ''),
      object: { kind: 'PartialObjectMetadata', apiVersion: metaV1, metadata },
    };
    return { kind: 'Table', apiVersion: metaV1, metadata: { resourceVersion: String(version) }, columnDefinitions: null, rows: [row] };
  }
  if (shape.as !== 'object') return { kind: 'PartialObjectMetadata', apiVersion: metaV1, metadata };
  return { ...typeMeta(resource), metadata };
}

/** autoscaling/v1 Scale of a Deployment, ReplicaSet or StatefulSet. */
export function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = Object.entries((at(object, 'spec', 'selector', 'matchLabels') ?? {}) as Record<string, string>);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    spec: { replicas: at(object, 'spec', 'replicas') ?? 1 },
    status: { replicas: at(object, 'status', 'replicas') ?? 0, selector: selector.map(([key, value]) => `${key}=${value}`).join(',') },
  };
}
