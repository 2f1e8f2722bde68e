import type { Pod } from '../../model/kubernetes.ts';
import { labelSetKey } from './coverage.ts';

/** Pods that no policy can tell apart: one namespace, one label set, one list of named ports. */
export interface PodGroup {
  readonly namespace: string;
  /** One of them, to evaluate. */
  readonly pod: Pod;
  readonly pods: readonly Pod[];
}

/** Groups pods, so that what is evaluated for one holds for all. */
export function groupPods(pods: readonly Pod[]): readonly PodGroup[] {
  const groups = Map.groupBy(pods, (pod) => JSON.stringify([labelSetKey(pod.namespace, pod.labels), workloadText(pod), portsKey(pod)]));
  return [...groups.values()].flatMap((members) => {
    const [pod] = members;
    return pod ? [{ namespace: pod.namespace, pod, pods: members }] : [];
  });
}

function portsKey(pod: Pod): readonly unknown[] {
  return pod.containers.flatMap((container) =>
    container.ports
      .filter((port) => port.name !== undefined)
      .map((port) => [container.role === 'init', port.name, port.protocol, port.port]),
  );
}

/** `Deployment/code-gen`. */
export function workloadText(pod: Pod): string {
  return `${pod.workload.kind}/${pod.workload.name}`;
}

/** `agents/code-gen`: a workload as people name it. */
export function workloadName(pod: Pod): string {
  return `${pod.namespace}/${pod.workload.name}`;
}
