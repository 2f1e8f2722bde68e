import { describe, expect, it } from 'vitest';
import { istioDestinationRule, resolveHost } from '../../../packages/core/src/checks/network-policy/istio-destination-rule.ts';
import type { IstioConfig, Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, namespace, pod, run, service } from './builders.ts';
import { istio, meshPod, noCrds, peerAuthentication } from './istio.ts';

const strict = peerAuthentication('agents', 'STRICT');

function check(
  rule: { host?: string; namespace?: string; tlsModes?: string[] } = {},
  peerAuthentications: IstioConfig['peerAuthentications'] = [strict],
  pods: readonly Pod[] = [meshPod('web')],
  more: Given = {},
) {
  return run(istioDestinationRule, {
    'kubernetes.pods': pods,
    'kubernetes.istio': istio({
      peerAuthentications,
      destinationRules: [{ namespace: 'agents', name: 'plain', host: 'web', tlsModes: ['DISABLE'], ...rule }],
    }),
    'kubernetes.namespaces': [namespace('agents'), namespace('istio-system')],
    'kubernetes.services': [service('web', { selector: { app: 'web' } })],
    ...more,
  });
}

describe('resolveHost', () => {
  it.each([
    ['web', { service: 'web', namespace: 'agents' }],
    ['web.data.svc.cluster.local', { service: 'web', namespace: 'data' }],
    ['web.data.svc', { service: 'web', namespace: 'data' }],
    ['*.data.svc.cluster.local', { service: '*', namespace: 'data' }],
    ['api.openai.com', undefined],
    ['web.data', undefined],
    ['*.local', undefined],
    ['', undefined],
  ])('%j', (host, expected) => {
    expect(resolveHost(host, 'agents')).toEqual(expected);
  });
});

describe('istio-destination-rule', () => {
  it('plain text to a STRICT workload of the mesh fails', () => {
    const result = check();
    expect(lines(result)).toEqual(['critical agents/DestinationRule/plain: tls DISABLE | mutual TLS: agents is STRICT']);
    expect(result.status).toBe('fail');
    expect(result.findings[0]).toMatchObject({
      detail: 'host web',
      next: [
        'kubectl --context prod -n agents get destinationrules.networking.istio.io plain -o yaml',
        'kubectl --context prod -n agents get peerauthentications.security.istio.io',
      ],
    });
  });

  it('STRICT for the whole mesh counts as well', () => {
    expect(check({}, [peerAuthentication('istio-system', 'STRICT')]).findings[0]?.severity).toBe('critical');
  });

  it.each([
    ['the namespace is PERMISSIVE', check({}, [peerAuthentication('agents', 'PERMISSIVE')])],
    ['no PeerAuthentication', check({}, [])],
    ['ISTIO_MUTUAL', check({ tlsModes: ['ISTIO_MUTUAL'] })],
    ['no tls in the rule', check({ tlsModes: [] })],
    ['a host outside', check({ host: 'api.openai.com' })],
    ['pods without a sidecar: DISABLE is what one needs', check({}, [strict], [pod('web', { app: 'web' }), meshPod('other')])],
    ['no pods', check({}, [strict], [])],
  ])('no conflict: %s', (_name, result) => {
    expect(result).toMatchObject({ status: 'pass', findings: [] });
  });

  it.each([
    ['DISABLE for a subset only', check({ tlsModes: ['ISTIO_MUTUAL', 'DISABLE'] })],
    [
      'a workload of its own is PERMISSIVE',
      check({}, [strict, peerAuthentication('agents', 'PERMISSIVE', { name: 'w', selector: { app: 'web' } })]),
    ],
    [
      'a port of its own is DISABLE',
      check({}, [strict, peerAuthentication('agents', 'STRICT', { name: 'w', selector: { app: 'web' }, portModes: { 80: 'DISABLE' } })]),
    ],
    ['a wildcard host', check({ host: '*.agents.svc.cluster.local' })],
    ['a service that was not seen', check({ host: 'api' })],
  ])('cautious, a warning: %s', (_name, result) => {
    expect(result.findings.map((found) => found.severity)).toEqual(['warning']);
  });

  it('no Istio CRDs: pass with a note', () => {
    expect(check({}, [], [], { 'kubernetes.istio': noCrds })).toMatchObject({ status: 'pass', note: 'no Istio CRDs', gaps: [] });
  });

  it.each(['kubernetes.istio', 'kubernetes.services', 'kubernetes.namespaces'] as const)('%s forbidden: unknown', (key) => {
    expect(check({}, [], [], { [key]: forbidden('x') })).toMatchObject({ status: 'unknown', findings: [] });
  });
});
