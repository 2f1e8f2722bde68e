import { seconds } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/p99';

export const p99 = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'p99 latency',
    why: 'A tail this long ends in time-outs of gateways and callers.',
    remedy: [
      'See whether the model, a tool or the queue in front is slow: compare the latency of the models with that of the agents.',
      'Compare with the time before the last rollout.',
    ],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 60, fail: null }, 'seconds'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.p99Seconds),
      {
        id,
        label: 'p99',
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
