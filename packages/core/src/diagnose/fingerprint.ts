import { createHash } from 'node:crypto';
import type { Resource } from '../model/finding.ts';

/**
 * The same trouble in the next run has the same fingerprint: a pod is named by
 * its workload, because its own name changes when it restarts; numbers and
 * times take no part.
 */
export function fingerprint(id: string, resource: Resource, key = ''): string {
  const subject = resource.workload ?? { kind: resource.kind, name: resource.name };
  const parts = [id, resource.context ?? '', resource.namespace ?? '', subject.kind, subject.name, resource.container ?? '', key];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
