import { percent } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/success-ratio';

export const successRatio = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'success ratio',
    why: 'Succeeded requests over all: it also falls when requests are refused or cancelled, which the error ratio does not count.',
    remedy: [
      'Group the requests by status with the command of the finding.',
      'Status words that agentops does not know count as neither success nor failure.',
    ],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 0.9, fail: 0.8 }, 'a ratio (0.9 is 90 %)'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.successRatio),
      {
        id,
        label: 'success ratio',
        unit: 'ratio',
        format: percent,
        direction: 'below',
        thresholds,
        pieces: ['requests'],
        essential: true,
        events: 'requests',
      },
    ),
});
