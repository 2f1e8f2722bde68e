import { expect, test } from 'vitest';
import { failedJobs } from '../../../packages/core/src/checks/resources/failed-jobs.ts';
import type { Job } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, condition, hours, run, told } from './objects.ts';

const job = (name: string, more: Partial<Job> = {}): Job => ({
  namespace: 'agents',
  name,
  active: 0,
  succeeded: 0,
  failed: 7,
  conditions: [],
  createdAt: ago(hours(2)),
  ...more,
});
const failed = (at: number) => [
  condition('Failed', 'True', { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit', since: at }),
];
const complete = (at: number) => [condition('Complete', 'True', { since: at })];
const cron = { kind: 'CronJob', name: 'index' };
const evaluate = (...jobs: Job[]) => run(failedJobs, { 'kubernetes.jobs': jobs });

test('condition Failed=True is a failure', () => {
  expect(evaluate(job('embed', { conditions: failed(ago(hours(1))) })).findings).toEqual([
    {
      severity: 'warning',
      resource: { namespace: 'agents', kind: 'Job', name: 'embed' },
      seen: 'failed 1 h ago: BackoffLimitExceeded',
      expected: 'complete',
      measured: { value: 7, unit: 'count' },
      detail: 'Job has reached the specified backoff limit',
      since: ago(hours(1)),
      next: ['kubectl --context prod -n agents describe job embed', 'kubectl --context prod -n agents logs job/embed --tail=50'],
    },
  ]);
});

test.each<[string, Job[]]>([
  ['finished Jobs are not failures', [job('done', { succeeded: 1, conditions: complete(ago(hours(1))) })]],
  ['failed pods of a Job that still tries', [job('trying', { active: 1, failed: 2 })]],
  ['leftovers older than a day', [job('old', { conditions: failed(ago(hours(24) + 1)) })]],
  ['Failed=False', [job('fine', { conditions: [condition('Failed', 'False')] })]],
  ['complete after all', [job('both', { conditions: [...failed(ago(hours(1))), ...complete(ago(hours(1)))] })]],
])('%s', (_what, jobs) => expect(evaluate(...jobs).findings).toEqual([]));

test('the runs of one CronJob are one finding, the newest speaks', () => {
  const outcome = evaluate(
    job('index-1', { owner: cron, conditions: failed(ago(hours(3))) }),
    job('index-2', { owner: cron, conditions: failed(ago(hours(2))) }),
    job('index-0', { owner: cron, conditions: complete(ago(hours(4))) }),
  );
  expect(told(outcome)).toEqual(['warning Job agents/index-2: failed 2 h ago: BackoffLimitExceeded']);
  expect(outcome.findings[0]).toMatchObject({
    alsoOn: 1,
    resource: { workload: cron },
    detail: 'Job has reached the specified backoff limit 2 jobs: index-2, index-1',
  });
});

test('a later run that succeeded makes it history', () => {
  const jobs = [
    job('index-1', { owner: cron, conditions: failed(ago(hours(3))) }),
    job('index-2', { owner: cron, conditions: complete(ago(hours(2))) }),
  ];
  expect(told(evaluate(...jobs))).toEqual(['info Job agents/index-1: failed 3 h ago: BackoffLimitExceeded']);
});

test('another CronJob’s success does not', () => {
  const other = job('other-2', { owner: { kind: 'CronJob', name: 'other' }, conditions: complete(ago(hours(2))) });
  expect(evaluate(job('index-1', { owner: cron, conditions: failed(ago(hours(3))) }), other).findings[0]?.severity).toBe('warning');
});
