import { describe, expect, it } from 'vitest';
import { noDefaultDeny } from '../../../packages/core/src/checks/network-policy/no-default-deny.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { NetworkPolicy, Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, pod, policy, run } from './builders.ts';

const deny = policy('deny', { policyTypes: ['Ingress', 'Egress'] });

function check(policies: readonly NetworkPolicy[], more: Given = {}, settings: unknown = {}, pods: readonly Pod[] = [pod('web')]) {
  return run(
    noDefaultDeny,
    { 'kubernetes.pods': pods, 'kubernetes.networkpolicies': policies, 'kubernetes.foreignpolicies': [], ...more },
    settings,
  );
}

describe('no-default-deny', () => {
  it('no policy: a finding a direction, ingress the worse', () => {
    const result = check([]);
    expect(lines(result)).toEqual([
      'warning agents/Namespace/agents: no policy for ingress | a default deny',
      'info agents/Namespace/agents: no policy for egress | a default deny',
    ]);
    expect(new Set(result.findings.map((found) => found.fingerprint)).size).toBe(2);
    expect(result.findings[0]).toMatchObject({
      detail: '1 pod in the namespace',
      next: ['kubectl --context prod -n agents get networkpolicy'],
    });
  });

  it('a default deny for both directions', () => {
    expect(check([deny])).toMatchObject({ status: 'pass', findings: [], examined: { count: 1, noun: 'namespace' } });
  });

  it('policyTypes omitted denies ingress only', () => {
    expect(lines(check([policy('deny')]))).toEqual(['info agents/Namespace/agents: no policy for egress | a default deny']);
  });

  it('a policy that selects every pod and allows some isolates them all the same', () => {
    const own = policy('own', {
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ peers: [{ podSelector: {} }] }],
      egress: [{ peers: [{ podSelector: {} }] }],
    });
    expect(check([own]).findings).toEqual([]);
  });

  it('a policy that allows everything to everyone undoes the default deny', () => {
    expect(lines(check([deny, policy('open', { ingress: [{}] })]))).toEqual([
      'warning agents/Namespace/agents: ingress allowed for all by open | denied by default',
    ]);
  });

  it('policies for some pods are no default', () => {
    expect(lines(check([policy('web', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress', 'Egress'] })]))).toEqual([
      'warning agents/Namespace/agents: no default deny for ingress | a policy that selects every pod',
      'info agents/Namespace/agents: no default deny for egress | a policy that selects every pod',
    ]);
  });

  it('severities are settings', () => {
    expect(lines(check([], {}, { ingress: 'info', egress: 'off' }))).toEqual([
      'info agents/Namespace/agents: no policy for ingress | a default deny',
    ]);
  });

  it('namespaces without pods, or with hostNetwork and finished pods only, are left out', () => {
    const result = check([], {}, {}, [pod('a', {}, { hostNetwork: true }), pod('b', {}, { phase: 'Succeeded' })]);
    expect(result).toMatchObject({ status: 'pass', findings: [], note: 'no namespace with pods' });
  });

  it('where another engine applies it is unknown', () => {
    const baseline = { kind: 'baselineadminnetworkpolicies', group: 'policy.networking.k8s.io', count: 1, namespaces: [] };
    const result = check([], { 'kubernetes.foreignpolicies': [baseline] });
    expect(result).toMatchObject({ status: 'unknown', findings: [], gaps: [{ reason: 'unsupported' }] });
  });

  it('a namespace whose policies could not be read is not judged', () => {
    const result = check([], { 'kubernetes.networkpolicies': available('kubernetes prod', [], [forbidden('networkpolicies', 'agents')]) });
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('without the policies it is unknown', () => {
    const result = check([], { 'kubernetes.networkpolicies': forbidden('networkpolicies') });
    expect(result).toMatchObject({ status: 'unknown', findings: [], gaps: [{ reason: 'forbidden' }] });
  });
});
