import { isDict } from './access.ts';
import { mergeKeyOf, setLists } from './merge-keys.ts';
import type { Dict } from './types.ts';

/** Paths of FieldsV1 (`f:spec`, `k:{"name":"c"}`), each joined into one string by NUL. */
export type FieldSet = ReadonlySet<string>;

const separator = '\0';

/** Metadata that the server owns: nobody manages it. */
const serverOwned = new Set([
  'name',
  'namespace',
  'uid',
  'selfLink',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
]);

/** Fields that are maps and not structs: creating one is itself a change. */
const maps = new Set([
  'labels',
  'annotations',
  'data',
  'binaryData',
  'matchLabels',
  'nodeSelector',
  'limits',
  'requests',
  'hard',
  'used',
  'capacity',
  'allocatable',
]);

/** Fields that are owned as a whole. */
const atomic = new Set(['selector', 'nodeSelector', 'podSelector', 'namespaceSelector']);

/** Lists by key and optional structs whose appearance is itself a change. */
const marked = new Set([
  'ports',
  'env',
  'volumeMounts',
  'volumes',
  'rollingUpdate',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'httpGet',
]);

/** Every leaf of an object with its value in JSON; `.` entries of maps and keyed list entries where asked for. */
export function leaves(object: unknown, options: { readonly containers: boolean }): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: unknown, field: string, path: readonly string[]): void => {
    const here = path.join(separator);
    if (isDict(value) && Object.keys(value).length > 0 && !atomic.has(field)) {
      if (options.containers && (maps.has(field) || marked.has(field))) found.set(here, '{}');
      for (const [key, child] of Object.entries(value)) {
        if (child === undefined || child === null) continue;
        if (path.length === 0 && (key === 'apiVersion' || key === 'kind')) continue;
        if (path.length === 1 && path[0] === 'f:metadata' && serverOwned.has(key)) continue;
        visit(child, key, [...path, `f:${key}`]);
      }
      return;
    }
    if (Array.isArray(value) && value.length > 0) {
      const key = mergeKeyOf(field, value);
      if (key !== undefined) {
        if (options.containers && marked.has(field)) found.set(here, '{}');
        for (const entry of value as Dict[]) {
          // Container ports are keyed by protocol too.
          const keys =
            key === 'containerPort' || key === 'port' ? { [key]: entry[key], protocol: entry.protocol ?? 'TCP' } : { [key]: entry[key] };
          const entryPath = [...path, `k:${JSON.stringify(keys)}`];
          found.set(entryPath.join(separator), '{}');
          visit(entry, '', entryPath);
        }
        return;
      }
      if (setLists.has(field)) {
        if (options.containers) found.set(here, '{}');
        for (const entry of value) found.set([...path, `v:${JSON.stringify(entry)}`].join(separator), JSON.stringify(entry));
        return;
      }
    }
    if (path.length > 0 && !(path.length === 1 && path[0] === 'f:metadata')) found.set(here, JSON.stringify(value));
  };
  visit(object, '', []);
  return found;
}

/** FieldsV1 of a set. */
export function toFieldsV1(set: FieldSet): Dict {
  const root: Dict = {};
  for (const path of [...set].sort()) {
    let node = root;
    for (const step of path.split(separator)) {
      node[step] ??= {};
      node = node[step] as Dict;
    }
    // A member with members below it is marked by a dot; leaves need none.
    node['.'] = {};
  }
  const prune = (node: Dict): Dict => {
    const keys = Object.keys(node);
    if (keys.length === 1 && keys[0] === '.') return {};
    return Object.fromEntries(keys.sort().map((key) => [key, prune(node[key] as Dict)]));
  };
  return prune(root);
}

/** The set that a FieldsV1 describes. */
export function fromFieldsV1(fields: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (node: Dict, path: readonly string[]): void => {
    const keys = Object.keys(node);
    if ((keys.length === 0 || keys.includes('.')) && path.length > 0) found.add(path.join(separator));
    for (const key of keys) if (key !== '.') visit(isDict(node[key]) ? node[key] : {}, [...path, key]);
  };
  if (isDict(fields)) visit(fields, []);
  return found;
}

/** A path as conflict messages print it: `.data.z`, `.spec.containers[name="c"].image`. */
export function printPath(path: string): string {
  return path
    .split(separator)
    .map((step) => {
      if (step.startsWith('f:')) return `.${step.slice(2)}`;
      if (step.startsWith('v:')) return `[=${step.slice(2)}]`;
      const keys = Object.entries(JSON.parse(step.slice(2)) as Dict);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

export { separator as pathSeparator };
