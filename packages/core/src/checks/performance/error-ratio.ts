import { percent } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/error-ratio';

export const errorRatio = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'error ratio',
    why: 'Failed requests over all requests: work that users asked for and did not get.',
    remedy: [
      'Group the failures by status and endpoint with the command of the finding.',
      'Look for a rollout, an expired key or a provider outage at the time it began.',
    ],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 0.01, fail: 0.05 }, 'a ratio (0.05 is 5 %)'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.errorRatio),
      {
        id,
        label: 'error ratio',
        unit: 'ratio',
        format: percent,
        direction: 'above',
        thresholds,
        pieces: ['requests'],
        essential: true,
        events: 'requests',
      },
    ),
});
