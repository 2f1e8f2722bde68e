import { z } from 'zod';
import type { Evidence, Unavailable } from '../../model/evidence.ts';
import { duration, listed, plural, shorten } from '../../model/format.ts';
import type { Pod, Workload } from '../../model/kubernetes.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { bySeverity } from './group.ts';
import { conditionOf, livePods, notReadySince, workloadKey, workloadTarget } from './pods.ts';

interface Settings {
  readonly fail: number;
  readonly grace: number;
}

export const replicasShort = defineCheck({
  meta: {
    id: 'resources/replicas-short',
    category: 'resources',
    title: 'replicas',
    why: 'Fewer replicas than asked for: less capacity, and no reserve for the next failure.',
    remedy: [
      'kubectl describe of the workload shows its conditions and events; its pods show why they are not available.',
      'ProgressDeadlineExceeded: the new version does not become ready. Compare it with the one before, or kubectl rollout undo.',
      'No pod at all: look for FailedCreate (quota, admission) in the events.',
    ],
    source: 'status of Deployments, StatefulSets and DaemonSets; conditions Progressing, Available, ReplicaFailure',
  },
  needs: ['kubernetes.deployments'],
  uses: ['kubernetes.statefulsets', 'kubernetes.daemonsets', 'kubernetes.pods'],
  settings: z.strictObject({
    fail: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('share of available replicas below which it is critical, ratio; none available always is'),
    grace: durationSetting.prefault('2m').describe('how long replicas may be missing, as in a rollout'),
  }),
  evaluate(input, settings, context) {
    const gaps: Unavailable[] = [];
    const others = [input['kubernetes.statefulsets'], input['kubernetes.daemonsets']].flatMap((evidence) => dataOf(evidence, gaps));
    const workloads = [...input['kubernetes.deployments'], ...others];
    const pods = input['kubernetes.pods'];
    const byKey = Map.groupBy(pods.ok ? livePods(pods.data) : [], (pod) => workloadKey(pod.namespace, pod.workload));
    const behind = workloads.filter((workload) => workload.observedGeneration < workload.generation);
    if (behind.length > 0) gaps.push(notObserved(behind));
    const findings = workloads
      .filter((workload) => !behind.includes(workload))
      .flatMap((workload) => findingsOf(workload, byKey.get(workloadKey(workload.namespace, workload)) ?? [], settings, context));
    return { findings: findings.sort(bySeverity), gaps, examined: { count: workloads.length, noun: 'workload' } };
  },
});

function dataOf(evidence: Evidence<readonly Workload[]>, gaps: Unavailable[]): readonly Workload[] {
  if (evidence.ok) return evidence.data;
  gaps.push(evidence);
  return [];
}

/** Their status describes an older spec, so it answers nothing. */
function notObserved(behind: readonly Workload[]): Unavailable {
  const names = behind.map((workload) => `${workload.namespace}/${workload.name}`);
  return {
    ok: false,
    reason: 'absent',
    source: 'kubernetes workloads',
    detail: `the controller has not yet looked at the newest spec of ${plural(names.length, 'workload')}: ${listed(names)}`,
    hint: 'moments after a change this passes by itself; if it stays, see whether kube-controller-manager runs',
  };
}

function findingsOf(workload: Workload, pods: readonly Pod[], settings: Settings, context: CheckContext): FindingDraft[] {
  // Scaled to zero is a choice.
  if (workload.desired === 0) return [];
  const found: FindingDraft[] = [];
  const progressing = conditionOf(workload.conditions, 'Progressing');
  const stuck = progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded';
  if (stuck) {
    found.push({
      ...draft(workload, context),
      severity: 'critical',
      seen: `rollout stuck: ProgressDeadlineExceeded, ${workload.updated} of ${workload.desired} updated`,
      expected: 'rollout complete within its progress deadline',
      detail: shorten(
        [progressing.message, failureMessage(workload), availability(workload)].filter((text) => text !== '').join('; '),
        400,
      ),
      ...(progressing.since > 0 ? { since: progressing.since } : {}),
      key: 'rollout',
    });
  } else if (workload.available < workload.desired) {
    found.push(short(workload, pods, settings, context));
  }
  if (workload.paused) {
    found.push({
      ...draft(workload, context),
      severity: 'info',
      seen: 'rollout paused',
      expected: 'resumed when its owner is done',
      key: 'paused',
    });
  }
  return found;
}

function short(workload: Workload, pods: readonly Pod[], settings: Settings, context: CheckContext): FindingDraft {
  const since = shortSince(workload, pods);
  const lasting = context.now - (since ?? workload.createdAt) > settings.grace;
  const share = workload.available / workload.desired;
  const failure = failureMessage(workload);
  const grave = workload.available === 0 || share < settings.fail;
  const severity = lasting ? severityOf(workload, grave) : grave && !isNew(workload, settings, context) ? 'warning' : 'info';
  const rollout = isRollingOut(workload) ? `rollout in progress, ${workload.updated} of ${workload.desired} updated` : '';
  const detail = [failure, rollout, notReadyPods(pods)].filter((text) => text !== '').join('; ');
  return {
    ...draft(workload, context),
    severity,
    seen: `${availability(workload)}${since === undefined ? '' : ` for ${duration(Math.max(0, context.now - since))}`}`,
    expected: `${workload.desired} available`,
    measured: { value: workload.available, unit: 'count' },
    threshold: { value: workload.desired, unit: 'count' },
    ...(detail === '' ? {} : { detail: shorten(detail, 400) }),
    ...(since === undefined ? {} : { since }),
    key: 'available',
  };
}

/** A rollout within its surge limits (Available=True) is at work and not in trouble, unless most of it is down. */
function severityOf(workload: Workload, grave: boolean): FindingDraft['severity'] {
  if (grave) return 'critical';
  return isRollingOut(workload) && conditionOf(workload.conditions, 'Available')?.status === 'True' ? 'info' : 'warning';
}

function isNew(workload: Workload, settings: Settings, context: CheckContext): boolean {
  return context.now - workload.createdAt <= settings.grace;
}

/** A Deployment whose new ReplicaSet is complete says NewReplicaSetAvailable; the progress deadline bounds the rest. */
function isRollingOut(workload: Workload): boolean {
  const progressing = conditionOf(workload.conditions, 'Progressing');
  return progressing?.status === 'True' && progressing.reason !== 'NewReplicaSetAvailable';
}

/** Since when replicas are missing: the Deployment's own word, else its pods'; undefined where neither tells. */
function shortSince(workload: Workload, pods: readonly Pod[]): number | undefined {
  const available = conditionOf(workload.conditions, 'Available');
  if (available?.status === 'False' && available.since > 0) return available.since;
  const times = pods
    .filter((pod) => conditionOf(pod.conditions, 'Ready')?.status !== 'True')
    .map((pod) => notReadySince(pod) ?? pod.createdAt);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function availability(workload: Workload): string {
  return `${workload.available} of ${workload.desired} available`;
}

/** Why pods cannot even be created: quota, admission, a missing service account. */
function failureMessage(workload: Workload): string {
  const failure = conditionOf(workload.conditions, 'ReplicaFailure');
  return failure?.status === 'True' ? failure.message : '';
}

function notReadyPods(pods: readonly Pod[]): string {
  const names = pods.filter((pod) => conditionOf(pod.conditions, 'Ready')?.status !== 'True').map((pod) => pod.name);
  return names.length === 0 ? '' : `not ready: ${listed(names)}`;
}

function draft(workload: Workload, context: CheckContext): Pick<FindingDraft, 'resource' | 'next'> {
  const { namespace, kind, name } = workload;
  const target = workloadTarget(workload);
  const selector = Object.entries(workload.selector).map(([label, value]) => `${label}=${value}`);
  return {
    resource: { namespace, kind, name },
    next: [
      kubectl(context.context, namespace, 'describe', target),
      ...(selector.length === 0 ? [] : [kubectl(context.context, namespace, 'get', 'pods', '-l', selector.join(','))]),
      kubectl(context.context, namespace, 'rollout', 'history', target),
    ],
  };
}
