import { z } from 'zod';
import { listed, plural } from '../../model/format.ts';
import type { NetworkPolicy } from '../../model/kubernetes.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { type Direction, directions, governable, governs, isAllowAll, isolatesNamespace, policySet } from './coverage.ts';
import { foreignEngines } from './foreign.ts';
import { severityFor, severitySetting } from './settings.ts';
import { gapsOf, sight } from './sight.ts';

const settings = z.object({
  ingress: severitySetting('warning').describe('severity where a namespace has no default deny for ingress; off: not looked at'),
  egress: severitySetting('info').describe('severity where a namespace has no default deny for egress; off: not looked at'),
});

/** Namespaces in which a pod that is created tomorrow is open to everyone. */
export const noDefaultDeny = defineCheck({
  meta: {
    id: 'network-policy/no-default-deny',
    category: 'network-policy',
    title: 'default deny',
    why: 'Without a policy that selects every pod of the namespace, each new workload is open until somebody thinks of it.',
    remedy: [
      'Add a NetworkPolicy with podSelector: {} and policyTypes: [Ingress, Egress] and no rules; it allows nothing, what is needed is allowed by further policies.',
      'Allow DNS (port 53, UDP and TCP) before egress is denied, or every name lookup fails.',
      'A policy that selects every pod and allows every peer on every port undoes a default deny: policies are a union.',
    ],
    source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.networkpolicies', 'kubernetes.foreignpolicies'],
  settings,
  evaluate(input, chosen, context) {
    const byNamespace = Map.groupBy(input['kubernetes.pods'].filter(governable), (pod) => pod.namespace);
    const policies = sight(input['kubernetes.networkpolicies'], 'kubernetes.networkpolicies');
    const foreign = foreignEngines(input['kubernetes.foreignpolicies']);
    const examined = { count: byNamespace.size, noun: 'namespace' };
    const note = byNamespace.size === 0 ? { note: 'no namespace with pods' } : {};
    const gaps = gapsOf(policies, foreign.sight);
    if (!policies.data) return { findings: [], gaps, examined, ...note };

    const set = policySet(policies.data);
    const findings: FindingDraft[] = [];
    const undecided: string[] = [];
    for (const [namespace, pods] of byNamespace) {
      if (policies.blind(namespace)) continue;
      const own = set.inNamespace(namespace);
      const open = directions.filter((direction) => chosen[direction] !== 'off' && !deniesByDefault(own, direction));
      if (open.length === 0) continue;
      if (foreign.undecided(namespace)) {
        undecided.push(namespace);
        continue;
      }
      for (const direction of open) {
        findings.push({
          severity: severityFor(chosen[direction]),
          resource: { namespace, kind: 'Namespace', name: namespace },
          ...texts(own, direction),
          detail: `${plural(pods.length, 'pod')} in the namespace`,
          next: [kubectl(context.context, namespace, 'get', 'networkpolicy')],
          key: direction,
        });
      }
    }
    gaps.push(...foreign.gaps('no default deny by NetworkPolicy', undecided, context.context));
    return { findings, gaps, examined, ...note };
  },
});

/** Some policy isolates every pod, and none that selects every pod allows everything. */
function deniesByDefault(policies: readonly NetworkPolicy[], direction: Direction): boolean {
  return policies.some((policy) => isolatesNamespace(policy, direction)) && !policies.some((policy) => isAllowAll(policy, direction));
}

function texts(policies: readonly NetworkPolicy[], direction: Direction): { seen: string; expected: string } {
  const openers = policies.filter((policy) => isAllowAll(policy, direction)).map((policy) => policy.name);
  if (openers.length > 0) return { seen: `${direction} allowed for all by ${listed(openers)}`, expected: 'denied by default' };
  if (!policies.some((policy) => governs(policy, direction))) return { seen: `no policy for ${direction}`, expected: 'a default deny' };
  return { seen: `no default deny for ${direction}`, expected: 'a policy that selects every pod' };
}
