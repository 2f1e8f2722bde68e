import { z } from 'zod';
import type { Pod, Quantities } from '../../model/kubernetes.ts';
import type { CheckContext, CheckOutcome, FindingDraft } from '../check.ts';
import { bySeverity } from './group.ts';
import { newestPods } from './pods.ts';
import { lastingContainers, templateFinding } from './template.ts';

const resourceNames = z.array(z.enum(['cpu', 'memory']));
type ResourceNames = z.infer<typeof resourceNames>;

export interface MissingSettings {
  readonly warn: ResourceNames;
  readonly info: ResourceNames;
}

/** Which missing resources weigh how much. */
export function missingSettings(what: string, warn: ResourceNames, info: ResourceNames) {
  return z.strictObject({
    warn: resourceNames.default(warn).describe(`resources whose missing ${what} is a warning: cpu, memory`),
    info: resourceNames.default(info).describe(`resources whose missing ${what} is only mentioned: cpu, memory`),
  });
}

/** Workloads with a container that lacks a request or limit; pods as admitted, so LimitRange defaults count. */
export function missingResources(
  what: 'requests' | 'limits',
  pods: readonly Pod[],
  settings: MissingSettings,
  context: CheckContext,
): CheckOutcome {
  const newest = newestPods(pods);
  const findings = newest.flatMap((pod): FindingDraft[] => {
    const missing = lastingContainers(pod).map((container) => ({
      name: container.name,
      names: lacking([container[what], pod.resources?.[what]], settings),
    }));
    const names = new Set(missing.flatMap((entry) => entry.names));
    if (names.size === 0) return [];
    return [
      templateFinding(pod, context, {
        severity: settings.warn.some((name) => names.has(name)) ? 'warning' : 'info',
        seen: `no ${[...names].sort().map(label).join(' and ')} ${what}`,
        expected: `${what} set on every container`,
        lines: missing.filter((entry) => entry.names.length > 0).map((entry) => `${entry.name}: ${entry.names.map(label).join(', ')}`),
      }),
    ];
  });
  return { findings: findings.sort(bySeverity), examined: { count: newest.length, noun: 'workload' } };
}

/** A limit or request of the whole pod does for its containers too. */
function lacking(given: readonly (Quantities | undefined)[], { warn, info }: MissingSettings): ('cpu' | 'memory')[] {
  return (['cpu', 'memory'] as const).filter(
    (name) => (warn.includes(name) || info.includes(name)) && !given.some((quantities) => quantities?.[name]),
  );
}

function label(name: 'cpu' | 'memory'): string {
  return name === 'cpu' ? 'CPU' : 'memory';
}
