import {
  cronJob,
  deployment,
  event,
  hpa,
  job,
  namespace,
  node,
  nodeUsage,
  type PodState,
  podUsage,
  quota,
  secret,
  service,
  statefulSet,
} from '../kubernetes/objects.ts';
import type { KubernetesOptions } from '../kubernetes/server.ts';
import type { KubeObject } from '../kubernetes/types.ts';
import { policies } from './policies.ts';
import { keyInEnvironment, servedValues, syncedSecret } from './rotation.ts';
import { agents, day, hour, minute, type Tweaks } from './world.ts';

const nodes = ['node-1', 'node-2', 'node-3'];
const certificates = { group: 'cert-manager.io', version: 'v1', plural: 'certificates', kind: 'Certificate', namespaced: true } as const;

/** What reads everything but secrets, network policies and usage: not enough for every check. */
const fewRules = [
  {
    apiGroups: ['', 'apps', 'batch', 'autoscaling', 'discovery.k8s.io'],
    resources: [
      'namespaces',
      'pods',
      'events',
      'services',
      'deployments',
      'statefulsets',
      'daemonsets',
      'jobs',
      'horizontalpodautoscalers',
      'endpointslices',
      'resourcequotas',
    ],
    verbs: ['get', 'list'],
  },
];

/** The platform's cluster: two namespaces, three nodes, four agents, a gateway, Redis and Vault. */
export function cluster(now: number, tweaks: Tweaks): KubernetesOptions {
  const old = now - 40 * day;
  const workloads = [...agentWorkloads(now, tweaks), ...platformWorkloads(old, now)];
  const pods = workloads.filter(({ kind }) => kind === 'Pod');
  const objects: KubeObject[] = [
    ...['kube-system', 'agents', 'platform'].map((name) => namespace(name, old)),
    ...nodes.map((name) => node({ name, at: old, cpu: '8', memory: '32Gi', pods: 110 })),
    ...workloads,
    ...policies(old, tweaks.openEgress === true),
    ...secrets(now, tweaks),
    quota({
      namespace: 'agents',
      name: 'agents',
      at: old,
      hard: { 'requests.cpu': '24', pods: '60' },
      used: { 'requests.cpu': '3250m', pods: '13' },
    }),
    hpa({
      namespace: 'agents',
      name: 'code-gen',
      at: old,
      target: { kind: 'Deployment', name: 'code-gen' },
      min: 2,
      max: 12,
      current: 6,
      cpu: { target: 70, current: 48 },
    }),
    ...services(old, pods),
    ...events(now, pods, tweaks),
    ...nodes.map((name) => nodeUsage(name, { cpu: '2100m', memory: '11Gi' }, now)),
    ...pods.filter((pod) => isRunning(pod)).map((pod) => podUsage(pod, { cpu: '180m', memory: '210Mi' }, now)),
    certificate(now),
  ];
  return {
    tls: 'self-signed',
    objects,
    resources: [certificates],
    ...(tweaks.permissions === 'few' ? { users: [{ token: 'agentops-lab-viewer', name: 'lab-viewer', rules: fewRules }] } : {}),
  };
}

function agentWorkloads(now: number, tweaks: Tweaks): KubeObject[] {
  const old = now - 40 * day;
  return agents.flatMap((agent) => {
    const rollout = agent.name === 'code-gen' ? tweaks.rollout : undefined;
    const states = statesOf(agent.name, agent.replicas, now, tweaks);
    return deployment({
      namespace: 'agents',
      name: agent.name,
      at: old,
      replicas: agent.replicas,
      nodes,
      podLabels: { app: agent.name },
      containers: [
        {
          name: 'agent',
          image: `registry.example/agents/${agent.name}:${rollout ? '2.5.0' : '2.4.1'}`,
          ...(agent.name === 'code-gen' ? keyInEnvironment(tweaks) : {}),
        },
      ],
      ...(states ? { states } : {}),
      ...(rollout
        ? {
            rolledOutAt: now - rollout.minutesAgo * minute,
            revision: 12,
            previous: { at: old, image: `registry.example/agents/${agent.name}:2.4.1` },
          }
        : {}),
    }).objects;
  });
}

function statesOf(agent: string, replicas: number, now: number, tweaks: Tweaks): PodState[] | undefined {
  if (agent === 'code-gen' && tweaks.rollout?.broken) {
    const looping: PodState = { state: 'crash-loop', restarts: 5, lastAt: now - minute, exitCode: 1 };
    return Array.from({ length: replicas }, (_, index): PodState => (index < 4 ? looping : { state: 'running' }));
  }
  if (agent === 'summarizer' && tweaks.summarizer === 'oom-loop') {
    return Array.from(
      { length: replicas },
      (_, index): PodState => ({ state: 'oom-killed', restarts: 9 + index, lastAt: now - (2 + index) * minute, looping: index === 0 }),
    );
  }
  return undefined;
}

function platformWorkloads(at: number, now: number): KubeObject[] {
  const gateway = deployment({
    namespace: 'platform',
    name: 'gateway',
    at,
    replicas: 2,
    nodes,
    podLabels: { app: 'gateway' },
    containers: [{ name: 'gateway', image: 'registry.example/gateway:1.18.0' }],
  });
  const stores = (['redis', 'vault'] as const).map((name) =>
    statefulSet({
      namespace: 'platform',
      name,
      at,
      replicas: 1,
      nodes,
      containers: [{ name, image: `registry.example/${name}:stable`, port: name === 'redis' ? 6379 : 8200 }],
    }),
  );
  const containers = [{ name: 'evaluate', image: 'registry.example/agents/evaluate:2.4.1', probes: [] }];
  const nightly = cronJob({
    namespace: 'platform',
    name: 'nightly-evaluation',
    at,
    schedule: '0 3 * * *',
    lastScheduledAt: now - 10 * hour,
    containers,
  });
  const lastNight = job({
    namespace: 'platform',
    name: 'nightly-evaluation-29390100',
    at: now - 10 * hour,
    finishedAt: now - 9.8 * hour,
    outcome: 'complete',
    cronJob: nightly,
    containers,
  });
  return [...gateway.objects, ...stores.flatMap(({ objects }) => objects), nightly, ...lastNight.objects];
}

function services(at: number, pods: readonly KubeObject[]): KubeObject[] {
  const ports = { gateway: 8080, redis: 6379, vault: 8200 } as const;
  return (['gateway', 'redis', 'vault'] as const).flatMap((name) => {
    const selected = pods.filter((pod) => pod.metadata.namespace === 'platform' && pod.metadata.labels?.app === name);
    return service({
      namespace: 'platform',
      name,
      at,
      selector: { app: name },
      ports: [{ name: 'main', port: ports[name] }],
      pods: selected,
    }).objects;
  });
}

function secrets(now: number, tweaks: Tweaks): KubeObject[] {
  const rotated = now - (tweaks.secretAgeDays ?? 30) * day;
  // Created when the value was last written: its age is exact.
  const providerKeys = ['openai-key', 'anthropic-key'].map((name) =>
    secret({
      namespace: 'agents',
      name,
      at: rotated,
      ...(name === 'openai-key' ? { values: servedValues } : {}),
      managers: [{ manager: 'external-secrets', at: rotated, data: true }],
    }),
  );
  return [
    ...providerKeys,
    ...syncedSecret(now, tweaks),
    secret({
      namespace: 'platform',
      name: 'redis-auth',
      at: now - 20 * day,
      managers: [{ manager: 'kubectl', at: now - 20 * day, data: true }],
    }),
    secret({
      namespace: 'platform',
      name: 'gateway-tls',
      at: now - 15 * day,
      type: 'kubernetes.io/tls',
      managers: [{ manager: 'cert-manager', at: now - 15 * day, data: true }],
      annotations: { 'cert-manager.io/certificate-name': 'gateway' },
    }),
    secret({ namespace: 'platform', name: 'sh.helm.release.v1.gateway.v7', at: now - 300 * day, type: 'helm.sh/release.v1' }),
  ];
}

function certificate(now: number): KubeObject {
  const at = new Date(now - 15 * day).toISOString();
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'gateway', namespace: 'platform', creationTimestamp: at.replace(/\.\d+Z$/, 'Z') },
    spec: { secretName: 'gateway-tls', dnsNames: ['gateway.example'] },
    status: {
      notAfter: new Date(now + 75 * day).toISOString().replace(/\.\d+Z$/, 'Z'),
      conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: 'Certificate is up to date and has not expired' }],
    },
  };
}

function events(now: number, pods: readonly KubeObject[], tweaks: Tweaks): KubeObject[] {
  if (!tweaks.rollout?.broken && tweaks.summarizer === undefined) return [];
  const name = tweaks.summarizer ? 'summarizer' : 'code-gen';
  return pods
    .filter((pod) => pod.metadata.labels?.app === name && !isRunning(pod))
    .map((about) =>
      event({
        about,
        reason: 'BackOff',
        message: 'Back-off restarting failed container agent in pod',
        count: 14,
        firstAt: now - 11 * minute,
        lastAt: now - minute,
        host: 'node-1',
      }),
    );
}

function isRunning(pod: KubeObject): boolean {
  const status = pod.status as { containerStatuses?: { state?: { running?: object } }[] } | undefined;
  return status?.containerStatuses?.every(({ state }) => state?.running !== undefined) === true;
}
