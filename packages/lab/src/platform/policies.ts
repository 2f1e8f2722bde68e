import { networkPolicy } from '../kubernetes/objects.ts';
import type { Dict, KubeObject } from '../kubernetes/types.ts';

const inNamespace = (name: string): Dict => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const app = (name: string): Dict => ({ matchLabels: { app: name } });
const tcp = (...ports: number[]): Dict[] => ports.map((port) => ({ protocol: 'TCP', port }));

/** Default deny in both namespaces, and one policy for each way that traffic takes. */
export function policies(at: number, openEgress: boolean): KubeObject[] {
  const policy = (namespace: string, name: string, spec: Dict): KubeObject => networkPolicy({ namespace, name, at, spec });
  const everyPod = { podSelector: {} };
  const dns = { egress: [{ to: [{ namespaceSelector: inNamespace('kube-system') }], ports: [{ protocol: 'UDP', port: 53 }, ...tcp(53)] }] };
  const list = ['agents', 'platform'].flatMap((namespace) => [
    policy(namespace, 'default-deny', { ...everyPod, policyTypes: ['Ingress', 'Egress'] }),
    policy(namespace, 'allow-dns', { ...everyPod, policyTypes: ['Egress'], ...dns }),
  ]);
  const agentsToPlatform = {
    ...everyPod,
    policyTypes: ['Egress'],
    egress: [
      { to: [{ namespaceSelector: inNamespace('platform'), podSelector: app('redis') }], ports: tcp(6379) },
      { to: [{ namespaceSelector: inNamespace('platform'), podSelector: app('vault') }], ports: tcp(8200) },
      // The model providers' published ranges.
      { to: [{ ipBlock: { cidr: '160.79.104.0/23' } }, { ipBlock: { cidr: '162.159.140.0/24' } }], ports: tcp(443) },
    ],
  };
  const fromAgents = [{ namespaceSelector: inNamespace('agents') }];
  return [
    ...list,
    policy('agents', 'agents-egress', agentsToPlatform),
    policy('agents', 'from-gateway', {
      ...everyPod,
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: inNamespace('platform'), podSelector: app('gateway') }], ports: tcp(8080) }],
    }),
    policy('platform', 'gateway-to-agents', {
      podSelector: app('gateway'),
      policyTypes: ['Egress'],
      egress: [{ to: fromAgents, ports: tcp(8080) }],
    }),
    policy('platform', 'redis-from-agents', {
      podSelector: app('redis'),
      policyTypes: ['Ingress'],
      ingress: [{ from: fromAgents, ports: tcp(6379) }],
    }),
    policy('platform', 'vault-from-agents', {
      podSelector: app('vault'),
      policyTypes: ['Ingress'],
      ingress: [{ from: fromAgents, ports: tcp(8200) }],
    }),
    ...(openEgress
      ? [
          policy('agents', 'debug-egress', {
            podSelector: app('code-gen'),
            policyTypes: ['Egress'],
            egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
          }),
        ]
      : []),
  ];
}
