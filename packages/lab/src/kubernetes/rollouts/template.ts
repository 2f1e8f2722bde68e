import { createHash } from 'node:crypto';
import { at, isDict, sameJson, stringMap } from '../access.ts';
import type { Dict, KubeObject } from '../types.ts';

/** The pod template of a workload; undefined where it has none. */
export function templateOf(workload: KubeObject): Dict | undefined {
  const template = at(workload.spec, 'template');
  return isDict(template) ? template : undefined;
}

export function labelsOf(template: Dict): Record<string, string> {
  return stringMap(template, 'metadata', 'labels');
}

/** The label that a Deployment's controller adds to the templates of its ReplicaSets. */
const hashLabel = 'pod-template-hash';

/** Whether a ReplicaSet was made from a template. */
export function isOfTemplate(set: KubeObject, template: Dict): boolean {
  const own = templateOf(set);
  return own !== undefined && sameJson(plain(withoutHash(own)), plain(template));
}

/** Ten digits that are the same for the same template. */
export function hashOf(template: Dict): string {
  return createHash('sha256')
    .update(JSON.stringify(plain(template)))
    .digest('hex')
    .slice(0, 10);
}

function withoutHash(template: Dict): Dict {
  const { [hashLabel]: _, ...labels } = labelsOf(template);
  return { ...template, metadata: { ...(isDict(template.metadata) ? template.metadata : {}), labels } };
}

/** With sorted keys. An empty map and an absent one are one: so it is after the real server has stored it. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isDict(value)) return value;
  const entries = Object.entries(value).map(([key, child]): [string, unknown] => [key, plain(child)]);
  return Object.fromEntries(entries.filter(([, child]) => JSON.stringify(child) !== '{}').sort(([a], [b]) => (a < b ? -1 : 1)));
}
