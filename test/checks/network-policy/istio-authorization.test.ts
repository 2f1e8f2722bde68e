import { describe, expect, it } from 'vitest';
import { istioAuthorization } from '../../../packages/core/src/checks/network-policy/istio-authorization.ts';
import type { IstioConfig } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, lines, run } from './builders.ts';
import { istio, noCrds } from './istio.ts';

type Policy = IstioConfig['authorizationPolicies'][number];

function check(more: Partial<Policy>, settings: unknown = {}) {
  const one: Policy = { namespace: 'agents', name: 'p', action: 'ALLOW', selector: {}, rules: 1, matchesAll: true, ...more };
  return run(istioAuthorization, { 'kubernetes.istio': istio({ authorizationPolicies: [one] }) }, settings);
}

describe('istio-authorization', () => {
  it.each<[string, Partial<Policy>, string[]]>([
    ['ALLOW with an empty rule', {}, ['warning agents/AuthorizationPolicy/p: allows every request | rules with from, to or when']],
    [
      'an absent action is ALLOW',
      { action: '' },
      ['warning agents/AuthorizationPolicy/p: allows every request | rules with from, to or when'],
    ],
    [
      'DENY with an empty rule',
      { action: 'DENY' },
      ['info agents/AuthorizationPolicy/p: denies every request | rules with from, to or when'],
    ],
    ['AUDIT decides nothing', { action: 'AUDIT' }, []],
    ['CUSTOM asks somebody else', { action: 'CUSTOM' }, []],
    ['ALLOW with rules', { matchesAll: false, rules: 2 }, []],
    ['ALLOW without rules allows nothing', { matchesAll: false, rules: -1 }, []],
    ['ALLOW with an empty list of rules allows nothing', { matchesAll: false, rules: 0 }, []],
  ])('%s', (_name, more, expected) => {
    expect(lines(check(more))).toEqual(expected);
  });

  it.each<[Partial<Policy>, string]>([
    [{}, 'for every workload of the namespace'],
    [{ namespace: 'istio-system' }, 'for every workload of the mesh'],
    [{ selector: { app: 'web', v: '1' } }, 'for workloads with app=web,v=1'],
    [{ targets: ['Gateway/ingress'] }, 'for Gateway/ingress'],
  ])('%j: %s', (more, expected) => {
    expect(check(more).findings[0]?.detail).toBe(expected);
  });

  it('severities are settings', () => {
    expect(check({}, { allowAll: 'critical' }).status).toBe('fail');
    expect(check({ action: 'DENY' }, { denyAll: 'off' }).findings).toEqual([]);
  });

  it('no Istio CRDs: pass with a note', () => {
    expect(run(istioAuthorization, { 'kubernetes.istio': noCrds })).toMatchObject({ status: 'pass', note: 'no Istio CRDs', gaps: [] });
  });

  it('forbidden: unknown', () => {
    expect(run(istioAuthorization, { 'kubernetes.istio': forbidden('authorizationpolicies') })).toMatchObject({ status: 'unknown' });
  });
});
