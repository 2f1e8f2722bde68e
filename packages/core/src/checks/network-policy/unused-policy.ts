import { z } from 'zod';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { labelSetKey } from './coverage.ts';
import { selectorMatches, selectsEverything } from './selector.ts';
import { severityFor, severitySetting } from './settings.ts';
import { gapsOf, sight } from './sight.ts';

const settings = z.object({
  severity: severitySetting('info').describe('severity of a policy that selects no pod; off: not looked at'),
});

/** Policies that select no pod, finished ones included: mostly a label that was renamed. */
export const unusedPolicy = defineCheck({
  meta: {
    id: 'network-policy/unused-policy',
    category: 'network-policy',
    title: 'policies without pods',
    why: 'A policy that selects no pod protects nothing; often a label was renamed and the pods it was meant for are open now.',
    remedy: [
      'Compare spec.podSelector with the pods’ labels; both are case-sensitive and a policy selects in its own namespace only.',
      'A workload that is scaled to zero, or a CronJob between two runs, has no pods either: then all is well.',
      'A policy that is really unused can be deleted.',
    ],
    source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  },
  needs: ['kubernetes.networkpolicies'],
  uses: ['kubernetes.pods'],
  settings,
  evaluate(input, chosen, context) {
    const policies = input['kubernetes.networkpolicies'];
    const pods = sight(input['kubernetes.pods'], 'kubernetes.pods');
    const examined = { count: policies.length, noun: 'policy' };
    const gaps = gapsOf(pods);
    if (!pods.data || chosen.severity === 'off') return { findings: [], gaps, examined };
    const severity = severityFor(chosen.severity);
    const labelSets = new Map(pods.data.map((pod) => [labelSetKey(pod.namespace, pod.labels), pod]));
    const byNamespace = Map.groupBy(labelSets.values(), (pod) => pod.namespace);
    const findings = policies
      .filter((policy) => !pods.blind(policy.namespace))
      // A default deny in a namespace that is still empty waits for its first pod.
      .filter((policy) => !selectsEverything(policy.podSelector))
      .filter((policy) => !(byNamespace.get(policy.namespace) ?? []).some((pod) => selectorMatches(policy.podSelector, pod.labels)))
      .map(
        (policy): FindingDraft => ({
          severity,
          resource: { namespace: policy.namespace, kind: 'NetworkPolicy', name: policy.name },
          seen: 'selects no pod',
          expected: 'at least 1 pod',
          measured: { value: 0, unit: 'count' },
          next: [
            kubectl(context.context, policy.namespace, 'describe', 'networkpolicy', policy.name),
            kubectl(context.context, policy.namespace, 'get', 'pods', '--show-labels'),
          ],
        }),
      );
    return { findings, gaps, examined, ...(policies.length === 0 ? { note: 'no NetworkPolicy' } : {}) };
  },
});
