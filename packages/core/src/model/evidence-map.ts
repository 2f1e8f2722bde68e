import type { Evidence } from './evidence.ts';
import type * as k8s from './kubernetes.ts';
import type { LedgerSpend } from './ledger.ts';
import type { PerformanceMetrics, PrometheusInfo, ScrapeTarget, SpendMetrics } from './prometheus.ts';
import type {
  AgentRegistry,
  EndpointProbe,
  ProviderProbe,
  RedisInfo,
  ServerCertificate,
  VaultHealth,
  VaultRotations,
  VaultSecret,
} from './servers.ts';

/**
 * Every piece of evidence a check can ask for. `kubernetes.*` exists once a
 * context; the others once a run.
 */
export interface EvidenceTypes {
  'kubernetes.cluster': k8s.ClusterInfo;
  'kubernetes.namespaces': readonly k8s.Namespace[];
  'kubernetes.nodes': readonly k8s.Node[];
  'kubernetes.pods': readonly k8s.Pod[];
  'kubernetes.events': readonly k8s.ClusterEvent[];
  'kubernetes.deployments': readonly k8s.Workload[];
  'kubernetes.statefulsets': readonly k8s.Workload[];
  'kubernetes.daemonsets': readonly k8s.Workload[];
  'kubernetes.jobs': readonly k8s.Job[];
  'kubernetes.autoscalers': readonly k8s.Autoscaler[];
  'kubernetes.quotas': readonly k8s.Quota[];
  'kubernetes.services': readonly k8s.Service[];
  'kubernetes.endpointslices': readonly k8s.EndpointSlice[];
  'kubernetes.networkpolicies': readonly k8s.NetworkPolicy[];
  'kubernetes.foreignpolicies': readonly k8s.ForeignPolicies[];
  'kubernetes.istio': k8s.IstioConfig;
  'kubernetes.secrets': readonly k8s.SecretMeta[];
  'kubernetes.certificates': readonly k8s.Certificate[];
  'kubernetes.podusage': readonly k8s.PodUsage[];
  'kubernetes.nodeusage': readonly k8s.NodeUsage[];
  'prometheus.info': PrometheusInfo;
  'prometheus.targets': readonly ScrapeTarget[];
  'prometheus.performance': PerformanceMetrics;
  'prometheus.spend': SpendMetrics;
  'ledger.spend': LedgerSpend;
  'redis.servers': readonly Evidence<RedisInfo>[];
  'redis.registry': AgentRegistry;
  'vault.health': VaultHealth;
  'vault.secrets': readonly VaultSecret[];
  /** How the rotations of the configured secrets stand. */
  'vault.rotations': VaultRotations;
  'http.endpoints': readonly EndpointProbe[];
  'http.providers': readonly ProviderProbe[];
  /** Of every server that is talked to over TLS but endpoints and providers, whose probes have their own. Every source adds its part. */
  'tls.servers': readonly ServerCertificate[];
}

export type EvidenceKey = keyof EvidenceTypes;

/** Evidence under way: a promise a key, none of which ever rejects. Keys nobody wanted are absent. */
export type EvidencePromises = { [K in EvidenceKey]?: Promise<Evidence<EvidenceTypes[K]>> };

/** Evidence that has arrived. */
export type EvidenceSet = { [K in EvidenceKey]?: Evidence<EvidenceTypes[K]> };
