import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policySet } from '../../../packages/core/src/checks/network-policy/coverage.ts';
import { allows, namespaceLabels } from '../../../packages/core/src/checks/network-policy/reach.ts';
import type { Namespace, NetworkPolicy, Pod, PolicyPeer, PolicyPort } from '../../../packages/core/src/model/kubernetes.ts';
import { container, namespace, pod, policy, tcp, udp } from './builders.ts';

const web = pod('web', { app: 'web' });
const api = pod('api', { app: 'api' }, { containers: [container('api', [{ name: 'http', port: 8080, protocol: 'TCP' }])] });
const stranger = pod('stranger', { app: 'web' }, { namespace: 'other' });
const namespaces = [namespace('agents', { team: 'a' }), namespace('other', { team: 'b' })];

function reach(policies: NetworkPolicy[], from: Pod, to: Pod, port = 8080, protocol = 'TCP', seen: Namespace[] | 'unseen' = namespaces) {
  return allows(policySet(policies), namespaceLabels(seen === 'unseen' ? undefined : seen), from, to, { port, protocol });
}

/** A policy on api's ingress with one rule. */
function onApi(peers: PolicyPeer[] | undefined, ports?: PolicyPort[]): NetworkPolicy {
  return policy('api', {
    podSelector: { matchLabels: { app: 'api' } },
    ingress: [{ ...(peers ? { peers } : {}), ...(ports ? { ports } : {}) }],
  });
}

const webPods = { podSelector: { matchLabels: { app: 'web' } } };

describe('peers', () => {
  it('without any policy everything is allowed', () => {
    expect(reach([], web, api)).toBe('yes');
  });

  it('a default-deny policy is not "allow all"', () => {
    expect(reach([policy('deny')], web, api)).toBe('no');
  });

  it('a missing from inside a rule is any peer', () => {
    expect(reach([onApi(undefined)], stranger, api)).toBe('yes');
  });

  it('an empty from inside a rule is any peer', () => {
    expect(reach([onApi([])], stranger, api)).toBe('yes');
  });

  it('an empty rule list is deny all', () => {
    expect(reach([policy('api', { podSelector: { matchLabels: { app: 'api' } }, ingress: [] })], web, api)).toBe('no');
  });

  it('a podSelector alone is about the policy’s own namespace', () => {
    expect(reach([onApi([webPods])], web, api)).toBe('yes');
    expect(reach([onApi([webPods])], stranger, api)).toBe('no');
  });

  it('an empty podSelector names every pod of the policy’s namespace and of no other', () => {
    expect(reach([onApi([{ podSelector: {} }])], web, api)).toBe('yes');
    expect(reach([onApi([{ podSelector: {} }])], stranger, api)).toBe('no');
  });

  it('namespaceSelector {} is all namespaces', () => {
    expect(reach([onApi([{ namespaceSelector: {} }])], stranger, api)).toBe('yes');
    expect(reach([onApi([{ namespaceSelector: {} }])], web, api)).toBe('yes');
  });

  it('namespaceSelector and podSelector in one entry is AND', () => {
    const both = { namespaceSelector: { matchLabels: { team: 'b' } }, ...webPods };
    expect(reach([onApi([both])], stranger, api)).toBe('yes');
    expect(reach([onApi([both])], web, api)).toBe('no');
    expect(reach([onApi([both])], pod('x', { app: 'x' }, { namespace: 'other' }), api)).toBe('no');
  });

  it('separate entries are OR', () => {
    const either = [{ namespaceSelector: { matchLabels: { team: 'b' } } }, webPods];
    expect(reach([onApi(either)], web, api)).toBe('yes');
    expect(reach([onApi(either)], pod('x', { app: 'x' }, { namespace: 'other' }), api)).toBe('yes');
    expect(reach([onApi(either)], pod('x', { app: 'x' }), api)).toBe('no');
  });

  it('ipBlock is never matched with pods, not even 0.0.0.0/0', () => {
    expect(reach([onApi([{ ipBlock: { cidr: '0.0.0.0/0', except: [] } }])], web, api)).toBe('no');
  });

  it('an entry without any field names no one', () => {
    expect(reach([onApi([{}])], web, api)).toBe('no');
  });

  it('policies are a union: one that allows is enough', () => {
    expect(
      reach([policy('deny'), onApi([webPods]), policy('web-out', { ...webPods, policyTypes: ['Egress'], egress: [{}] })], web, api),
    ).toBe('yes');
  });

  it('both ends must allow: egress of the source', () => {
    const noEgress = policy('web-out', { ...webPods, policyTypes: ['Egress'] });
    expect(reach([onApi([webPods]), noEgress], web, api)).toBe('no');
  });

  it('both ends must allow: ingress of the destination', () => {
    const egress = policy('web-out', {
      ...webPods,
      policyTypes: ['Egress'],
      egress: [{ peers: [{ podSelector: { matchLabels: { app: 'api' } } }] }],
    });
    expect(reach([egress], web, api)).toBe('yes');
    expect(reach([egress, onApi([{ podSelector: { matchLabels: { app: 'db' } } }])], web, api)).toBe('no');
  });

  it('a pod reaches itself whatever the policies say', () => {
    expect(reach([policy('deny', { policyTypes: ['Ingress', 'Egress'] })], web, web)).toBe('yes');
  });
});

describe('ports', () => {
  it.each<[string, PolicyPort[] | undefined, number, string, string]>([
    ['missing ports are all ports', undefined, 1, 'SCTP', 'yes'],
    ['empty ports are all ports', [], 1, 'UDP', 'yes'],
    ['the port', [tcp(8080)], 8080, 'TCP', 'yes'],
    ['another port', [tcp(8081)], 8080, 'TCP', 'no'],
    ['another protocol', [udp(8080)], 8080, 'TCP', 'no'],
    ['protocol defaults to TCP', [{ protocol: '', port: 8080 }], 8080, 'TCP', 'yes'],
    ['protocol defaults to TCP, not to any', [{ protocol: '', port: 8080 }], 8080, 'UDP', 'no'],
    ['no port: every port of the protocol', [{ protocol: 'UDP' }], 9, 'UDP', 'yes'],
    ['no port: no port of another protocol', [{ protocol: 'UDP' }], 9, 'TCP', 'no'],
    ['endPort: first', [tcp(8000, 8080)], 8000, 'TCP', 'yes'],
    ['endPort: last', [tcp(8000, 8080)], 8080, 'TCP', 'yes'],
    ['endPort: below', [tcp(8000, 8080)], 7999, 'TCP', 'no'],
    ['endPort: above', [tcp(8000, 8080)], 8081, 'TCP', 'no'],
    ['endPort needs a numeric port', [tcp('http', 9000)], 8080, 'TCP', 'no'],
    ['endPort needs a port', [{ protocol: 'TCP', endPort: 9000 }], 8080, 'TCP', 'no'],
    ['a named port resolves on the destination', [tcp('http')], 8080, 'TCP', 'yes'],
    ['a named port is that number only', [tcp('http')], 80, 'TCP', 'no'],
    ['a name that the destination has not', [tcp('grpc')], 8080, 'TCP', 'no'],
    ['a named port of another protocol', [udp('http')], 8080, 'UDP', 'no'],
    ['one of several entries is enough', [tcp(1), udp(8080), tcp(8080)], 8080, 'TCP', 'yes'],
  ])('%s', (_name, ports, port, protocol, expected) => {
    expect(reach([onApi([webPods], ports)], web, api, port, protocol)).toBe(expected);
  });

  it('named ports resolve per destination pod', () => {
    const other = pod('api-2', { app: 'api' }, { containers: [container('api', [{ name: 'http', port: 9090, protocol: 'TCP' }])] });
    const rule = onApi([webPods], [tcp('http')]);
    expect([reach([rule], web, api, 8080), reach([rule], web, other, 8080), reach([rule], web, other, 9090)]).toEqual(['yes', 'no', 'yes']);
  });

  it('in an egress rule too the name is looked up on the destination, not on the pod that the policy selects', () => {
    const source = pod('web', { app: 'web' }, { containers: [container('web', [{ name: 'http', port: 80, protocol: 'TCP' }])] });
    const egress = policy('out', { ...webPods, policyTypes: ['Egress'], egress: [{ ports: [tcp('http')] }] });
    expect([reach([egress], source, api, 8080), reach([egress], source, api, 80)]).toEqual(['yes', 'no']);
  });

  it('a sidecar’s port counts, a finished init container’s does not', () => {
    const ports = [{ name: 'mesh', port: 15000, protocol: 'TCP' }];
    const withRole = (role: 'init' | 'sidecar') => pod('api', { app: 'api' }, { uid: role, containers: [container('c', ports, { role })] });
    const rule = onApi([webPods], [tcp('mesh')]);
    expect([reach([rule], web, withRole('sidecar'), 15000), reach([rule], web, withRole('init'), 15000)]).toEqual(['yes', 'no']);
  });
});

describe('what was not seen', () => {
  it('labels of a namespace that was not seen decide nothing', () => {
    const rule = onApi([{ namespaceSelector: { matchLabels: { team: 'b' } } }]);
    expect(reach([rule], stranger, api, 8080, 'TCP', 'unseen')).toBe('maybe');
  });

  it('kubernetes.io/metadata.name is known without seeing the namespace', () => {
    const rule = (name: string): NetworkPolicy => onApi([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }]);
    expect(reach([rule('other')], stranger, api, 8080, 'TCP', 'unseen')).toBe('yes');
    expect(reach([rule('agents')], stranger, api, 8080, 'TCP', 'unseen')).toBe('no');
  });

  it('namespaceSelector {} needs no labels', () => {
    expect(reach([onApi([{ namespaceSelector: {} }])], stranger, api, 8080, 'TCP', 'unseen')).toBe('yes');
  });

  it('a hostNetwork pod is outside NetworkPolicy: no policy isolates it', () => {
    const host = pod('host', { app: 'api' }, { hostNetwork: true });
    expect(reach([policy('deny')], web, host)).toBe('yes');
  });

  it('a hostNetwork pod as a named peer is up to the network plug-in', () => {
    const host = pod('host', { app: 'web' }, { hostNetwork: true });
    expect(reach([onApi([webPods])], host, api)).toBe('maybe');
    expect(reach([onApi(undefined)], host, api)).toBe('yes');
    expect(reach([policy('deny')], host, api)).toBe('no');
  });
});

const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('a', 'b'));
const peer = fc.record(
  {
    podSelector: fc.record({ matchLabels: labels }),
    namespaceSelector: fc.record({ matchLabels: fc.constantFrom<Record<string, string>>({}, { team: 'b' }) }),
  },
  { requiredKeys: [] },
);
const rule = fc.record(
  { peers: fc.array(peer, { maxLength: 2 }), ports: fc.array(fc.constantFrom(tcp(80), tcp(8080), udp(80)), { maxLength: 2 }) },
  { requiredKeys: [] },
);
const policies = fc.array(
  fc.record({
    namespace: fc.constantFrom('agents', 'other'),
    name: fc.constant('p'),
    podSelector: fc.record({ matchLabels: labels }),
    policyTypes: fc.constantFrom<('Ingress' | 'Egress')[]>(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: fc.array(rule, { maxLength: 2 }),
    egress: fc.array(rule, { maxLength: 2 }),
  }),
  { maxLength: 5 },
);
const anyPod = fc
  .tuple(fc.constantFrom('agents', 'other'), labels, fc.uuid())
  .map(([ns, has, uid]) => pod('p', has, { namespace: ns, uid }));

/** The prose of the API reference, without index, memory or three-valued logic. */
function oracle(all: readonly NetworkPolicy[], from: Pod, to: Pod, port: number): boolean {
  const has = (wanted: Readonly<Record<string, string>> = {}, labelSet: Readonly<Record<string, string>>): boolean =>
    Object.entries(wanted).every(([key, value]) => labelSet[key] === value);
  const side = (subject: Pod, other: Pod, type: 'Ingress' | 'Egress'): boolean => {
    const isolating = all.filter(
      (p) => p.namespace === subject.namespace && has(p.podSelector.matchLabels, subject.labels) && p.policyTypes?.includes(type),
    );
    if (isolating.length === 0) return true;
    return isolating.some((p) =>
      (type === 'Ingress' ? p.ingress : p.egress)?.some((each) => {
        const portOk = !each.ports?.length || each.ports.some((entry) => entry.protocol === 'TCP' && entry.port === port);
        const peerOk =
          !each.peers?.length ||
          each.peers.some((entry) => {
            if (!entry.podSelector && !entry.namespaceSelector) return false;
            const nsOk = entry.namespaceSelector
              ? has(entry.namespaceSelector.matchLabels, { team: other.namespace === 'other' ? 'b' : 'a' })
              : other.namespace === p.namespace;
            return nsOk && has(entry.podSelector?.matchLabels, other.labels);
          });
        return portOk && peerOk;
      }),
    );
  };
  return side(from, to, 'Egress') && side(to, from, 'Ingress');
}

describe('properties', () => {
  it('allows agrees with the prose of the API reference', () => {
    fc.assert(
      fc.property(policies, anyPod, anyPod, fc.constantFrom(80, 8080), (all, from, to, port) => {
        fc.pre(from.uid !== to.uid);
        expect(reach(all, from, to, port)).toBe(oracle(all, from, to, port) ? 'yes' : 'no');
      }),
      { numRuns: 300 },
    );
  });

  it('the order of policies does not matter', () => {
    fc.assert(
      fc.property(policies, anyPod, anyPod, (all, from, to) => {
        expect(reach(all.toReversed(), from, to)).toBe(reach(all, from, to));
      }),
    );
  });
});
