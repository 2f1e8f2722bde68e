import { z } from 'zod';
import type { Severity } from '../../model/finding.ts';
import type { IstioConfig, Pod, Service } from '../../model/kubernetes.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { effectiveMode, inMesh, istioSight } from './istio-mesh.ts';
import { selectorMatches } from './selector.ts';
import { gapsOf, type Sight, sight } from './sight.ts';

const settings = z.object({
  rootNamespace: z
    .string()
    .min(1)
    .default('istio-system')
    .describe('namespace whose PeerAuthentication without a selector holds for the whole mesh'),
});

/** DestinationRules that send plain text to workloads that accept mutual TLS only. */
export const istioDestinationRule = defineCheck({
  meta: {
    id: 'network-policy/istio-destination-rule',
    category: 'network-policy',
    title: 'Istio TLS conflicts',
    why: 'A DestinationRule with tls.mode DISABLE sends plain text; a destination whose PeerAuthentication is STRICT refuses it, so every request fails with 503.',
    remedy: [
      'Remove tls from the DestinationRule’s trafficPolicy (Istio then uses mutual TLS by itself) or set it to ISTIO_MUTUAL.',
      'Look at subsets and portLevelSettings as well: each may set a mode of its own.',
    ],
    source: 'https://istio.io/latest/docs/ops/common-problems/network-issues/#503-errors-after-setting-destination-rule',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.istio', 'kubernetes.namespaces', 'kubernetes.services'],
  settings,
  evaluate(input, chosen, context) {
    const istio = istioSight(input['kubernetes.istio']);
    const namespaces = sight(input['kubernetes.namespaces'], 'kubernetes.namespaces');
    const services = sight(input['kubernetes.services'], 'kubernetes.services');
    if (istio.absent) return { findings: [], examined: { count: 0, noun: 'DestinationRule' }, note: 'no Istio CRDs' };
    const gaps = gapsOf(istio, namespaces, services);
    if (!istio.data) return { findings: [], gaps, examined: { count: 0, noun: 'DestinationRule' } };

    const config = istio.data;
    const byName = new Map((namespaces.data ?? []).map((namespace) => [namespace.name, namespace]));
    const mesh = Map.groupBy(
      input['kubernetes.pods'].filter((pod) => inMesh(pod, byName)),
      (pod) => pod.namespace,
    );
    const findings = config.destinationRules.flatMap((rule): FindingDraft[] => {
      if (!rule.tlsModes.includes('DISABLE')) return [];
      const host = resolveHost(rule.host, rule.namespace);
      if (!host || effectiveMode(config, host.namespace, chosen.rootNamespace).mode !== 'STRICT') return [];
      const certainty = refusers(host, mesh.get(host.namespace) ?? [], services);
      // Without a sidecar nobody enforces STRICT: there, DISABLE is what one needs.
      if (certainty === 'none') return [];
      const all = rule.tlsModes.every((mode) => mode === 'DISABLE');
      const severity: Severity =
        all && certainty === 'all' && !exempted(config, host.namespace, chosen.rootNamespace) ? 'critical' : 'warning';
      return [
        {
          severity,
          resource: { namespace: rule.namespace, kind: 'DestinationRule', name: rule.name },
          seen: all ? 'tls DISABLE' : 'tls DISABLE for a subset or port',
          expected: `mutual TLS: ${host.namespace} is STRICT`,
          detail: `host ${rule.host}${severity === 'warning' ? '; whether each request fails depends on the subset, the port or a workload’s own PeerAuthentication' : ''}`,
          next: [
            kubectl(context.context, rule.namespace, 'get', 'destinationrules.networking.istio.io', rule.name, '-o', 'yaml'),
            kubectl(context.context, host.namespace, 'get', 'peerauthentications.security.istio.io'),
          ],
        },
      ];
    });
    const { length } = config.destinationRules;
    return { findings, gaps, examined: { count: length, noun: 'DestinationRule' } };
  },
});

interface Host {
  /** `*` for every service of the namespace. */
  readonly service: string;
  readonly namespace: string;
}

/**
 * The service that a host means: a name without dots is in the rule's own
 * namespace, `x.ns.svc…` in ns. Hosts outside the cluster and shorter dotted
 * names, which Istio does not complete, are none.
 */
export function resolveHost(host: string, ruleNamespace: string): Host | undefined {
  if (/^[a-z0-9-]+$/i.test(host)) return { service: host, namespace: ruleNamespace };
  const [, service, namespace] = /^(\*|[a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/i.exec(host) ?? [];
  return service && namespace ? { service, namespace } : undefined;
}

/** How many of the host's pods refuse plain text: those in the mesh. `some` also where the service was not seen. */
function refusers(host: Host, meshPods: readonly Pod[], services: Sight<readonly Service[]>): 'all' | 'some' | 'none' {
  if (meshPods.length === 0) return 'none';
  const service = services.data?.find((each) => each.namespace === host.namespace && each.name === host.service);
  if (!service || Object.keys(service.selector).length === 0) return 'some';
  return meshPods.some((pod) => selectorMatches({ matchLabels: service.selector }, pod.labels)) ? 'all' : 'none';
}

/** A workload's own PeerAuthentication may accept plain text though its namespace does not. */
function exempted(config: IstioConfig, namespace: string, rootNamespace: string): boolean {
  return config.peerAuthentications.some(
    (each) =>
      (each.namespace === namespace || each.namespace === rootNamespace) &&
      Object.keys(each.selector).length > 0 &&
      [each.mode, ...Object.values(each.portModes)].some((mode) => mode === 'PERMISSIVE' || mode === 'DISABLE'),
  );
}
