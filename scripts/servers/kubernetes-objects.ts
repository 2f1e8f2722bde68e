/** Kubernetes objects as they are sent: makers for what the seed and the bench need. */

export type KubernetesObject = Readonly<Record<string, unknown>>;

export function namespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** A node that kwok runs; its metrics come from the usage annotations of its pods. */
export function node(name: string, options: { cpu?: string; memory?: string; fake?: boolean } = {}): KubernetesObject {
  const { cpu = '8', memory = '32Gi', fake = true } = options;
  const size = { cpu, memory, pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name },
      annotations: fake
        ? { 'kwok.x-k8s.io/node': 'fake', 'metrics.k8s.io/resource-metrics-path': `/metrics/nodes/${name}/metrics/resource` }
        : {},
    },
    // Before the node controller notices that nobody runs it, no pod may land there.
    spec: fake ? {} : { taints: [{ key: 'example.com/broken', effect: 'NoSchedule' }] },
    status: {
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      allocatable: size,
      capacity: size,
    },
  };
}

export interface PodShape {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly container?: KubernetesObject;
  readonly spec?: KubernetesObject;
}

export function usage(cpu: string, memory: string): Record<string, string> {
  return { 'kwok.x-k8s.io/usage-cpu': cpu, 'kwok.x-k8s.io/usage-memory': memory };
}

export function podTemplate(shape: PodShape): KubernetesObject {
  return {
    metadata: { labels: shape.labels, annotations: shape.annotations ?? {} },
    spec: {
      containers: [{ name: 'main', image: 'registry.example/agent:1.0', ...shape.container }],
      terminationGracePeriodSeconds: 1,
      ...shape.spec,
    },
  };
}

export function deployment(ns: string, name: string, replicas: number, shape: PodShape): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: ns, labels: shape.labels },
    spec: { replicas, selector: { matchLabels: shape.labels }, template: podTemplate(shape) },
  };
}

export function secret(ns: string, name: string, value: string, annotations: Readonly<Record<string, string>> = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: ns, annotations },
    type: 'Opaque',
    stringData: { 'api-key': value },
  };
}

export function networkPolicy(ns: string, name: string, spec: KubernetesObject): KubernetesObject {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: ns }, spec };
}

/** The collection that an object of these kinds is created in. */
export function collectionOf(object: KubernetesObject): string {
  const { apiVersion, kind, metadata } = object as { apiVersion: string; kind: string; metadata: { namespace?: string } };
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const irregular: Record<string, string> = { NetworkPolicy: 'networkpolicies' };
  const plural = irregular[kind] ?? `${kind.toLowerCase()}s`;
  return metadata.namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${metadata.namespace}/${plural}`;
}
