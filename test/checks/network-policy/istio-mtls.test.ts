import { describe, expect, it } from 'vitest';
import { istioMtls } from '../../../packages/core/src/checks/network-policy/istio-mtls.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { IstioConfig, Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, namespace, pod, run } from './builders.ts';
import { istio, meshPod, noCrds, peerAuthentication } from './istio.ts';

function check(
  peerAuthentications: IstioConfig['peerAuthentications'],
  more: Given = {},
  pods: readonly Pod[] = [meshPod('web')],
  settings: unknown = {},
) {
  return run(
    istioMtls,
    {
      'kubernetes.pods': pods,
      'kubernetes.istio': istio({ peerAuthentications }),
      'kubernetes.namespaces': [namespace('agents'), namespace('istio-system')],
      ...more,
    },
    settings,
  );
}

const line = (mode: string) => `warning agents/Namespace/agents: mutual TLS ${mode} | STRICT`;

describe('the mode in force', () => {
  it.each<[string, IstioConfig['peerAuthentications'], string[]]>([
    ['no PeerAuthentication: PERMISSIVE by default', [], [line('PERMISSIVE')]],
    ['STRICT for the mesh', [peerAuthentication('istio-system', 'STRICT')], []],
    ['STRICT for the namespace', [peerAuthentication('agents', 'STRICT')], []],
    ['PERMISSIVE for the namespace', [peerAuthentication('agents', 'PERMISSIVE')], [line('PERMISSIVE')]],
    ['DISABLE for the namespace', [peerAuthentication('agents', 'DISABLE')], [line('DISABLE')]],
    [
      'the namespace’s goes before the mesh’s',
      [peerAuthentication('istio-system', 'STRICT'), peerAuthentication('agents', 'DISABLE')],
      [line('DISABLE')],
    ],
    [
      'the namespace’s goes before the mesh’s, for the better too',
      [peerAuthentication('istio-system', 'DISABLE'), peerAuthentication('agents', 'STRICT')],
      [],
    ],
    ['UNSET inherits from the mesh', [peerAuthentication('agents', 'UNSET'), peerAuthentication('istio-system', 'STRICT')], []],
    ['UNSET everywhere is PERMISSIVE', [peerAuthentication('agents', 'UNSET')], [line('PERMISSIVE')]],
    ['another namespace’s does not count', [peerAuthentication('other', 'STRICT')], [line('PERMISSIVE')]],
    [
      'of several the weakest is taken',
      [peerAuthentication('agents', 'STRICT', { name: 'a' }), peerAuthentication('agents', 'PERMISSIVE', { name: 'b' })],
      [line('PERMISSIVE')],
    ],
    [
      'one with a selector does not speak for the namespace',
      [peerAuthentication('agents', 'STRICT', { selector: { app: 'web' } })],
      [line('PERMISSIVE')],
    ],
  ])('%s', (_name, given, expected) => {
    expect(lines(check(given))).toEqual(expected);
  });

  it('says who sets it', () => {
    expect(check([]).findings[0]).toMatchObject({ detail: 'by default: no PeerAuthentication applies; 1 pod of web' });
    expect(check([peerAuthentication('istio-system', 'PERMISSIVE')]).findings[0]).toMatchObject({
      detail: 'by PeerAuthentication istio-system/default; 1 pod of web',
      next: [
        'kubectl --context prod -n agents get peerauthentications.security.istio.io',
        'kubectl --context prod -n istio-system get peerauthentications.security.istio.io default -o yaml',
      ],
    });
  });

  it('the root namespace is a setting', () => {
    const settings = { rootNamespace: 'mesh' };
    const more = { 'kubernetes.namespaces': [namespace('agents'), namespace('mesh')] };
    expect(check([peerAuthentication('mesh', 'STRICT')], more, [meshPod('web')], settings).findings).toEqual([]);
    expect(lines(check([peerAuthentication('istio-system', 'STRICT')], more, [meshPod('web')], settings))).toEqual([line('PERMISSIVE')]);
  });
});

describe('workloads of their own', () => {
  const strict = peerAuthentication('agents', 'STRICT');

  it.each<[string, Parameters<typeof peerAuthentication>[2] & { mode: string }, string[]]>([
    ['PERMISSIVE for a workload', { mode: 'PERMISSIVE' }, ['warning agents/PeerAuthentication/web: mutual TLS PERMISSIVE | STRICT']],
    [
      'DISABLE on a port',
      { mode: 'STRICT', portModes: { 8080: 'DISABLE', 9090: 'STRICT' } },
      ['warning agents/PeerAuthentication/web: mutual TLS DISABLE on port 8080 | STRICT'],
    ],
    ['STRICT for a workload', { mode: 'STRICT' }, []],
    ['UNSET for a workload', { mode: 'UNSET' }, []],
  ])('%s', (_name, { mode, ...more }, expected) => {
    expect(lines(check([strict, peerAuthentication('agents', mode, { name: 'web', selector: { app: 'web' }, ...more })]))).toEqual(
      expected,
    );
  });
});

describe('which namespaces are in the mesh', () => {
  it.each<[string, Pod, Record<string, string>, number]>([
    ['a sidecar', meshPod('web'), {}, 1],
    ['no sidecar', pod('web'), {}, 0],
    ['no sidecar though injection is on: not restarted since', pod('web'), { 'istio-injection': 'enabled' }, 0],
    ['the ambient data plane', pod('web'), { 'istio.io/dataplane-mode': 'ambient' }, 1],
    ['a pod that leaves the ambient mesh', pod('web', { 'istio.io/dataplane-mode': 'none' }), { 'istio.io/dataplane-mode': 'ambient' }, 0],
    ['a finished pod', meshPod('job', { phase: 'Succeeded' }), {}, 0],
    ['a hostNetwork pod', meshPod('node', { hostNetwork: true }), {}, 0],
  ])('%s', (_name, one, labels, expected) => {
    const result = check([], { 'kubernetes.namespaces': [namespace('agents', labels), namespace('istio-system')] }, [one]);
    expect(result.examined?.count).toBe(expected);
    expect(result.findings).toHaveLength(expected);
  });
});

describe('what was not seen', () => {
  it('no Istio CRDs: pass with a note', () => {
    expect(check([], { 'kubernetes.istio': noCrds })).toMatchObject({ status: 'pass', note: 'no Istio CRDs', findings: [], gaps: [] });
  });

  it('Istio’s objects forbidden: unknown', () => {
    expect(check([], { 'kubernetes.istio': forbidden('peerauthentications') })).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('a root namespace that was not looked at: the default would be a guess', () => {
    const more = { 'kubernetes.namespaces': [namespace('agents')] };
    const result = check([], more, [meshPod('web')], { rootNamespace: 'mesh' });
    expect(result).toMatchObject({
      status: 'unknown',
      findings: [],
      gaps: [{ detail: 'the mesh-wide policy in namespace mesh was not looked at' }],
    });
  });

  it('what the namespace sets itself needs no root namespace', () => {
    const more = { 'kubernetes.namespaces': [namespace('agents')] };
    const result = check([peerAuthentication('agents', 'PERMISSIVE')], more, [meshPod('web')], { rootNamespace: 'mesh' });
    expect(lines(result)).toEqual([line('PERMISSIVE')]);
  });

  it('a root namespace that could not be read: the default would be a guess', () => {
    const part = available('kubernetes prod', istio(), [forbidden('peerauthentications', 'istio-system')]);
    expect(check([], { 'kubernetes.istio': part })).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('a namespace that could not be read is not judged', () => {
    const part = available('kubernetes prod', istio(), [forbidden('peerauthentications', 'agents')]);
    expect(check([], { 'kubernetes.istio': part })).toMatchObject({ status: 'unknown', findings: [] });
  });
});
