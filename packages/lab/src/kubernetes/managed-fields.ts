import { isDict, sameJson } from './access.ts';
import { type FieldSet, fromFieldsV1, leaves, pathSeparator, printPath, toFieldsV1 } from './field-set.ts';
import { strategicPatch } from './patch.ts';
import { applyConflict } from './status.ts';
import type { Dict, KubeObject, ManagedFields } from './types.ts';

export interface Writer {
  readonly manager: string;
  /** RFC 3339. */
  readonly time: string;
  readonly apiVersion: string;
  readonly subresource: string;
}

interface Entry {
  readonly meta: ManagedFields;
  readonly set: Set<string>;
}

const entriesOf = (object: KubeObject | undefined): Entry[] =>
  (object?.metadata.managedFields ?? []).map((meta) => ({ meta, set: fromFieldsV1(meta.fieldsV1) }));

const isEntryOf = ({ meta }: Entry, writer: Writer, operation: ManagedFields['operation']) =>
  meta.manager === writer.manager && meta.operation === operation && (meta.subresource ?? '') === writer.subresource;

const metaOf = (writer: Writer, operation: ManagedFields['operation']): ManagedFields => ({
  manager: writer.manager,
  operation,
  apiVersion: writer.apiVersion,
  time: writer.time,
  fieldsType: 'FieldsV1',
  fieldsV1: {},
  ...(writer.subresource === '' ? {} : { subresource: writer.subresource }),
});

/** Applied entries come first, then updates by time, as the real server sorts them. */
function written(object: KubeObject, entries: readonly Entry[]): KubeObject {
  const managedFields = entries
    .filter(({ set }) => set.size > 0)
    .map(({ meta, set }) => ({ ...meta, fieldsV1: toFieldsV1(set) }))
    .sort(
      (a, b) => a.operation.localeCompare(b.operation) || (a.time ?? '').localeCompare(b.time ?? '') || a.manager.localeCompare(b.manager),
    );
  const metadata = { ...object.metadata };
  if (managedFields.length > 0) metadata.managedFields = managedFields;
  else delete metadata.managedFields;
  return { ...object, metadata };
}

/**
 * Managed fields after a create, update or patch: the writer owns what it added
 * or changed, nobody owns what is gone. The writer's time moves only when it
 * took a field.
 */
export function trackUpdate(previous: KubeObject | undefined, next: KubeObject, writer: Writer): KubeObject {
  const before = leaves(previous ?? {}, { containers: true });
  const after = leaves(next, { containers: true });
  const taken = new Set<string>();
  for (const [path, value] of after) if (before.get(path) !== value) taken.add(path);
  const entries = entriesOf(previous);
  for (const { set } of entries) for (const path of set) if (!after.has(path) || taken.has(path)) set.delete(path);
  if (taken.size > 0) {
    const own = entries.find((entry) => isEntryOf(entry, writer, 'Update'));
    if (own) {
      for (const path of taken) own.set.add(path);
      entries[entries.indexOf(own)] = { meta: { ...own.meta, time: writer.time }, set: own.set };
    } else entries.push({ meta: metaOf(writer, 'Update'), set: taken });
  }
  return written(next, entries);
}

/**
 * Server-side apply: merges the applied fields, drops those that this manager
 * applied before and no longer does, and refuses (409) what others own with
 * another value, unless forced.
 */
export function apply(previous: KubeObject | undefined, applied: KubeObject, writer: Writer, force: boolean): KubeObject {
  const wanted = leaves(applied, { containers: false });
  const live = leaves(previous ?? {}, { containers: true });
  const entries = entriesOf(previous);
  const conflicts = entries.flatMap((entry) =>
    isEntryOf(entry, writer, 'Apply')
      ? []
      : [...entry.set].filter((path) => wanted.has(path) && wanted.get(path) !== live.get(path)).map((path) => ({ entry, path })),
  );
  if (conflicts.length > 0 && !force) {
    throw applyConflict(conflicts.map(({ entry, path }) => ({ manager: describe(entry.meta), field: printPath(path) })));
  }
  for (const { entry, path } of conflicts) entry.set.delete(path);

  const own = entries.find((entry) => isEntryOf(entry, writer, 'Apply'));
  const others = entries.filter((entry) => entry !== own);
  const dropped = [...(own?.set ?? [])].filter((path) => !wanted.has(path) && !others.some(({ set }) => set.has(path)));
  let merged = strategicPatch(previous ?? {}, applied) as KubeObject;
  for (const path of dropped) merged = removePath(merged, path.split(pathSeparator)) as KubeObject;

  const set = new Set(wanted.keys());
  const unchanged = own !== undefined && sameSet(own.set, set) && sameJson(merged, previous);
  const meta = metaOf(writer, 'Apply');
  return written(merged, [...others, { meta: unchanged ? own.meta : meta, set }]);
}

const describe = (meta: ManagedFields) => (meta.operation === 'Apply' ? `"${meta.manager}"` : `"${meta.manager}" using ${meta.apiVersion}`);

const sameSet = (a: FieldSet, b: FieldSet) => a.size === b.size && [...a].every((path) => b.has(path));

/** Without the value at a FieldsV1 path; an emptied map goes with its last key. */
function removePath(value: unknown, path: readonly string[]): unknown {
  const [step = '', ...rest] = path;
  if (step.startsWith('f:') && isDict(value)) {
    const key = step.slice(2);
    const { [key]: child, ...others } = value;
    if (rest.length === 0 || child === undefined) return others;
    const remaining = removePath(child, rest);
    return isDict(remaining) && Object.keys(remaining).length === 0 ? others : { ...value, [key]: remaining };
  }
  if (Array.isArray(value)) {
    const keys = step.startsWith('k:') ? (JSON.parse(step.slice(2)) as Dict) : undefined;
    const literal = step.startsWith('v:') ? (JSON.parse(step.slice(2)) as unknown) : undefined;
    const isMeant = (entry: unknown) =>
      keys ? isDict(entry) && Object.entries(keys).every(([key, wanted]) => (entry[key] ?? 'TCP') === wanted) : entry === literal;
    if (rest.length === 0) return value.filter((entry) => !isMeant(entry));
    return value.map((entry) => (isMeant(entry) ? removePath(entry, rest) : entry));
  }
  return value;
}
