import { z } from 'zod';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { istioSight } from './istio-mesh.ts';
import { severityFor, severitySetting } from './settings.ts';
import { gapsOf } from './sight.ts';

const settings = z.object({
  rootNamespace: z.string().min(1).default('istio-system').describe('namespace whose policies hold for the whole mesh'),
  allowAll: severitySetting('warning').describe('severity of an ALLOW policy that matches every request; off: not looked at'),
  denyAll: severitySetting('info').describe('severity of a DENY policy that matches every request; off: not looked at'),
});

/** AuthorizationPolicies that match every request. */
export const istioAuthorization = defineCheck({
  meta: {
    id: 'network-policy/istio-authorization',
    category: 'network-policy',
    title: 'Istio authorization',
    why: 'An ALLOW policy with an empty rule lets every request through and makes the other ALLOW policies of its workloads pointless; a DENY policy with one stops every request.',
    remedy: [
      'Give each rule a from (principals or namespaces), a to (paths, methods, ports) or a when; an empty rule {} matches everything.',
      'To deny by default, use an ALLOW policy without any rules: it matches nothing, so nothing is allowed but what others allow.',
    ],
    source: 'https://istio.io/latest/docs/reference/config/security/authorization-policy/',
  },
  needs: [],
  uses: ['kubernetes.istio'],
  settings,
  evaluate(input, chosen, context) {
    const istio = istioSight(input['kubernetes.istio']);
    const policies = istio.data?.authorizationPolicies ?? [];
    const findings = policies.flatMap((policy): FindingDraft[] => {
      // An absent action is ALLOW; AUDIT decides nothing and CUSTOM asks somebody else.
      const action = policy.action || 'ALLOW';
      const severity = action === 'ALLOW' ? chosen.allowAll : action === 'DENY' ? chosen.denyAll : 'off';
      if (!policy.matchesAll || severity === 'off') return [];
      const workloads = Object.entries(policy.selector).map(([key, value]) => `${key}=${value}`);
      const everyone = policy.namespace === chosen.rootNamespace ? 'every workload of the mesh' : 'every workload of the namespace';
      return [
        {
          severity: severityFor(severity),
          resource: { namespace: policy.namespace, kind: 'AuthorizationPolicy', name: policy.name },
          seen: action === 'ALLOW' ? 'allows every request' : 'denies every request',
          expected: 'rules with from, to or when',
          detail: `for ${policy.targets?.join(', ') ?? (workloads.length > 0 ? `workloads with ${workloads.join(',')}` : everyone)}`,
          next: [kubectl(context.context, policy.namespace, 'get', 'authorizationpolicies.security.istio.io', policy.name, '-o', 'yaml')],
        },
      ];
    });
    return {
      findings,
      gaps: gapsOf(istio),
      examined: { count: policies.length, noun: 'AuthorizationPolicy' },
      ...(istio.absent ? { note: 'no Istio CRDs' } : {}),
    };
  },
});
