import { seconds } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/mean-response';

export const meanResponse = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'mean response',
    why: 'An agent that answers this slowly is given up on by its callers, who retry and add load.',
    remedy: [
      'See whether the model, a tool or the queue in front is slow: compare the latency of the models with that of the agents.',
      'Compare with the time before the last rollout.',
    ],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 10, fail: null }, 'seconds'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.meanSeconds),
      {
        id,
        label: 'mean response',
        unit: 's',
        format: seconds,
        direction: 'above',
        thresholds,
        pieces: ['latency'],
        essential: true,
        events: 'requests',
      },
    ),
});
