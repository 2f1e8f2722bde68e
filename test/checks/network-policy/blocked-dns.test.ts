import { describe, expect, it } from 'vitest';
import { blockedDns } from '../../../packages/core/src/checks/network-policy/blocked-dns.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { NetworkPolicy, Pod, PolicyRule } from '../../../packages/core/src/model/kubernetes.ts';
import { container, forbidden, type Given, lines, namespace, pod, policy, run, tcp, udp } from './builders.ts';

const dnsPorts = [udp(53), tcp(53)];
const kubeSystem = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } };
const kubeDns = { ...kubeSystem, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
const web = pod('web-1', { app: 'web' });
const coreDns = pod(
  'coredns-1',
  { 'k8s-app': 'kube-dns' },
  {
    namespace: 'kube-system',
    containers: [
      container('coredns', [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ]),
    ],
  },
);

const egress = (...rules: PolicyRule[]): NetworkPolicy => policy('out', { policyTypes: ['Egress'], egress: rules });

function check(policies: readonly NetworkPolicy[], more: Given = {}, pods: readonly Pod[] = [web], settings: unknown = {}) {
  return run(
    blockedDns,
    {
      'kubernetes.pods': pods,
      'kubernetes.networkpolicies': policies,
      'kubernetes.namespaces': [namespace('agents')],
      'kubernetes.foreignpolicies': [],
      ...more,
    },
    settings,
  );
}

const denied = 'warning agents/Deployment/web: egress to DNS denied (UDP and TCP 53) | a rule that allows port 53';

describe('by the rules alone (kube-system is left out by default)', () => {
  it.each<[string, PolicyRule[], string[]]>([
    ['a default deny', [], [denied]],
    ['egress to anywhere', [{}], []],
    ['port 53 to anywhere', [{ ports: dnsPorts }], []],
    ['port 53 to the DNS pods', [{ peers: [kubeDns], ports: dnsPorts }], []],
    ['any port to the DNS pods', [{ peers: [kubeDns] }], []],
    ['any port to kube-system', [{ peers: [kubeSystem] }], []],
    ['any port to all namespaces', [{ peers: [{ namespaceSelector: {} }] }], []],
    ['a range that includes 53', [{ peers: [kubeDns], ports: [udp(53), tcp(1, 1024)] }], []],
    ['all ports of both protocols', [{ peers: [kubeDns], ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }] }], []],
    ['443 to anywhere', [{ ports: [tcp(443)] }], [denied]],
    ['any port to a data store', [{ peers: [{ podSelector: { matchLabels: { app: 'db' } } }] }], [denied]],
    [
      'any port to another namespace',
      [{ peers: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data' } } }] }],
      [denied],
    ],
    [
      'any port to other pods of kube-system',
      [{ peers: [{ ...kubeSystem, podSelector: { matchLabels: { 'k8s-app': 'metrics-server' } } }] }],
      [denied],
    ],
    [
      'port 53 in two rules',
      [
        { peers: [kubeDns], ports: [udp(53)] },
        { peers: [kubeDns], ports: [tcp(53)] },
      ],
      [],
    ],
    [
      'port 53 written out for pods of one’s own: a resolver',
      [{ peers: [{ podSelector: { matchLabels: { app: 'dns' } } }], ports: dnsPorts }],
      [],
    ],
    [
      'port 53 to an address: node-local or outside',
      [{ peers: [{ ipBlock: { cidr: '169.254.20.10/32', except: [] } }], ports: dnsPorts }],
      [],
    ],
    [
      'a label of kube-system that was not seen may be there',
      [{ peers: [{ namespaceSelector: { matchLabels: { name: 'kube-system' } } }], ports: dnsPorts }],
      [],
    ],
    ['a port called dns may be it', [{ peers: [kubeDns], ports: [udp('dns'), tcp('dns-tcp')] }], []],
    ['a port of another name is not', [{ peers: [kubeDns], ports: [udp('http'), tcp('http')] }], [denied]],
    [
      'TCP only: lookups start with UDP',
      [{ peers: [kubeDns], ports: [tcp(53)] }],
      ['warning agents/Deployment/web: egress to DNS denied (UDP 53) | a rule that allows port 53'],
    ],
    [
      'UDP only: long answers are lost',
      [{ peers: [kubeDns], ports: [udp(53)] }],
      ['info agents/Deployment/web: egress to DNS denied (TCP 53) | TCP as well, for long answers'],
    ],
  ])('%s', (_name, rules, expected) => {
    expect(lines(check([egress(...rules)]))).toEqual(expected);
  });

  it('policies are a union: another policy may allow it', () => {
    expect(check([egress(), policy('dns', { policyTypes: ['Egress'], egress: [{ peers: [kubeDns], ports: dnsPorts }] })]).findings).toEqual(
      [],
    );
  });

  it('a policy for other pods does not help', () => {
    const other = policy('dns', { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Egress'], egress: [{ ports: dnsPorts }] });
    expect(lines(check([egress(), other]))).toEqual([denied]);
  });

  it('pods whose egress is not limited reach DNS', () => {
    expect(check([policy('in')])).toMatchObject({ status: 'pass', findings: [], note: 'no pod’s egress is limited by a policy' });
  });

  it('one finding a workload, with the policies and the next commands', () => {
    const [found] = check([egress()], {}, [web, pod('web-2', { app: 'web', v: '2' })]).findings;
    expect(found).toMatchObject({
      alsoOn: 1,
      measured: { value: 2, unit: 'count' },
      detail: 'egress is limited by out; pods: web-1, web-2',
      next: [
        'kubectl --context prod -n agents describe networkpolicy out',
        'kubectl --context prod -n agents exec web-1 -- nslookup kubernetes.default',
      ],
    });
  });

  it('hostNetwork and finished pods are left out', () => {
    expect(check([egress()], {}, [pod('a', {}, { hostNetwork: true }), pod('b', {}, { phase: 'Failed' })]).findings).toEqual([]);
  });

  it('namespace, labels and ports of DNS are settings', () => {
    const openshift = { namespace: 'openshift-dns', labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' }, ports: [5353] };
    const rule = {
      peers: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } } }],
      ports: [udp(5353), tcp(5353)],
    };
    expect(check([egress(rule)], {}, [web], openshift).findings).toEqual([]);
    expect(lines(check([egress({ peers: [kubeDns], ports: dnsPorts })], {}, [web], openshift))).toEqual([
      'warning agents/Deployment/web: egress to DNS denied (UDP and TCP 5353) | a rule that allows port 5353',
    ]);
  });
});

describe('where the DNS pods were seen', () => {
  const seen = [web, coreDns];
  const namespaces = { 'kubernetes.namespaces': [namespace('agents'), namespace('kube-system', { name: 'kube-system' })] };

  it.each<[string, PolicyRule[], number]>([
    ['their labels decide', [{ peers: [kubeDns], ports: dnsPorts }], 0],
    ['other labels of theirs decide', [{ peers: [{ ...kubeSystem, podSelector: { matchLabels: { app: 'coredns' } } }] }], 1],
    ['labels of kube-system decide', [{ peers: [{ namespaceSelector: { matchLabels: { name: 'kube-system' } } }] }], 0],
    ['labels that kube-system has not', [{ peers: [{ namespaceSelector: { matchLabels: { name: 'dns' } } }] }], 1],
    ['their port names resolve', [{ peers: [kubeDns], ports: [udp('dns'), tcp('dns-tcp')] }], 0],
    ['a name that they have not', [{ peers: [kubeDns], ports: [udp('dns'), tcp('domain')] }], 1],
  ])('%s', (_name, rules, expected) => {
    expect(check([egress(...rules)], namespaces, seen).findings).toHaveLength(expected);
  });

  it('their own ingress must allow it too', () => {
    const closed = policy('deny', { namespace: 'kube-system', policyTypes: ['Ingress'] });
    expect(lines(check([egress({ peers: [kubeDns], ports: dnsPorts }), closed], namespaces, seen))).toEqual([denied]);
    const open = policy('dns', { namespace: 'kube-system', policyTypes: ['Ingress'], ingress: [{ ports: dnsPorts }] });
    expect(check([egress({ peers: [kubeDns], ports: dnsPorts }), closed, open], namespaces, seen).findings).toEqual([]);
  });
});

describe('what was not seen', () => {
  it('policies of the DNS pods’ namespace that were not read might allow it', () => {
    const closed = policy('deny', { namespace: 'kube-system', policyTypes: ['Ingress'] });
    const rules = [egress({ peers: [kubeDns], ports: dnsPorts }), closed];
    const part = available('kubernetes prod', rules, [forbidden('networkpolicies', 'kube-system')]);
    expect(check([], { 'kubernetes.networkpolicies': part }, [web, coreDns])).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('where another engine applies it is unknown', () => {
    const cilium = { kind: 'ciliumnetworkpolicies', group: 'cilium.io', count: 1, namespaces: ['agents'] };
    expect(check([egress()], { 'kubernetes.foreignpolicies': [cilium] })).toMatchObject({
      status: 'unknown',
      findings: [],
      gaps: [{ reason: 'unsupported' }],
    });
  });

  it('a namespace whose policies were read in part is not judged', () => {
    const part = available('kubernetes prod', [egress()], [forbidden('networkpolicies', 'agents')]);
    expect(check([], { 'kubernetes.networkpolicies': part })).toMatchObject({ status: 'unknown', findings: [] });
  });

  it.each(['kubernetes.networkpolicies', 'kubernetes.namespaces', 'kubernetes.foreignpolicies'] as const)(
    '%s forbidden: unknown',
    (key) => {
      expect(check([egress({ ports: dnsPorts })], { [key]: forbidden('x') })).toMatchObject({ status: 'unknown', findings: [] });
    },
  );
});
