import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { ApiResource } from './resources.ts';
import { ApiError, badRequest, continueExpired, tooLargeResourceVersion } from './status.ts';
import type { ObjectStore, Snapshot } from './store.ts';
import type { KubeObject } from './types.ts';

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

export interface ListPage {
  readonly metadata: ListMeta;
  readonly objects: readonly KubeObject[];
}

export type Filter = (object: KubeObject) => boolean;

/** Both selectors of a list or watch in one predicate; undefined where there are none. */
export function selectorsOf(resource: ApiResource, query: URLSearchParams): Filter | undefined {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  const byLabel = labels === '' ? undefined : parseLabelSelector(labels);
  const byField = fields === '' ? undefined : parseFieldSelector(resource, fields);
  if (!byLabel && !byField) return undefined;
  return (object) => (byLabel?.(object.metadata.labels ?? {}) ?? true) && (byField?.matches(object) ?? true);
}

/** Parses an integer query parameter as Go does. */
function integer(query: URLSearchParams, name: string): number {
  const raw = query.get(name) ?? '';
  if (raw === '') return 0;
  if (!/^[+-]?\d+$/.test(raw)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(raw)}: invalid syntax`);
  return Number(raw);
}

/** `resourceVersion` of a list or watch; 0 where unset. */
export function resourceVersionOf(query: URLSearchParams): number {
  const raw = query.get('resourceVersion') ?? '';
  if (raw === '') return 0;
  if (!/^\d+$/.test(raw)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(raw)}: strconv.ParseUint: parsing ${JSON.stringify(raw)}: invalid syntax`,
    );
  }
  return Number(raw);
}

interface Position {
  /** -1: any version will do (an inconsistent continuation). */
  readonly version: number;
  /** The first key of the page, relative to the list's prefix. */
  readonly start: string;
}

function encode({ version, start }: Position): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start })).toString('base64url');
}

function decode(token: string): Position {
  let parsed: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString()) as typeof parsed;
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${(error as Error).message}`);
  }
  const { v, rv, start } = parsed ?? {};
  if (v !== 'meta.k8s.io/v1' || typeof rv !== 'number' || rv === 0 || typeof start !== 'string' || start === '') {
    throw badRequest('invalid continue token: continue key is not valid: incorrect encoded start resourceVersion or key');
  }
  return { version: rv, start };
}

/** The index of the first key that is not below the wanted one. */
function lowerBound(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * One page of a list: namespace, selectors, `limit` and `continue` as the real
 * server has them. Pages of one list all come from the snapshot of the first;
 * a token whose snapshot is forgotten is 410 Expired with a token that goes on
 * inconsistently.
 */
export function list(store: ObjectStore, resource: ApiResource, namespace: string, query: URLSearchParams): ListPage {
  const limit = integer(query, 'limit');
  const matches = selectorsOf(resource, query);
  const token = query.get('continue') ?? '';
  const prefix = namespace === '' ? '' : `${namespace}/`;
  const position = token === '' ? undefined : decode(token);
  const snapshot = choose(store, resource, query, position);

  const { keys, objects } = snapshot;
  let index = lowerBound(keys, position ? prefix + position.start.replace(/^\//, '') : prefix);
  const end = prefix === '' ? keys.length : lowerBound(keys, `${namespace}0`);
  const page: KubeObject[] = [];
  for (; index < end && (limit <= 0 || page.length < limit); index += 1) {
    const object = objects[index];
    if (object && (!matches || matches(object))) page.push(object);
  }

  const metadata: ListMeta = { resourceVersion: String(snapshot.version) };
  if (index < end) {
    store.retain(resource, snapshot);
    // The key after the last one read; the NUL is the smallest successor, as in etcd's ranges.
    metadata.continue = encode({ version: snapshot.version, start: `/${(keys[index - 1] ?? '').slice(prefix.length)}\0` });
    if (!matches) metadata.remainingItemCount = end - index;
  }
  return { metadata, objects: page };
}

function choose(store: ObjectStore, resource: ApiResource, query: URLSearchParams, position: Position | undefined): Snapshot {
  const asked = resourceVersionOf(query);
  if (position) {
    if (asked > 0) throw badRequest('specifying resource version is not allowed when using continue');
    if (position.version < 0) return store.snapshot(resource);
    const retained = store.retained(resource, position.version);
    if (retained) return retained;
    throw continueExpired(encode({ version: -1, start: position.start.replace(/^\//, '') }));
  }
  if (asked > store.version) throw tooLargeResourceVersion(asked, store.version);
  const current = store.snapshot(resource);
  if (query.get('resourceVersionMatch') === 'Exact' && asked !== current.version) {
    const retained = store.retained(resource, asked);
    if (!retained) throw new ApiError(410, 'Expired', 'The resourceVersion for the provided list is too old.');
    return retained;
  }
  return current;
}
