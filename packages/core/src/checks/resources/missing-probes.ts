import { z } from 'zod';
import type { Evidence } from '../../model/evidence.ts';
import type { Pod, Service } from '../../model/kubernetes.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { bySeverity } from './group.ts';
import { newestPods } from './pods.ts';
import { selects } from './selector.ts';
import { templateFinding } from './template.ts';

export const missingProbes = defineCheck({
  meta: {
    id: 'resources/missing-probes',
    category: 'resources',
    title: 'probes',
    why: 'Without a readiness probe a Service sends requests to a container that cannot answer yet; without a liveness probe a hung one stays.',
    remedy: [
      'Add a readiness probe that fails while the container cannot take work, such as before its model client is ready.',
      'Add a liveness probe only for states that a restart heals, and never let it depend on other services.',
    ],
    source: 'probes of the newest pod of each long-running workload; Jobs and bare pods need none',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.services'],
  settings: z.strictObject({
    liveness: z.boolean().default(true).describe('mention missing liveness probes'),
  }),
  evaluate(input, settings, context) {
    const newest = newestPods(input['kubernetes.pods']).filter(isLongRunning);
    const services = input['kubernetes.services'];
    const findings = newest.flatMap((pod) => findingOf(pod, services, settings.liveness, context));
    return { findings: findings.sort(bySeverity), examined: { count: newest.length, noun: 'workload' } };
  },
});

/** A bare pod is mostly somebody's experiment or a one-off task: nothing says it is meant to stay. */
function isLongRunning(pod: Pod): boolean {
  return !['Job', 'CronJob', 'Pod'].includes(pod.workload.kind) && pod.owner?.kind !== 'Job';
}

function findingOf(pod: Pod, services: Evidence<readonly Service[]>, liveness: boolean, context: CheckContext): FindingDraft[] {
  const main = pod.containers.filter((container) => container.role === 'main');
  // One ready container with a probe speaks for the pod: readiness is the pod's, and helpers beside it need none.
  const noReadiness = main.every((container) => !container.probes.readiness);
  const noLiveness = liveness && main.every((container) => !container.probes.liveness);
  if (!noReadiness && !noLiveness) return [];
  const missing = [noReadiness ? 'readiness' : '', noLiveness ? 'liveness' : ''].filter((word) => word !== '');
  // Where no Service sends it requests, readiness only paces the rollout.
  const served =
    !services.ok || services.data.some((service) => service.namespace === pod.namespace && selects(service.selector, pod.labels));
  return [
    templateFinding(pod, context, {
      severity: noReadiness && served ? 'warning' : 'info',
      seen: `no ${missing.join(' and ')} probe`,
      expected: noReadiness && served && services.ok ? 'readiness known: a Service sends it requests' : 'probes on a long-running workload',
      lines: main.map((container) => container.name),
    }),
  ];
}
