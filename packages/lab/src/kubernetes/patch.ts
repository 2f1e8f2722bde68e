import { isDict, sameJson } from './access.ts';
import { mergeKeyOf, setLists } from './merge-keys.ts';
import { badRequest, unprocessablePatch } from './status.ts';
import type { Dict } from './types.ts';

/** JSON merge patch (RFC 7386). */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isDict(patch)) return patch;
  const result: Dict = isDict(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

const isDirective = (key: string) =>
  key === '$patch' || key === '$retainKeys' || key.startsWith('$setElementOrder/') || key.startsWith('$deleteFromPrimitiveList/');

/** Strategic merge patch: like a merge patch, but keyed lists are merged entry by entry. */
export function strategicPatch(target: unknown, patch: unknown): unknown {
  if (!isDict(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const result: Dict = isDict(target) ? { ...target } : {};
  if (Array.isArray(patch.$retainKeys)) {
    for (const key of Object.keys(result)) if (!patch.$retainKeys.includes(key)) delete result[key];
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/') && Array.isArray(value)) {
      const field = key.slice('$deleteFromPrimitiveList/'.length);
      const list = result[field];
      if (Array.isArray(list)) result[field] = list.filter((entry) => !value.includes(entry));
    }
    if (isDirective(key)) continue;
    if (value === null) delete result[key];
    else if (isDict(value) && value.$patch === 'delete') delete result[key];
    else if (Array.isArray(value)) result[key] = patchList(key, result[key], value, patch[`$setElementOrder/${key}`]);
    else result[key] = strategicPatch(result[key], value);
  }
  return result;
}

function withoutDirectives(patch: Dict): Dict {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !isDirective(key)));
}

function patchList(field: string, target: unknown, patch: readonly unknown[], order: unknown): unknown[] {
  const existing = Array.isArray(target) ? target : [];
  if (patch.some((entry) => isDict(entry) && entry.$patch === 'replace'))
    return patch.filter((entry) => !(isDict(entry) && '$patch' in entry));
  if (setLists.has(field)) return [...existing, ...patch.filter((entry) => !existing.includes(entry))];
  const key = mergeKeyOf(
    field,
    [...existing, ...patch].filter((entry) => !(isDict(entry) && Object.keys(entry).every(isDirective))),
  );
  if (key === undefined) return [...patch];
  const result = [...existing];
  for (const entry of patch) {
    if (!isDict(entry)) continue;
    const index = result.findIndex((candidate) => isDict(candidate) && candidate[key] === entry[key]);
    if (entry.$patch === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicPatch(result[index], entry);
    else result.push(strategicPatch({}, entry));
  }
  return ordered(result, key, order);
}

/** `$setElementOrder`: the named entries in that order, the others where they were, after them. */
function ordered(list: unknown[], key: string, order: unknown): unknown[] {
  if (!Array.isArray(order)) return list;
  const rank = new Map(order.filter(isDict).map((entry, index) => [entry[key], index]));
  const rankOf = (entry: unknown) => (isDict(entry) ? (rank.get(entry[key]) ?? rank.size) : rank.size);
  return list.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** Steps of a JSON pointer (RFC 6901). */
function steps(pointer: unknown): string[] {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/'))) throw unprocessablePatch();
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, path: readonly string[]): unknown {
  let here = document;
  for (const step of path) {
    if (Array.isArray(here) && /^\d+$/.test(step) && Number(step) < here.length) here = here[Number(step)];
    else if (isDict(here) && Object.hasOwn(here, step)) here = here[step];
    else throw unprocessablePatch();
  }
  return here;
}

function change(document: unknown, path: readonly string[], edit: (parent: Dict | unknown[], step: string) => void): void {
  const parent = read(document, path.slice(0, -1));
  const step = path.at(-1);
  if (step === undefined || !(isDict(parent) || Array.isArray(parent))) throw unprocessablePatch();
  edit(parent, step);
}

function add(document: unknown, path: readonly string[], value: unknown): void {
  change(document, path, (parent, step) => {
    if (!Array.isArray(parent)) parent[step] = value;
    else if (step === '-') parent.push(value);
    else if (/^\d+$/.test(step) && Number(step) <= parent.length) parent.splice(Number(step), 0, value);
    else throw unprocessablePatch();
  });
}

function remove(document: unknown, path: readonly string[]): void {
  read(document, path);
  change(document, path, (parent, step) => {
    if (Array.isArray(parent)) parent.splice(Number(step), 1);
    else delete parent[step];
  });
}

/** JSON patch (RFC 6902). An operation that cannot be carried out is a 422 Status. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const document = structuredClone(target);
  for (const operation of operations.filter(isDict)) {
    const path = steps(operation.path);
    switch (operation.op) {
      case 'add':
        add(document, path, structuredClone(operation.value));
        break;
      case 'remove':
        remove(document, path);
        break;
      case 'replace':
        read(document, path);
        change(document, path, (parent, step) => {
          if (Array.isArray(parent)) parent[Number(step)] = operation.value;
          else parent[step] = operation.value;
        });
        break;
      case 'test':
        if (!sameJson(read(document, path), operation.value)) throw unprocessablePatch();
        break;
      case 'copy':
        add(document, path, structuredClone(read(document, steps(operation.from))));
        break;
      case 'move': {
        const value = read(document, steps(operation.from));
        remove(document, steps(operation.from));
        add(document, path, value);
        break;
      }
      default:
        throw unprocessablePatch();
    }
  }
  return document;
}
