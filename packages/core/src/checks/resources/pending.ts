import { z } from 'zod';
import type { Evidence } from '../../model/evidence.ts';
import { duration, shorten } from '../../model/format.ts';
import type { ClusterEvent, Pod } from '../../model/kubernetes.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { type CheckContext, defineCheck } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { byWorkload, type PodTrouble } from './group.ts';
import { podStatusWord } from './pod-status.ts';
import { conditionOf, describePod, eventsOf, livePods } from './pods.ts';
import { imageReasons, startReasons } from './waiting.ts';

interface Settings {
  readonly grace: number;
  readonly startGrace: number;
}

export const pending = defineCheck({
  meta: {
    id: 'resources/pending',
    category: 'resources',
    title: 'pending pods',
    why: 'A pod that no node takes, or that cannot start on its node, does no work.',
    remedy: [
      '“Insufficient cpu” or “memory”: lower the requests, free or add nodes.',
      '“untolerated taint”, “didn’t match node affinity”: the pod may not go where there is room.',
      '“unbound PersistentVolumeClaims”: look at kubectl get pvc and its events.',
      'ContainerCreating for long: a volume, Secret or ConfigMap that cannot be mounted, or the network plug-in; the pod’s events say which.',
    ],
    source: 'condition PodScheduled, events FailedScheduling, FailedMount and FailedCreatePodSandBox',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.events'],
  settings: z.strictObject({
    grace: durationSetting.prefault('1m').describe('how long a new pod may wait for a node'),
    startGrace: durationSetting.prefault('5m').describe('how long its containers may take to start on the node'),
  }),
  evaluate(input, settings, context) {
    const pods = livePods(input['kubernetes.pods']);
    const events = eventsByPod(input['kubernetes.events']);
    const troubles = pods.flatMap((pod) => troubleOf(pod, events?.get(pod.uid), events === undefined, settings, context) ?? []);
    return { findings: byWorkload(troubles), examined: { count: pods.length, noun: 'pod' } };
  },
});

/** Newest first, by the pod's uid: a name may have been another pod's before. */
function eventsByPod(evidence: Evidence<readonly ClusterEvent[]>): Map<string, ClusterEvent[]> | undefined {
  if (!evidence.ok) return undefined;
  const ofPods = evidence.data.filter((event) => event.object.kind === 'Pod' && event.object.uid !== undefined);
  return Map.groupBy(
    ofPods.toSorted((a, b) => b.lastAt - a.lastAt),
    (event) => event.object.uid ?? '',
  );
}

function troubleOf(
  pod: Pod,
  events: readonly ClusterEvent[] | undefined,
  eventsMissing: boolean,
  settings: Settings,
  context: CheckContext,
): PodTrouble | undefined {
  if (pod.phase !== 'Pending' || isSaidElsewhere(pod)) return undefined;
  const scheduled = conditionOf(pod.conditions, 'PodScheduled');
  if (scheduled?.reason === 'SchedulingGated') return gated(pod, settings, context);
  return scheduled?.status === 'True' || pod.node !== undefined
    ? notStarted(pod, events, eventsMissing, settings, context)
    : notScheduled(pod, events, settings, context);
}

/** Image pulls, container configuration and crash loops of init containers are findings of those checks. */
function isSaidElsewhere(pod: Pod): boolean {
  return pod.containers.some(({ status }) => {
    const reason = status?.waiting?.reason ?? '';
    return imageReasons.has(reason) || startReasons.has(reason) || reason === 'CrashLoopBackOff';
  });
}

function gated(pod: Pod, settings: Settings, context: CheckContext): PodTrouble | undefined {
  const waited = context.now - pod.createdAt;
  if (waited <= settings.grace) return undefined;
  return {
    pod,
    severity: 'info',
    rank: waited,
    seen: `SchedulingGated for ${duration(waited)}`,
    expected: 'its scheduling gates removed by who set them',
    measured: { value: waited / 1000, unit: 's' },
    since: pod.createdAt,
    key: 'gated',
    next: [describePod(context, pod)],
  };
}

function notScheduled(
  pod: Pod,
  events: readonly ClusterEvent[] | undefined,
  settings: Settings,
  context: CheckContext,
): PodTrouble | undefined {
  const waited = context.now - pod.createdAt;
  if (waited <= settings.grace) return undefined;
  const condition = conditionOf(pod.conditions, 'PodScheduled');
  const event = events?.find((entry) => entry.reason === 'FailedScheduling');
  const message = condition?.message || event?.message || '';
  const reason = message === '' ? 'no scheduler has looked at it' : schedulerReason(message);
  return {
    pod,
    severity: 'critical',
    rank: waited,
    seen: shorten(`Pending for ${duration(waited)}: ${reason}`, 120),
    expected: `on a node within ${duration(settings.grace)}`,
    measured: { value: waited / 1000, unit: 's' },
    threshold: { value: settings.grace / 1000, unit: 's' },
    ...(message === '' ? {} : { detail: message }),
    since: condition && condition.since > 0 ? condition.since : pod.createdAt,
    key: 'unscheduled',
    next: [describePod(context, pod), eventsOf(context, pod), kubectl(context.context, undefined, 'get', 'nodes')],
  };
}

/** `0/3 nodes are available: 3 Insufficient cpu. preemption: …` → `3 Insufficient cpu`. */
export function schedulerReason(message: string): string {
  const [first = message] = message.split(/\.? preemption:/);
  return first
    .replace(/^\d+\/\d+ nodes are available: /, '')
    .replace(/\.$/, '')
    .trim();
}

const startFailures: ReadonlySet<string> = new Set(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox', 'NetworkNotReady']);

function notStarted(
  pod: Pod,
  events: readonly ClusterEvent[] | undefined,
  eventsMissing: boolean,
  settings: Settings,
  context: CheckContext,
): PodTrouble | undefined {
  const scheduledAt = conditionOf(pod.conditions, 'PodScheduled')?.since || pod.createdAt;
  const waited = context.now - scheduledAt;
  const failure = events?.find((entry) => startFailures.has(entry.reason));
  if (waited <= (failure ? settings.grace : settings.startGrace)) return undefined;
  return {
    pod,
    severity: failure ? 'critical' : 'warning',
    rank: waited,
    seen: shorten(`${podStatusWord(pod)} for ${duration(waited)}${failure ? `: ${failure.reason}` : ''}`, 120),
    expected: `started within ${duration(settings.startGrace)}`,
    measured: { value: waited / 1000, unit: 's' },
    threshold: { value: settings.startGrace / 1000, unit: 's' },
    ...(failure
      ? { detail: failure.message }
      : eventsMissing
        ? { detail: 'the reason may be in its events, which could not be read' }
        : {}),
    since: scheduledAt,
    key: 'unstarted',
    next: [describePod(context, pod), eventsOf(context, pod)],
  };
}
