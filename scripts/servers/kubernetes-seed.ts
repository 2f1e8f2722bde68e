import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesApi } from './kubernetes-api.ts';
import { collectionOf, deployment, type KubernetesObject, namespace, networkPolicy, node, secret, usage } from './kubernetes-objects.ts';

/** Every value in a seeded Secret; none may appear anywhere in agentops' output. */
export const secretCanary = 'CANARY-kubernetes-secret-value';

const day = 86_400_000;
/** Age of `agents/legacy-token`, written into etcd as an API server of that day would have. */
export const legacySecretAgeMs = 200 * day;

const probes = {
  livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
  readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
};
const sized = { resources: { requests: { cpu: '500m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' } } };
/** kwok delays a stage until its jitter at the latest, so both must be long. */
const forever = (stage: string): Record<string, string> => ({
  [`${stage}.stage.kwok.x-k8s.io/delay`]: '9999h',
  [`${stage}.stage.kwok.x-k8s.io/jitter-delay`]: '9999h',
});

/** What is wrong in the seeded cluster is named by its object; the rest is well. */
export function seedObjects(): readonly KubernetesObject[] {
  return [
    namespace('agents'),
    namespace('platform'),
    node('node-1'),
    node('node-2'),
    // Nobody runs this one: the node controller finds it NotReady after its grace period.
    node('node-lost', { fake: false }),
    // 90 % of its CPU limit, at the HPA's maximum.
    deployment('agents', 'planner', 2, {
      labels: { app: 'planner' },
      annotations: usage('900m', '100Mi'),
      container: { ...sized, ...probes, ports: [{ name: 'http', containerPort: 8080 }] },
      spec: { volumes: [{ name: 'key', secret: { secretName: 'openai-key' } }] },
    }),
    // 94 % of its memory limit; no probes.
    deployment('agents', 'coder', 3, { labels: { app: 'coder' }, annotations: usage('100m', '240Mi'), container: sized }),
    // No requests, limits or probes.
    deployment('platform', 'gateway', 1, { labels: { app: 'gateway' }, annotations: usage('50m', '50Mi') }),
    deployment('agents', 'crasher', 1, { labels: { app: 'crasher' }, container: sized }),
    // Its image cannot be pulled: it stays in the creation phase, see patches below.
    deployment('agents', 'no-image', 1, {
      labels: { app: 'no-image' },
      annotations: forever('pod-ready'),
      container: { ...sized, image: 'registry.example/missing:1.0' },
    }),
    // Asks for more CPU than any node has.
    deployment('agents', 'too-big', 1, { labels: { app: 'too-big' }, container: { resources: { requests: { cpu: '64' } } } }),
    secret('agents', 'openai-key', secretCanary),
    secret('agents', 'rotated-key', secretCanary, { 'example.com/owner': 'team-agents' }),
    secret('platform', 'database', secretCanary),
    networkPolicy('platform', 'default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    networkPolicy('agents', 'planner', {
      podSelector: { matchLabels: { app: 'planner' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'gateway' } }, namespaceSelector: {} }], ports: [{ port: 'http' }] }],
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
    }),
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'pods', namespace: 'agents' },
      spec: { hard: { pods: '8', 'requests.cpu': '100' } },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'planner', namespace: 'agents' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'planner' },
        minReplicas: 1,
        maxReplicas: 2,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'planner', namespace: 'agents' },
      spec: { selector: { app: 'planner' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
    binding('viewer', 'view', 'viewer'),
  ];
}

/** `viewer` may read what the built-in role `view` lets it: no Secrets, no nodes. */
function binding(name: string, role: string, user: string): KubernetesObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}

interface SeededPod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly status: { readonly phase?: string; readonly containerStatuses?: readonly KubernetesObject[] };
}

async function podOf(api: KubernetesApi, app: string, ready: (pod: SeededPod) => boolean): Promise<SeededPod> {
  for (let tries = 0; tries < 300; tries++) {
    const list = (await api.get(`/api/v1/namespaces/agents/pods?labelSelector=app%3D${app}`)) as { items: SeededPod[] };
    const pod = list.items.find(ready);
    if (pod) return pod;
    await sleep(200);
  }
  throw new Error(`kubernetes seed: no pod of ${app} got ready to be patched`);
}

async function createAll(api: KubernetesApi, objects: readonly KubernetesObject[]): Promise<void> {
  await Promise.all(objects.map((object) => api.create(collectionOf(object), object)));
}

/** Fills an empty cluster; etcd's address is needed for the Secret from the past. */
export async function seedKubernetes(api: KubernetesApi, etcdUrl: string): Promise<void> {
  const objects = seedObjects();
  const first = (object: KubernetesObject): boolean => ['Namespace', 'Node'].includes(String(object.kind));
  // The quota comes last: it must not refuse the pods of the deployments.
  const last = (object: KubernetesObject): boolean => object.kind === 'ResourceQuota';
  await createAll(api, objects.filter(first));
  await createAll(
    api,
    objects.filter((object) => !first(object) && !last(object)),
  );
  await crashingPod(api);
  await unpullablePod(api);
  await createAll(api, objects.filter(last));
  await legacySecret(api, etcdUrl);
}

/** A container that is killed for memory over and over, as its kubelet would report it. */
async function crashingPod(api: KubernetesApi): Promise<void> {
  const pod = await podOf(api, 'crasher', (candidate) => candidate.status.phase === 'Running');
  const now = Date.now();
  const { name, uid } = pod.metadata;
  await api.patch(`/api/v1/namespaces/agents/pods/${name}/status`, {
    status: {
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Initialized', status: 'True' },
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [main]' },
        { type: 'ContainersReady', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [main]' },
      ],
      containerStatuses: [
        {
          name: 'main',
          image: 'registry.example/agent:1.0',
          imageID: '',
          ready: false,
          restartCount: 12,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=main' } },
          lastState: {
            terminated: {
              reason: 'OOMKilled',
              exitCode: 137,
              startedAt: new Date(now - 90_000).toISOString(),
              finishedAt: new Date(now - 60_000).toISOString(),
            },
          },
        },
      ],
    },
  });
  await api.create('/api/v1/namespaces/agents/events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.back-off`, namespace: 'agents' },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'agents', name, uid },
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off restarting failed container main',
    count: 12,
    firstTimestamp: new Date(now - 1_800_000).toISOString(),
    lastTimestamp: new Date(now - 30_000).toISOString(),
    source: { component: 'kubelet' },
  });
}

async function unpullablePod(api: KubernetesApi): Promise<void> {
  const pod = await podOf(api, 'no-image', (candidate) => (candidate.status.containerStatuses ?? []).length > 0);
  await api.patch(`/api/v1/namespaces/agents/pods/${pod.metadata.name}/status`, {
    status: {
      containerStatuses: [
        {
          name: 'main',
          image: 'registry.example/missing:1.0',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "registry.example/missing:1.0"' } },
        },
      ],
    },
  });
}

/**
 * The API server stamps every new object with the present. A Secret from the
 * past therefore goes into etcd beside it, in the JSON that the storage layer
 * reads as well as its own protobuf.
 */
async function legacySecret(api: KubernetesApi, etcdUrl: string): Promise<void> {
  const at = new Date(Date.now() - legacySecretAgeMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const stored = {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: {
      name: 'legacy-token',
      namespace: 'agents',
      uid: '7f0d5c1e-2b34-4c56-8d78-9e0f1a2b3c4d',
      creationTimestamp: at,
      managedFields: [
        {
          manager: 'kubectl-create',
          operation: 'Update',
          apiVersion: 'v1',
          time: at,
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { '.': {}, 'f:api-key': {} }, 'f:type': {} },
        },
      ],
    },
    data: { 'api-key': Buffer.from(secretCanary).toString('base64') },
    type: 'Opaque',
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const answer = await fetch(`${etcdUrl}/v3/kv/put`, {
    method: 'POST',
    body: JSON.stringify({ key: base64('/registry/secrets/agents/legacy-token'), value: base64(JSON.stringify(stored)) }),
  });
  if (!answer.ok) throw new Error(`etcd: ${answer.status} ${await answer.text()}`);
  await api.get('/api/v1/namespaces/agents/secrets/legacy-token');
}
