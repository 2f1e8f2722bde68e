import { z } from 'zod';
import type { ScrapeTarget } from '../../model/prometheus.ts';
import { defineCheck, type FindingDraft } from '../check.ts';

export const targetsDown = defineCheck({
  meta: {
    id: 'performance/targets-down',
    category: 'performance',
    title: 'scrape targets',
    why: 'What Prometheus cannot scrape is missing from every figure here: a dead agent looks like one without errors.',
    remedy: [
      'See the scrape error on the targets page of Prometheus, or in the finding.',
      'Check that the pod runs, that its port and path are right, and that a network policy lets Prometheus in.',
    ],
  },
  needs: ['prometheus.targets'],
  uses: [],
  settings: z.strictObject({
    ignoreJobs: z.array(z.string()).default([]).describe('scrape jobs that may be down'),
  }),
  evaluate: ({ 'prometheus.targets': targets }, { ignoreJobs }) => {
    const jobs = new Map<string, ScrapeTarget[]>();
    for (const target of targets) {
      if (!ignoreJobs.includes(target.job)) jobs.set(target.job, [...(jobs.get(target.job) ?? []), target]);
    }
    const findings: FindingDraft[] = [];
    for (const [job, members] of jobs) {
      const down = members.filter(({ up }) => !up);
      if (down.length === 0) continue;
      const all = down.length === members.length;
      findings.push({
        severity: all ? 'critical' : 'warning',
        resource: { kind: 'ScrapeJob', name: job },
        seen: all
          ? down.length === 1
            ? 'its only target is down'
            : `all ${down.length} targets down`
          : `${down.length} of ${members.length} targets down`,
        expected: 'every target up',
        measured: { value: down.length, unit: 'count' },
        threshold: { value: 0, unit: 'count' },
        detail: down
          .slice(0, 10)
          .map(({ instance, error }) => (error === undefined ? instance : `${instance}: ${error}`))
          .join('; '),
        next: ['agentops explain performance/targets-down'],
      });
    }
    findings.sort((a, b) =>
      a.severity === b.severity ? (b.measured?.value ?? 0) - (a.measured?.value ?? 0) : a.severity === 'critical' ? -1 : 1,
    );
    return { findings, examined: { count: [...jobs.values()].flat().length, noun: 'target' } };
  },
});
