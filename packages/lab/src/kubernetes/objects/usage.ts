import { type KubeObject, rfc3339 } from '../types.ts';

/** Quantities as metrics-server writes them: `250m`, `100Mi`. */
export interface Usage {
  readonly cpu: string;
  readonly memory: string;
}

/** NodeMetrics over the last window. */
export function nodeUsage(name: string, usage: Usage, at: number, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: { name, creationTimestamp: rfc3339(at), labels },
    timestamp: rfc3339(at),
    window: '20.034s',
    usage,
  };
}

/** PodMetrics of a pod: the same usage for every container, or one each by name. */
export function podUsage(pod: KubeObject, usage: Usage | Readonly<Record<string, Usage>>, at: number): KubeObject {
  const spec = pod.spec as { containers: { name: string }[] };
  const isOne = (value: typeof usage): value is Usage => typeof value.cpu === 'string';
  const containers = spec.containers.flatMap(({ name }) => {
    const own = isOne(usage) ? usage : usage[name];
    return own === undefined ? [] : [{ name, usage: own }];
  });
  const { name, namespace, labels } = pod.metadata;
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'PodMetrics',
    metadata: { name, ...(namespace ? { namespace } : {}), creationTimestamp: rfc3339(at), ...(labels ? { labels } : {}) },
    timestamp: rfc3339(at),
    window: '15.012s',
    containers,
  };
}
