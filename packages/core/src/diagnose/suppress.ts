import type { Config } from '../config/schema.ts';
import type { Resource } from '../model/finding.ts';

export type Suppression = Config['suppressions'][number];

/** Whether a suppression that is in force on `today` (ISO date) covers a finding. */
export function isSuppressed(id: string, resource: Resource, suppressions: readonly Suppression[], today: string): boolean {
  return suppressions.some((entry) => {
    if (entry.until !== undefined && entry.until < today) return false;
    const covers = entry.id === id || (entry.id.endsWith('/*') && id.startsWith(entry.id.slice(0, -1)));
    return covers && (entry.resource === undefined || namesOf(resource).some((name) => glob(entry.resource as string).test(name)));
  });
}

function namesOf(resource: Resource): string[] {
  const names = resource.workload ? [resource.name, resource.workload.name] : [resource.name];
  return resource.namespace ? names.map((name) => `${resource.namespace}/${name}`) : names;
}

function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`);
}
