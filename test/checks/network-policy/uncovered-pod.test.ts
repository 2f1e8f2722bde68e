import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uncoveredPod } from '../../../packages/core/src/checks/network-policy/uncovered-pod.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { ForeignPolicies, NetworkPolicy, Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, pod, policy, run } from './builders.ts';

const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const web = [pod('web-1', { app: 'web' }), pod('web-2', { app: 'web' })];

function check(pods: readonly Pod[], policies: readonly NetworkPolicy[], more: Given = {}, settings: unknown = {}) {
  return run(
    uncoveredPod,
    { 'kubernetes.pods': pods, 'kubernetes.networkpolicies': policies, 'kubernetes.foreignpolicies': [], ...more },
    settings,
  );
}

describe('coverage', () => {
  it('no policy at all: one finding a workload', () => {
    const result = check([...web, pod('db', { app: 'db' })], []);
    expect(result.status).toBe('warn');
    expect(lines(result)).toEqual([
      'warning agents/Deployment/web: no policy for ingress and egress | selected by a policy',
      'warning agents/Deployment/db: no policy for ingress and egress | selected by a policy',
    ]);
    expect(result.findings[0]).toMatchObject({
      alsoOn: 1,
      measured: { value: 2, unit: 'count' },
      detail: 'pods: web-1, web-2',
      next: ['kubectl --context prod -n agents get networkpolicy', 'kubectl --context prod -n agents get pod web-1 --show-labels'],
    });
    expect(result.examined).toEqual({ count: 3, noun: 'pod' });
  });

  it('a default deny for both directions covers every pod', () => {
    const result = check(web, [policy('deny', { policyTypes: ['Ingress', 'Egress'] })]);
    expect(result).toMatchObject({ status: 'pass', findings: [], gaps: [] });
  });

  it('policyTypes omitted and no egress rules: egress stays uncovered', () => {
    expect(lines(check(web, [policy('in', { ...app('web'), ingress: [{}] })]))).toEqual([
      'warning agents/Deployment/web: no policy for egress | selected by a policy',
    ]);
  });

  it('being named as a peer does not make a pod covered', () => {
    const asPeer = policy('db', { ...app('db'), policyTypes: ['Ingress', 'Egress'], ingress: [{ peers: [app('web')] }] });
    expect(lines(check(web, [asPeer]))).toEqual(['warning agents/Deployment/web: no policy for ingress and egress | selected by a policy']);
  });

  it('a policy of another namespace covers nothing here', () => {
    expect(check(web, [policy('deny', { namespace: 'other', policyTypes: ['Ingress', 'Egress'] })]).findings).toHaveLength(1);
  });

  it('pods of one workload that differ are counted apart', () => {
    const mixed = [pod('web-1', { app: 'web', v: '1' }), pod('web-2', { app: 'web' }), pod('web-3', { app: 'web' })];
    const result = check(mixed, [
      policy('old', { podSelector: { matchLabels: { v: '1' } }, policyTypes: ['Ingress', 'Egress'] }),
      policy('in', { ...app('web'), policyTypes: ['Ingress'] }),
    ]);
    expect(lines(result)).toEqual(['warning agents/Deployment/web: no policy for egress (2 of 3 pods) | selected by a policy']);
  });

  it('directions that differ in number are told apart', () => {
    const mixed = [pod('web-1', { v: '1' }), pod('web-2', {})];
    expect(lines(check(mixed, [policy('one', { podSelector: { matchLabels: { v: '1' } }, policyTypes: ['Ingress'] })]))).toEqual([
      'warning agents/Deployment/web: no policy for ingress (1 of 2 pods), no policy for egress | selected by a policy',
    ]);
  });

  it('the fingerprint survives a restart of the pods', () => {
    const [before] = check([pod('web-1', {})], []).findings;
    const [after] = check([pod('web-2', {})], []).findings;
    expect(after?.fingerprint).toBe(before?.fingerprint);
  });
});

describe('which pods', () => {
  it('hostNetwork pods are outside NetworkPolicy and counted in the note', () => {
    const result = check([pod('node-exporter', {}, { hostNetwork: true }), pod('cni', {}, { hostNetwork: true })], []);
    expect(result).toMatchObject({
      status: 'pass',
      note: 'no pods that a NetworkPolicy could cover; 2 pods on the host’s network are outside NetworkPolicy',
      examined: { count: 0, noun: 'pod' },
    });
  });

  it.each(['Succeeded', 'Failed'] as const)('%s pods are finished and have no network', (phase) => {
    expect(check([pod('job', {}, { phase })], []).findings).toEqual([]);
  });
});

describe('settings', () => {
  it('a direction can be left out or rated otherwise', () => {
    expect(lines(check(web, [], {}, { egress: 'off', ingress: 'critical' }))).toEqual([
      'critical agents/Deployment/web: no policy for ingress | selected by a policy',
    ]);
  });

  it('the worse of two severities counts', () => {
    expect(check(web, [], {}, { egress: 'info', ingress: 'warning' }).findings[0]?.severity).toBe('warning');
  });
});

describe('other policy engines', () => {
  const cilium: ForeignPolicies = { kind: 'ciliumnetworkpolicies', group: 'cilium.io', count: 2, namespaces: ['agents'] };

  it('where Cilium policies also apply it is unknown, not uncovered', () => {
    const result = check(web, [], { 'kubernetes.foreignpolicies': [cilium] });
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
    expect(result.gaps).toEqual([
      {
        check: 'network-policy/uncovered-pod',
        context: 'prod',
        evidence: 'ciliumnetworkpolicies.cilium.io',
        source: 'ciliumnetworkpolicies.cilium.io',
        reason: 'unsupported',
        detail:
          '2 pods selected by no NetworkPolicy in 1 namespace (agents) where other policies apply too (ciliumnetworkpolicies.cilium.io), which are not evaluated',
        hint: 'kubectl --context prod get ciliumnetworkpolicies.cilium.io -A',
      },
    ]);
  });

  it('their namespaced policies say nothing about other namespaces', () => {
    const result = check([pod('web', {}, { namespace: 'other' })], [], { 'kubernetes.foreignpolicies': [cilium] });
    expect(result.status).toBe('warn');
  });

  it('where only a first page of them was read, any namespace may hold some', () => {
    const result = check([pod('web', {}, { namespace: 'other' })], [], { 'kubernetes.foreignpolicies': [{ ...cilium, partial: true }] });
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('cluster-wide policies (Admin, Baseline, Calico’s global ones) apply everywhere', () => {
    const admin: ForeignPolicies = { kind: 'adminnetworkpolicies', group: 'policy.networking.k8s.io', count: 1, namespaces: [] };
    expect(check(web, [], { 'kubernetes.foreignpolicies': [admin] })).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('a CRD without objects changes nothing', () => {
    expect(check(web, [], { 'kubernetes.foreignpolicies': [{ ...cilium, count: 0, namespaces: [] }] }).status).toBe('warn');
  });

  it('pods that a NetworkPolicy selects stay covered', () => {
    const deny = policy('deny', { policyTypes: ['Ingress', 'Egress'] });
    expect(check(web, [deny], { 'kubernetes.foreignpolicies': [cilium] }).status).toBe('pass');
  });

  it('where it could not be seen whether they exist, it is unknown', () => {
    const result = check(web, [], { 'kubernetes.foreignpolicies': forbidden('ciliumnetworkpolicies') });
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
    expect(result.gaps.map((gap) => gap.detail)).toEqual(['not allowed to list ciliumnetworkpolicies']);
  });

  it('where the server has none of their kinds, there is none', () => {
    const none = { ok: false, reason: 'absent', source: 'kubernetes prod', detail: 'no such CRDs' } as const;
    expect(check(web, [], { 'kubernetes.foreignpolicies': none }).status).toBe('warn');
  });
});

describe('what could not be seen', () => {
  it('without the policies nothing is uncovered, all is unknown', () => {
    const result = check(web, [], { 'kubernetes.networkpolicies': forbidden('networkpolicies') });
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
    expect(result.gaps).toMatchObject([{ reason: 'forbidden', missing: [{ verb: 'list', resource: 'networkpolicies' }] }]);
  });

  it('a namespace whose policies could not be read is not judged, the others are', () => {
    const pods = [...web, pod('api', {}, { namespace: 'platform' })];
    const result = check(pods, [], {
      'kubernetes.networkpolicies': available('kubernetes prod', [], [forbidden('networkpolicies', 'agents')]),
    });
    expect(lines(result)).toEqual(['warning platform/Deployment/api: no policy for ingress and egress | selected by a policy']);
    expect(result.status).toBe('unknown');
  });

  it('a gap that names no namespace leaves every namespace open', () => {
    const timeout = { ok: false, reason: 'timeout', source: 'kubernetes prod', detail: 'no answer in time' } as const;
    const result = check(web, [], { 'kubernetes.networkpolicies': available('kubernetes prod', [], [timeout]) });
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
  });
});

describe('properties', () => {
  const labels = fc.dictionary(fc.constantFrom('app', 'v'), fc.constantFrom('a', 'b'));
  const somePods = fc.array(labels, { maxLength: 6 }).map((sets) => sets.map((each, index) => pod(`p${index}`, each)));
  const somePolicies = fc.array(
    fc
      .record({ matchLabels: labels, types: fc.uniqueArray(fc.constantFrom('Ingress' as const, 'Egress' as const), { minLength: 1 }) })
      .map(({ matchLabels, types }) => policy('p', { podSelector: { matchLabels }, policyTypes: types })),
    { maxLength: 5 },
  );

  it('adding a policy never adds a finding', () => {
    fc.assert(
      fc.property(somePods, somePolicies, somePolicies, (pods, policies, added) => {
        const before = new Set(check(pods, policies).findings.map((found) => found.fingerprint));
        for (const found of check(pods, [...policies, ...added]).findings) expect(before).toContain(found.fingerprint);
      }),
    );
  });

  it('the order of policies and of pods does not matter', () => {
    fc.assert(
      fc.property(somePods, somePolicies, (pods, policies) => {
        expect(lines(check(pods.toReversed(), policies.toReversed())).sort()).toEqual(lines(check(pods, policies)).sort());
      }),
    );
  });
});
