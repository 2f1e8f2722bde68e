import { z } from 'zod';
import { duration, listed, plural, shorten } from '../../model/format.ts';
import type { Condition, Job } from '../../model/kubernetes.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { bySeverity } from './group.ts';
import { conditionOf } from './pods.ts';

interface Failure {
  readonly job: Job;
  readonly condition: Condition;
}

export const failedJobs = defineCheck({
  meta: {
    id: 'resources/failed-jobs',
    category: 'resources',
    title: 'failed jobs',
    why: 'The job has used up its retries or its time: what it should have done has not been done.',
    remedy: [
      'kubectl logs job/NAME shows why its last pod failed.',
      'BackoffLimitExceeded: every try failed. DeadlineExceeded: it took longer than activeDeadlineSeconds.',
      'A CronJob tries again at its next time; a Job must be created anew.',
    ],
    source: 'Job condition Failed=True',
  },
  needs: ['kubernetes.jobs'],
  uses: [],
  settings: z.strictObject({
    window: durationSetting.prefault('24h').describe('failures longer ago are leftovers and ignored'),
  }),
  evaluate(input, settings, context) {
    const jobs = input['kubernetes.jobs'];
    const failures = jobs.flatMap((job): Failure[] => {
      const condition = conditionOf(job.conditions, 'Failed');
      if (condition?.status !== 'True' || isTrue(job, 'Complete')) return [];
      return condition.since > 0 && context.now - condition.since > settings.window ? [] : [{ job, condition }];
    });
    const groups = Map.groupBy(failures, ({ job }) => `${job.namespace}/${job.owner?.kind ?? 'Job'}/${job.owner?.name ?? job.name}`);
    return {
      findings: [...groups.values()].map((group) => toFinding(group, jobs, context)).sort(bySeverity),
      examined: { count: jobs.length, noun: 'job' },
      ...(jobs.length === 0 ? { note: 'no Job' } : {}),
    };
  },
});

function isTrue(job: Job, type: string): boolean {
  return conditionOf(job.conditions, type)?.status === 'True';
}

/** The runs of one CronJob are one finding: the newest failure speaks, and a later success makes it history. */
function toFinding(group: readonly Failure[], jobs: readonly Job[], context: CheckContext): FindingDraft {
  const sorted = group.toSorted((a, b) => b.condition.since - a.condition.since);
  const [{ job, condition }] = sorted as [Failure];
  const recovered = jobs.some((other) => isLaterSuccess(other, job, condition.since));
  const names = sorted.map((failure) => failure.job.name);
  const details = [
    condition.message,
    names.length > 1 ? `${plural(names.length, 'job')}: ${listed(names)}` : '',
    recovered ? 'a later run succeeded' : '',
  ];
  const detail = details.filter((line) => line !== '').join('\n');
  const when = condition.since > 0 ? ` ${duration(Math.max(0, context.now - condition.since))} ago` : '';
  return {
    severity: recovered ? 'info' : 'warning',
    resource: {
      namespace: job.namespace,
      kind: 'Job',
      name: job.name,
      ...(job.owner ? { workload: { kind: job.owner.kind, name: job.owner.name } } : {}),
    },
    seen: shorten(`failed${when}: ${condition.reason || 'no reason given'}`, 100),
    expected: 'complete',
    measured: { value: job.failed, unit: 'count' },
    ...(detail === '' ? {} : { detail: shorten(detail, 400) }),
    ...(condition.since > 0 ? { since: condition.since } : {}),
    ...(names.length > 1 ? { alsoOn: names.length - 1 } : {}),
    next: [
      kubectl(context.context, job.namespace, 'describe', 'job', job.name),
      kubectl(context.context, job.namespace, 'logs', `job/${job.name}`, '--tail=50'),
    ],
  };
}

function isLaterSuccess(other: Job, failed: Job, failedAt: number): boolean {
  const complete = conditionOf(other.conditions, 'Complete');
  return (
    failed.owner !== undefined &&
    other.namespace === failed.namespace &&
    other.owner?.kind === failed.owner.kind &&
    other.owner.name === failed.owner.name &&
    complete?.status === 'True' &&
    complete.since > failedAt
  );
}
