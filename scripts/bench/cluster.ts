import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesServer } from '../servers/kubernetes.ts';
import { KubernetesApi } from '../servers/kubernetes-api.ts';
import {
  collectionOf,
  deployment,
  type KubernetesObject,
  namespace,
  networkPolicy,
  node,
  secret,
  usage,
} from '../servers/kubernetes-objects.ts';

export interface ClusterSize {
  readonly nodes: number;
  readonly deployments: number;
  readonly replicas: number;
  readonly secrets: number;
  readonly policies: number;
}

const namespaces = 20;

/** Everything but the pods, which the deployments make. Spread evenly over 20 namespaces. */
function* objects(size: ClusterSize): Generator<KubernetesObject> {
  const at = (index: number): string => `team-${index % namespaces}`;
  for (let index = 0; index < namespaces; index++) yield namespace(at(index));
  for (let index = 0; index < size.nodes; index++) yield node(`node-${index}`);
  for (let index = 0; index < size.secrets; index++) yield secret(at(index), `secret-${index}`, `value-${index}`);
  for (let index = 0; index < size.policies; index++) {
    // Every third namespace denies by default; the other policies name one deployment each.
    const deny = index < namespaces && index % 3 === 0;
    const app = { app: `app-${index % size.deployments}` };
    yield networkPolicy(at(index), `policy-${index}`, {
      podSelector: deny ? {} : { matchLabels: app },
      policyTypes: ['Ingress', 'Egress'],
      ...(deny ? {} : { ingress: [{ from: [{ podSelector: {} }] }], egress: [{ to: [{ namespaceSelector: {} }] }] }),
    });
  }
  for (let index = 0; index < size.deployments; index++) {
    yield deployment(at(index), `app-${index}`, size.replicas, {
      labels: { app: `app-${index}` },
      annotations: usage('50m', '64Mi'),
      container: {
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
        readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
      },
    });
  }
}

/** Fills an empty cluster, 16 requests in flight, and waits until every pod is ready and measured. */
export async function fillCluster(server: KubernetesServer, size: ClusterSize, say: (message: string) => void): Promise<void> {
  const api = new KubernetesApi({ url: server.url, caFile: server.caFile, token: server.tokens.admin });
  try {
    const queue = objects(size);
    // Namespaces first: what is in them needs them.
    for (let index = 0; index < namespaces; index++) await create(api, queue.next().value);
    const worker = async (): Promise<void> => {
      for (const object of queue) await create(api, object);
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    const pods = size.deployments * size.replicas;
    say(`created ${size.nodes} nodes, ${size.deployments} deployments, ${size.secrets} secrets, ${size.policies} policies`);
    await until(`${pods} ready pods`, 600_000, say, async () => {
      const list = (await api.get('/apis/apps/v1/deployments')) as { items: { status?: { readyReplicas?: number } }[] };
      return list.items.reduce((sum, { status }) => sum + (status?.readyReplicas ?? 0), 0) / pods;
    });
    await until(`usage of ${pods} pods`, 180_000, say, async () => {
      const answer = await api.request('GET', '/apis/metrics.k8s.io/v1beta1/pods');
      return answer.status === 200 ? (JSON.parse(answer.text) as { items: unknown[] }).items.length / pods : 0;
    });
  } finally {
    api.close();
  }
}

async function create(api: KubernetesApi, object: KubernetesObject | undefined): Promise<void> {
  if (object) await api.create(collectionOf(object), object);
}

async function until(what: string, limitMs: number, say: (message: string) => void, share: () => Promise<number>): Promise<void> {
  const end = Date.now() + limitMs;
  for (let done = await share(); done < 1; done = await share()) {
    if (Date.now() > end) throw new Error(`${what}: only ${Math.round(done * 100)} % after ${limitMs / 1000} s`);
    say(`${what}: ${Math.round(done * 100)} %`);
    await sleep(5000);
  }
  say(`${what}: there`);
}
