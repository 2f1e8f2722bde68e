import { z } from 'zod';
import type { Evidence } from '../../model/evidence.ts';
import { listed, plural } from '../../model/format.ts';
import type { Pod, Service, Workload } from '../../model/kubernetes.ts';
import { duration } from '../../model/setting.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { bySeverity } from './group.ts';
import { conditionOf, livePods, notReadySince } from './pods.ts';
import { selects } from './selector.ts';

interface Surroundings {
  /** Undefined where pods could not be read. */
  readonly pods: readonly Pod[] | undefined;
  readonly workloads: readonly Workload[];
  readonly grace: number;
}

export const serviceWithoutEndpoints = defineCheck({
  meta: {
    id: 'resources/service-without-endpoints',
    category: 'resources',
    title: 'services without endpoints',
    why: 'Whoever calls this service gets no answer: nothing that could take the request is ready.',
    remedy: [
      'Pods match but are not ready: look at their readiness probe and at what they wait for.',
      'Nothing matches: compare the selector with the labels of the pods; a renamed label is the usual reason.',
      'Is it scaled to zero, or left over? Then delete the Service or suppress the finding.',
    ],
    source: 'ready endpoints in the EndpointSlices of each Service that has a selector',
  },
  needs: ['kubernetes.services', 'kubernetes.endpointslices'],
  uses: ['kubernetes.pods', 'kubernetes.deployments', 'kubernetes.statefulsets'],
  settings: z.strictObject({
    grace: duration.prefault('1m').describe('how long new pods may take to become ready'),
  }),
  evaluate(input, settings, context) {
    const services = input['kubernetes.services'].filter(isServed);
    const slices = Map.groupBy(input['kubernetes.endpointslices'], (slice) => `${slice.namespace}/${slice.service}`);
    const pods = input['kubernetes.pods'];
    const around: Surroundings = {
      pods: pods.ok ? livePods(pods.data) : undefined,
      workloads: [...listOf(input['kubernetes.deployments']), ...listOf(input['kubernetes.statefulsets'])],
      grace: settings.grace,
    };
    const findings = services.flatMap((service) => {
      const own = slices.get(`${service.namespace}/${service.name}`) ?? [];
      if (own.some((slice) => slice.ready > 0)) return [];
      return [findingOf(service, Math.max(0, ...own.map((slice) => slice.notReady)), around, context)];
    });
    return { findings: findings.sort(bySeverity), examined: { count: services.length, noun: 'service' } };
  },
});

/** Without a selector the endpoints are somebody else's business. */
function isServed(service: Service): boolean {
  return service.type !== 'ExternalName' && Object.keys(service.selector).length > 0;
}

function listOf(evidence: Evidence<readonly Workload[]>): readonly Workload[] {
  return evidence.ok ? evidence.data : [];
}

function findingOf(service: Service, notReady: number, around: Surroundings, context: CheckContext): FindingDraft {
  const { namespace, name, selector } = service;
  const labels = Object.entries(selector).map(([label, value]) => `${label}=${value}`);
  const base = {
    resource: { namespace, kind: 'Service', name },
    expected: 'at least one ready endpoint',
    measured: { value: 0, unit: 'count' },
    threshold: { value: 1, unit: 'count' },
    next: [
      kubectl(context.context, namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${name}`),
      kubectl(context.context, namespace, 'get', 'pods', '-l', labels.join(','), '--show-labels'),
    ],
  };
  const matching = around.pods?.filter((pod) => pod.namespace === namespace && selects(selector, pod.labels)) ?? [];
  if (matching.length > 0 || notReady > 0) {
    const starting = matching.length > 0 && matching.every((pod) => context.now - pod.createdAt <= around.grace);
    const since = Math.max(...matching.flatMap((pod) => notReadySince(pod) ?? []));
    return {
      ...base,
      severity: starting ? 'warning' : 'critical',
      seen: `0 of ${plural(matching.length || notReady, 'endpoint')} ready`,
      ...(matching.length > 0 ? { detail: detailOf(matching, starting) } : {}),
      // The service went without when the last of its pods stopped being ready.
      ...(Number.isFinite(since) ? { since } : {}),
    };
  }
  const asleep = around.workloads.find(
    (workload) =>
      workload.namespace === namespace && workload.desired === 0 && selects(selector, { ...workload.labels, ...workload.selector }),
  );
  if (asleep) return { ...base, severity: 'info', seen: `no pod: ${asleep.kind} ${asleep.name} is scaled to 0`, expected: 'a choice' };
  return {
    ...base,
    severity: 'warning',
    seen: around.pods ? 'no pod matches its selector' : 'no endpoint',
    detail: `selector ${labels.join(',')}${around.pods ? '' : '; pods could not be read'}`,
  };
}

function detailOf(matching: readonly Pod[], starting: boolean): string {
  const names = listed(matching.map((pod) => pod.name));
  if (matching.some((pod) => conditionOf(pod.conditions, 'Ready')?.status === 'True')) {
    return `pods are ready, but no EndpointSlice says so (does kube-controller-manager run?): ${names}`;
  }
  return `${starting ? 'just started' : 'not ready'}: ${names}`;
}
