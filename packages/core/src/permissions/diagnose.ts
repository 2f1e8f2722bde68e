import { kubernetesKeys, type Resource, resources } from '../evidence/kubernetes/resources.ts';
import type { MissingPermission } from '../model/evidence.ts';
import type { EvidenceKey } from '../model/evidence-map.ts';
import { uniqueGrants } from './manifests.ts';

/**
 * The permissions that reading these pieces of evidence takes, sorted, each
 * once. With `namespaces`, what is namespaced is needed in those only.
 */
export function permissionsFor(keys: Iterable<EvidenceKey>, namespaces: readonly string[] = []): readonly MissingPermission[] {
  const wanted = new Set(keys);
  const needed = kubernetesKeys.filter((key) => wanted.has(key)).flatMap((key): readonly Resource[] => resources[key]);
  return uniqueGrants(
    needed.flatMap((resource): MissingPermission[] => {
      const permission = { verb: 'list', group: resource.group, resource: resource.name };
      if (!resource.namespaced || namespaces.length === 0) return [permission];
      const where = resource.alsoIn === undefined ? namespaces : [...namespaces, resource.alsoIn];
      return where.map((namespace) => ({ ...permission, namespace }));
    }),
  );
}
