import type { Unavailable } from '../../model/evidence.ts';
import type { Resource } from '../../model/finding.ts';
import { listed, plural } from '../../model/format.ts';
import type { Condition, ObjectRef, Pod } from '../../model/kubernetes.ts';
import type { CheckContext } from '../check.ts';
import { kubectl } from '../kubectl.ts';

/** Succeeded or failed for good: nothing of it runs any more. */
export function isFinished(pod: Pod): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

/** Pods that are meant to run: neither finished nor being deleted. */
export function livePods(pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => !isFinished(pod) && pod.deletedAt === undefined);
}

/** The condition of that type. */
export function conditionOf(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((entry) => entry.type === type);
}

/** When the pod stopped being ready, as its condition tells; undefined where it is ready or the time is not known. */
export function notReadySince(pod: Pod): number | undefined {
  const ready = conditionOf(pod.conditions, 'Ready');
  return ready && ready.status !== 'True' && ready.since > 0 ? ready.since : undefined;
}

export function podResource(pod: Pod, container?: string): Resource {
  const base = { namespace: pod.namespace, kind: 'Pod', name: pod.name, workload: { kind: pod.workload.kind, name: pod.workload.name } };
  return container === undefined ? base : { ...base, container };
}

/** One string for a workload, to group by. */
export function workloadKey(namespace: string, workload: ObjectRef): string {
  return `${namespace}/${workload.kind}/${workload.name}`;
}

/**
 * The newest live pod of each workload: it shows the current template, where
 * older ones may be of a revision that is being replaced. Static pods, which
 * belong to their node, are left out.
 */
export function newestPods(pods: readonly Pod[]): Pod[] {
  const newest = new Map<string, Pod>();
  for (const pod of livePods(pods)) {
    if (pod.owner?.kind === 'Node') continue;
    const key = workloadKey(pod.namespace, pod.workload);
    const known = newest.get(key);
    if (known === undefined || pod.createdAt > known.createdAt || (pod.createdAt === known.createdAt && pod.name < known.name)) {
      newest.set(key, pod);
    }
  }
  return [...newest.values()];
}

/** What a person names when they mean the workload: `deployment/code-gen`. */
export function workloadTarget(workload: ObjectRef): string {
  return `${workload.kind.toLowerCase()}/${workload.name}`;
}

export function describePod(context: CheckContext, pod: Pod): string {
  return kubectl(context.context, pod.namespace, 'describe', 'pod', pod.name);
}

export function eventsOf(context: CheckContext, pod: Pod): string {
  return kubectl(context.context, pod.namespace, 'get', 'events', '--field-selector', `involvedObject.name=${pod.name}`);
}

export function previousLogs(context: CheckContext, pod: Pod, container: string): string {
  return kubectl(context.context, pod.namespace, 'logs', pod.name, '-c', container, '--previous', '--tail=50');
}

/** A gap about things that reported nothing; undefined where there is none. */
export function unseen(source: string, detail: string, noun: string, names: readonly string[], hint?: string): Unavailable[] {
  if (names.length === 0) return [];
  const gap: Unavailable = { ok: false, reason: 'absent', source, detail: `${detail} ${plural(names.length, noun)}: ${listed(names)}` };
  return [hint === undefined ? gap : { ...gap, hint }];
}
