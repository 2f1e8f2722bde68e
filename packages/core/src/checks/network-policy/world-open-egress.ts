import { z } from 'zod';
import type { Severity } from '../../model/finding.ts';
import { plural, shorten } from '../../model/format.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { type OpenRule, openRules, openText } from './open-rules.ts';
import { worseOf } from './settings.ts';

const settings = z.object({
  expectedPorts: z
    .array(z.int().min(1).max(65535))
    .default([53, 443])
    .describe('port numbers on which egress to anywhere is only worth a note: DNS, and HTTPS to model providers'),
});

/** Policies whose egress rules name nobody in particular. */
export const worldOpenEgress = defineCheck({
  meta: {
    id: 'network-policy/world-open-egress',
    category: 'network-policy',
    title: 'world-open egress',
    why: 'A rule that allows every destination looks like a policy and stops nothing: a prompt-injected agent can send what it knows anywhere.',
    remedy: [
      'Name the destinations: podSelector and namespaceSelector for what runs in the cluster, ipBlock for what is outside, each with its ports.',
      'Model providers change their addresses: send that traffic through an egress proxy or gateway, and allow only the proxy.',
      'Where HTTPS to anywhere must stay, limit it to TCP 443 and put the private ranges and 169.254.169.254/32 (cloud metadata, which hands out credentials) under except.',
    ],
    source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource',
  },
  needs: ['kubernetes.networkpolicies'],
  uses: [],
  settings,
  evaluate(input, chosen, context) {
    const policies = input['kubernetes.networkpolicies'];
    const findings = policies.flatMap((policy): FindingDraft[] => {
      const open = openRules(policy, 'egress', chosen.expectedPorts)
        .map((rule) => ({ rule, severity: severityOf(rule) }))
        .filter((each): each is { rule: OpenRule; severity: Severity } => each.severity !== undefined);
      if (open.length === 0) return [];
      const severity = worseOf(open.map((each) => each.severity));
      const worst = open.find((each) => each.severity === severity)?.rule;
      if (!worst) return [];
      return [
        {
          severity,
          resource: { namespace: policy.namespace, kind: 'NetworkPolicy', name: policy.name },
          seen: shorten(`egress to ${openText(worst)}`, 120),
          expected: worst.onlyExpectedPorts ? 'named destinations, where they are known' : 'named destinations and ports',
          measured: { value: open.length, unit: 'count' },
          detail: detailOf(open.map((each) => each.rule)),
          next: [kubectl(context.context, policy.namespace, 'get', 'networkpolicy', policy.name, '-o', 'yaml')],
        },
      ];
    });
    return {
      findings,
      examined: { count: policies.length, noun: 'policy' },
      ...(policies.length === 0 ? { note: 'no NetworkPolicy' } : {}),
    };
  },
});

/** Undefined: not worth a word (DNS to every pod of the cluster). */
function severityOf(rule: OpenRule): Severity | undefined {
  if (rule.reach === 'cluster') return rule.onlyExpectedPorts ? undefined : 'info';
  return rule.onlyExpectedPorts ? 'info' : 'warning';
}

function detailOf(rules: readonly OpenRule[]): string {
  const parts = [`${plural(rules.length, 'open rule')}: ${rules.map(openText).join('; ')}`];
  if (rules.some((rule) => rule.reach === 'nobody')) parts.push('An empty peer names no one: the API server refuses it, say what is meant');
  if (rules.some((rule) => rule.metadataService && !rule.onlyExpectedPorts)) {
    parts.push('The cloud metadata address 169.254.169.254 is among the destinations');
  }
  return parts.join('. ');
}
