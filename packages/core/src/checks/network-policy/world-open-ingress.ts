import { z } from 'zod';
import type { Severity } from '../../model/finding.ts';
import { listed, plural, shorten } from '../../model/format.ts';
import type { NetworkPolicy, Pod, Service } from '../../model/kubernetes.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { governable } from './coverage.ts';
import { type OpenRule, openRules, openText } from './open-rules.ts';
import { selectorMatches } from './selector.ts';
import { severityFor, severitySetting, worseOf } from './settings.ts';
import { gapsOf, sight } from './sight.ts';

const settings = z.object({
  severity: severitySetting('warning').describe(
    'severity of ingress from anywhere on any port, or from 0.0.0.0/0; single ports without a peer, and pods behind a LoadBalancer or NodePort, are info',
  ),
});

/** Policies whose ingress rules let everyone in. */
export const worldOpenIngress = defineCheck({
  meta: {
    id: 'network-policy/world-open-ingress',
    category: 'network-policy',
    title: 'world-open ingress',
    why: 'A rule without a source lets every pod of the cluster, and whoever reaches the cluster’s network, connect: tools and data stores of agents rarely authenticate well enough for that.',
    remedy: [
      'Name the sources: podSelector for callers in the namespace, namespaceSelector and podSelector in one entry for callers elsewhere (two entries mean either).',
      'For what is public on purpose, allow its ports only, from the ingress controller’s or load balancer’s side.',
    ],
    source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource',
  },
  needs: ['kubernetes.networkpolicies'],
  uses: ['kubernetes.pods', 'kubernetes.services'],
  settings,
  evaluate(input, chosen, context) {
    const policies = input['kubernetes.networkpolicies'];
    const pods = sight(input['kubernetes.pods'], 'kubernetes.pods');
    const services = sight(input['kubernetes.services'], 'kubernetes.services');
    const podsIn = Map.groupBy((pods.data ?? []).filter(governable), (pod) => pod.namespace);
    const publicIn = Map.groupBy((services.data ?? []).filter(isPublic), (service) => service.namespace);
    const findings = policies.flatMap((policy): FindingDraft[] => {
      const open = openRules(policy, 'ingress', []).filter((rule) => rule.reach !== 'cluster' || rule.anyPort);
      if (open.length === 0 || chosen.severity === 'off') return [];
      const published = publishedBy(policy, podsIn.get(policy.namespace) ?? [], publicIn.get(policy.namespace) ?? []);
      const rated = open.map((rule) => ({
        rule,
        severity: published.length > 0 ? 'info' : severityOf(rule, severityFor(chosen.severity)),
      }));
      const severity = worseOf(rated.map((each) => each.severity));
      const worst = rated.find((each) => each.severity === severity)?.rule;
      if (!worst) return [];
      const behind = published.length > 0 ? `. Public through ${listed(published)}` : '';
      return [
        {
          severity,
          resource: { namespace: policy.namespace, kind: 'NetworkPolicy', name: policy.name },
          seen: shorten(`ingress from ${openText(worst)}`, 120),
          expected: 'named sources',
          measured: { value: open.length, unit: 'count' },
          detail: `${plural(open.length, 'open rule')}: ${open.map(openText).join('; ')}${behind}`,
          next: [kubectl(context.context, policy.namespace, 'get', 'networkpolicy', policy.name, '-o', 'yaml')],
        },
      ];
    });
    return {
      findings,
      gaps: gapsOf(pods, services),
      examined: { count: policies.length, noun: 'policy' },
      ...(policies.length === 0 ? { note: 'no NetworkPolicy' } : {}),
    };
  },
});

function severityOf(rule: OpenRule, worst: Severity): Severity {
  if (rule.reach === 'world' || rule.reach === 'nobody') return worst;
  return rule.reach === 'anyone' && rule.anyPort ? worst : 'info';
}

function isPublic(service: Service): boolean {
  // Without a selector its endpoints are managed by hand: they say nothing about pods.
  return (service.type === 'LoadBalancer' || service.type === 'NodePort') && Object.keys(service.selector).length > 0;
}

/** Services that carry traffic from outside to the pods that the policy selects; none unless every one of the pods is behind one. */
function publishedBy(policy: NetworkPolicy, pods: readonly Pod[], services: readonly Service[]): readonly string[] {
  const behind = new Set<Service>();
  if (services.length === 0) return [];
  for (const pod of pods) {
    if (!selectorMatches(policy.podSelector, pod.labels)) continue;
    const found = services.filter((service) => selectorMatches({ matchLabels: service.selector }, pod.labels));
    if (found.length === 0) return [];
    for (const service of found) behind.add(service);
  }
  return [...behind].map((service) => `${service.type} ${service.name}`);
}
