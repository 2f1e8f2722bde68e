import { describe, expect, it } from 'vitest';
import { oneSided } from '../../../packages/core/src/checks/network-policy/one-sided.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { NetworkPolicy, Pod, PolicyRule } from '../../../packages/core/src/model/kubernetes.ts';
import { container, forbidden, type Given, lines, namespace, pod, policy, run, tcp } from './builders.ts';

const web = pod('web-1', { app: 'web' });
const db = pod('db-1', { app: 'db' }, { namespace: 'data', containers: [container('db', [{ name: 'sql', port: 5432, protocol: 'TCP' }])] });
const dbPeer = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data' } },
  podSelector: { matchLabels: { app: 'db' } },
};
const out = (...rules: PolicyRule[]): NetworkPolicy =>
  policy('web-out', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: rules });
const dbDeny = policy('deny', { namespace: 'data', policyTypes: ['Ingress'] });

function check(policies: readonly NetworkPolicy[], more: Given = {}, pods: readonly Pod[] = [web, db], settings: unknown = {}) {
  return run(
    oneSided,
    {
      'kubernetes.pods': pods,
      'kubernetes.networkpolicies': policies,
      'kubernetes.namespaces': [namespace('agents', { team: 'a' }), namespace('data')],
      'kubernetes.foreignpolicies': [],
      ...more,
    },
    settings,
  );
}

const toDb = out({ peers: [dbPeer], ports: [tcp(5432)] });
const denied = 'warning data/Deployment/db: TCP 5432 from agents/web denied by its ingress | allowed, as egress by web-out';

describe('one-sided', () => {
  it('egress allowed by name, ingress denied', () => {
    const result = check([toDb, dbDeny]);
    expect(lines(result)).toEqual([denied]);
    expect(result.findings[0]).toMatchObject({
      detail: 'NetworkPolicy agents/web-out lets agents/web connect; no ingress policy of data/db does',
      next: ['kubectl --context prod -n data describe networkpolicy', 'kubectl --context prod -n agents describe networkpolicy web-out'],
    });
  });

  it('both ends allow', () => {
    const allow = policy('in', {
      namespace: 'data',
      ingress: [{ peers: [{ namespaceSelector: { matchLabels: { team: 'a' } } }], ports: [tcp(5432)] }],
    });
    expect(check([toDb, dbDeny, allow]).findings).toEqual([]);
  });

  it('ingress allows another port', () => {
    const allow = policy('in', { namespace: 'data', ingress: [{ ports: [tcp(9187)] }] });
    expect(lines(check([toDb, allow]))).toEqual([denied]);
  });

  it('ingress allows a namesake in its own namespace: podSelector alone is about that one', () => {
    const allow = policy('in', { namespace: 'data', ingress: [{ peers: [{ podSelector: { matchLabels: { app: 'web' } } }] }] });
    expect(lines(check([toDb, allow]))).toEqual([denied]);
  });

  it('a destination without ingress policies is open', () => {
    expect(check([toDb]).findings).toEqual([]);
  });

  it('a named port resolves on the destination', () => {
    expect(lines(check([out({ peers: [dbPeer], ports: [tcp('sql')] }), dbDeny]))).toEqual([denied]);
  });

  it.each<[string, PolicyRule]>([
    ['any peer', { ports: [tcp(5432)] }],
    ['any port', { peers: [dbPeer] }],
    ['a range of ports', { peers: [dbPeer], ports: [tcp(1, 65535)] }],
    ['every pod of a namespace', { peers: [{ namespaceSelector: {} }], ports: [tcp(5432)] }],
    ['a name that the destination has not', { peers: [dbPeer], ports: [tcp('http')] }],
  ])('a wide rule is a permission, not a need: %s', (_name, rule) => {
    expect(check([out(rule), dbDeny]).findings).toEqual([]);
  });

  it('what depends on labels that were not seen is not claimed', () => {
    const allow = policy('in', { namespace: 'data', ingress: [{ peers: [{ namespaceSelector: { matchLabels: { team: 'a' } } }] }] });
    const result = check([toDb, allow], { 'kubernetes.namespaces': available('kubernetes prod', [namespace('data')]) });
    expect(result.findings).toEqual([]);
  });

  it('where another engine applies at the destination it is unknown', () => {
    const cilium = { kind: 'ciliumnetworkpolicies', group: 'cilium.io', count: 1, namespaces: ['data'] };
    expect(check([toDb, dbDeny], { 'kubernetes.foreignpolicies': [cilium] })).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('policies of the destination’s namespace that were not read might allow it', () => {
    const part = available('kubernetes prod', [toDb, dbDeny], [forbidden('networkpolicies', 'data')]);
    expect(check([], { 'kubernetes.networkpolicies': part })).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('several pods of both workloads are one finding', () => {
    expect(
      check([toDb, dbDeny], {}, [web, pod('web-2', { app: 'web', v: '2' }), db, { ...db, uid: 'db-2', name: 'db-2' }]).findings,
    ).toHaveLength(1);
  });

  it('can be switched off', () => {
    expect(check([toDb, dbDeny], {}, [web, db], { severity: 'off' }).findings).toEqual([]);
  });
});
